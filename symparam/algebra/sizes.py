"""What a size is: an ``int`` until a symbol enters, a sympy expression from then on.

Layer code is written once for both. Everything here takes and gives exact values;
sympy is imported by the first symbol and not before.
"""

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from symparam.errors import SizeError

if TYPE_CHECKING:
    from sympy import Expr

    Size: TypeAlias = int | Expr
    Shape: TypeAlias = tuple[Size, ...]
else:  # annotations need a name at run time, and sympy is not there yet
    Size, Shape = int, tuple


class Tensors(tuple[Any, ...]):
    """Several tensors side by side: a tuple of shapes, or of such tuples again."""

    __slots__ = ()


MAX_DIGITS = 1000  # below Python's own limit for printing an integer, far above any network
MAX_TERMS = 200  # of a sum or product inside one size
MAX_EXPONENT = 1000  # of a symbol
_BOUND = 10**MAX_DIGITS


def symbol(name: str, least: int = 1) -> "Expr":
    """The symbol of this name: a positive integer, whatever else sympy knows by the name.

    An index that begins at 0 or below is not positive: ``least`` is the first that it takes.

    >>> symbol("E") + symbol("pi")
    E + pi
    >>> symbol("n").is_positive
    True

    Two symbols of one name are equal, so formulas of different networks can be combined. Where a
    script assumes ``p >= 0``, p is ``symbol("p", 0)``, of which no formula takes that it is 1.
    """
    from sympy import Symbol

    if least < 1:
        return Symbol(name, integer=True, nonnegative=least == 0 or None)
    return Symbol(name, integer=True, positive=True)


def own_symbol(name: str) -> "Expr":
    """A symbol of the engine's own: it shows this name, and nothing that a text writes equals it.

    >>> i = own_symbol("i")
    >>> i == symbol("i"), i == own_symbol("i"), i.is_positive
    (False, False, True)
    """
    from symparam.algebra.index import Index

    return Index(name, integer=True, positive=True)  # type: ignore[no-untyped-call]


def indexed(name: str, index: Size) -> "Expr":
    """The member of a sequence of sizes: ``w[i]``, a positive integer too.

    >>> indexed("w", symbol("i") - 1)
    w[i - 1]
    """
    from sympy import IndexedBase

    base: Any = IndexedBase(name, integer=True, positive=True)
    member: Expr = base[index]
    return member


def expression(size: Size) -> "Expr":
    """The size as a sympy expression, also when it is a number."""
    from sympy import Integer

    return Integer(size) if isinstance(size, int) else size


def settle(value: Size) -> Size:
    """The size as an int where it is one, with constants absorbed into a floor."""
    if isinstance(value, int):
        return bounded(value)
    if value.is_Integer:
        return bounded(int(value))
    if value.is_Rational:
        raise SizeError(f"{value} is not a whole number")
    for part in (value, *value.args) if value.is_Function else (value,):
        if len(part.args) > MAX_TERMS:
            raise SizeError(f"a size would have more than {MAX_TERMS} terms")
    if value.is_Add or value.is_Mul:
        for term in value.args if value.is_Add else (value,):
            coefficient = term.as_coeff_Mul()[0]  # type: ignore[attr-defined]
            bounded(coefficient.p)
            bounded(coefficient.q)
        if value.is_Add:
            from symparam.algebra.floors import absorb

            return absorb(value)
    return value


def bounded(value: int) -> int:
    """The integer itself, refused when it is too long to print."""
    if -_BOUND < value < _BOUND:
        return value
    raise SizeError(f"a size would have more than {MAX_DIGITS} digits")


def product(sizes: Iterable[Size]) -> Size:
    """The product of all sizes, 1 when there are none.

    >>> product([3, symbol("k"), 2])
    6*k
    """
    numbers, expressions = _split(sizes)
    number = 1
    for factor in numbers:
        number = bounded(number * factor)
    if not expressions:
        return number
    from sympy import Mul

    return settle(Mul(number, *expressions))


def total(sizes: Iterable[Size]) -> Size:
    """The sum of all sizes, 0 when there are none; one addition, however many terms."""
    numbers, expressions = _split(sizes)
    number = bounded(sum(numbers))
    if not expressions:
        return number
    from sympy import Add

    result = Add(number, *expressions)
    return int(result) if result.is_Integer else result


def floordiv(dividend: Size, divisor: Size) -> Size:
    """``floor(dividend / divisor)`` for a positive divisor, nested floors folded into one.

    >>> h = symbol("h")
    >>> floordiv(floordiv(h, 2) - 1, 3)
    floor((h - 2)/6)
    """
    if isinstance(dividend, int) and isinstance(divisor, int):
        return dividend // divisor
    from symparam.algebra.floors import FloorDiv

    return settle(FloorDiv(dividend, divisor))


def ceildiv(dividend: Size, divisor: Size) -> Size:
    """``ceil(dividend / divisor)`` for a positive divisor.

    >>> h = symbol("h")
    >>> ceildiv(ceildiv(ceildiv(h, 2), 2), 2)
    ceiling(h/8)
    """
    return floordiv(dividend + divisor - 1, divisor)


def exact(dividend: Size, divisor: Size) -> Size:
    """The quotient of two sizes that are known, or required, to divide."""
    if isinstance(dividend, int) and isinstance(divisor, int):
        return dividend // divisor
    quotient: Any = dividend / divisor
    return settle(quotient)


def minimum(*sizes: Size) -> Size:
    numbers, expressions = _split(sizes)
    if not expressions:
        return min(numbers)
    from sympy import Min

    return settle(Min(*sizes))


def maximum(*sizes: Size) -> Size:
    numbers, expressions = _split(sizes)
    if not expressions:
        return max(numbers)
    from sympy import Max

    return settle(Max(*sizes))


def power(base: Size, exponent: Size) -> Size:
    """``base ** exponent``, refused before it grows beyond the bound."""
    if isinstance(exponent, int):
        if exponent < 0:
            raise SizeError("a negative exponent does not give a whole number")
        if isinstance(base, int):
            digits = exponent * math.log10(abs(base)) if abs(base) > 1 else 0
            if digits > MAX_DIGITS + 1:
                raise SizeError(f"a size would have more than {MAX_DIGITS} digits")
            return bounded(base**exponent)
        if exponent > MAX_EXPONENT:
            raise SizeError(f"an exponent above {MAX_EXPONENT} on a symbol")
    from sympy import Pow

    return settle(Pow(base, exponent))


def remainder(dividend: Size, divisor: Size) -> Size:
    """``dividend % divisor``, written as the floor law says."""
    return settle(dividend - divisor * floordiv(dividend, divisor))


def equal(left: Size, right: Size) -> bool | None:
    """Whether two sizes are equal; None when that depends on the symbols."""
    if isinstance(left, int) and isinstance(right, int):
        return left == right
    from sympy import expand

    difference = expand(left - right)
    if difference.is_Integer:
        return bool(difference == 0)
    return False if positive(difference) or positive(-difference) else None


def positive(size: Size) -> bool | None:
    """Whether a size is at least 1; None when that depends on the symbols.

    Decided from the signs of the terms, each of which is at least 1 without its
    coefficient. Sympy's own deduction is too slow for every size of every layer.
    """
    if isinstance(size, int) or size.is_Integer:
        return bool(size > 0)
    from sympy import Add

    constant, rest = size.as_coeff_Add()
    bound, signs, above = constant, set(), False
    for term in Add.make_args(rest):
        coefficient, monomial = term.as_coeff_Mul()
        least = _least(monomial)
        if least is None:
            return None
        bound += coefficient * least.bound
        above = above or least.above
        signs.add(bool(coefficient > 0))
    # A size is a whole number: above 0 is at least 1.
    if signs == {True} and (bound >= 1 or (constant >= 0 and above)):
        return True
    return False if signs == {False} and bound <= 0 else None


class _Least(NamedTuple):
    """What a monomial is at least, and whether it is above that."""

    bound: int
    above: bool


def _least(monomial: "Expr") -> _Least | None:
    """At least 1, above 0, or at least 0; None when unknown."""
    from sympy import Mul

    least = _Least(1, True)
    for factor in Mul.make_args(monomial):
        if _at_least_0(factor) or (factor.is_Symbol and not factor.is_positive):
            least = _Least(0, False)
            continue
        if type(factor).__name__ in ("Max", "Min") and _chosen_above_0(factor):
            continue
        base, exponent = factor.as_base_exp()
        if not exponent.is_integer:
            return None
        whole_sum = base.is_Add and base.is_integer and positive(base)
        if not (base.is_Symbol or base.is_Integer or base.is_Indexed or whole_sum):
            return None
        if exponent.is_negative:
            least = _Least(0, least.above)
    return least


def _chosen_above_0(factor: Any) -> bool:
    """Whether the largest, or the smallest, of some sizes is at least 1."""
    of_all = any if type(factor).__name__ == "Max" else all
    return of_all(positive(option) for option in factor.args)


def _at_least_0(factor: "Expr") -> bool:
    """Whether it is a sum over repetitions, possibly none, or a size rounded down."""
    from sympy import Sum

    if isinstance(factor, Sum):
        return positive(factor.function) is True
    if type(factor).__name__ != "FloorDiv":
        return False
    dividend: Any
    divisor: Any
    dividend, divisor = factor.args
    return positive(dividend + 1) is True and positive(divisor) is True


def divides(divisor: Size, dividend: Size) -> bool | None:
    """Whether the division leaves no rest; None when that depends on the symbols."""
    if divisor == 0:
        return False
    if isinstance(dividend, int) and isinstance(divisor, int):
        return dividend % divisor == 0
    if divisor == 1:
        return True
    from sympy import Add, expand

    terms = Add.make_args(expand(dividend))
    left_over = [term for term in terms if not _is_whole(term / divisor)]
    if not left_over:
        return True
    return (
        False
        if len(left_over) == 1 and left_over[0].is_Integer and isinstance(divisor, int)
        else None
    )


def _is_whole(term: "Expr") -> bool:
    """Whether a product is surely a whole number, as ``2**L/2`` is."""
    from sympy import Mul

    number: Any
    number, rest = term.as_coeff_Mul()
    below = int(number.q)
    for factor in Mul.make_args(rest):
        base, exponent = factor.as_base_exp()
        if base.is_Integer:
            while below % int(base) == 0 and positive(exponent):
                below, exponent = below // int(base), exponent - 1
        if not exponent.is_nonnegative:
            return False
    return below == 1


def outermost(sum_: Any) -> "tuple[Expr, Expr, Expr, Expr]":
    """The term of an explicit sum, its index, and first and last; of sums in sums, the outer.

    sympy writes these as one sum with several limits, the inner ones first.

    >>> from sympy import IndexedBase, Sum
    >>> i, j, L, w = symbol("i"), symbol("j"), symbol("L"), IndexedBase("w")
    >>> outermost(Sum(Sum(w[j], (j, 1, i)), (i, 1, L)))
    (Sum(w[j], (j, 1, i)), i, 1, L)
    """
    from sympy import Sum

    *inner, (index, first, last) = sum_.limits
    return (Sum(sum_.function, *inner) if inner else sum_.function), index, first, last


def _split(sizes: Iterable[Size]) -> "tuple[list[int], list[Expr]]":
    numbers: list[int] = []
    expressions: list[Expr] = []
    for size in sizes:
        if isinstance(size, int):
            numbers.append(size)
        else:
            expressions.append(size)
    return numbers, expressions
