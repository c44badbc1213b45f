"""What the tests of closed forms share: symbols, and running the passes one by one."""

from hypothesis import strategies as st
from sympy import Expr, IndexedBase, Integer

from symparam import symbol
from symparam.algebra.depth.recurrences import Progression
from symparam.algebra.depth.sums import Closed, evaluate
from symparam.algebra.sizes import Size

P, L = symbol("i"), symbol("L")
A, C, H, K, N, Q = (symbol(name) for name in "achknq")
X, Y, Z = (symbol(name) for name in "xyz")
W = IndexedBase("w", integer=True, positive=True)
CONSTANTS = [A, C, K, Q]


def at(size: Size, numbers: dict[Expr, int]) -> int:
    """The size at these numbers; it must be a whole number."""
    value = evaluate(size, numbers)
    assert isinstance(value, int)
    return value


def one_by_one(term: Size, first: int, last: int, numbers: dict[Expr, int]) -> int:
    return sum(at(Integer(1) * term, {**numbers, P: i}) for i in range(first, last + 1))


def applies(closed: Closed | Progression, numbers: dict[Expr, int]) -> bool:
    """Whether all conditions hold at these numbers."""
    for condition in closed.conditions:
        left, right = (evaluate(side, numbers) for side in (condition.left, condition.right))
        holds = left != right if condition.relation == "!=" else left >= right
        if not holds:
            return False
    return True


def coefficients() -> st.SearchStrategy[Size]:
    return st.sampled_from([1, 2, 3, -1, 12, A, C, K, C + 1, 9 * K + 4, C * K, 3 * C - 2, A**2])


@st.composite
def values(draw: st.DrawFn) -> dict[Expr, int]:
    return {name: draw(st.integers(1, 6)) for name in CONSTANTS}
