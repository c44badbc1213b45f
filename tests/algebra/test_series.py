"""Closed forms over depth, against running the passes one by one."""

import itertools

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from passes import (
    CONSTANTS,
    A,
    C,
    H,
    K,
    L,
    N,
    P,
    Q,
    W,
    X,
    Y,
    Z,
    applies,
    at,
    coefficients,
    values,
)
from sympy import Expr, Integer

from symparam import SizeError, UnsupportedError, symbol
from symparam.algebra.conditions import Condition
from symparam.algebra.depth.recurrences import progression
from symparam.algebra.sizes import Size, ceildiv, floordiv, maximum, product


def follow(
    step: dict[Expr, Size], start: dict[Expr, Size], first: int, numbers: dict[Expr, int]
) -> list[dict[Expr, int]]:
    """The sizes before the first pass, before the second, and so on."""
    sizes = {name: at(size, numbers) for name, size in start.items()}
    found = [sizes]
    for i in range(first, first + 8):
        now = {**numbers, **sizes, P: i}
        sizes = {name: at(size, now) for name, size in step.items()}
        found.append(sizes)
    return found


def agrees(
    step: dict[Expr, Size],
    start: dict[Expr, Size],
    cost: Size,
    numbers: dict[Expr, int],
    first: int = 1,
) -> bool:
    """Hold the closed forms beside the passes, one by one; False when a condition fails."""
    passes = progression(step, start, P, first)
    if not applies(passes, numbers):
        return False
    expected = follow(step, start, first, numbers)
    before, after = passes.before(P), passes.after(L)
    costs = passes.summed(cost, first + L - 1)
    total = 0
    for n, sizes in enumerate(expected):
        concrete = passes.after(n)
        for name, size in sizes.items():
            assert at(concrete[name], numbers) == size
            if n >= passes.peeled:
                assert at(before[name], {**numbers, P: first + n}) == size
                assert at(after[name], {**numbers, L: n}) == size
        there = {**numbers, L: n}
        if n >= passes.peeled and applies(costs, there):
            assert at(costs.value, there) == total
        exact = passes.summed(cost, first + n - 1)
        if applies(exact, numbers):
            assert at(exact.value, numbers) == total
        total += at(cost, {**numbers, **sizes, P: first + n})
    return True


@pytest.mark.parametrize(
    ("step", "start", "cost", "before", "after", "total"),
    [
        # DenseNet: every layer sees k channels more
        ({C: C + K}, {C: N}, 4 * C + K * (9 * C + 1), "k*(i - 1) + n", "L*k + n",
         "L*k + (9*k + 4)*(L*k*(L - 1)/2 + L*n)"),
        ({C: C + K}, {C: C}, C, "c + k*(i - 1)", "L*k + c", "L*c + L*k*(L - 1)/2"),
        # widths that double, as in VGG or U-Net
        ({C: 2 * C}, {C: N}, 9 * C * 2 * C, "2**(i - 1)*n", "2**L*n", "6*n**2*(4**L - 1)"),
        ({C: A * C}, {C: N}, C, "a**(i - 1)*n", "a**L*n", "n*(a**L - 1)/(a - 1)"),
        ({C: C + P}, {C: N}, C, "i*(i - 1)/2 + n", "L*(L + 1)/2 + n", "L*n + L*(L - 1)*(L + 1)/6"),
        ({C: C + 2**P}, {C: N}, 1, "2*2**(i - 1) + n - 2", "2*2**L + n - 2", "L"),
        ({C: 64}, {C: 64}, C, "64", "64", "64*L"),
        ({C: 64}, {C: 3}, C, "64", "64", "64*L - 61"),
        ({C: C}, {C: N}, C, "n", "n", "L*n"),
        ({C: W[P]}, {C: W[0]}, (C + 1) * W[P], "w[i - 1]", "w[L]",
         "Sum((w[i - 1] + 1)*w[i], (i, 1, L))"),
        ({C: W[P]}, {C: 3}, (C + 1) * W[P], "w[i - 1]", "w[L]",
         "4*w[1] + Sum((w[i - 1] + 1)*w[i], (i, 2, L))"),
    ],
)  # fmt: skip
def test_progressions_read_as_in_a_paper(
    step: dict[Expr, Size], start: dict[Expr, Size], cost: Size, before: str, after: str, total: str
) -> None:
    passes = progression(step, start, P)
    assert str(passes.before(P)[C]) == before
    assert str(passes.after(L)[C]) == after
    assert str(passes.summed(cost, L).value) == total


@pytest.mark.parametrize(
    ("size", "after"),
    [
        (ceildiv(H, 2), "ceiling(n/2**L)"),
        (floordiv(H, 2), "floor(n/2**L)"),
        (floordiv(H - 1, 2) + 1, "ceiling(n/2**L)"),
        (floordiv(H, Q), "floor(n/q**L)"),
        (H / 2, "n/2**L"),
        (H / Q, "n/q**L"),
        (ceildiv(H, Q), "ceiling(n/q**L)"),
        (floordiv(H + 1, 2), "ceiling(n/2**L)"),
        (floordiv(H - K, Q) + 1, "floor((n + (-k + q)*(q**L - 1)/(q - 1))/q**L)"),
    ],
)
def test_spatial_sizes(size: Size, after: str) -> None:
    passes = progression({H: size}, {H: N}, P)
    assert str(passes.after(L)[H]) == after
    assert passes.conditions == ((Condition(Q, "!=", 1),) if "(q - 1)" in after else ())


def test_every_small_floor() -> None:
    """x -> floor((x + b)/q) for all small x, b, q and numbers of passes."""
    checked = 0
    for b, q in itertools.product(range(-5, 10), range(2, 7)):
        passes = progression({X: floordiv(X + b, q)}, {X: N}, P)
        before, after = passes.before(P)[X], passes.after(L)[X]
        for x in range(1, 31, 3):
            size = x
            for n in range(6):
                assert at(after, {N: x, L: n}) == at(before, {N: x, P: n + 1}) == size
                size = (size + b) // q
                checked += 1
    assert checked == 4500


def test_every_small_floor_of_numbers() -> None:
    """On numbers alone, where many passes are cut short because nothing changes any more."""
    for b, q, x in itertools.product(range(-7, 12, 2), range(2, 6), range(-20, 60, 7)):
        passes = progression({X: floordiv(X + b, q)}, {X: x}, P)
        size = x
        for n in range(20):
            assert passes.after(n)[X] == size
            size = (size + b) // q
        assert passes.after(10**9)[X] == size


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 999), st.integers(-6, 9), st.integers(1, 6), st.integers(0, 3))
def test_floors_with_symbols(x: int, b: int, q: int, first: int) -> None:
    """A symbolic stride, padding that depends on it, and a start that is a floor itself."""
    for size in (floordiv(H + b, Q), floordiv(H + b - K, Q) + 1, floordiv(H + 2 * K - 1, Q)):
        for start in (N, floordiv(N + 1, 2), ceildiv(N, Q)):
            agrees({H: size}, {H: start}, 1, {N: x, K: 3, Q: q}, first)


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 500), st.integers(1, 20), st.integers(1, 9))
def test_halving_while_doubling(h: int, c: int, k: int) -> None:
    """The usual stages: floors that depend on the pass stay an explicit sum."""
    step = {H: ceildiv(H, 2), X: floordiv(X - 1, 2) + 1, C: 2 * C}
    start = {H: N, X: N + 1, C: K}
    cost = ceildiv(H, 2) * ceildiv(X, 2) * 9 * C * 2 * C + 2 * C * (H + 1)
    assert agrees(step, start, cost, {N: h, K: k, C: c})


SETS = [3, K, C + 1, 2 * P + C, 2**P, W[P], W[P + 1] + W[P]]
GROWTHS = [1, 2, 3, -1, A, A + 1, 2 * A, C, 3 * A - 1]
CHANGES = [0, 1, K, -K, P, C * P, P**2 + 1, 2**P, 3 * 2**P * P, A**P, C * A ** (P - 1), A**P * P]


@st.composite
def systems(draw: st.DrawFn) -> tuple[dict[Expr, Size], dict[Expr, Size], Size]:
    """A triangular system of three sizes, the start, and a cost."""
    step: dict[Expr, Size] = {}
    for name, solved in ((X, []), (Y, [X]), (Z, [X, Y])):
        linear = draw(st.sampled_from(["set", "grow", "grow", "grow"])) == "grow"
        size = draw(st.sampled_from(CHANGES if linear else SETS))
        if linear:
            size = draw(st.sampled_from(GROWTHS)) * name + size
        for other in solved:
            if not linear or not isinstance(step[other], Expr) or not step[other].has(W):
                size = size + draw(st.sampled_from([0, 0, other, K * other, P * other]))
        step[name] = size
    clear = {name: step[name] for name in (X,)}
    if any(isinstance(size, Expr) and size.has(W) for size in step.values()):
        step = clear
    start = {name: draw(st.sampled_from([1, 5, N, 2 * C + K, C, *SETS[:1]])) for name in step}
    parts = draw(
        st.lists(
            st.tuples(coefficients(), st.lists(st.sampled_from([*step, P]), max_size=3)), max_size=3
        )
    )
    cost = Integer(0) + sum(c * product([Integer(1), *f]) for c, f in parts)
    return step, start, cost


@settings(deadline=None, max_examples=60)
@given(systems(), values(), st.integers(1, 3), st.integers(1, 9))
@example(({X: W[P]}, {X: W[0]}, X * X), dict.fromkeys(CONSTANTS, 2), 1, 3)
@example(({X: Y, Y: Z, Z: K}, {X: N, Y: N, Z: N}, X * Y), dict.fromkeys(CONSTANTS, 2), 1, 3)
@example(({X: Y, Y: Y + K}, {X: N - K, Y: N}, X * Y), dict.fromkeys(CONSTANTS, 2), 1, 30)
@example(({X: K * (X + 1) - K * X}, {X: N}, X), dict.fromkeys(CONSTANTS, 2), 1, 30)
@example(({X: Y * X + P, Y: Y}, {X: N, Y: 0}, X), dict.fromkeys(CONSTANTS, 2), 1, 30)
def test_random_systems(
    system: tuple[dict[Expr, Size], dict[Expr, Size], Size],
    numbers: dict[Expr, int],
    first: int,
    start: int,
) -> None:
    numbers = {**numbers, N: start, **{W[i]: 2 * i + 3 for i in range(12)}}
    assume(agrees(*system, numbers, first))


def test_sizes_that_only_follow_others_are_peeled() -> None:
    passes = progression({X: Y, Y: Y + K}, {X: N, Y: C}, P)
    assert passes.peeled == 1
    assert passes.before(1) == {X: N, Y: C}
    assert passes.after(1) == {X: C, Y: C + K}
    twice = progression({X: Y, Y: K}, {X: N, Y: C}, P)
    assert twice.peeled == 2
    assert twice.summed(X, L).conditions == (Condition(L, ">=", 2),)
    assert twice.summed(X, 1).value == N
    assert twice.summed(X, 2).value == N + C
    kept = progression({X: Y, Y: Y + K}, {X: C - K, Y: C}, P)
    assert kept.peeled == 0


def test_growth_by_a_symbol_needs_that_it_is_not_one() -> None:
    passes = progression({C: A * C + K}, {C: N}, P)
    assert passes.conditions == (Condition(A, "!=", 1),)
    assert str(passes.after(L)[C]) == "a**L*n + k*(a**L - 1)/(a - 1)"
    assert passes.summed(C, L).conditions == (Condition(A, "!=", 1),)


@pytest.mark.parametrize(
    ("step", "message"),
    [
        ({X: Y, Y: X + Y}, "sizes depend on each other from iteration to iteration"),
        ({X: X * X}, "the size x becomes x**2 in iteration i, which is not of the form a*x + b"),
        ({X: X * Y, Y: Y + 1},
         "the size x grows by the factor i + 4 in iteration i, and only a constant factor has a closed form"),
        ({X: X + Y, Y: floordiv(Y, 2)},
         "the size x changes by floor(10/2**i) in iteration i, and the sum of that has no closed form"),
        ({X: X + W[P]}, "the size x changes by w[i] in iteration i, and the sum of that has no closed form"),
        ({X: floordiv(2 * X, 3)},
         "the size x becomes floor(2*x/3) in iteration i, which is not of the form floor((x + b)/q)"),
        ({X: floordiv(X + P, 3)},
         "the size x becomes floor((i + x)/3) in iteration i, which is not of the form floor((x + b)/q)"),
        ({X: 2 * floordiv(X, 3)},
         "the size x becomes 2*floor(x/3) in iteration i, which is not of the form a*x + b"),
        ({X: maximum(X, K)},
         "the size x becomes Max(k, x) in iteration i, which is not of the form a*x + b"),
    ],
)  # fmt: skip
def test_what_is_refused(step: dict[Expr, Size], message: str) -> None:
    with pytest.raises(UnsupportedError) as caught:
        progression(step, dict.fromkeys(step, 5), P)
    assert caught.value.message == message


def test_what_follows_too_long_a_chain_is_refused() -> None:
    names = [symbol(f"x{n}") for n in range(12)]
    step: dict[Expr, Size] = {name: names[n + 1] for n, name in enumerate(names[:-1])}
    step[names[-1]] = K
    with pytest.raises(UnsupportedError, match="through more than 8 iterations"):
        progression(step, dict.fromkeys(names, N), P)


def test_no_pass_comes_before_the_first() -> None:
    with pytest.raises(SizeError, match="iteration 0 comes before the first"):
        progression({C: C + 1}, {C: N}, P).before(0)
