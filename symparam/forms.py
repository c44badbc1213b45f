"""The same count in other clothes: as built, or expanded, whichever reads shorter.

Everything is dictionary arithmetic on monomials, linear in the result and bounded;
sympy's own rewriting is neither.
"""

from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeAlias

from symparam.sizes import Size

if TYPE_CHECKING:
    from sympy import Expr

Monomial: TypeAlias = "frozenset[tuple[Expr, int]]"

MAX_MONOMIALS = 2000  # an expansion with more is not attempted: it would not be shorter


def shortest(size: Size) -> Size:
    """The form with the fewest operations; as built when it is a tie.

    >>> from symparam.sizes import symbol
    >>> c, m, n = symbol("c"), symbol("m"), symbol("n")
    >>> shortest(c * (9 * c + 1) + c * (18 * c + 1))
    27*c**2 + 2*c
    >>> shortest(c * (n + 1) + m * (c + 1))
    c*(n + 1) + m*(c + 1)
    """
    if isinstance(size, int) or not size.is_Add:
        return size
    from sympy import Add, Mul, Pow, Rational

    size = Add(*map(_shortest_factors, size.args))
    monomials = _expand(size)
    if monomials is None or _operations_expanded(monomials) >= _operations(size):
        return size
    return Add(
        *(
            Mul(
                Rational(coefficient.numerator, coefficient.denominator),
                *(Pow(base, exponent) for base, exponent in monomial),
            )
            for monomial, coefficient in monomials.items()
        )
    )


def _shortest_factors(term: Any) -> Any:
    """A product whose sums are each in their shortest form."""
    from sympy import Mul

    return Mul(*map(shortest, term.args)) if term.is_Mul else term


def _expand(expression: "Expr") -> "dict[Monomial, int | Fraction] | None":
    """The coefficients of all monomials; None when there are too many or it is no polynomial."""
    if expression.is_Integer:
        return {frozenset(): int(expression)}
    if expression.is_Rational:
        return {frozenset(): Fraction(int(expression.p), int(expression.q))}  # type: ignore[attr-defined]
    if expression.is_Add:
        result: dict[Monomial, int | Fraction] = {}
        for term in expression.args:
            part = _expand(term)  # type: ignore[arg-type]
            if part is None:
                return None
            for monomial, coefficient in part.items():
                result[monomial] = result.get(monomial, 0) + coefficient
            if len(result) > MAX_MONOMIALS:
                return None
        return {monomial: coefficient for monomial, coefficient in result.items() if coefficient}
    if expression.is_Mul:
        result = {frozenset(): 1}
        for factor in expression.args:
            part = _expand(factor)  # type: ignore[arg-type]
            if part is None or len(part) * len(result) > MAX_MONOMIALS:
                return None
            result = _multiply(result, part)
        return result
    base, exponent = expression.as_base_exp()
    if expression.is_Pow and exponent.is_Integer and int(exponent) > 0:
        part = _expand(base)
        if part is None or (len(part) > 1 and len(part) ** int(exponent) > MAX_MONOMIALS):
            return None
        if len(part) == 1:
            ((monomial, coefficient),) = part.items()
            power = frozenset((b, e * int(exponent)) for b, e in monomial)
            return {power: coefficient ** int(exponent)}
        result = {frozenset(): 1}
        for _ in range(int(exponent)):
            result = _multiply(result, part)
        return result
    return {frozenset({(expression, 1)}): 1}


def _multiply(
    left: "dict[Monomial, int | Fraction]", right: "dict[Monomial, int | Fraction]"
) -> "dict[Monomial, int | Fraction]":
    result: dict[Monomial, int | Fraction] = {}
    for a, x in left.items():
        for b, y in right.items():
            exponents = dict(a)
            for base, exponent in b:
                exponents[base] = exponents.get(base, 0) + exponent
            monomial = frozenset(exponents.items())
            result[monomial] = result.get(monomial, 0) + x * y
    return result


def _operations_expanded(monomials: "dict[Monomial, int | Fraction]") -> int:
    operations = max(len(monomials) - 1, 0)
    for monomial, coefficient in monomials.items():
        operations += max(len(monomial) - (abs(coefficient.numerator) == 1), 0)
        operations += coefficient.denominator != 1
        for base, exponent in monomial:
            operations += (exponent > 1) + _operations(base)
    return operations


def _operations(expression: "Expr") -> int:
    """The operations a reader sees: one fewer than arguments, at each sum, product and power."""
    operations = 0
    stack = [expression]
    while stack:
        node = stack.pop()
        if node.args:
            operations += len(node.args) - 1
            if node.is_Mul and node.args[0] == -1:
                operations -= 1
            stack.extend(node.args)  # type: ignore[arg-type]
    return operations
