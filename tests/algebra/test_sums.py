"""Sums over passes in closed form, against adding up one by one."""

import itertools

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from passes import (
    A,
    C,
    H,
    K,
    L,
    P,
    W,
    X,
    applies,
    at,
    coefficients,
    one_by_one,
    values,
)
from sympy import Expr, Integer, Sum

from symparam import SizeError
from symparam.algebra.conditions import Condition
from symparam.algebra.depth.recurrences import progression
from symparam.algebra.depth.sums import evaluate, summed
from symparam.algebra.sizes import Size, ceildiv, floordiv, product


@pytest.mark.parametrize(
    ("term", "text"),
    [
        (7, "7*L"),
        (C, "L*c"),
        (P, "L*(L + 1)/2"),
        (P - 1, "L*(L - 1)/2"),
        (P**2, "L*(L + 1)*(2*L + 1)/6"),
        (P**3, "L**2*(L + 1)**2/4"),
        (K * (P + 1), "L*k*(L + 3)/2"),
        (C + K * (P - 1), "L*c + L*k*(L - 1)/2"),
        ((9 * K + 4) * (C + K * (P - 1)) + K, "L*k + (9*k + 4)*(L*c + L*k*(L - 1)/2)"),
        (2 ** (P - 1) * C, "c*(2**L - 1)"),
        (2 ** (2 * P) * C, "4*c*(4**L - 1)/3"),
        (A**P * C, "a*c*(a**L - 1)/(a - 1)"),
        (C / A**P, "c*(1 - 1/a**L)/(a - 1)"),
        (P * 2**P * C, "2*c*(2**L*(L - 1) + 1)"),
        (W[P] * (W[P - 1] + 1), "Sum((w[i - 1] + 1)*w[i], (i, 1, L))"),
        (K * (9 * W[P] + 1), "L*k + 9*k*Sum(w[i], (i, 1, L))"),
        (W[P] + floordiv(H, P), "Sum(floor(h/i) + w[i], (i, 1, L))"),
        (P * (floordiv(H, 2**P) + 1), "L*(L + 1)/2 + Sum(i*floor(h/2**i), (i, 1, L))"),
        (P**61, "Sum(i**61, (i, 1, L))"),
    ],
)
def test_sums_read_as_in_a_paper(term: Size, text: str) -> None:
    assert str(summed(term, P, 1, L).value) == text


@pytest.mark.parametrize("degree", range(21))
def test_sums_of_powers(degree: int) -> None:
    for first in range(4):
        value = summed(P**degree, P, first, L).value
        assert Integer(1) * value != 0
        for last in range(first - 1, 12):
            expected = sum(i**degree for i in range(first, last + 1))
            assert at(value, {L: last}) == expected == summed(P**degree, P, first, last).value


@pytest.mark.parametrize("ratio", [2, 3, 10, -1, -2, A, A**2, 2 * A, A + 1, A * C])
@pytest.mark.parametrize("degree", range(7))
def test_geometric_sums(ratio: Size, degree: int) -> None:
    term = P**degree * ratio**P
    closed = summed(term, P, 1, L)
    assert not Integer(1).__mul__(closed.value).has(Sum)
    for last, a, c in itertools.product(range(6), (1, 2, 5), (1, 3)):
        numbers = {A: a, C: c, L: last}
        if applies(closed, numbers):
            assert at(closed.value, numbers) == one_by_one(term, 1, last, numbers)
        else:
            assert ratio in (A, A**2, A * C)
            assert a == 1


@pytest.mark.parametrize(
    ("term", "conditions"),
    [
        (2**P * C, []),
        (A**P, [Condition(A, "!=", 1)]),
        (A ** (2 * P), [Condition(A, "!=", 1)]),
        (C / A**P, [Condition(A, "!=", 1)]),
        (P * A**P + 3 * A ** (P + 1), [Condition(A, "!=", 1)]),
        (A**P / 2**P, [Condition(A, "!=", 2)]),
        (A**P / C**P, [Condition(A, "!=", C)]),
        ((2 * A) ** P, []),
        ((A + 1) ** P, []),
    ],
)
def test_conditions(term: Size, conditions: list[Condition]) -> None:
    assert list(summed(term, P, 1, L).conditions) == conditions


def test_an_unequality_is_decided_when_it_can_be() -> None:
    assert Condition(A, "!=", 1).holds() is None
    assert Condition(A + 1, "!=", 1).holds() is True
    assert Condition(2, "!=", 2).holds() is False


def factors() -> st.SearchStrategy[Size]:
    """What a cost may be made of, as a function of the pass."""
    polynomials = [P, P + 1, P - 1, 2 * P + 3, P**2, C + K * P, C + K * (P - 1), 3 * K + P]
    powers = [2**P, 2 ** (P - 1), 4 ** (2 * P), 3 ** (P + 2), A**P, A ** (P - 1), (2 * A) ** P]
    more = [A ** (2 * P + 1), (C + 1) ** P, (C * A) ** P, 2**P + P, A**P - 1, (P + C) ** 3]
    return st.sampled_from(polynomials + powers + more)


@st.composite
def terms(draw: st.DrawFn) -> Expr:
    parts = draw(st.lists(st.tuples(coefficients(), st.lists(factors(), max_size=3)), max_size=4))
    return Integer(0) + sum(c * product([Integer(1), *f]) for c, f in parts)


@settings(deadline=None)
@given(terms(), values(), st.integers(1, 4))
def test_random_sums(term: Expr, numbers: dict[Expr, int], first: int) -> None:
    closed = summed(term, P, first, L)
    assert not (Integer(1) * closed.value).has(Sum)
    assume(applies(closed, numbers))
    for last in range(first - 1, first + 7):
        expected = one_by_one(term, first, last, numbers)
        assert at(closed.value, {**numbers, L: last}) == expected
    concrete = summed(term, P, first, first + 6)
    assert at(concrete.value, numbers) == expected


@settings(deadline=None)
@given(terms(), st.lists(factors(), max_size=2), values(), st.data())
def test_random_sums_with_an_explicit_part(
    term: Expr, around: list[Expr], numbers: dict[Expr, int], data: st.DataObject
) -> None:
    """Sequences and floors stay a ``Sum``; it has the same value."""
    kinds = [W[P], W[P] * W[P - 1], (W[P - 1] + 1) * W[P], floordiv(K, P), C * W[P] + P + 1]
    term += product([*around, data.draw(st.sampled_from(kinds))])
    closed = summed(term, P, 1, L)
    numbers.update({W[i]: data.draw(st.integers(1, 9)) for i in range(8)})
    assume(applies(closed, numbers))
    for last in range(6):
        expected = one_by_one(term, 1, last, numbers)
        assert at(closed.value, {**numbers, L: last}) == expected


def test_a_billion_passes() -> None:
    """Nothing is repeated pass by pass, so this ends."""
    n = 10**9
    assert summed(P, P, 1, n).value == n * (n + 1) // 2
    assert summed(P**12, P, 1, n).value == summed(P**12, P, 1, n - 1).value + n**12
    assert str(summed(C + K * (P - 1), P, 1, n).value) == f"{n}*c + {n * (n - 1) // 2}*k"
    passes = progression({C: C + K, H: ceildiv(H, 2), X: 64}, {C: 16, H: 224, X: 3}, P)
    assert passes.after(n) == {C: n * K + 16, H: 1, X: 64}
    assert passes.summed(C * X, n).value == 48 + 64 * (n - 1) * 16 + 32 * K * n * (n - 1)


def test_what_would_be_too_long_is_refused() -> None:
    for term in (2**P, P * 3**P, A**P):
        with pytest.raises(SizeError):
            summed(term, P, 1, 10**9)
        with pytest.raises(SizeError):
            evaluate(summed(term, P, 1, L).value, {L: 10**9, A: 2})
    with pytest.raises(SizeError, match="without closed form"):
        evaluate(summed(floordiv(10**9, P), P, 1, L).value, {L: 10**9})
    with pytest.raises(SizeError):
        progression({C: 2 * C}, {C: 1}, P).after(10**9)


def test_evaluate() -> None:
    nested = summed(summed(W[X] * W[P], X, 1, P).value, P, 1, L).value
    assert evaluate(nested, {L: 2, W[1]: 3, W[2]: 5}) == 9 + 15 + 25
    assert evaluate(summed(floordiv(224, 2**P), P, 1, L).value, {L: 3}) == 112 + 56 + 28
    assert summed(floordiv(224, 2**P), P, 1, 3).value == 112 + 56 + 28
    assert str(evaluate(nested, {W[1]: 3})).startswith("Sum(")
    assert evaluate(7, {L: 2}) == 7
