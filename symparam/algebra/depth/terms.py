"""Sums of ``constant * n**k * r**n``: what sizes and costs are as functions of the iteration.

A size that changes by such a sum from iteration to iteration is such a sum again, and so is the
sum over all iterations; one recurrence solves both. With n iterations done,

    x -> a*x + n**k * r**n      is p(n)*r**n - p(0)*a**n for r != a, where p has degree k
                                and r*p(n + 1) - a*p(n) = n**k          (geometric series)
    x -> a*x + n**k * a**n      is a**(n - 1) times the sum of m**k for m < n, which is a
                                polynomial of degree k + 1              (Faulhaber's formula)

when it starts from 0. All is dictionary arithmetic on exact fractions, and nothing is
repeated iteration by iteration.
"""

from collections.abc import Iterable
from fractions import Fraction
from functools import cache
from math import comb, gcd, lcm
from typing import Any, TypeAlias

from sympy import Add, Expr, Integer, Mul, Pow, Rational, S
from sympy.core.sorting import default_sort_key

from symparam.algebra.conditions import Condition
from symparam.algebra.sizes import Size, equal, expression, power

# A constant without a number, a ratio r and a degree k; what belongs to them is a fraction.
Terms: TypeAlias = dict[tuple[Expr, Expr, int], Fraction]

MAX_DEGREE = 60  # a higher power of the index has no closed form here
MAX_TERMS = 500  # of an expansion

# The linear factors q*n - p that sums of powers have.
_FACTORS = [(q, p) for q in (1, 2) for p in (1, -1, 2, -2, 3, -3) if q == 1 or p % 2]


def terms_of(size: Expr, index: Expr, origin: Size) -> Terms | None:
    """The terms of an expression in index = n + origin; None when it is not of this kind."""
    if not size.has(index):
        return constants(size)
    if size == index:
        return _sum_of([{(S.One, S.One, 1): Fraction(1)}, constants(expression(origin))])
    if size.is_Add or size.is_Mul:
        parts = []
        for argument in size.args:
            part = terms_of(argument, index, origin)  # type: ignore[arg-type]
            if part is None:
                return None
            parts.append(part)
        if size.is_Add:
            return _sum_of(parts)
        result: Terms | None = parts[0]
        for part in parts[1:]:
            result = result and _product(result, part)
        return result
    if not size.is_Pow:
        return None
    base, exponent = size.as_base_exp()
    if exponent.is_Integer:
        inner = terms_of(base, index, origin) if 0 < int(exponent) <= MAX_DEGREE else None
        result = inner
        for _ in range(int(exponent) - 1 if inner else 0):
            result = result and _product(result, inner or {})
        return result
    return None if base.has(index) else _geometric(base, exponent, index, origin)


def solved(start: Expr, factor: Expr, change: Terms, conditions: dict[Condition, None]) -> Terms:
    """x after n iterations of x -> factor*x + change; what must hold is added to the conditions."""
    result = multiplied({(S.One, factor, 0): Fraction(1)}, constants(start))
    for (constant, ratio, degree), fraction in change.items():
        same = ratio == factor or equal(ratio, factor)
        if same:
            if not factor.is_positive:
                conditions[Condition(factor, "!=", 0)] = None
            inverse = constants(1 / factor)
            powers = {
                (constant, factor, power_): fraction * coefficient
                for power_, coefficient in enumerate(_faulhaber(degree))
            }
            increase(result, multiplied(powers, inverse))
            continue
        if same is None:
            conditions[_unequal(ratio, factor)] = None
        above, below = _difference(ratio, factor)
        for (power_, order), coefficient in _geometric_table(degree).items():
            # coefficient * ratio**order / (ratio - factor)**(order + 1)
            weight = constants(Pow(ratio, order) * Pow(below, order + 1) * Pow(above, -order - 1))
            part: Terms = {(constant, ratio, power_): fraction * coefficient}
            if power_ == 0:
                part[constant, factor, 0] = -fraction * coefficient
            increase(result, multiplied(part, weight))
    return {key: fraction for key, fraction in result.items() if fraction}


def written(terms: Terms, count: Size) -> Expr:
    """The value of the terms at n = count, like terms together, polynomials in factors."""
    by_constant: dict[Expr, dict[tuple[Expr, int], Fraction]] = {}
    for (constant, ratio, degree), fraction in terms.items():
        if fraction:
            by_constant.setdefault(constant, {})[ratio, degree] = fraction
    shapes: dict[frozenset[tuple[tuple[Expr, int], int]], list[Expr]] = {}
    for constant, fractions in by_constant.items():
        content = Fraction(
            gcd(*(f.numerator for f in fractions.values())),
            lcm(*(f.denominator for f in fractions.values())),
        )
        if fractions[max(fractions, key=_rank)] < 0:
            content = -content
        shape = frozenset((key, int(f / content)) for key, f in fractions.items())
        number = Rational(content.numerator, content.denominator)
        shapes.setdefault(shape, []).append(number * constant)
    return Add(*(Mul(Add(*parts), _written(shape, count)) for shape, parts in shapes.items()))


def _rank(key: tuple[Expr, int]) -> tuple[int, int, Any]:
    """What decides the sign: the fastest growing term, as far as it is known."""
    ratio, degree = key
    shrinks = abs(ratio) < 1 if ratio.is_Number else ratio.as_numer_denom()[0] is S.One
    growth = 1 if ratio is S.One else 0 if shrinks else 2
    return growth, degree, default_sort_key(ratio)


def _written(shape: frozenset[tuple[tuple[Expr, int], int]], count: Size) -> Expr:
    polynomials: dict[Expr, dict[int, int]] = {}
    for (ratio, degree), number in shape:
        polynomials.setdefault(ratio, {})[degree] = number
    parts = []
    for ratio, numbers in polynomials.items():
        coefficients = [numbers.get(degree, 0) for degree in range(max(numbers) + 1)]
        parts.append(Mul(*_factored(coefficients, count), raised(ratio, count)))
    return Add(*parts)


def _factored(coefficients: list[int], count: Size) -> list[Expr]:
    """The polynomial with these coefficients at n = count, in the linear factors it has."""
    if isinstance(count, int):
        return [Integer(_horner(coefficients, count))]
    offset, variable = count.as_coeff_Add()
    if offset.is_Integer and offset != 0:  # in L, where count is L - 1
        coefficients = _shifted(coefficients, int(offset))
    else:
        variable = count
    factors: list[Expr] = []
    while coefficients[0] == 0:
        coefficients = coefficients[1:]
        factors.append(variable)
    for q, p in _FACTORS:
        while len(coefficients) > 2 and (quotient := _divided(coefficients, q, p)):
            coefficients = quotient
            factors.append(q * variable - p)
    rest = (number * variable**degree for degree, number in enumerate(coefficients))
    return [*factors, Add(*rest)]


def _horner(coefficients: list[int], point: int) -> int:
    value = 0
    for number in reversed(coefficients):
        value = value * point + number
    return value


def _shifted(coefficients: list[int], offset: int) -> list[int]:
    """The coefficients of P(n + offset)."""
    return [
        sum(c * comb(d, k) * offset ** (d - k) for d, c in enumerate(coefficients) if d >= k)
        for k in range(len(coefficients))
    ]


def _divided(coefficients: list[int], q: int, p: int) -> list[int] | None:
    """The coefficients divided by q*n - p; None when that leaves a rest."""
    quotient, digit = [], 0
    for number in reversed(coefficients[1:]):
        digit, rest = divmod(number + p * digit, q)
        if rest:
            return None
        quotient.append(digit)
    return None if coefficients[0] + p * digit else quotient[::-1]


def raised(ratio: Expr, count: Size) -> Expr:
    """ratio**count, refused before it grows too long."""
    if ratio.is_Rational and isinstance(count, int):
        above, below = int(ratio.p), int(ratio.q)  # type: ignore[attr-defined]
        if count < 0:
            above, below, count = below, above, -count
        result: Expr = Rational(power(above, count), power(below, count))
    elif isinstance(count, int) and count < 0:
        result = Pow(ratio, count)
    else:
        result = expression(power(ratio, count))
    return result


def constants(size: Expr) -> Terms:
    """The terms of what does not depend on the iteration."""
    result: Terms = {}
    for part in Add.make_args(size):
        number: Any
        number, constant = part.as_coeff_Mul()
        if number:
            increase(result, {(constant, S.One, 0): Fraction(int(number.p), int(number.q))})
    return result


def _geometric(base: Expr, exponent: Expr, index: Expr, origin: Size) -> Terms | None:
    """base**(slope*n + offset) for a constant base."""
    slope: list[Expr] = []
    offset: list[Expr] = []
    for (constant, ratio, degree), fraction in (terms_of(exponent, index, origin) or {}).items():
        if ratio is not S.One or degree > 1:
            return None
        part = Rational(fraction.numerator, fraction.denominator) * constant
        (slope if degree else offset).append(part)
    if not slope:
        return None
    ratio = Pow(base, Add(*slope))
    return multiplied({(S.One, ratio, 0): Fraction(1)}, constants(Pow(base, Add(*offset))))


def increase(terms: Terms, more: Terms) -> None:
    """Add to the terms, in place."""
    for key, fraction in more.items():
        terms[key] = terms.get(key, Fraction(0)) + fraction


def _sum_of(parts: Iterable[Terms]) -> Terms:
    result: Terms = {}
    for part in parts:
        increase(result, part)
    return {key: fraction for key, fraction in result.items() if fraction}


def _product(left: Terms, right: Terms) -> Terms | None:
    """The product of two sums of terms; None when it is too long or of too high a degree."""
    if len(left) * len(right) > MAX_TERMS:
        return None
    result = multiplied(left, right)
    return result if all(degree <= MAX_DEGREE for _, _, degree in result) else None


def multiplied(left: Terms, right: Terms) -> Terms:
    """The product of two sums of terms."""
    result: Terms = {}
    for (c, r, k), x in left.items():
        for (d, s, m), y in right.items():
            constant = c if d is S.One else d if c is S.One else c * d
            ratio = r if s is S.One else s if r is S.One else r * s
            increase(result, {(constant, ratio, k + m): x * y})
    return result


def _difference(ratio: Expr, factor: Expr) -> tuple[Expr, Expr]:
    """ratio - factor as a fraction: of 1/a - 1 the divisor that a reader wants is a - 1."""
    (p, q), (r, s) = ratio.as_numer_denom(), factor.as_numer_denom()
    above, below = p * s - r * q, q * s
    if p * s is S.One or (factor.is_Symbol and not above.is_Number):
        return -above, -below
    return above, below


def _unequal(left: Expr, right: Expr) -> Condition:
    """left != right as a reader wants it: a != 1 for 1/a != 1 and for a**2 != 1."""
    if left is S.One:
        left, right = right, left
    if right is S.One:
        left, right = left.as_numer_denom()
        if left is S.One:
            left, right = right, left
        if right is S.One and left.is_Pow and left.args[1].is_Integer:
            left = left.args[0]  # type: ignore[assignment]
    if left.is_Number:
        left, right = right, left
    return Condition(left, "!=", int(right) if isinstance(right, Integer) else right)


@cache
def _faulhaber(degree: int) -> list[Fraction]:
    """The coefficients of the polynomial sum of m**degree for m = 0, ..., n - 1."""
    coefficients = [Fraction(0)] * (degree + 2)
    for k in range(degree + 1):
        coefficients[degree + 1 - k] = comb(degree + 1, k) * _bernoulli(k) / (degree + 1)
    return coefficients


@cache
def _bernoulli(k: int) -> Fraction:
    if k == 0:
        return Fraction(1)
    return -sum((comb(k + 1, j) * _bernoulli(j) for j in range(k)), Fraction(0)) / (k + 1)


@cache
def _geometric_table(degree: int) -> dict[tuple[int, int], int]:
    """p of r*p(n + 1) - a*p(n) = n**degree.

    The coefficient of n**k in p is the sum of table[k, u] * r**u / (r - a)**(u + 1).
    """
    table = {(degree, 0): 1}
    for k in range(degree - 1, -1, -1):
        for u in range(1, degree - k + 1):
            higher = range(k + 1, degree + 1)
            table[k, u] = -sum(comb(s, k) * table.get((s, u - 1), 0) for s in higher)
    return table
