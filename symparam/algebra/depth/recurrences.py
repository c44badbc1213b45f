"""Closed forms over depth: the sizes before every iteration of a repeat, from one iteration.

One iteration of a block takes each size x to a new value. Solved are

    x -> a*x + b(i)         a constant in i, b a sum of c * i**k * r**i (see ``terms``)
    x -> floor((x + b)/q)   after n iterations floor((x0 + b*(q**n - 1)/(q - 1))/q**n): nested
                            floors are one floor (Knuth, Concrete Mathematics, 3.11)
    x -> f(i)               f of the iteration, of members of sequences such as w[i], and of the
                            other sizes before the iteration

where b and f may contain sizes that are solved already. Everything else is refused.
"""

from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from itertools import chain
from typing import Any, NamedTuple, TypeAlias

from sympy import Add, Dummy, Expr, Mul, S

from symparam.algebra.conditions import Condition
from symparam.algebra.depth.sums import Closed, at, evaluate, split, weighted
from symparam.algebra.depth.terms import (
    MAX_DEGREE,
    MAX_TERMS,
    Terms,
    raised,
    solved,
    terms_of,
    written,
)
from symparam.algebra.floors import FloorDiv
from symparam.algebra.sizes import Size, equal, expression, positive, settle, total
from symparam.errors import SizeError, UnsupportedError

MAX_PEELED = 8  # first iterations that may differ from the closed form


class _Solved(NamedTuple):
    """A size in closed form: the terms after so many iterations from ``since`` on."""

    since: int
    terms: Terms
    is_polynomial: bool = True  # so the formula also holds one iteration earlier

    def before(self, number: Size, _: "Progression") -> Expr:
        return written(self.terms, number - self.since)


class _Assigned(NamedTuple):
    """A size that every iteration sets anew: before an iteration it is what the last one set."""

    since: int
    name: Expr
    is_polynomial: bool

    def before(self, number: Size, sizes: "Progression") -> Expr:
        return sizes.set_in(self.name, number - 1)


class _Floored(NamedTuple):
    """A size that every iteration divides and rounds down, after ``since``."""

    since: int
    start: Expr
    added: Expr
    divisor: Expr
    still: int  # iterations after which it does not change any more; 0 where nobody knows
    is_polynomial: bool = False

    def before(self, number: Size, _: "Progression") -> Expr:
        passed = number - self.since
        if self.still and isinstance(passed, int):
            passed = min(passed, self.still)
        # A divisor q**(i - 1) may be 1, and FloorDiv cancels only what is surely whole.
        extra = 0 if expression(passed).is_positive or isinstance(passed, int) else self.since
        scale, below = raised(self.divisor, extra), raised(self.divisor, passed + extra)
        result: Expr = FloorDiv(self.start * scale + self.added * (below - scale), below)
        return result


_Form: TypeAlias = _Solved | _Assigned | _Floored


class Progression:
    """The sizes before every iteration of a repeat; made by ``progression``.

    ``peeled`` counts the first iterations whose sizes are not those of the closed forms.
    ``conditions`` must hold for the closed forms.
    """

    def __init__(
        self, step: Mapping[Expr, Size], start: Mapping[Expr, Size], index: Expr, first: int
    ) -> None:
        self.index = index
        self.first = first
        # The start may be written in the very symbols that stand for the sizes of a iteration.
        self._inner: dict[Expr, Expr] = {
            name: Dummy(str(name), integer=True, positive=True) for name in step
        }
        self._step = {name: expression(step[name]).xreplace(self._inner) for name in step}
        self._direct = [{name: expression(start[name]) for name in step}]
        self._conditions: dict[Condition, None] = {}
        self._forms: dict[Expr, _Form] = {}
        for name in self._in_order():
            self._forms[name] = self._solve(name)
        self.peeled = max((form.since - first for form in self._forms.values()), default=0)
        self.conditions = tuple(self._conditions)

    def before(self, number: Size) -> dict[Expr, Size]:
        """The sizes before the iteration with this number."""
        if isinstance(number, int) and number < self.first:
            raise SizeError(f"iteration {number} comes before the first")
        if isinstance(number, int) and number < self.first + self.peeled:
            return {name: settle(size) for name, size in self._run(number - self.first).items()}
        return {name: settle(self._forms[name].before(number, self)) for name in self._step}

    def after(self, iterations: Size) -> dict[Expr, Size]:
        """The sizes after so many iterations."""
        return self.before(self.first + iterations)

    @property
    def names(self) -> "tuple[Expr, ...]":
        """The symbols of the sizes."""
        return tuple(self._step)

    def summed(self, cost: Size, last: Size, since: int | None = None) -> Closed:
        """The sum of a cost over all iterations ``since`` one, or the first, up to the last.

        The cost is written in the sizes before the iteration, and may contain the index.
        """
        start = self.first if since is None else since
        begin = max(self.first + self.peeled, start)
        term = expression(cost).xreplace(self._inner)
        alone = begin - start
        if isinstance(last, int):
            alone = min(alone, last - start + 1)
        direct = [
            evaluate(term.xreplace(self._named(self._run(k - self.first))), {self.index: k})
            for k in range(start, start + alone)
        ]
        if isinstance(last, int) and last < begin:
            return Closed(total(direct))
        rest = weighted(self._parts(term), self.index, begin, last)
        conditions = [*self._conditions, *rest.conditions]
        if not positive(last - begin + 2):  # the first iterations must be there
            conditions.append(Condition(last, ">=", begin - 1))
        return Closed(total([*direct, rest.value]), tuple(dict.fromkeys(conditions)))

    def _in_order(self) -> list[Expr]:
        """The sizes, each after those it depends on."""
        names = {inner: name for name, inner in self._inner.items()}
        graph = {
            name: [names[s] for s in step.free_symbols if s in names and names[s] != name]
            for name, step in self._step.items()
        }
        for befores in graph.values():
            befores.sort(key=str)
        try:
            return list(TopologicalSorter(graph).static_order())
        except CycleError:
            raise UnsupportedError(
                "sizes depend on each other from iteration to iteration"
            ) from None

    def _solve(self, name: Expr) -> _Form:
        inner, step = self._inner[name], self._step[name]
        befores = [
            self._forms[other]
            for other, symbol in self._inner.items()
            if other != name and step.has(symbol)
        ]
        since = max((form.since for form in befores), default=self.first)
        start = self._run(since - self.first)[name]
        if not step.has(inner):
            polynomial = all(form.is_polynomial for form in befores)
            return self._set(name, since, start, polynomial)
        change = self._at(step, self.index)
        floors = [part for part in Add.make_args(change) if part.has(inner)]
        if len(floors) == 1 and isinstance(floors[0], FloorDiv):
            return self._floored(name, since, start, floors[0], change - floors[0])
        factor, change = self._linear(name, change)
        if factor.expand() == 0:  # x drops out, as from k*(x + 1) - k*x
            self._step[name] = step.xreplace({inner: S.Zero})
            return self._solve(name)
        terms = terms_of(change, self.index, since)
        if terms is None:
            raise UnsupportedError(
                f"the size {name} changes by {change} in iteration {self.index}, "
                "and the sum of that has no closed form"
            )
        form = solved(start, factor, terms, self._conditions)
        return _Solved(since, form)

    def _set(self, name: Expr, since: int, start: Expr, polynomial: bool) -> _Form:
        """x -> f: before a iteration it is what f was in the iteration before."""
        # Mostly the value before the first iteration is another one; if not, nothing is peeled.
        if polynomial and equal(self.set_in(name, since - 1), start):
            return _Assigned(since, name, True)
        return _Assigned(self._later(name, since), name, polynomial)

    def set_in(self, name: Expr, number: Size) -> Expr:
        """What the iteration with this number sets a size to."""
        return self._at(self._step[name], number)

    def _later(self, name: Expr, since: int) -> int:
        if since - self.first >= MAX_PEELED:
            raise UnsupportedError(
                f"the size {name} follows others through more than {MAX_PEELED} iterations"
            )
        return since + 1

    def _floored(self, name: Expr, since: int, start: Expr, floor: Expr, more: Expr) -> _Form:
        """x -> floor((x + b)/q), with what is added after the division taken into b."""
        dividend: Any
        q: Any
        dividend, q = floor.args
        factor, b = self._linear(name, dividend)
        b = (b + more * q).expand()
        if factor is not S.One or b.has(self.index) or q.has(self.index, self._inner[name]):
            raise UnsupportedError(
                f"the size {name} becomes {self._shown(floor + more)} "
                f"in iteration {self.index}, which is not of the form floor((x + b)/q)"
            )
        added = b / (q - 1)
        if not q.is_Number and added.as_numer_denom()[1].has(*q.free_symbols):
            self._conditions[Condition(q, "!=", 1)] = None
        numbers = all(part.is_Integer for part in (start, b, q))
        still = int(2 * (abs(start) + abs(b)) * q).bit_length() + 1 if numbers else 0
        return _Floored(since, start, added, q, still)

    def _linear(self, name: Expr, size: Expr) -> tuple[Expr, Expr]:
        """a and b of a*x + b."""
        found = _collected(size, {self._inner[name]})
        powers = {term: Add(*factors) for term, factors in (found or {}).items()}
        if found is None or set(powers) - {S.One, self._inner[name]}:
            raise UnsupportedError(
                f"the size {name} becomes {self._shown(size)} in iteration {self.index}, "
                f"which is not of the form a*{name} + b"
            )
        factor = powers.get(self._inner[name], S.Zero)
        if factor.has(self.index):
            raise UnsupportedError(
                f"the size {name} grows by the factor {self._shown(factor)} in iteration "
                f"{self.index}, and only a constant factor has a closed form"
            )
        return factor, powers.get(S.One, S.Zero)

    def _at(self, size: Expr, number: Size) -> Expr:
        """An expression in the sizes solved so far, in the iteration with this number."""
        if isinstance(number, int):
            size = at(size, {self.index: number})
        else:
            size = size.xreplace({self.index: number})
        values = {
            self._inner[name]: form.before(number, self)
            for name, form in self._forms.items()
            if size.has(self._inner[name])
        }
        result: Expr = size.xreplace(values)
        return result

    def _run(self, iterations: int) -> dict[Expr, Expr]:
        """The sizes after so many iterations, one by one."""
        while len(self._direct) <= iterations:
            number = self.first + len(self._direct) - 1
            values = self._named(self._direct[-1])
            self._direct.append(
                {
                    name: at(size, {self.index: number}).xreplace(values)
                    for name, size in self._step.items()
                }
            )
        return self._direct[iterations]

    def _named(self, sizes: Mapping[Expr, Expr]) -> dict[Expr, Expr]:
        return {self._inner[name]: size for name, size in sizes.items()}

    def _shown(self, size: Expr) -> Expr:
        """With the names that the sizes have outside."""
        result: Expr = size.xreplace({inner: name for name, inner in self._inner.items()})
        return result

    def _parts(self, cost: Expr) -> Iterator[tuple[Expr, Expr]]:
        """The cost as constant factors and terms of the iteration, the sizes substituted.

        Equal sizes stay together: of ``4*c + k*(9*c + 1)`` the sum needs that of c once.
        """
        values = self._named({n: form.before(self.index, self) for n, form in self._forms.items()})
        fixed = {inner: value for inner, value in values.items() if not value.has(self.index)}
        begin = self.first + self.peeled
        changing = {self.index} | {
            inner
            for inner, value in values.items()
            if inner not in fixed and terms_of(value, self.index, begin) is not None
        }
        for part in Add.make_args(cost.xreplace(fixed)):
            found = _collected(part, changing)
            if found is None or any(constant.has(*values) for constant in chain(*found.values())):
                yield split(part.xreplace(values), self.index)
                continue
            for term, constants in found.items():
                yield Add(*constants), term.xreplace(values)


def progression(
    step: Mapping[Expr, Size], start: Mapping[Expr, Size], index: Expr, first: int = 1
) -> Progression:
    """The sizes before every iteration, from what one iteration makes of each and from the start.

    >>> from symparam.algebra.sizes import ceildiv, symbol
    >>> c, h, i, k, L = map(symbol, "chikL")
    >>> iterations = progression({c: c + k, h: ceildiv(h, 2)}, {c: 16, h: symbol("H")}, i)
    >>> iterations.before(i)[c], iterations.after(L)[h]
    (k*(i - 1) + 16, ceiling(H/2**L))
    >>> iterations.summed(4 * c + 9 * c * k, L).value
    (9*k + 4)*(L*k*(L - 1)/2 + 16*L)

    ``index`` is the number of the iteration, which runs first, first + 1, ...; a step may
    contain it. A size that is only set has another value before the first iteration:

    >>> iterations = progression({c: 64}, {c: 3}, i)
    >>> iterations.peeled, iterations.before(1)[c], iterations.before(i)[c]
    (1, 3, 64)
    >>> iterations.summed(c * 64, L).value
    4096*L - 3904
    """
    return Progression(step, start, index, first)


def _collected(size: Expr, names: set[Expr]) -> dict[Expr, list[Expr]] | None:
    """The constant factors of every product of the names; None when it is no such sum.

    A power with a name in the exponent counts as a name.
    """
    if not size.has(*names):
        return {S.One: [size]}
    if size in names:
        return {size: [S.One]}
    if size.is_Add or size.is_Mul:
        result: dict[Expr, list[Expr]] = {} if size.is_Add else {S.One: [S.One]}
        for argument in size.args:
            part = _collected(argument, names)  # type: ignore[arg-type]
            if part is None:
                return None
            if size.is_Mul:
                part = _products(result, part)
                result = {}
            for term, constants in part.items():
                result.setdefault(term, []).extend(constants)
            if len(result) > MAX_TERMS:
                return None
        return result
    base, exponent = size.as_base_exp()
    if not size.is_Pow or not exponent.is_Integer or not 0 < int(exponent) <= MAX_DEGREE:
        return {size: [S.One]} if size.is_Pow and not base.has(*names) else None
    if base in names:
        return {size: [S.One]}
    return _collected(Mul(*[base] * int(exponent), evaluate=False), names)


def _products(
    left: dict[Expr, list[Expr]], right: dict[Expr, list[Expr]]
) -> dict[Expr, list[Expr]]:
    result: dict[Expr, list[Expr]] = {}
    for a, x in left.items():
        for b, y in right.items():
            result.setdefault(a * b, []).append(Add(*x) * Add(*y))
    return result
