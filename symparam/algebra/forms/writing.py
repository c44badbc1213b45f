"""The forms themselves, of sizes that are expressions."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sympy import Add, Expr, Min, Mul, Sum

from symparam.algebra.floors import FloorDiv
from symparam.algebra.forms.factoring import Factoring
from symparam.algebra.forms.polynomial import (
    Monomial,
    Ordered,
    Polynomial,
    expand,
    operations,
    operations_of,
    product,
    times,
    written,
)
from symparam.algebra.sizes import Size, outermost

PAIR = 2  # what a pair of brackets weighs against operations
_LEAST = 3  # operations of a sum that could be shorter: a*b + a*c

_Degree = tuple[int, int]  # of what stands in exponents, then of the rest


def expanded(size: Expr) -> Size:
    polynomial = expand(size)
    return size if polynomial is None else _settled(written(polynomial))


def factored(size: Expr) -> Size:
    polynomial = expand(size)
    if not polynomial:
        return size if polynomial is None else 0
    factoring = Factoring(polynomial)
    return _settled(factoring.written(factoring.factored()))


def collected(size: Expr, on: str | None = None) -> Size:
    polynomial = expand(size)
    if polynomial is None:
        return size
    base = _main(polynomial) if on is None else _named(polynomial, on)
    if base is None:
        return size
    powers: dict[int, Polynomial] = {}
    for monomial, coefficient in polynomial.items():
        exponent = dict(monomial).get(base, 0)
        rest = monomial - {(base, exponent)}
        powers.setdefault(exponent, {})[rest] = coefficient
    terms: list[Any] = []
    for exponent in sorted(powers, reverse=True):
        belonging: Any = _bracketed(written(powers[exponent]))
        if exponent:
            terms.append(product(1, [(base, exponent)], belonging))
        else:
            terms += belonging.as_ordered_terms()
    return Ordered(*terms, evaluate=False) if len(terms) > 1 else terms[0]


def leading(size: Expr) -> Size:
    polynomial = expand(size)
    if not polynomial:
        return size if polynomial is None else 0
    degrees = {monomial: _of_monomial(monomial) for monomial in polynomial}
    highest = max(degrees.values())
    return _settled(written({m: c for m, c in polynomial.items() if degrees[m] == highest}))


def shortest(size: Expr) -> Size:
    short = _bracketed(_flattened(size))
    if short.is_Mul:
        polynomial = expand(short)  # 2*(2**(L - 1) + 1) and a*(b/a + 1) are shorter without
        if polynomial is not None and operations_of(polynomial) < operations(short):
            short = written(polynomial)
    return _settled(short)


def _flattened(size: Expr) -> Expr:
    """Without brackets, also inside those that stay, where that is fewer operations."""
    if not size.is_Add:
        return _in_factors(size, _flattened)
    size = Add(*(_in_factors(term, _flattened) for term in size.args))
    polynomial = expand(size)
    if polynomial is None or operations_of(polynomial) >= operations(size):
        return size
    return written(polynomial)


def _brought_together(term: Expr) -> Expr:
    """A product of powers, those of numbers in one where sympy keeps ``2*2**(L - 1)``."""
    if not any(factor.is_Pow and factor.args[0].is_Number for factor in term.args):
        return term
    polynomial = expand(term)
    if polynomial is None or operations_of(polynomial) >= operations(term):
        return term
    return written(polynomial)


def _bracketed(size: Expr, in_product: bool = False) -> Expr:
    """Factored, also inside brackets that stay, where that is fewer operations.

    The brackets that come in count, too; in a product one pair is there in any case.
    """
    built = operations(size) if size.is_Add else 0
    polynomial = expand(size) if built >= _LEAST else None
    if polynomial:
        factoring = Factoring(polynomial)
        best = factoring.factored()
        pairs = best.pairs - (in_product and len(best.terms) == 1)
        if best.operations + PAIR * pairs < built:
            result = factoring.written(best)
            size = result if operations(result) < built else size
    terms = Add.make_args(size)
    return Add(*(_in_factors(term, _bracketed_factor) for term in terms))


def _bracketed_factor(sum_: Expr) -> Expr:
    return _bracketed(sum_, in_product=True)


def _in_factors(term: Any, form: Callable[[Expr], Expr]) -> Expr:
    """A product with each of its sums in a form."""
    if not term.is_Mul:
        return term  # type: ignore[no-any-return]
    if not any(factor.is_Add for factor in term.args):
        return _brought_together(term)
    number, rest = term.as_coeff_Mul()
    factors = [form(factor) if factor.is_Add else factor for factor in Mul.make_args(rest)]
    return times(number, Mul(*factors))


def _settled(size: Expr) -> Size:
    return int(size) if size.is_Integer else size


def _main(polynomial: Polynomial) -> Expr | None:
    """The symbol with the highest power; of several, the one in most terms."""
    found: dict[Expr, list[int]] = {}
    for monomial in polynomial:
        for base, exponent in monomial:
            if (base.is_Symbol or base.is_Indexed) and exponent > 0:
                found.setdefault(base, []).append(exponent)
    ranks = {base: (-max(powers), -len(powers), str(base)) for base, powers in found.items()}
    return min(ranks, key=ranks.__getitem__, default=None)


def _named(polynomial: Polynomial, name: str) -> Expr | None:
    for monomial in polynomial:
        for base, _ in monomial:
            if (base.is_Symbol or base.is_Indexed) and str(base) == name:
                return base
    return None


def _of_monomial(monomial: Monomial) -> _Degree:
    degrees = [_times(_degree(base, {}), exponent) for base, exponent in monomial]
    return _added(degrees)


def _degree(part: Any, indices: Mapping[Expr, _Degree]) -> _Degree:
    """How a factor grows with its symbols; ``indices`` of sums grow as their limits do."""
    if part.is_Number:
        return 0, 0
    if part.is_Symbol:
        return indices.get(part, (0, 1))
    if part.is_Indexed:
        return 0, 1
    if isinstance(part, Sum):
        term, index, _, last = outermost(part)
        passes = _degree(last, indices)
        return _added([_degree(term, {**indices, index: passes}), passes])
    if part.is_Pow and not part.exp.is_Integer:
        sign = -1 if part.exp.could_extract_minus_sign() else 1
        return sign * sum(_degree(part.exp, indices)), 0
    degrees = [_degree(argument, indices) for argument in part.args]
    if part.is_Pow:
        return _times(degrees[0], int(part.exp))
    if part.is_Mul:
        return _added(degrees)
    if isinstance(part, FloorDiv):
        return _added([degrees[0], _times(degrees[1], -1)])
    return min(degrees) if isinstance(part, Min) else max(degrees)


def _added(degrees: Iterable[_Degree]) -> _Degree:
    degrees = list(degrees)
    return sum(above for above, _ in degrees), sum(below for _, below in degrees)


def _times(degree: _Degree, number: int) -> _Degree:
    return degree[0] * number, degree[1] * number
