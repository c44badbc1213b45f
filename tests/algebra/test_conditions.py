"""Conditions are as few and as plain as they can be, and say the same as before."""

from itertools import product
from typing import Any

import numpy
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

import symparam
from symparam import SymparamError
from symparam.algebra.conditions import Condition, simplest
from symparam.algebra.floors import FloorDiv
from symparam.algebra.sizes import ceildiv, floordiv, symbol
from symparam.display.text import condition as said

POOLED = "Conv1D(4, 3, same) as {0} -> MaxPooling1D(2)"
JOINED = "UpSampling1D(2) -> (_, {0}) -> Concatenate"


@pytest.mark.parametrize(
    ("network", "conditions"),
    [
        ("Input(4*m) -> Reshape((4*k,))", "m = k"),
        ("Input(3) -> Reshape((k,))", "k = 3"),
        (
            "Input(h, 3) -> (Conv1D(8, 3, 2, same) -> UpSampling1D(2), _) -> Concatenate",
            "2 divides h",
        ),
        (
            f"Input(D, 3) -> {' -> '.join(map(POOLED.format, 'abc'))} -> {' -> '.join(map(JOINED.format, 'cba'))}",
            "D >= 8, 8 divides D",
        ),
        (
            "Input(D, 3) -> (MaxPooling1D(4) -> UpSampling1D(4), MaxPooling1D(8) -> UpSampling1D(8)) -> Add",
            "D >= 8, floor(D/4) = 2*floor(D/8)",
        ),
        ("Input(h, 3) -> Conv1D(3, k) -> Conv1D(3, k) -> Conv1D(3, m)", "h + 2 >= 2*k + m"),
        ("Input(h, 3) -> MaxPooling1D(2) for i in a..b", "b + 1 >= a, h >= 2, h >= 2**(b - a + 1)"),
    ],
)
def test_conditions_are_plain(network: str, conditions: str) -> None:
    assert ", ".join(map(said, symparam.parse(network).conditions)) == conditions


h, k = symbol("h"), symbol("k")
SIZES = st.sampled_from(
    [
        *(h, k, h + k, 2 * h, h - 1, floordiv(h, 2), floordiv(h, 4), ceildiv(h, 2)),
        *(2 * floordiv(h, 2), 2 * floordiv(h, 4), 4 * floordiv(h, 4), 2 * ceildiv(h, 2)),
        *(4 * floordiv(h, 8), 2 * floordiv(h, 8), floordiv(h - k, 2), h - k, sympy.Integer(3)),
    ]
)
CONDITIONS = st.builds(
    lambda a, relation, b: Condition(a, relation, b), SIZES, st.sampled_from(["=", ">="]), SIZES
)
PLAIN = range(1, 25), range(1, 6)
COMPARED = []


def met(conditions: Any, at: dict[Any, int]) -> bool:
    return not any(condition.fails(at) for condition in conditions)


@settings(max_examples=150, deadline=None)
@given(st.lists(CONDITIONS, min_size=1, max_size=4))
def _equivalent(conditions: list[Condition]) -> None:
    kept = simplest(conditions)
    assert len(kept) <= len(conditions)
    points = [{h: a, k: b} for a, b in product(*PLAIN)]
    wanted = [met(conditions, at) for at in points]
    assert [met(kept, at) for at in points] == wanted, (conditions, kept)
    COMPARED.append(any(wanted))


def test_simplest_conditions_hold_where_the_others_do() -> None:
    _equivalent()
    assert len(COMPARED) >= 150
    assert sum(COMPARED) >= 40  # can be met at all


def test_conditions_hold_exactly_where_networks_exist() -> None:
    """U-Nets of several depths at every small length, against the run in numbers."""
    compared = 0
    for depth in (1, 2, 3):
        names = "abc"[:depth]
        text = " -> ".join([*map(POOLED.format, names), *map(JOINED.format, names[::-1])])
        net = symparam.parse(f"Input(D, 3) -> {text}")
        for length in range(1, 33):
            try:
                symparam.parse(f"Input({length}, 3) -> {text}")
            except SymparamError:
                exists = False
            else:
                exists = True
            assert met(net.conditions, {symbol("D"): length}) is exists
            compared += 1
    assert compared == 96


def test_rounded_sizes_in_code() -> None:
    n, s = symbol("n"), symbol("s")
    size = FloorDiv(n - 2 + s, s + 1)
    assert str(size) == "ceiling((n - 2)/(s + 1))"
    assert sympy.pycode(size) == "((n + s - 2)//(s + 1))"
    assert "%" in sympy.ccode(size)
    lengths = numpy.array([5, 6, 70])
    found = sympy.lambdify((n, s), size, "numpy")(lengths, 2)
    assert found.tolist() == [1, 2, 23]
    assert found.dtype == lengths.dtype
    assert sympy.lambdify((n, s), size, "math")(10**30, 2) == (10**30) // 3
    assert "⎡" in sympy.pretty(size, use_unicode=True)
    a, m = symbol("a"), symbol("m")
    assert (m + 1) * FloorDiv(3 * a + 3, a + 1) == 3 * (m + 1)


@pytest.mark.parametrize(
    ("network", "params"),
    [
        ("Input(n) -> Dense(2**(L-i)) for i in 1..L", "2**L*n/2 + 2**L + 4**L/6 - 5/3"),
        ("Input(h, w, 3) -> Conv2D(f*2**(L-1-i), 3) for i in 0..L-1", "29*2**L*f/2 + 3*4**L*f**2/2 - 6*f**2 - f"),
    ],
)  # fmt: skip
def test_powers_of_one_number_are_brought_together(network: str, params: str) -> None:
    net = symparam.parse(network)
    assert str(net.params) == params
    sizes = {name: 2 if name == "L" else 40 for name in net.symbols}
    numbers = {symbol(name): size for name, size in sizes.items()}
    assert net.params.subs(numbers) == net.at(**sizes).params
