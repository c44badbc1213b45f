"""Sizes: exact arithmetic, and the floor rules against plain integer division."""

import itertools
import math
import random

import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from symparam import SizeError, symbol
from symparam.algebra.floors import FloorDiv
from symparam.algebra.sizes import (
    MAX_DIGITS,
    ceildiv,
    divides,
    equal,
    exact,
    floordiv,
    maximum,
    minimum,
    positive,
    power,
    product,
    remainder,
    settle,
    total,
)

N = symbol("n")


@pytest.mark.parametrize(
    "name",
    [
        "I",
        "E",
        "S",
        "N",
        "O",
        "Q",
        "C",
        "pi",
        "beta",
        "gamma",
        "lambda",
        "zeta",
        "oo",
        "nan",
        "x",
        "re",
    ],
)
def test_any_name_is_a_plain_symbol(name: str) -> None:
    size = symbol(name)
    assert size.is_Symbol
    assert size.is_positive
    assert size.is_integer
    assert str(size * 2 + 1) == f"2*{name} + 1"


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (floordiv(N, 2), "floor(n/2)"),
        (floordiv(floordiv(N, 2), 2), "floor(n/4)"),
        (floordiv(N - 3, 2) + 1, "floor((n - 3)/2) + 1"),
        (settle(floordiv(N - 3, 2) + 1), "floor((n - 1)/2)"),
        (ceildiv(N, 2), "ceiling(n/2)"),
        (ceildiv(ceildiv(ceildiv(ceildiv(ceildiv(N, 2), 2), 2), 2), 2), "ceiling(n/32)"),
        (floordiv(2 * N + 3, 2), "n + 1"),
        (floordiv(6 * N + 5, 4), "ceiling((3*n + 1)/2)"),
        (floordiv(N / 2, 3), "floor(n/6)"),
        (ceildiv(N * symbol("s"), symbol("s")), "n"),
        (ceildiv(N, symbol("s")), "ceiling(n/s)"),
        (remainder(N, 8), "n - 8*floor(n/8)"),
        (floordiv(2 * floordiv(N, 2), 2), "floor(n/2)"),
    ],
)
def test_floors_fold(size: sympy.Expr, text: str) -> None:
    assert str(size) == text


def test_latex_of_a_floor() -> None:
    assert sympy.latex(floordiv(N - 1, 4)) == r"\left\lfloor \frac{n - 1}{4} \right\rfloor"
    assert sympy.latex(ceildiv(N, 4)) == r"\left\lceil \frac{n}{4} \right\rceil"


def test_floor_of_every_small_fraction() -> None:
    """floor((a*n + b)/q) and ceil of it, for all small a, b, q and n."""
    checked = 0
    for a, b, q in itertools.product(range(1, 7), range(-9, 10), range(1, 9)):
        down, up = floordiv(a * N + b, q), ceildiv(a * N + b, q)
        for n in range(1, 14):
            assert down.subs(N, n) == (a * n + b) // q
            assert up.subs(N, n) == -((-a * n - b) // q)
            checked += 2
    assert checked == 23712


def test_nested_floors() -> None:
    """floor((floor(n/q) + c)/r) is one floor, and the right one."""
    for q, c, r in itertools.product(range(1, 7), range(-7, 8), range(1, 7)):
        nested = floordiv(floordiv(N, q) + c, r)
        assert len(nested.atoms(FloorDiv)) <= 1
        for n in range(1, 40):
            assert nested.subs(N, n) == (n // q + c) // r


@pytest.mark.parametrize("seed", range(300))
def test_chains_of_strided_layers(seed: int) -> None:
    """Windows, strides, padding, pooling and upsampling, one after another."""
    draw = random.Random(seed)
    size = N
    steps = []
    for _ in range(draw.randint(1, 8)):
        k, s, p = draw.randint(1, 5), draw.randint(1, 4), draw.randint(0, 3)
        kind = draw.choice(["window", "ceil", "enlarge", "pad", "exact"])
        steps.append((kind, k, s, p))
        size = settle(_step(kind, size, k, s, p, floordiv))
    for n in [1, 2, 3, *(draw.randint(1, 3000) for _ in range(20))]:
        plain = n
        for step in steps:
            plain = _step(step[0], plain, *step[1:], lambda a, b: math.floor(a // b))
        assert (size if isinstance(size, int) else size.subs(N, n)) == plain


def _step(kind: str, n: object, k: int, s: int, p: int, div: object) -> object:
    if kind == "window":
        return div(n + 2 * p - k, s) + 1
    if kind == "ceil":
        return div(n + s - 1, s)
    if kind == "enlarge":
        return n * s
    if kind == "pad":
        return n + p
    return div(n * s, s)


@given(st.data())
def test_symbolic_strides(data: st.DataObject) -> None:
    """Divisors that are symbols follow the same rules."""
    s, t = symbol("s"), symbol("t")
    k, c = data.draw(st.integers(1, 5)), data.draw(st.integers(-4, 4))
    size = settle(floordiv(settle(floordiv(N - k, s) + 1) * t + c, t))
    size = ceildiv(floordiv(size + c, s), t)
    n, a, b = (data.draw(st.integers(1, high)) for high in (500, 6, 6))
    plain = (((n - k) // a + 1) * b + c) // b
    plain = -(-((plain + c) // a) // b)
    assert size.subs({N: n, s: a, t: b}) == plain


def test_only_a_whole_quotient_is_an_integer() -> None:
    """10*s/t may be an integer where s/t is none: nothing is taken out of it."""
    s, t = symbol("s"), symbol("t")
    size = ceildiv(N * s / t, 2)
    assert size.subs({N: 10, s: 1, t: 2}) == 3
    assert size.subs(N, 10).subs(s, 1).subs(t, 2) == 3
    assert floordiv(10 * s / t + 3, 4).subs({s: 1, t: 2}) == 2


def test_ints_stay_ints() -> None:
    results = [
        product([2, 3]), product([]), total([1, 2]), total([]), floordiv(7, 2), ceildiv(7, 2),
        exact(6, 3), minimum(2, 3), maximum(2, 3), power(2, 10), remainder(7, 3), settle(N - N),
    ]  # fmt: skip
    assert results == [6, 1, 3, 0, 3, 4, 2, 2, 3, 1024, 1, 0]
    assert {type(result) for result in results} == {int}


@pytest.mark.parametrize(
    ("decided", "answer"),
    [
        (equal(N, N), True),
        (equal(N, N + 1), False),
        (equal(2 * (N + 1), 2 * N + 2), True),
        (equal(N, symbol("m")), None),
        (positive(N), True),
        (positive(-N), False),
        (positive(N - 3), None),
        (divides(3, 3 * N), True),
        (divides(2, 2 * N + 1), False),
        (divides(symbol("g"), N), None),
    ],
)
def test_decisions(decided: bool | None, answer: bool | None) -> None:
    assert decided is answer


@pytest.mark.parametrize(
    "compute",
    [
        lambda: power(2, 10**6),
        lambda: power(10, MAX_DIGITS),
        lambda: power(N, 10**6),
        lambda: power(2, -1),
        lambda: product([10**600, 10**600]),
        lambda: product([10**600, 10**600, N]),
        lambda: settle(sympy.Rational(7, 2)),
    ],
)
def test_bounds(compute: object) -> None:
    with pytest.raises(SizeError):
        compute()
