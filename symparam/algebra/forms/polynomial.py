"""Sizes as polynomials: a dictionary from monomials to coefficients, and back.

What is no sum, product or whole power counts as a symbol: floors, explicit sums, members
of sequences, powers with a symbol in the exponent. A divisor is a negative power.
"""

from collections.abc import Iterable
from fractions import Fraction
from functools import cache
from typing import Any, TypeAlias

from sympy import Add, Expr, Integer, Mul, Pow, Rational, S, expand_mul
from sympy.core.intfunc import integer_nthroot

from symparam.algebra.sizes import MAX_EXPONENT

Monomial: TypeAlias = frozenset[tuple[Expr, int]]
Polynomial: TypeAlias = dict[Monomial, int | Fraction]

MAX_MONOMIALS = 2000  # an expansion with more is not attempted: it would not be shorter
_ONE: Monomial = frozenset()


class Ordered(Add):
    """A sum that is printed in the order of its terms; it evaluates like any sum."""

    @property
    def func(self) -> type[Add]:
        return Add

    def as_ordered_terms(self, order: Any = None, data: bool = False) -> Any:
        if data:  # sympy's sorting of monomials, which begins with all that are there
            return super().as_ordered_terms(order, data)  # type: ignore[no-untyped-call]
        return list(self.args)


def expand(expression: Expr) -> Polynomial | None:
    """The coefficients of all monomials; None when there are too many."""
    if expression.is_Rational:
        return _constant(expression)
    if expression.is_Add:
        result: Polynomial = {}
        for term in expression.args:
            part = expand(term)  # type: ignore[arg-type]
            if part is None:
                return None
            for monomial, coefficient in part.items():
                result[monomial] = result.get(monomial, 0) + coefficient
            if len(result) > MAX_MONOMIALS:
                return None
        return {monomial: coefficient for monomial, coefficient in result.items() if coefficient}
    if expression.is_Mul:
        result = {_ONE: 1}
        for factor in expression.args:
            part = expand(factor)  # type: ignore[arg-type]
            if part is None or len(part) * len(result) > MAX_MONOMIALS:
                return None
            result = _multiply(result, part)
        return result
    if expression.is_Pow:
        return _raise(expression) if expression.args[1].is_Integer else _symbolic(expression)
    return {frozenset({(expression, 1)}): 1}


def _constant(number: Any) -> Polynomial:
    if number.is_Integer:
        return {_ONE: int(number)} if number else {}
    return {_ONE: Fraction(int(number.p), int(number.q))}


def _raise(power: Expr) -> Polynomial | None:
    """A whole power; of a sum, a negative one counts as a symbol."""
    base, exponent = power.args[0], int(power.args[1])  # type: ignore[call-overload]
    part = expand(base)  # type: ignore[arg-type]
    if part is not None and len(part) == 1:
        ((monomial, coefficient),) = part.items()
        raised = frozenset((b, e * exponent) for b, e in monomial)
        return {
            raised: Fraction(coefficient) ** exponent if exponent < 0 else coefficient**exponent
        }
    if exponent < 0:
        return {frozenset({(base, exponent)}): 1}  # type: ignore[arg-type]
    if part is None or len(part) ** exponent > MAX_MONOMIALS:
        return None
    result: Polynomial = {_ONE: 1}
    for _ in range(exponent):
        result = _multiply(result, part)
    return result


def _symbolic(power: Any) -> Polynomial:
    """A power with symbols in the exponent: ``2**(2*L - 1)`` as the square of ``2**L``, halved.

    Sympy joins such powers where they meet, and so they are one thing here, as ``4**L`` is.
    """
    if power.base.is_Rational and (root := _root(power.base)):
        power = Pow(root[0], expand_mul(root[1] * power.exp))
    constant, rest = power.exp.as_coeff_Add()
    joins = power.base.is_Number or power.base.is_Symbol
    if (constant and not joins) or abs(constant) > MAX_EXPONENT:
        return {frozenset({(power, 1)}): 1}
    powers: Monomial = _ONE
    for term in Add.make_args(rest):
        number, other = term.as_coeff_Mul()
        repeated, other = (int(number), other) if number.is_Integer else (1, term)
        powers = _joined(powers, [(Pow(power.base, other), repeated)])
    if power.base.is_Number:
        factor = power.base**constant
        return {powers: Fraction(int(factor.p), int(factor.q))}
    return {_joined(powers, [(power.base, int(constant))]): 1}


@cache
def _root(base: Any) -> tuple[Integer, int] | None:
    """2 and 3 for 8, 2 and -1 for 1/2: the smallest base that a number is a power of."""
    number, sign = (int(base.q), -1) if base.p == 1 else (int(base.p), 1)
    if sign == 1 and base.q != 1:
        return None
    for times in range(min(number.bit_length(), MAX_EXPONENT), 1, -1):
        root, is_exact = integer_nthroot(number, times)
        if is_exact and root > 1:
            return Integer(root), sign * times
    return (Integer(number), sign) if sign < 0 and number > 1 else None


def _power(base: Any, exponent: int) -> Expr:
    """A power of a monomial: the square of ``2**L`` as ``4**L``."""
    power: Expr = Pow(base, exponent)
    if exponent not in (1, -1) and base.is_Pow and base.base.is_Integer:
        power = Pow(base.base ** abs(exponent), base.exp if exponent > 0 else -base.exp)
    return power


def _multiply(left: Polynomial, right: Polynomial) -> Polynomial:
    result: Polynomial = {}
    for a, x in left.items():
        for b, y in right.items():
            monomial = _joined(a, b)
            result[monomial] = result.get(monomial, 0) + x * y
    return {monomial: coefficient for monomial, coefficient in result.items() if coefficient}


def _joined(left: Monomial, right: Iterable[tuple[Expr, int]]) -> Monomial:
    """The product of two monomials."""
    exponents = dict(left)
    for base, exponent in right:
        exponents[base] = exponents.get(base, 0) + exponent
    return frozenset((base, exponent) for base, exponent in exponents.items() if exponent)


def written(polynomial: Polynomial) -> Expr:
    """A polynomial as a sum of products."""
    return Add(*(product(c, monomial) for monomial, c in polynomial.items()))


def product(
    coefficient: int | Fraction, powers: Iterable[tuple[Expr, int]], rest: Expr = S.One
) -> Expr:
    """A number, powers and a rest multiplied."""
    number = Rational(coefficient.numerator, coefficient.denominator)
    return times(number, Mul(*(_power(base, exponent) for base, exponent in powers), rest))


def times(number: Expr, rest: Expr) -> Expr:
    """A product whose number stays before brackets; sympy would multiply it into the sum."""
    inner, rest = rest.as_coeff_Mul()
    number = Mul(number, inner)
    return Mul(number, rest, evaluate=False) if rest.is_Add and number != 1 else Mul(number, rest)


def operations(expression: Expr) -> int:
    """The operations a reader sees: plus, minus, times, over, to the power; one a function.

    >>> from symparam.algebra.sizes import symbol
    >>> d, h = symbol("d"), symbol("h")
    >>> operations(3 * d**2 / (2 * h) - d)
    5
    """
    count = 0
    waiting: list[Any] = [expression]
    while waiting:
        part = waiting.pop()
        if part.is_Rational:
            count += part.q != 1
        elif part.is_Mul or (part.is_Pow and part.args[1].is_Number):
            above = 0
            factor: Any
            for factor in Mul.make_args(part):
                if factor.is_Rational:
                    above += abs(factor.p) != 1
                    count += factor.q != 1
                    continue
                exponent: Any
                base, exponent = factor.args if factor.is_Pow else (factor, Integer(1))
                waiting.append(base)
                if exponent.is_Number:
                    count += abs(exponent) != 1
                else:
                    waiting.append(exponent)
                    count += 1
                if exponent.is_negative:
                    count += 1
                else:
                    above += 1
            count += max(above - 1, 0)
        elif part.is_Indexed:
            waiting += part.indices
        elif part.args:
            count += len(part.args) - 1
            waiting += part.args
    return count


def operations_of(polynomial: Polynomial) -> int:
    """The operations of a polynomial as it is written."""
    count = max(len(polynomial) - 1, 0)
    inner: dict[Expr, int] = {}
    for monomial, coefficient in polynomial.items():
        above, below = int(abs(coefficient.numerator) != 1), int(coefficient.denominator != 1)
        for base, exponent in monomial:
            if base not in inner:
                inner[base] = operations(base)
            above += exponent > 0
            below += exponent < 0
            is_joined = base.is_Pow and base.args[0].is_Integer  # the square of 2**L is 4**L
            count += (abs(exponent) != 1 and not is_joined) + inner[base]
        count += max(above - 1, 0) + below
    return count
