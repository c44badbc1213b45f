"""Sums over the iterations of a repeat: closed where they can be, explicit where not.

Powers of the index are summed by Faulhaber's formula, powers with the index in the
exponent as geometric series, see ``terms``; a billion iterations cost as much as one.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from sympy import Add, Expr, Indexed, Integer, Mul, Pow, S, Sum

from symparam.algebra.conditions import Condition
from symparam.algebra.depth.terms import (
    Terms,
    constants,
    increase,
    multiplied,
    raised,
    solved,
    terms_of,
    written,
)
from symparam.algebra.sizes import Size, expression, outermost, settle
from symparam.errors import SizeError

MAX_ITERATIONS = 1_000_000  # of an explicit sum that is added up term by term


class Closed(NamedTuple):
    """A closed form and the conditions under which it holds."""

    value: Size
    conditions: tuple[Condition, ...] = ()


def summed(term: Size, index: Expr, first: Size, last: Size) -> Closed:
    """The sum of a term for index = first, first + 1, ..., last.

    >>> from symparam.algebra.sizes import symbol
    >>> a, c, i, k, L = map(symbol, "acikL")
    >>> summed(c + k * (i - 1), i, 1, L).value
    L*c + L*k*(L - 1)/2
    >>> summed(i**2, i, 1, 10**9).value
    333333333833333333500000000
    >>> summed(c * a**i, i, 1, L)
    Closed(value=a*c*(a**L - 1)/(a - 1), conditions=(Condition(left=a, relation='!=', right=1),))

    What has no closed form stays an explicit ``Sum``; ``evaluate`` puts numbers into it.
    An empty sum, last = first - 1, is 0.
    """
    parts = [split(part, index) for part in Add.make_args(expression(term))]
    return weighted(parts, index, first, last)


def weighted(parts: Iterable[tuple[Expr, Expr]], index: Expr, first: Size, last: Size) -> Closed:
    """The sum of all constant * term, every term summed once."""
    count = last - first + 1
    conditions: dict[Condition, None] = {}
    closed, open_ = _sorted(parts, index, first)
    flat: Terms = {}
    values: list[Expr] = []
    for terms, factors in closed.values():
        constant = Add(*factors)
        sums = solved(S.Zero, S.One, terms, conditions)
        if not constant.is_Number and len({kept for kept, _, _ in sums}) > 1:
            values.append(constant * written(sums, count))
        else:
            increase(flat, multiplied(sums, constants(constant)))
    values.append(written(flat, count))
    if open_:
        values.append(_explicit(open_, index, first, last))
    result = Add(*values)
    if open_ and not result.free_symbols:
        return Closed(evaluate(result, {}), tuple(conditions))
    return Closed(settle(result), tuple(conditions))


def evaluate(size: Size, numbers: Mapping[Expr, int]) -> Size:
    """The size with numbers for symbols and for members of sequences, explicit sums added up.

    >>> from sympy import IndexedBase
    >>> from symparam.algebra.sizes import symbol
    >>> i, L, w = symbol("i"), symbol("L"), IndexedBase("w", integer=True, positive=True)
    >>> total = summed(w[i - 1] * w[i] + i, i, 1, L).value
    >>> total
    L*(L + 1)/2 + Sum(w[i - 1]*w[i], (i, 1, L))
    >>> evaluate(total, {L: 2, w[0]: 3, w[1]: 5, w[2]: 7})
    53
    """
    return size if isinstance(size, int) else settle(at(size, numbers))


def split(term: Expr, index: Expr) -> tuple[Expr, Expr]:
    """A product as its constant factor and the rest, which depends on the index."""
    factors = Mul.make_args(term)
    constant = [factor for factor in factors if not factor.has(index)]
    return Mul(*constant), Mul(*(factor for factor in factors if factor.has(index)))


def _sorted(
    parts: Iterable[tuple[Expr, Expr]], index: Expr, first: Size
) -> tuple[dict[Expr, tuple[Terms, list[Expr]]], dict[Expr, list[Expr]]]:
    """The terms with a closed sum and those without, each with its constant factors."""
    closed: dict[Expr, tuple[Terms, list[Expr]]] = {}
    open_: dict[Expr, list[Expr]] = {}
    waiting = list(parts)[::-1]
    while waiting:
        constant, term = waiting.pop()
        if term in closed:
            closed[term][1].append(constant)
        elif (terms := terms_of(term, index, first)) is not None:
            closed[term] = terms, [constant]
        elif pieces := _pieces(term, index, first):
            waiting += [(constant * factor, piece) for factor, piece in reversed(pieces)]
        else:
            open_.setdefault(term, []).append(constant)
    return closed, open_


def _pieces(term: Expr, index: Expr, first: Size) -> list[tuple[Expr, Expr]] | None:
    """A term without a closed sum as a sum in which some terms have one; None if there is none.

    Of ``i*(floor(h/2**i) + 1)`` the ``i`` is taken out. ``(w[i] + 1)*w[i - 1]`` stays whole.
    """
    factors = Mul.make_args(term)
    open_ = [factor for factor in factors if terms_of(factor, index, first) is None]
    if len(open_) != 1 or not open_[0].is_Add:
        return None
    arguments: list[Expr] = list(open_[0].args)  # type: ignore[arg-type]
    closed = [part for part in arguments if terms_of(part, index, first) is not None]
    others = [factor for factor in factors if factor is not open_[0]]
    rest = [part for part in arguments if part not in closed]
    if not closed and not (len(factors) == 1 and len(rest) > 1):
        return None
    parts = [Add(*closed), *rest] if len(factors) == 1 else [Add(*closed), Add(*rest)]
    return [split(Mul(part, *others), index) for part in parts]


def _explicit(open_: dict[Expr, list[Expr]], index: Expr, first: Size, last: Size) -> Expr:
    """One ``Sum`` of all the terms, with the constant before it when they share it."""
    weights = {Add(*factors) for factors in open_.values()}
    limits = (index, expression(first), expression(last))
    if len(weights) == 1:
        return Mul(weights.pop(), Sum(Add(*open_), limits))
    return Sum(Add(*(Add(*factors) * term for term, factors in open_.items())), limits)


def at(size: Expr, numbers: Mapping[Expr, int]) -> Expr:
    """Put the numbers in, but compute powers only where they are not too long to print."""
    found: dict[Expr, Expr] = {key: Integer(number) for key, number in numbers.items()}
    waiting: list[Expr] = [size]
    while waiting:
        part = waiting.pop()
        if isinstance(part, Sum):
            found[part] = _added_up(part, numbers)
        elif part.is_Pow and not part.args[1].is_Number:
            base, exponent = (at(x, numbers) for x in part.args)  # type: ignore[arg-type]
            found[part] = (
                raised(base, int(exponent)) if exponent.is_Integer else Pow(base, exponent)
            )
        else:
            waiting.extend(part.args)  # type: ignore[arg-type]
    result: Expr = size.xreplace(found)
    return result.xreplace(found) if result.has(Indexed) else result  # w[i] is w[2] only now


def _added_up(sum_: Sum, numbers: Mapping[Expr, int]) -> Expr:
    """The value of an explicit sum; a sum again when its limits are not yet numbers."""
    term, index, *limits = outermost(sum_)
    first, last = (at(limit, numbers) for limit in limits)
    inner = {key: number for key, number in numbers.items() if key != index}
    term = at(term, inner)
    if not (first.is_Integer and last.is_Integer):
        return Sum(term, (index, first, last))
    if last - first >= MAX_ITERATIONS:
        raise SizeError(f"a sum without closed form over more than {MAX_ITERATIONS} iterations")
    iterations = range(int(first), int(last) + 1)
    return Add(*(at(term, {**inner, index: number}) for number in iterations))
