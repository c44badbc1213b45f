"""Zero is a value like another where every place that uses a size allows it."""

from typing import Any

import pytest
from keras_records import Lift, records
from keras_records import program as keras_program
from torch_records import SIZES, torch_records
from torch_records import program as torch_program

import symparam
from symparam import SymparamError
from symparam.algebra.depth.sums import evaluate


@pytest.mark.parametrize(
    ("network", "at", "params"),
    [
        ("Input(8) -> Dense(8) * L", {"L": 0}, 0),
        ("e = Dense(8); Input(8) -> e * L", {"L": 0}, 0),
        ("Input(n) -> Dense(c*i) for i in 1..L", {"L": 0}, 0),
        ("Input(3, h, w) -> nn.Conv2d(3, 4, 3, padding=p)", {"p": 0}, 112),
        ("Input(h, w, 3) -> Conv2DTranspose(4, 3, 2, output_padding=p)", {"p": 0}, 112),
        ("Input(9, 9, 3) -> Cropping2D(p) -> Flatten -> Dense(1)", {"p": 0}, 244),
        ("Input(9, 9, 3) -> ZeroPadding2D(p) -> Flatten -> Dense(1)", {"p": 0}, 244),
        ("Input(3, 9, 9) -> nn.ZeroPad2d(p) -> nn.Flatten -> nn.LazyLinear(1)", {"p": 0}, 244),
        ("Input(8) -> MoE(Dense(8), experts=4, active=2, shared=s)", {"s": 0}, 320),
        ("Input(8) -> MoE(Dense(8), experts=4, active=2, shared=0)", {}, 320),
        ("Input(4) -> Dense(n + p)", {"n": 3, "p": 0}, 15),
        ("Input(n) -> (Dense(n) * r[j] -> ReLU) for j in 0..2", {"n": 2, "r": [1, 0, 2]}, 18),
    ],
)
def test_zero_is_taken(network: str, at: dict[str, Any], params: int) -> None:
    assert symparam.parse(network).at(**at).params == params


@pytest.mark.parametrize(
    ("network", "formula", "conditions", "domain"),
    [
        ("Input(8) -> Dense(8) * p", "72*p", "", ""),
        ("e = Dense(8); Input(8) -> e * p", "72", "", "p >= 1"),
        ("Input(4) -> Dense(p)", "5*p", "p >= 1", ""),
        ("Input(4) -> Dense(p + 1)", "5*p + 5", "", ""),
        ("Input(4) -> Dense(max(p, 1))", "5*Max(1, p)", "", ""),
        (
            "Input(3, h, w) -> nn.Conv2d(3, 4, 3, padding=p)",
            "112",
            "h + 2*p >= 3, 2*p + w >= 3",
            "",
        ),
        ("Input(n) -> Dense(3) * (p - 1)", "3*n + 12*p - 21", "p >= 1", "p >= 2"),
    ],
)
def test_an_assumption_makes_formulas_hold_for_zero(
    network: str, formula: str, conditions: str, domain: str
) -> None:
    net = symparam.parse(f"assume p >= 0; {network}")
    assert str(net.params) == formula
    for found, wanted in ((net.conditions, conditions), (net.domain, domain)):
        assert ", ".join(f"{c.left} {c.relation} {c.right}" for c in found) == wanted
    known = {symparam.symbol("p", 0), symparam.symbol("n")}
    assert getattr(net.params, "free_symbols", set()) <= known


def compared(programs: list[tuple[str, Lift]], wanted: list[Any]) -> int:
    """How many of the layers with a zero in them were measured as the formulas say."""
    number = 0
    for (text, lift), params in zip(programs, wanted, strict=True):
        zeros = [name for name, size in lift.numbers.items() if size == 0]
        if not zeros:
            continue
        assumed = f"assume {', '.join(f'{name} >= 0' for name in zeros)}; {text}"
        for program in (text, assumed):
            try:
                net = symparam.parse(program)
            except SymparamError:  # a length of 0 that a symbol cannot stand for
                continue
            assert net.at(**lift.numbers).params == params, program
        numbers = {
            symparam.symbol(name, int(name not in zeros)): size
            for name, size in lift.numbers.items()
        }
        if any(condition.fails(numbers) for condition in net.domain):
            continue
        assert not any(condition.fails(numbers) for condition in net.conditions), assumed
        assert evaluate(net.params, numbers) == params, assumed
        number += 1
    return number


def test_zeros_that_were_measured() -> None:
    """Every number of the records of Keras and PyTorch as a symbol, zeros too."""
    keras = records("keras_layers.json")
    lifts = [Lift(least=0) for _ in keras]
    programs = [keras_program(record, lift) for record, lift in zip(keras, lifts, strict=True)]
    found = compared(list(zip(programs, lifts, strict=True)), [r["params"] for r in keras])
    torch = [r for r in torch_records() if any(name in SIZES for name in r["kwargs"])]
    lifts = [Lift(least=0) for _ in torch]
    programs = [torch_program(record, lift) for record, lift in zip(torch, lifts, strict=True)]
    found += compared(list(zip(programs, lifts, strict=True)), [r["params"] for r in torch])
    assert found >= 20
