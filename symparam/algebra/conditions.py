"""What must hold for a result where the symbols alone do not decide it.

A layer asks ``required(g, "|", c)`` and refuses when the answer is no. What cannot be
decided is collected, travels with the result and is checked when numbers arrive.
"""

import math
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, NamedTuple

from symparam.algebra.sizes import Shape, Size, divides, equal, positive, settle
from symparam.errors import SizeError

if TYPE_CHECKING:
    from sympy import Expr


class Condition(NamedTuple):
    """A relation of two sizes: ``=``, ``!=``, ``>=``, or ``|`` for "divides"."""

    left: Size
    relation: str
    right: Size

    @property
    def symbols(self) -> set[Any]:
        """What it is about."""
        sides = (self.left, self.right)
        return {name for side in sides if not isinstance(side, int) for name in side.free_symbols}

    def holds(self) -> bool | None:
        """Whether it is so; None when that depends on the symbols."""
        if self.relation == "=":
            return equal(self.left, self.right)
        if self.relation == "!=":
            same = equal(self.left, self.right)
            return None if same is None else not same
        if self.relation == "|":
            return divides(self.left, self.right)
        return positive(self.left - self.right + 1)

    def at(self, sizes: "Mapping[Expr, int]") -> "Condition":
        """This condition with numbers substituted for symbols."""

        left, right = evaluated((self.left, self.right), sizes)
        return Condition(left, self.relation, right)

    def fails(self, sizes: "Mapping[Expr, int]") -> bool:
        """Whether these numbers contradict it."""
        try:
            return self.at(sizes).holds() is False
        except SizeError:  # a quotient that is no whole number
            return True


def evaluated(shape: Shape, sizes: "Mapping[Expr, Any]") -> Shape:
    """The sizes with numbers, or other sizes, substituted for symbols."""
    return tuple(size if isinstance(size, int) else settle(_put(size, sizes)) for size in shape)


def _put(size: "Expr", sizes: "Mapping[Expr, Any]") -> Size:
    from sympy import Indexed

    result: Size = size.xreplace(sizes)
    if not isinstance(result, int) and result.has(Indexed):
        result = result.xreplace(sizes)  # w[i] is w[2] only now
    return result


MAX_PAIRED = 30  # conditions, each of which is compared with each of the others

_collected: ContextVar[dict[Condition, None] | None] = ContextVar("conditions", default=None)


def required(left: Size, relation: str, right: Size) -> bool:
    """False when the sizes contradict the condition; what is open is collected.

    >>> from symparam.algebra.sizes import symbol
    >>> with collecting() as conditions:
    ...     required(3, "|", 12), required(3, "|", 13), required(symbol("g"), "|", 12)
    (True, False, True)
    >>> list(conditions)
    [Condition(left=g, relation='|', right=12)]
    """
    condition = Condition(left, relation, right)
    holds = condition.holds()
    if holds is None and (collected := _collected.get()) is not None:
        collected[Condition(settle(left), relation, settle(right))] = None
    return holds is not False


def collected() -> tuple[Condition, ...]:
    """What has been collected so far, where anybody collects."""
    return tuple(_collected.get() or ())


def required_alike(left: Shape, right: Shape) -> bool:
    """False when two shapes contradict one another; what is open is collected."""
    return len(left) == len(right) and all(
        required(a, "=", b) for a, b in zip(left, right, strict=True)
    )


@contextmanager
def collecting() -> Iterator[dict[Condition, None]]:
    """Collect what is required and cannot be decided, in order."""
    collected: dict[Condition, None] = {}
    token = _collected.set(collected)
    try:
        yield collected
    finally:
        _collected.reset(token)


def simplest(conditions: Iterable[Condition]) -> tuple[Condition, ...]:
    """The conditions in readable form: solved for a symbol, the weaker ones left out.

    >>> from symparam.algebra.sizes import floordiv, symbol
    >>> h = symbol("h")
    >>> simplest([Condition(h, ">=", 2), Condition(floordiv(h, 2), ">=", 3)])
    (Condition(left=h, relation='>=', right=6),)
    """
    kept: dict[tuple[Size, str], Condition] = {}
    for condition in conditions:
        solved = _solved(condition) if condition.relation == ">=" else _as_divisor(condition)
        if solved.holds():
            continue
        bound = isinstance(solved.right, int) and solved.relation == ">="
        key = (solved.left, ">=" if bound else str(solved))
        if key not in kept or (bound and solved.right > kept[key].right):
            kept[key] = solved
    if not kept:
        return ()  # in numbers, where sympy is not needed
    known = _without_rounding(list(kept.values()))
    divisors: dict[Size, list[Size]] = {}
    for condition in known:
        if condition.relation == "|":
            divisors.setdefault(condition.right, []).append(condition.left)
    known = [
        condition
        for condition in known
        if not any(
            other != condition.left and divides(condition.left, other)
            for other in divisors.get(condition.right, ())
            if condition.relation == "|"
        )
    ]
    return tuple(condition for condition in known if not _is_implied(condition, known))


def _without_rounding(conditions: list[Condition]) -> list[Condition]:
    """Conditions on rounded sizes without what others say is whole.

    Where 2 divides D, ``floor(D/2) = 2*floor(D/4)`` is that 4 divides D.
    """
    from symparam.algebra.floors import FloorDiv

    while True:
        divisors: dict[Any, int] = {}
        for condition in conditions:
            if condition.relation == "|" and isinstance(condition.left, int):
                known = divisors.get(condition.right, 1)
                divisors[condition.right] = math.lcm(known, condition.left)
        changed = []
        for condition in conditions:
            if condition.relation == "=":
                whole = {
                    part: part.args[0] / part.args[1]
                    for side in (condition.left, condition.right)
                    for part in (() if isinstance(side, int) else side.atoms(FloorDiv))
                    if part.args[1].is_Integer
                    and divisors.get(part.args[0], 1) % int(part.args[1]) == 0
                }
                if whole:
                    left, right = (
                        side if isinstance(side, int) else side.xreplace(whole)
                        for side in (condition.left, condition.right)
                    )
                    condition = _as_divisor(Condition(left, "=", right))
            if condition not in changed and not condition.holds():
                changed.append(condition)
        if changed == conditions:
            return conditions
        conditions = changed


def _is_implied(condition: Condition, conditions: list[Condition]) -> bool:
    """Whether another of the conditions, of a few, says more: ``h >= 2`` beside ``h >= n + 2``."""
    if condition.relation != ">=" or len(conditions) > MAX_PAIRED:
        return False
    gap = condition.left - condition.right
    others = [c for c in conditions if c.relation == ">=" and c != condition]
    return any(
        condition.symbols & other.symbols and positive(gap - (other.left - other.right) + 1)
        for other in others
    )


def _as_divisor(condition: Condition) -> Condition:
    """``2*floor(h/2) = h`` as ``2 | h``, and ``p | h + p`` as ``p | h``."""
    left, relation, right = condition = _cancelled(condition)
    if relation == "|" and not isinstance(right, int) and right.is_Add:
        from sympy import Add

        terms: Any = right.args
        rest = [term for term in terms if not divides(left, term)]
        return Condition(left, "|", settle(Add(*rest)))
    if relation == "=":
        return _as_multiple(left, right) or _reduced(left, right)
    return condition


def _as_multiple(left: Size, right: Size) -> Condition | None:
    """``2*floor(h/2) = h`` and ``2*ceil(h/2) = h`` as ``2 | h``; None where it is no such thing."""
    from symparam.algebra.floors import FloorDiv

    for rounded, whole in ((left, right), (right, left)):
        if isinstance(rounded, int):
            continue
        factor, floor = rounded.as_coeff_Mul()
        if not isinstance(floor, FloorDiv):
            continue
        dividend, divisor = floor.args
        # floor((t + r)/q) = t/q where 0 <= r < q says that q divides t.
        multiple: Any = whole * divisor / factor
        rest: Any = dividend - multiple
        if divisor.is_Integer and rest.is_Integer and 0 <= rest < divisor:
            return Condition(int(divisor), "|", settle(multiple))
    return None


def _reduced(left: Size, right: Size) -> Condition:
    """``4*m = 4*k`` as ``m = k``, a number on the right."""
    from sympy import gcd

    if isinstance(left, int):
        left, right = right, left
    if isinstance(left, int):
        return Condition(left, "=", right)
    numbers = [
        side if isinstance(side, int) else side.as_content_primitive()[0] for side in (left, right)
    ]
    shared: Any = gcd(*numbers)
    if not shared.is_Integer or shared in (0, 1):
        return Condition(left, "=", right)
    return Condition(settle(left / shared), "=", settle(right / shared))


def _cancelled(condition: Condition) -> Condition:
    """``2**(L + 1) | 2*d`` as ``2**L | d``, and ``4 | 2**L`` as ``L >= 2``."""
    left, relation, right = condition
    if relation != "|" or isinstance(right, int):
        return condition
    from sympy import Integer

    number: Any
    rest: Any
    number, rest = right.as_coeff_Mul()
    if not number.is_Integer:
        return condition
    coefficient = int(number)
    if isinstance(left, int):
        shared = math.gcd(left, coefficient)
        left, coefficient = left // shared, coefficient // shared
        if coefficient == 1 and rest.is_Pow and rest.args[0].is_Integer:
            base, exponent = rest.args
            if (times := _times(int(base), left)) is not None:
                return _solved(Condition(exponent, ">=", times))
    elif left.is_Pow and left.args[0].is_Integer:
        power: Any = left
        base, exponent = power.args
        while coefficient % int(base) == 0 and positive(exponent):
            exponent, coefficient = exponent - 1, coefficient // int(base)
        left = base**exponent
    return Condition(settle(left), "|", settle(Integer(coefficient) * rest))


def _times(base: int, number: int) -> int | None:
    """n where the number is base**n."""
    times = 0
    while base > 1 and number % base == 0:
        times, number = times + 1, number // base
    return times if number == 1 else None


def _solved(condition: Condition) -> Condition:
    """``floor((h - 1)/2) >= 3`` as ``h >= 7``."""
    from sympy import Add, Integer, Pow, expand, powsimp

    from symparam.algebra.floors import FloorDiv

    gap = expand(condition.left - condition.right)
    if _has_sum_below(gap):
        return condition
    while True:  # gap >= 0
        constant, rest = gap.as_coeff_Add()
        factor, inner = rest.as_coeff_Mul()
        if rest.is_Add or factor <= 0 or not inner.is_integer:  # d/n alone may be no whole number
            break
        # inner >= -constant/factor, rounded up; in ints, as sympy's own // is not exact here.
        least = -(constant.p * factor.q // (constant.q * factor.p))
        if not isinstance(inner, FloorDiv):
            return Condition(inner, ">=", least)
        dividend, divisor = inner.args
        gap = expand(dividend - least * divisor)
    terms = [
        powsimp(term) if term.is_Mul and term.has(Pow) else term
        for term in Add.make_args(gap.primitive()[1])
    ]
    more = [term for term in terms if not term.could_extract_minus_sign()]
    less = [-term for term in terms if term.could_extract_minus_sign()]
    left, right = Add(*more), Add(*less)
    sides = [int(side) if isinstance(side, Integer) else side for side in (left, right)]
    return Condition(sides[0], ">=", sides[1])


def _has_sum_below(size: Any) -> bool:
    """Whether a sum divides in it, as in ``s/(s - 1)``: multiplied out, nobody could read it."""
    from sympy import Pow

    return any(power.base.is_Add and power.exp.is_negative for power in size.atoms(Pow))
