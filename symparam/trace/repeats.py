"""Running a repeat: its body once, its counts in closed form over all passes."""

import copy
import functools
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from symparam.algebra.conditions import Condition, collecting, evaluated, required
from symparam.algebra.sizes import Shape, Size, Tensors, product, settle, symbol
from symparam.errors import ShapeError, SizeError, SymparamError, UnsupportedError
from symparam.layers import Weight
from symparam.layers.contract.signature import show_value
from symparam.model.scope import MAX_LISTED, NeedsNumberError, members_stay_open
from symparam.model.values import Experts, Repeat
from symparam.trace.nodes import Flow, Loop, Passage, Path, Repetition, Step

if TYPE_CHECKING:
    from sympy import Expr

    from symparam.algebra.depth.recurrences import Progression
    from symparam.trace.run import Trace

MAX_ASKED = 1000  # passes each of which is asked what it requires, when their number is known
MAX_UNROLLED = 64  # passes of which each is run when sizes change and their number is known


def run_repeat(trace: "Trace", repeat: Repeat, flow: Flow, path: Path) -> Flow:
    """What leaves the last pass when ``flow`` enters the first."""
    passes = settle(repeat.last - repeat.first + 1)
    if not required(passes, ">=", 0):
        raise ShapeError(f"a repeat of {passes} passes", repeat.span)
    if passes == 0:
        return flow
    try:
        try:
            return _run(trace, repeat, flow, path, passes)
        except NeedsNumberError:
            if isinstance(passes, int):
                if passes > MAX_LISTED:
                    raise SizeError(
                        f"more than {MAX_LISTED} passes that pick from a list"
                    ) from None
                return _unrolled(trace, repeat, flow, path, passes)
            token = members_stay_open.set(True)
            try:
                return _run(trace, repeat, flow, path, passes)
            finally:
                members_stay_open.reset(token)
    except SymparamError as error:
        error.span = error.span or repeat.span
        raise


def _run(trace: "Trace", repeat: Repeat, flow: Flow, path: Path, passes: Size) -> Flow:
    number = _some_pass(repeat) if repeat.is_named else repeat.first
    leaving = _probe(trace, repeat, flow, number)
    if leaving == flow.x:
        return _looped(trace, repeat, flow, path, {})
    if isinstance(passes, int) and passes <= MAX_UNROLLED:
        return _unrolled(trace, repeat, flow, path, passes)
    again = _probe(trace, repeat, Flow(leaving, flow.origin), number)
    if again == leaving and not (repeat.is_named and _mentions(leaving, repeat.variable)):
        # Only the first pass is different.
        _need_a_pass(repeat)
        flow = trace.run(repeat.make(repeat.first), flow, path)
        rest = repeat._replace(first=settle(repeat.first + 1))
        return _looped(trace, rest, flow, path, {})
    x = flow.x
    if isinstance(x, Tensors) or isinstance(leaving, Tensors) or len(x) != len(leaving):
        raise UnsupportedError(
            f"a pass turns {show_value(x)} into {show_value(leaving)}: "
            "a repeat must keep the number of axes"
        )
    names = {
        place: symbol(f"{repeat.variable}_{place}")
        for place, (before, after) in enumerate(zip(x, leaving, strict=True))
        if before != after
    }
    return _looped(trace, repeat, flow, path, names)


def run_experts(trace: "Trace", experts: Experts, flow: Flow, path: Path) -> Flow:
    """What leaves a mixture of experts: the router, one expert for all, then the shared ones."""
    with trace.loop():
        return _run_experts(trace, experts, flow, path)


def _run_experts(trace: "Trace", experts: Experts, flow: Flow, path: Path) -> Flow:
    head = len(trace.rows)
    inner = (*path, trace.fork())
    trace.run(experts.router, flow, inner)
    leaving: list[Flow] = []
    for count, active in experts.parts:
        place, since = len(trace.rows), len(trace.serials)
        branch = trace.fork()
        leaving.append(trace.run(experts.make(), flow, (*inner, branch)))
        loop = Loop(
            None,
            1,
            count,
            functools.partial(_times, count),
            functools.partial(_is_new, trace, since),
            lambda shape: False,
            functools.partial(_times, active),
        )
        _count(trace, place, loop, lambda shape: shape)
        row = Repetition(None, 1, count, leaving[-1].x, inner, active, flow.origin, branch)
        trace.rows.insert(place, row)
    trace.rows.insert(head, Passage("MoE", leaving[0].x, path))
    return leaving[0]


def _times(count: Size, cost: Size) -> Size:
    return product([count, cost])


def _need_a_pass(repeat: Repeat) -> None:
    if not required(repeat.last, ">=", repeat.first):
        raise ShapeError("a repeat whose first pass is different needs at least one")


def _probe(trace: "Trace", repeat: Repeat, flow: Flow, number: Size) -> Shape | Tensors:
    """What a pass would turn a shape into; leaves no trace."""
    aside = copy.copy(trace)
    aside.set_aside()
    with collecting():
        return aside.run(repeat.make(number), flow, ()).x


def _unrolled(trace: "Trace", repeat: Repeat, flow: Flow, path: Path, passes: int) -> Flow:
    """Every pass by itself."""
    for number in range(passes):
        flow = trace.run(repeat.make(settle(repeat.first + number)), flow, path)
    return flow


def _looped(
    trace: "Trace", repeat: Repeat, flow: Flow, path: Path, names: "Mapping[int, Expr]"
) -> Flow:
    """The body once, for all passes."""
    with trace.loop():
        return _run_once(trace, repeat, flow, path, names)


def _run_once(
    trace: "Trace", repeat: Repeat, flow: Flow, path: Path, names: "Mapping[int, Expr]"
) -> Flow:
    """The body once, on the sizes of some pass; ``names`` stand for those that change."""
    x = flow.x
    entering = x
    if names:
        entering = tuple(names.get(place, size) for place, size in enumerate(x))
    head, since, branch = len(trace.rows), len(trace.serials), trace.fork()
    with collecting() as conditions:
        number = _some_pass(repeat) if repeat.is_named or names else repeat.first
        after = trace.run(repeat.make(number), Flow(entering, flow.origin), (*path, branch))
    if not names and not repeat.is_named:
        passes = settle(repeat.last - repeat.first + 1)
        each = _loop(trace, repeat, since, functools.partial(_times, passes))
        _count(trace, head, each, lambda shape: shape)
        for condition in conditions:
            required(*condition)
        leaving = after.x
    else:
        leaving = _progressed(trace, repeat, flow, after.x, names, head, since, conditions)
    word = repeat.variable if repeat.is_named else None
    first, last = repeat.first, repeat.last
    row = Repetition(word, first, last, leaving, path, None, flow.origin, branch)
    trace.rows.insert(head, row)
    return Flow(leaving, after.origin)


def _progressed(
    trace: "Trace",
    repeat: Repeat,
    flow: Flow,
    after: Shape | Tensors,
    names: "Mapping[int, Expr]",
    head: int,
    since: int,
    conditions: "Mapping[Condition, None]",
) -> Shape | Tensors:
    """Closed forms for the rows of a body whose sizes, or costs, depend on the pass."""
    from symparam.algebra.depth.recurrences import progression

    if not isinstance(repeat.first, int):
        raise UnsupportedError("a repeat whose passes differ must begin at a number")
    if repeat.is_named:  # refused in its own words where the first pass is impossible
        _probe(trace, repeat, flow, repeat.first)
    x = flow.x
    index = symbol(repeat.variable)
    # A symbol is at least 1, and so are the passes it counts, whatever the script calls them.
    shift = _shift(repeat)
    first, last = repeat.first - shift, settle(repeat.last - shift)
    for place, size in enumerate(x):
        if place not in names and after[place] != size:
            raise UnsupportedError(
                f"the size {size} becomes {after[place]} in some passes only", repeat.span
            )
    step = {name: after[place] for place, name in names.items()}
    passing = progression(step, {n: x[place] for place, n in names.items()}, index, first)
    if passing.peeled:
        _need_a_pass(repeat)

    def summed(cost: Size) -> Size:
        closed = passing.summed(cost, last)
        for condition in closed.conditions:
            required(*condition)
        return _renumbered(closed.value, index, shift)

    loop = _loop(trace, repeat, since, summed, names.values())
    _count(trace, head, loop, _shown(passing, index, index - shift))
    for condition in passing.conditions:
        required(*condition)
    _require(conditions, passing, index, first, last, shift)
    if not names:
        return after
    final = passing.after(settle(repeat.last - repeat.first + 1))
    return tuple(final[names[place]] if place in names else size for place, size in enumerate(x))


def _loop(
    trace: "Trace",
    repeat: Repeat,
    since: int,
    summed: Callable[[Size], Size],
    names: "Iterable[Expr]" = (),
) -> Loop:
    """The repeat as its steps know it; layers made ``since`` are new in every pass."""
    word = repeat.variable if repeat.is_named else None
    is_new = functools.partial(_is_new, trace, since)
    changes = functools.partial(_changes, {repeat.variable, *map(str, names)})
    return Loop(word, repeat.first, repeat.last, summed, is_new, changes, summed)


def _changes(names: set[str], shape: Shape) -> bool:
    """Whether a size differs from pass to pass."""
    return any(names & set(map(str, getattr(size, "free_symbols", ()))) for size in shape)


def _is_new(trace: "Trace", since: int, weight: Weight) -> bool:
    return trace.serial(weight) >= since


def _count(trace: "Trace", head: int, loop: Loop, shown: Callable[[Shape | Tensors], Any]) -> None:
    """Count the rows of a body for all passes."""
    for place, row in enumerate(trace.rows[head:], start=head):
        if isinstance(row, Step):
            for weight in row.owned:
                if not loop.is_new(weight) and loop.changes(weight.shape):
                    raise ShapeError(
                        f"{weight.owner} is one object with one set of weights, but its "
                        f"{weight.name} would have another shape in each pass",
                        row.span,
                        hint="a function makes new layers in every pass: enc() = ...",
                    )
            row.repeat(loop, shown)
            _ = row.params  # what the sum requires is collected here
        else:
            trace.rows[place] = row._replace(shape=shown(row.shape))


def _some_pass(repeat: Repeat) -> Size:
    """The number of a pass whose place among the passes is a symbol."""
    number: Size = symbol(repeat.variable) + _shift(repeat)
    return number


def _shift(repeat: Repeat) -> int:
    """How far the number of a pass is from one that is at least 1."""
    return repeat.first - 1 if isinstance(repeat.first, int) and repeat.first < 1 else 0


def _renumbered(size: Size, index: "Expr", shift: int) -> Size:
    """Explicit sums over the numbers that the script gives the passes.

    Not where a number below 1 would matter: the symbol is at least 1, and sympy makes
    ``max(i, 1)`` an i.
    """
    from sympy import Max, Min, Sum

    from symparam.algebra.floors import FloorDiv

    if isinstance(size, int) or not shift:
        return size
    again = {}
    for sum_ in size.atoms(Sum):
        variable, first, last = sum_.limits[0]
        if variable == index and not sum_.function.has(Max, Min, FloorDiv):
            term = sum_.function.xreplace({index: index - shift})
            again[sum_] = Sum(term, (index, first + shift, last + shift))
    renumbered: Size = size.xreplace(again)
    return renumbered


def _shown(
    passing: "Progression", index: "Expr", place: "Expr"
) -> Callable[[Shape | Tensors], Any]:
    """Sizes of a pass as formulas in its number, of which the place among the passes is one."""
    before = {name: _expression(size) for name, size in passing.before(place).items()}
    if place != index:
        before[index] = place

    def shown(shape: Shape | Tensors) -> Any:
        if isinstance(shape, Tensors):
            return Tensors(map(shown, shape))
        return evaluated(shape, before) if before else shape

    return shown


def _require(
    conditions: "Mapping[Condition, None]",
    passing: "Progression",
    index: "Expr",
    first: int,
    last: Size,
    shift: int,
) -> None:
    """What a pass requires: of every pass, or of the first and the last if there are too many."""
    asked: Iterable[Size] = (first, last)
    if isinstance(last, int) and last - first < MAX_ASKED:
        asked = range(first, last + 1)
    for left, relation, right in conditions:
        for number in asked:
            sizes = {name: _expression(size) for name, size in passing.before(number).items()}
            a, b = evaluated((left, right), {**sizes, index: _expression(number)})
            if not required(a, relation, b):
                raise ShapeError(
                    f"pass {settle(number + shift)} of the repeat needs {a} {relation} {b}"
                )


def _mentions(shape: Shape | Tensors, variable: str) -> bool:
    """Whether a size depends on the number of the pass."""
    return any(
        _mentions(size, variable)
        if isinstance(size, tuple)
        else variable in map(str, getattr(size, "free_symbols", ()))
        for size in shape
    )


def _expression(size: Size) -> "Expr":
    from sympy import Integer

    return Integer(size) if isinstance(size, int) else size
