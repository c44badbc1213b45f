"""Fractions are exact, and every size that comes of one is whole or refused."""

import json
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from places import ROOT

import symparam
from symparam import SymparamError
from symparam.frameworks.keras import import_keras
from symparam.language.sources import from_zoo

import_keras()
from keras.src.applications.mobilenet_v2 import _make_divisible  # noqa: E402

ROUND8 = "Round8(n) = max(8, (n + 4)//8*8, ceil(9*n/80)*8); "


@pytest.mark.parametrize(
    ("network", "at", "params"),
    [
        ("Input(4) -> Dense(n*(3/4))", {"n": 32}, 120),
        ("a = 3/4; Input(8, 8, 3) -> Conv2D(32*a, 3)", {}, 672),
        ("F(a) = Conv2D(32*a, 3); Input(8, 8, 3) -> F(3/4)", {}, 672),
        ("F(a=0.75) = Conv2D(32*a, 3); Input(8, 8, 3) -> F", {}, 672),
        ("Input(4) -> Dense(32*alpha)", {"alpha": Fraction(3, 4)}, 120),
        ("Input(4) -> Dense(32*alpha)", {"alpha": Fraction(4, 2)}, 320),
        ("Input(4) -> Dense(floor(32*alpha))", {"alpha": Fraction(35, 100)}, 55),
        ("Input(4) -> Dense(ceil(32*alpha))", {"alpha": Fraction(1, 3)}, 55),
        ("Input(4) -> Dense(32*alpha//3)", {"alpha": Fraction(1, 4)}, 10),
        ("Input(4) -> Dense(2 + 32*alpha % 3)", {"alpha": Fraction(1, 4)}, 20),
        ("Input(4) -> Dense(min(7/2, 9/3))", {}, 15),
        ("Input(4) -> Dense(1/2 + 1/2)", {}, 5),
        ("Input(4) -> Dense((3/4)/(1/8))", {}, 30),
        ("Input(n) -> Dense(_.channels*alpha)", {"n": 8, "alpha": Fraction(1, 2)}, 36),
        ("Input(4) -> Dense(64*a); config half: a=1/2", "half", 160),
        ("Input(4) -> Dense(1_000)", {}, 5000),
        ("Input(4) -> Dropout(.5) -> Dropout(1.) -> Dense(1)", {}, 5),
    ],
)
def test_exact(network: str, at: Any, params: int) -> None:
    net = symparam.parse(network)
    there = net.at(at) if isinstance(at, str) else net.at(**at)
    assert there.params == params
    assert type(there.params) is int


@pytest.mark.parametrize(
    ("network", "at", "message"),
    [
        ("Input(4) -> Dense(n*(3/4))", {"n": 30}, "units must be a whole number of at least 1, got 22.5"),
        ("Input(4) -> Dense(32*alpha)", {"alpha": Fraction(3, 7)}, "got 96/7 (at alpha=3/7)"),
        ("Input(4) -> Dense(alpha)", {"alpha": Fraction(3, 4)}, "got alpha = 0.75"),
        ("Input(4) -> Dense(3) * alpha", {"alpha": Fraction(3, 2)}, "alpha is not a whole number"),
        ("Input(4) -> Dense(3) for i in 1..alpha", {"alpha": Fraction(3, 2)}, "alpha is not a whole number"),
        ("Input(4) -> Dense(2**alpha)", {"alpha": Fraction(3, 2)}, "a power needs whole numbers"),
        ("Input(4) -> Dense(32*alpha)", {"alpha": Fraction(-3, 4)}, "alpha must be a whole number"),
        ("Input(4) -> Dense(32*alpha)", {"alpha": 0.75}, "alpha must be a whole number"),
        ("Input(w[0]) -> Dense(3)", {"w": [Fraction(1, 2)]}, "w must be a whole number"),
    ],
)  # fmt: skip
def test_refused(network: str, at: Any, message: str) -> None:
    with pytest.raises(SymparamError) as caught:
        symparam.parse(network).at(**at)
    assert message in caught.value.message


def test_part_of_the_sizes_may_stay_symbols() -> None:
    half = symparam.parse(ROUND8 + "Input(4) -> Dense(Round8(c*alpha))").at(alpha=Fraction(7, 20))
    assert [half.at(c=c).params for c in (8, 32, 64, 100)] == [
        5 * _make_divisible(c * 0.35, 8) for c in (8, 32, 64, 100)
    ]


def test_fractions_are_printed() -> None:
    net = symparam.parse("Input(n) -> Dense(64*a); config half: a=1/2, n=2").at("half")
    assert "a = 1/2" in net.markdown()
    assert "1/2" in net.html("total")
    assert "1/2" in net.latex("configs")
    assert json.loads(json.dumps(net.to_json()))["configs"]["half"] == {"a": "1/2", "n": 2}


COMPARED = []


@settings(max_examples=300, deadline=None)
@given(st.integers(1, 2000), st.integers(1, 40))
def _rounding(width: int, twentieths: int) -> None:
    there = symparam.parse(ROUND8 + f"Input(1) -> Dense(Round8({width}*alpha), nobias)")
    wanted = _make_divisible(width * twentieths / 20, 8)
    assert there.at(alpha=Fraction(twentieths, 20)).params == wanted
    COMPARED.append(wanted)


def test_rounding_is_that_of_keras() -> None:
    _rounding()
    assert len(COMPARED) >= 300


def test_mobilenets_by_their_multiplier() -> None:
    """The scripts of the zoo with the multiplier for the widths that they list."""
    rows = json.loads((ROOT / "tests" / "data" / "zoo.json").read_text(encoding="utf-8"))
    v1 = from_zoo("zoo:mobilenet_v1").text
    v1 = "\n".join(line for line in v1.splitlines() if not line.startswith(("config", "where c")))
    v2 = from_zoo("zoo:mobilenet_v2_keras").text
    v2 = "\n".join(line for line in v2.splitlines() if not line.startswith(("config", "where w")))
    for place, width in enumerate([32, 16, 24, 32, 64, 96, 160, 320]):
        v2 = v2.replace(f"w[{place}]", f"Round8({width}*alpha)")
    v2 = ROUND8 + v2.replace("w[8]", "max(1280, Round8(1280*alpha))")
    nets = {
        "mobilenet_v1": symparam.parse("c = 32*alpha\n" + v1),
        "mobilenet_v2_keras": symparam.parse(v2),
    }
    compared = 0
    for row in rows:
        if row["model"] in nets:
            net = nets[row["model"]]
            assert (
                net.at(alpha=Fraction(row["config"]), H=224, W=224, K=1000).params == row["params"]
            )
            compared += 1
    assert compared >= 8
