"""What terms have in common, put before brackets where that saves operations."""

from collections.abc import Iterable
from fractions import Fraction
from math import gcd, lcm
from typing import NamedTuple, TypeAlias

from sympy import Add, Expr, S

from symparam.algebra.forms.polynomial import Polynomial, operations, product

MAX_NESTED = 3  # brackets in brackets: a reader who has to count them is lost
MAX_TRIED = 4  # groups that are tried as the first; of those that follow, ever fewer
_THOROUGH = 64  # terms times groups, beyond which fewer are tried

_Number: TypeAlias = int | Fraction
_Powers: TypeAlias = frozenset[tuple[int, int]]  # the place of a base, and its exponent
_Terms: TypeAlias = dict[_Powers, _Number]


class Term(NamedTuple):
    """A number times powers times, where there is one, a sum in brackets."""

    number: _Number
    powers: _Powers
    sum: "Sum | None"
    operations: int


class Sum(NamedTuple):
    """Terms, and how they read: operations, pairs of brackets, and each by those around it."""

    terms: tuple[Term, ...]
    operations: int
    pairs: int
    nested: int


class Factoring:
    """A polynomial with what its terms share before brackets."""

    def __init__(self, polynomial: Polynomial) -> None:
        found = dict.fromkeys(base for monomial in polynomial for base, _ in monomial)
        # The order in which groups are tried must not depend on that of a set.
        self._bases: list[Expr] = sorted(found, key=str)
        self._operations = list(map(operations, self._bases))
        places = {base: place for place, base in enumerate(self._bases)}
        self._terms: _Terms = {
            frozenset((places[base], exponent) for base, exponent in monomial): number
            for monomial, number in polynomial.items()
        }

    def factored(self) -> Sum:
        """With brackets where they save operations."""
        return self._factored(self._terms, 0, MAX_TRIED)

    def written(self, sum_: Sum) -> Expr:
        """A sum as an expression."""
        return Add(
            *(
                product(
                    term.number,
                    [(self._bases[place], exponent) for place, exponent in term.powers],
                    self.written(term.sum) if term.sum else S.One,
                )
                for term in sum_.terms
            )
        )

    def _flat(self, terms: _Terms) -> Sum:
        return _sum([self._term(number, powers) for powers, number in terms.items()])

    def _term(self, number: _Number, powers: _Powers, sum_: Sum | None = None) -> Term:
        """A term and its operations, as ``polynomial.operations`` counts them."""
        above, below = int(abs(number.numerator) != 1), int(number.denominator != 1)
        count = 0
        for place, exponent in powers:
            above += exponent > 0
            below += exponent < 0
            count += (abs(exponent) != 1) + self._operations[place]
        if sum_:
            above += 1
            count += sum_.operations
        return Term(number, powers, sum_, count + max(above - 1, 0) + below)

    def _factored(self, terms: _Terms, depth: int, tried: int) -> Sum:
        """The best of: as it is, all in brackets, a group in brackets beside the rest."""
        best = self._flat(terms)
        if len(terms) < 2 or depth == MAX_NESTED:
            return best
        options = [best, *(_sum([term]) for term in self._in_brackets(terms, depth))]
        tried = min(tried, max(1, _THOROUGH // len(terms)))
        for place, exponent in _splits(terms)[:tried]:
            group = {p: number for p, number in terms.items() if _has(p, place, exponent)}
            rest = {p: number for p, number in terms.items() if p not in group}
            others = self._factored(rest, depth, (tried + 1) // 2)
            bracketed = self._in_brackets(group, depth)
            options += [_sum([term, *others.terms]) for term in bracketed]
        return min(options, key=_weight)

    def _in_brackets(self, terms: _Terms, depth: int) -> list[Term]:
        """All terms in one pair, what they share before it; with and without the number."""
        shared = _shared(terms)
        number = _shared_number(terms.values())
        if not shared and abs(number) == 1:
            return []
        divided = {_over(powers, shared): _divided(n, number) for powers, n in terms.items()}
        inner = self._factored(divided, depth + 1, 1)
        before = [self._term(number, shared, inner)]
        if shared and abs(number) != 1:
            within = _sum(
                [self._term(t.number * abs(number), t.powers, t.sum) for t in inner.terms]
            )
            before.append(self._term(1 if number > 0 else -1, shared, within))
        return before


def _sum(terms: list[Term]) -> Sum:
    inner = [term.sum for term in terms if term.sum]
    return Sum(
        tuple(terms),
        len(terms) - 1 + sum(term.operations for term in terms),
        sum(1 + sum_.pairs for sum_ in inner),
        sum(sum_.pairs + sum_.nested for sum_ in inner),
    )


def _weight(sum_: Sum) -> tuple[int, ...]:
    """How hard a sum reads: its operations, and once more each pair for every one around it.

    Of equals, the best has few brackets, and little in each.
    """
    heaviest = max((term.sum.operations for term in sum_.terms if term.sum), default=0)
    return sum_.operations + sum_.nested, sum_.nested, heaviest + 2 * sum_.pairs, sum_.pairs


def _over(powers: _Powers, shared: _Powers) -> _Powers:
    exponents = dict(powers)
    for place, exponent in shared:
        exponents[place] -= exponent
    return frozenset((place, exponent) for place, exponent in exponents.items() if exponent)


def _divided(number: _Number, divisor: _Number) -> _Number:
    """The quotient by a number that divides all."""
    if divisor == 1:
        return number
    quotient = Fraction(number) / divisor
    return quotient if quotient.denominator != 1 else quotient.numerator


def _shared(terms: _Terms) -> _Powers:
    """The powers that stand in every term; those that divide, if they divide every term."""
    first, *others = terms
    shared = dict(first)
    for powers in others:
        if not shared:
            break
        exponents = dict(powers)
        shared = {
            place: min(exponent, exponents[place], key=abs)
            for place, exponent in shared.items()
            if exponents.get(place, 0) * exponent > 0
        }
    return frozenset(shared.items())


def _shared_number(numbers: Iterable[_Number]) -> _Number:
    """The largest number that divides all; below 0 where all are."""
    above, below, sign = 0, 1, -1
    for number in numbers:
        above, below = gcd(above, number.numerator), lcm(below, number.denominator)
        sign = max(sign, 1 if number > 0 else -1)
    return sign * (Fraction(above, below) if below != 1 else above)


def _has(powers: _Powers, place: int, exponent: int) -> bool:
    return any(p == place and e * exponent >= exponent * exponent for p, e in powers)


def _splits(terms: _Terms) -> list[tuple[int, int]]:
    """The powers in some terms, not all: of the base that saves most, its highest power first."""
    found: dict[tuple[int, bool], dict[int, int]] = {}
    for powers in terms:
        for place, exponent in powers:
            exponents = found.setdefault((place, exponent > 0), {})
            exponents[exponent] = exponents.get(exponent, 0) + 1
    splits = []
    for (place, _), exponents in found.items():
        count, most, powers_of_it = 0, 0, []
        for exponent in sorted(exponents, key=abs, reverse=True):
            count += exponents[exponent]
            if 1 < count < len(terms):
                most = max(most, (count - 1) * (1 + (abs(exponent) > 1)))
                powers_of_it.append(exponent)
        splits += [(-most, place, -exponent) for exponent in powers_of_it]
    return [(place, -exponent) for _, place, exponent in sorted(splits)]
