"""Adding up a trace: what each step costs, over all iterations of the repeats around it."""

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from symparam.algebra.conditions import Condition
from symparam.algebra.sizes import Size, product, settle
from symparam.algebra.sizes import total as added_up
from symparam.errors import ArgumentError
from symparam.trace.nodes import Expert, Step, Trace
from symparam.trace.walk import Level, Row, walk

if TYPE_CHECKING:
    from sympy import Expr


class Part(NamedTuple):
    """A cost of a step; ``over`` are the repeats in which it is new, None stands for all."""

    size: Size
    over: frozenset[int] | None = None


Cost = Callable[[Step], "Size | Iterable[Part]"]


class Total(NamedTuple):
    """A sum, and the conditions under which its closed form holds."""

    value: Size
    conditions: tuple[Condition, ...] = ()


def total(trace: Trace, cost: Cost, active: bool = False) -> Total:
    """What a cost of a step comes to in a whole network.

    >>> from symparam import parse
    >>> net = parse("Input(n) -> Dense(m) * L")
    >>> total(net.trace, lambda step: 1).value
    L

    The cost is a size in the sizes of the step's own iteration, for every use of a layer; or
    parts of it that are the same in some of the repeats. Plain repeats multiply it, those whose
    sizes change sum it in closed form, and of experts all count or those that are ``active``.
    """
    totals = [over_all(row, cost, active) for row in walk(trace) if isinstance(row.node, Step)]
    conditions = dict.fromkeys(condition for one in totals for condition in one.conditions)
    simpler = trace.assumptions.restated
    return Total(simpler(added_up(one.value for one in totals)), tuple(conditions))


def over_all(row: Row, cost: Cost, active: bool = False) -> Total:
    """What a cost of one step comes to, over all iterations of the repeats around it."""
    assert isinstance(row.node, Step)
    found = cost(row.node)
    whole = isinstance(found, int) or hasattr(found, "free_symbols")
    if not (whole or isinstance(found, Iterable)):
        raise ArgumentError(f"the cost of a step must be exact: a size, or parts, not {found!r}")
    parts: list[Part] = [Part(found)] if whole else [*found]  # type: ignore[arg-type, misc]
    conditions: dict[Condition, None] = {}
    for level in reversed(row.levels):
        if level.number is None:
            parts = list(_raised(parts, level, active, conditions))
    return Total(_named(added_up(part.size for part in parts), row.levels), tuple(conditions))


def _raised(
    parts: Iterable[Part], level: Level, active: bool, conditions: dict[Condition, None]
) -> Iterator[Part]:
    """Parts over all iterations of a repeat; what all of these share is the same as before."""
    node = level.node
    for size, over in parts:
        if over is not None and node.key not in over:
            yield Part(size, over)
        elif isinstance(node, Expert):
            yield Part(product([node.active if active else node.count, size]), over)
        elif node.progression is None:
            yield Part(product([settle(node.last - node.first + 1), size]), over)
        else:
            since = settle(node.first - node.shift)
            assert isinstance(since, int)
            closed = node.progression.summed(size, settle(node.last - node.shift), since)
            conditions.update(dict.fromkeys(closed.conditions))
            yield Part(closed.value, over)


def _named(size: Size, levels: Iterable[Level]) -> Size:
    """Sums without closed form over the index as it is shown."""
    if isinstance(size, int):
        return size
    named: Expr = size
    for level in reversed([*levels]):  # the shift of one may be that of an iteration around it
        node = level.node
        if isinstance(node, Expert) or (index := level.index) is None or not named.has(node.index):
            continue
        from sympy import Sum

        again: dict[Any, Any] = {}
        for sum_ in named.atoms(Sum):
            inner: list[Any]
            *inner, (variable, first, last) = sum_.limits
            if variable == node.index:
                put = {node.index: index - node.shift}
                shown = (sum_.function.xreplace(put), *(limit.xreplace(put) for limit in inner))
                again[sum_] = Sum(*shown, (index, first + node.shift, last + node.shift))
        named = named.xreplace(again)
    return named
