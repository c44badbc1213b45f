"""Numbers for symbols, in a config, in ``--at`` and in ``net.at``: what each form takes."""

from fractions import Fraction
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

import symparam
from symparam import SymparamError
from symparam.cli import main

PERCEPTRON = "Input(d) -> Dense(f); config a: d=3; config b: f=2*d, d=4; config c: f=7, d=2"
WIDTHS = "Input(w[0]) -> Dense(w[i]) for i in 1..L"


@pytest.mark.parametrize(
    ("script", "written", "sizes"),
    [
        (PERCEPTRON, ["f=4*d", "d=768"], {"f": 3072, "d": 768}),
        (PERCEPTRON, [" f = 4*d ", " d = 768 "], {"f": 3072, "d": 768}),
        (PERCEPTRON, ["d=1_000_000", "f=2**10 + 24"], {"d": 1000000, "f": 1048}),
        (PERCEPTRON, ["d=max(3, 10//4)", "f=ceil(d/2)"], {"d": 3, "f": 2}),
        (WIDTHS, ["w=[64, 128]", "L=1"], {"w": (64, 128), "L": 1}),
        (WIDTHS, ["L=w[0]//32", "w=[64, 2*64, 3**2]"], {"L": 2, "w": (64, 128, 9)}),
        ("d = 3*h; Input(d) -> Dense(f)", ["f=d", "h=2"], {"f": 6, "h": 2}),
        ("k = 5; Input(d) -> Dense(f)", ["d=k", "f=k**2"], {"d": 5, "f": 25}),
        ("Input(4, b) -> Dense(32*a)", ["a=b/4", "b=3"], {"a": Fraction(3, 4), "b": 3}),
        ("Input(4, b) -> Dense(32*a)", ["a=0.25", "b=1."], {"a": Fraction(1, 4), "b": 1}),
        ("R(n) = n//8*8; Input(d) -> Dense(f)", ["d=R(39)", "f=1"], {"d": 32, "f": 1}),
    ],
)
def test_configs_at_and_python_take_the_same(
    script: str, written: list[str], sizes: dict[str, Any]
) -> None:
    net = symparam.parse(script)
    texts = {name.strip(): text for name, text in (part.split("=") for part in written)}
    listed = ",".join(written)
    assert net.at(**texts).sizes == sizes
    assert symparam.parse(f"{script}; config here: {listed}").configs["here"] == sizes
    printed = CliRunner().invoke(main, ["params", script, "--at", listed])
    assert printed.output == f"{net.at(**sizes).params}\n"


@pytest.mark.parametrize(
    ("sizes", "message", "marked", "hint"),
    [
        ({"f": "4*q", "d": 2}, "f must be a whole number of at least 0, got 4 * q", "4*q", "for q"),
        ({"f": "d - 4", "d": 3}, "got d - 4 = -1", "d - 4", None),
        ({"f": "d/2 - 2", "d": 3}, "got d / 2 - 2 = -1/2", "d/2 - 2", None),
        ({"f": "[1/2]", "d": 3}, "got 1 / 2", "[1/2]", None),
        ({"f": "4*f"}, "f depends on itself", "4*f", None),
        ({"f": "d", "d": "f"}, "f depends on itself", "f", None),
        ({"f": "[1, 2]", "d": 3}, "f is one size and takes one number, not a list", None, None),
        ({"f": "[]", "d": 3}, "f needs at least one number", "[]", None),
        ({"f": "Dense"}, "Dense is a layer, not a size", "Dense", None),
        ({"f": "_.channels"}, "nothing enters here that _.channels", "_.channels", None),
        ({"f": "4*"}, "something is missing after this", "*", None),
        ({"f": ""}, "something is missing after this", "=", None),
        ({"f": "3, d=4"}, "a size takes one expression, got f=3, d=4", None, None),
        ({"f": "3; Input(3)"}, "settings are separated by commas", None, None),
        ({"g": "3"}, "no size named g", None, None),
        ({f"x{i}": f"x{i + 1}" for i in range(300)}, "more than 100 settings", "x100", None),
    ],
)
def test_expressions_that_are_no_number(
    sizes: dict[str, Any], message: str, marked: str | None, hint: str | None
) -> None:
    with pytest.raises(SymparamError) as caught:
        symparam.parse(PERCEPTRON).at(**sizes)
    error = caught.value
    assert message in error.message
    if marked is not None:
        assert error.source is not None
        assert error.span is not None
        assert error.source[error.span.start : error.span.end] == marked
    assert hint is None or hint in str(error.hint)


@pytest.mark.parametrize(
    ("configs", "sizes", "outcome"),
    [
        (["a"], {"f": 5}, 20),
        (["b"], {"f": 5}, 25),  # what is given by itself changes a config
        (["a"], {"f": "d"}, 12),
        (["b", "a"], {}, "d is set by config b and by config a"),
        (["a", "a"], {}, "d is set by config a and by config a"),
        (["z"], {}, "the script has no config z"),
    ],
)
def test_configs_with_sizes(configs: list[str], sizes: dict[str, Any], outcome: int | str) -> None:
    net = symparam.parse(PERCEPTRON)
    options = [word for name in configs for word in ("--config", name)]
    options += [word for name, size in sizes.items() for word in ("--at", f"{name}={size}")]
    printed = CliRunner().invoke(main, ["params", PERCEPTRON, *options])
    if isinstance(outcome, int):
        assert net.at(*configs, **sizes).params == outcome
        assert printed.output == f"{outcome}\n"
        return
    with pytest.raises(SymparamError, match=outcome):
        net.at(*configs, **sizes)
    assert outcome in printed.output


def test_several_configs_that_set_different_sizes() -> None:
    script = "Input(d) -> Dense(f); config data: d=3; config small: f=7"
    assert symparam.parse(script).at("data", "small").params == 28


texts = st.recursive(
    st.one_of(st.integers(1, 9).map(str), st.sampled_from("abc")),
    lambda inner: st.builds("({} {} {})".format, inner, st.sampled_from("+*-"), inner),
    max_leaves=6,
)


@given(st.permutations("abcd"), st.lists(texts, min_size=3, max_size=3), st.integers(1, 9))
def test_expressions_are_what_python_makes_of_them(
    order: list[str], written: list[str], a: int
) -> None:
    settings = {"a": str(a), "b": written[0], "c": written[1], "d": written[2]}
    numbers: dict[str, int] = {}
    for name, text in settings.items():  # each may use those before it
        try:
            numbers[name] = eval(text, {}, dict(numbers))
        except NameError:
            return
    net = symparam.parse("Input(a, b, c, d)")
    mixed = {name: settings[name] for name in order}
    if min(numbers.values()) >= 0:
        assert net.at(**mixed).input_shape == tuple(numbers.values())
        return
    with pytest.raises(SymparamError, match="must be a whole number"):
        net.at(**mixed)
