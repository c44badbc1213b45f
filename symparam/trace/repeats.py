"""Running a repeat: its body once, on the sizes of some iteration, and how these sizes change.

What goes from one iteration to the next is what leaves the body, and the labels that the body
sets anew. If all of that is as it was, the iterations are alike. Otherwise its sizes are symbols
in the body, and a ``Progression`` says what they are before each iteration.
"""

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from symparam.algebra.conditions import (
    Condition,
    collected,
    collecting,
    evaluated,
    required,
    simplest,
)
from symparam.algebra.sizes import (
    Shape,
    Size,
    Tensors,
    divides,
    expression,
    own_symbol,
    positive,
    product,
    settle,
)
from symparam.errors import (
    ArgumentError,
    ShapeError,
    SizeError,
    SymparamError,
    UnsupportedError,
)
from symparam.layers import Layer
from symparam.layers.contract.signature import show_value
from symparam.layers.keras.merging import Concatenate, Merge
from symparam.model.scope import MAX_LISTED, NeedsNumberError, members_stay_open
from symparam.model.values import Recall, Repeat, SideBySide, Slot, has_recall, marks
from symparam.trace import nodes
from symparam.trace.nodes import Flow, Node

if TYPE_CHECKING:
    from sympy import Expr

    from symparam.algebra.depth.recurrences import Progression
    from symparam.trace.run import Interpreter, State

MAX_ASKED = 1000  # iterations each of which is asked what it requires, when they are numbered
MAX_PEELED = 8  # first iterations that may differ from the others
MAX_UNROLLED = 64  # iterations each of which is run when sizes change and they are numbered


def run_repeat(interpreter: "Interpreter", repeat: Repeat, flow: Flow) -> Flow:
    """What leaves the last iteration when ``flow`` enters the first."""
    iterations = settle(repeat.last - repeat.first + 1)
    if not required(iterations, ">=", 0):
        raise ShapeError(f"cannot repeat a block {iterations} times", repeat.span)
    if iterations == 0:
        return flow
    running = _Running(interpreter, repeat, flow, iterations)
    try:
        try:
            return running.run()
        except NeedsNumberError:
            if isinstance(iterations, int):
                if iterations > MAX_LISTED:
                    raise SizeError(
                        f"more than {MAX_LISTED} iterations that pick from a list"
                    ) from None
                return running.unrolled()
            if (
                interpreter.repeating
            ):  # the repeat around this one may run its iterations one by one
                raise
            token = members_stay_open.set(True)
            try:
                return running.run()
            finally:
                members_stay_open.reset(token)
    except SymparamError as error:
        error.span = error.span or repeat.span
        raise


class Numbered(NamedTuple):
    """The tensor that an indexed label has in one iteration, or in any that a repeat ran once for.

    In the second case ``number`` is written in the engine's index, and ``node`` is that repeat.
    """

    number: Size
    flow: Flow
    node: nodes.Repeat | None = None

    def at(self, number: Size) -> Shape | Tensors:
        """The shape in the iteration of this number."""
        assert self.node is not None
        passing = self.node.progression
        if passing is None:
            return self.flow.x
        place = settle(number - self.node.shift)
        x: Shape | Tensors = substituted(
            self.flow.x, {**passing.before(place), passing.index: place}
        )
        return x


def numbered(interpreter: "Interpreter", recall: Recall) -> Flow:
    """``skip[i]``: the tensor that passed in an iteration of a repeat that has run."""
    label, number = recall.slot.name, recall.number
    assert number is not None
    known = interpreter.state.numbered.get(recall.slot, ())
    if not known:
        raise ArgumentError(f"label {label} is used before it is defined", recall.span)
    alone = {one.number: one.flow for one in known if one.node is None}
    if number in alone:
        return alone[number]
    general = next((one for one in known if one.node is not None), None)
    if general is None or general.node is None:
        if not isinstance(number, int):
            raise NeedsNumberError(f"only a number picks one of the tensors {label}", recall.span)
        raise ShapeError(f"there is no {label}[{number}]", recall.span)
    node = general.node
    any_ = own_symbol("i")
    for place, flow in alone.items():
        if substituted(general.at(any_), {any_: place}) != flow.x:
            raise UnsupportedError(f"the shapes of {label} differ in the first iterations")
    first = min((n for n in alone if isinstance(n, int)), default=node.first)
    if not (required(number, ">=", first) and required(node.last, ">=", number)):
        raise ShapeError(f"there is no {label}[{number}]", recall.span)
    return Flow(general.at(number), general.flow.origin)


def run_side_by_side(interpreter: "Interpreter", value: SideBySide, flow: Flow) -> Flow:
    """What a layer makes of the tensors that bodies side by side give for ``flow``."""
    repeat, merge = value
    iterations = settle(repeat.last - repeat.first + 1)
    if not required(iterations, ">=", 1):
        raise ShapeError(f"there are {iterations} tensors to join", repeat.span)
    running = _Running(interpreter, repeat, flow, iterations)
    before, made = interpreter.state.copy(), len(interpreter.nodes)
    try:
        return running.joined(merge.layer)
    except SymparamError as error:
        error.span = error.span or repeat.span
        is_few = isinstance(iterations, int) and iterations <= MAX_UNROLLED
        if not isinstance(iterations, int) or iterations > MAX_LISTED:
            raise
        if not (is_few or isinstance(error, NeedsNumberError)):
            raise
    interpreter.state = before
    del interpreter.nodes[made:]
    branches, flows = [], []
    for place in range(iterations):
        with interpreter.aside() as body:
            flows.append(interpreter.iterate(repeat, settle(repeat.first + place), flow))
        branches.append(tuple(body))
    interpreter.nodes.append(nodes.Fork(tuple(branches)))
    together = Flow(Tensors(one.x for one in flows), tuple(one.origin for one in flows))
    return interpreter.run(merge, together)


class _Attempt(NamedTuple):
    """A body that ran, and what the interpreter knows after it."""

    entering: tuple[Shape | Tensors, ...]
    carried: tuple[Flow, ...]
    nodes: tuple[Node, ...]
    state: "State"
    conditions: Mapping[Condition, None]

    @property
    def shapes(self) -> tuple[Shape | Tensors, ...]:
        return tuple(flow.x for flow in self.carried)


class _Running:
    """One repeat while it runs; first iterations that differ from the others run by themselves."""

    def __init__(
        self, interpreter: "Interpreter", repeat: Repeat, flow: Flow, iterations: Size
    ) -> None:
        self.interpreter = interpreter
        self.repeat = repeat
        self.iterations = iterations
        self.bodies: list[tuple[Node, ...]] = []  # of the first iterations
        self.entering = flow  # after these
        self.first = repeat.first
        self._last: tuple[Sequence[Flow], _Attempt] | None = None  # the body that ran last

    def run(self) -> Flow:
        state = self.interpreter.state
        if id(self.repeat) in state.unrolled:
            return self.unrolled()
        for _ in range(state.peeled.get(id(self.repeat), 0)):  # where the same network ran before
            if not self._is_over():
                self._peel()
        if not (isinstance(self.iterations, int) and self.iterations <= MAX_UNROLLED):
            return self._rest()
        before, peeled = state.copy(), list(self.bodies)
        entering, first, made = self.entering, self.first, len(self.interpreter.nodes)
        try:
            return self._rest()
        except NeedsNumberError:
            raise
        except SymparamError:  # some iterations may be possible where any of them is not
            if self.repeat.index is None:
                raise
            self.interpreter.state = before
            del self.interpreter.nodes[made:]
            self.bodies, self.entering, self.first = peeled, entering, first
            return self.unrolled()

    def unrolled(self) -> Flow:
        """Every iteration by itself."""
        self.interpreter.state.unrolled.add(id(self.repeat))
        while not self._is_over():
            self._peel()
        return self._over()

    def joined(self, merge: Layer) -> Flow:
        """All bodies on the same tensor, joined by a layer."""
        if self._slots():
            raise UnsupportedError("a label cannot be set anew by bodies side by side")
        ran = self._attempt(None, (self.entering,))
        passing = None if self.repeat.index is None else self._progression({}, {})
        if passing is not None and self._differs(ran, passing):
            raise UnsupportedError("the first of the bodies side by side differs from the others")
        return self._looped(ran, passing, merge)

    def _join(
        self, merge: Layer, y: Shape | Tensors, passing: "Progression | None"
    ) -> Shape | Tensors:
        """The shape of as many tensors as there are iterations, joined."""
        if isinstance(y, Tensors) or not isinstance(merge, Merge | Concatenate):
            raise ShapeError(f"{merge.title} cannot join the tensors {show_value(y)} of a repeat")
        changing = passing is not None and _mentions((y,), {passing.index})
        if not isinstance(merge, Concatenate):
            if changing:
                raise ShapeError(f"{merge.title}: the tensors {show_value(y)} differ in shape")
            return merge.after(Tensors((y, y)))
        axis = merge.axis_index(merge.axis, y)
        if axis is None:
            raise ShapeError("Concatenate cannot join a repeat along the batch axis")
        rest = (*y[:axis], *y[axis + 1 :])
        if changing and passing is not None and _mentions((rest,), {passing.index}):
            raise ShapeError(
                f"Concatenate along axis {merge.axis}: the tensors {show_value(y)} differ elsewhere"
            )
        size = product((self.iterations, y[axis]))
        if changing and passing is not None:
            closed = passing.summed(y[axis], settle(self.repeat.last - self.repeat.shift))
            self.interpreter.state.domain.update(dict.fromkeys(closed.conditions))
            size = closed.value
        return (*y[:axis], size, *y[axis + 1 :])

    def _is_over(self) -> bool:
        return isinstance(self.iterations, int) and len(self.bodies) >= self.iterations

    def _over(self) -> Flow:
        """All iterations ran by themselves."""
        for body in self.bodies:
            self.interpreter.nodes += body
        return self.entering

    def _peel(self) -> None:
        """The next iteration, at its own sizes."""
        with self.interpreter.aside() as body:
            self.entering = self.interpreter.iterate(self.repeat, self.first, self.entering)
        self.bodies.append(tuple(body))
        self.first = settle(self.first + 1)

    def _peel_more(self) -> Flow:
        if len(self.bodies) == MAX_PEELED:
            raise UnsupportedError(
                f"more than {MAX_PEELED} first iterations differ from the others"
            )
        self._peel()
        return self._rest()

    def _rest(self) -> Flow:
        """The iterations that are left, as one where that can be."""
        if self._is_over():
            return self._over()
        index = self.repeat.index
        flows = self._carried()
        if places := self.interpreter.state.grown.get(id(self.repeat)):
            return self._growing(flows, _shapes(flows), places)  # its layers have these symbols
        leaving = self._leaving(flows)
        if leaving == _shapes(flows):
            alike = self._attempt(None, flows)
            passing = None if index is None else self._progression({}, {})
            if passing is None or not self._differs(alike, passing):
                return self._looped(alike, passing)
            return self._peel_more()
        if isinstance(self.iterations, int) and self.iterations <= MAX_UNROLLED:
            return self.unrolled()
        if not _mentions(leaving, {index}):
            again = self._leaving(_changed(flows, leaving))
            if again == leaving:
                return self._peel_more()  # only the first iteration is different
        return self._growing(flows, leaving)

    def _leaving(self, flows: Sequence[Flow]) -> tuple[Shape | Tensors, ...]:
        """What an iteration makes of these shapes; asked once, or nested repeats ask very often."""
        interpreter = self.interpreter
        is_new = id(self.repeat) not in interpreter.state.peeled
        key = interpreter.iterations_of(self.repeat), _shapes(flows)
        known = interpreter.leaving.get(key) if is_new and not self._recalls() else None
        if known is None:
            attempt = self._attempt(None, flows)
            known = interpreter.leaving[key] = attempt.shapes
            self._last = flows, attempt
        return known

    def _recalls(self) -> bool:
        """Whether tensors from elsewhere enter the body."""
        return has_recall(self.interpreter.body(self.repeat, None))

    def _growing(
        self,
        flows: Sequence[Flow],
        leaving: Sequence[Shape | Tensors],
        known: frozenset[int] = frozenset(),
    ) -> Flow:
        """A body whose sizes change from iteration to iteration; of some places that is known."""
        if _structure(_shapes(flows)) != _structure(leaving):
            raise UnsupportedError(
                f"one iteration turns {show_value(flows[0].x)} into {show_value(leaving[0])}: "
                "a repeat must keep the number of axes"
            )
        sizes, after = flat(_shapes(flows)), flat(leaving)
        changing: dict[int, Expr] = {}
        while True:  # a size that one iteration leaves alone may follow another in the next
            found = [n for n in range(len(sizes)) if n not in changing and after[n] != sizes[n]]
            found += sorted(known.difference(changing, found))
            if not found:
                break
            changing |= {place: self._symbol(place) for place in found}
            named = [changing.get(place, size) for place, size in enumerate(sizes)]
            entering = _rebuilt(_shapes(flows), iter(named))
            trial = self._attempt(None, _changed(flows, entering))
            after = flat(trial.shapes)
        step = {name: after[place] for place, name in changing.items()}
        try:
            passing = self._progression(step, {name: sizes[n] for n, name in changing.items()})
        except UnsupportedError as error:
            error.message += (
                f": one iteration turns {show_value(flows[0].x)} into {show_value(leaving[0])}"
            )
            error.hint = f"{MAX_UNROLLED} iterations or fewer, as a number, are run one by one"
            raise
        if self._differs(trial, passing):
            return self._peel_more()
        grown = frozenset(changing)
        if not passing.peeled:
            return self._looped(trial, passing, grown=grown)
        for _ in range(passing.peeled):
            if not self._is_over():
                self._peel()
        if self._is_over():
            return self._over()
        last = self._attempt(None, _changed(self._carried(), entering))
        return self._looped(last, passing, grown=grown)

    def _progression(
        self, step: "Mapping[Expr, Size]", start: "Mapping[Expr, Size]"
    ) -> "Progression":
        """How the sizes change from the iteration on that comes next."""
        from symparam.algebra.depth.recurrences import progression

        return progression(step, start, self._index(), self._number())

    def _number(self) -> int:
        """The number of the iteration that comes next, as the engine counts."""
        number = settle(self.first - self.repeat.shift)
        assert isinstance(number, int)
        return number

    def _differs(self, ran: _Attempt, passing: "Progression") -> bool:
        """Whether the formulas of the body do not hold for the iteration that comes next."""
        number = self._number()
        sizes = _expressions(passing.before(number)) | {passing.index: expression(number)}
        known = self.interpreter.state.domain
        return any(c.fails(sizes) for c in ran.state.domain if c not in known)  # type: ignore[arg-type]

    def _looped(
        self,
        ran: _Attempt,
        passing: "Progression | None",
        merge: Layer | None = None,
        grown: frozenset[int] = frozenset(),
    ) -> Flow:
        """The body as it ran once, for all iterations that are left; a layer may join them."""
        repeat, interpreter = self.repeat, self.interpreter
        written = self._written()
        if passing is not None and not passing.names:
            self._refuse_first(ran)
            if not (self._uses_index() or ran.conditions or written):
                passing = None
        outer = interpreter.state
        owned = ran.state.owned[len(outer.owned) :]
        waited = len(ran.state.waiting) > len(outer.waiting)
        state = dataclasses.replace(ran.state, domain=dict(outer.domain))
        interpreter.state = state
        state.peeled[id(repeat)] = len(self.bodies)
        state.grown[id(repeat)] = grown
        required_ = {**ran.conditions, **written}
        known = set(collected())
        self._require(required_, passing)
        asked = [condition for condition in collected() if condition not in known]
        for condition in ran.state.domain:
            if condition not in outer.domain:
                state.domain.update(self._asked(condition, passing))
        key = interpreter.key(interpreter.identity(repeat))
        if passing is not None:
            state.domain.update(dict.fromkeys(passing.conditions))
            self._realize(owned, passing, key, ran.nodes)
        self._need(bool(simplest(asked)) or waited or self._outside(owned, key))
        after = ran.carried
        if merge is not None:
            (last,) = after
            after = (last._replace(x=self._join(merge, last.x, passing)),)
        elif passing is not None and passing.names:
            final = passing.before(settle(repeat.last - repeat.shift + 1))
            after = _changed(after, [substituted(x, final) for x in ran.entering])
        for slot, flow in zip(self._slots(), after[1:], strict=True):
            state.labels[slot] = flow
        node = nodes.Repeat(
            key=key,
            variable=repeat.variable,
            index=None if passing is None else self._index(),
            shift=repeat.shift,
            first=self.first,
            last=repeat.last,
            y=after[0].x,
            progression=passing,
            peeled=tuple(self.bodies),
            body=ran.nodes,
            origin=self.entering.origin,
            by="" if merge is None else str(merge),
        )
        interpreter.place(node)
        for label, met in state.numbered.items():
            state.numbered[label] = tuple(
                one._replace(node=node) if one.node is None and self._is_any(one.number) else one
                for one in met
            )
        return after[0]

    def _is_any(self, number: Size) -> bool:
        """Whether a number stands for any iteration of this repeat."""
        index = self.repeat.index
        return index is not None and number == index + self.repeat.shift

    def _need(self, is_needed: bool) -> None:
        """What holds of formulas and conditions if there are enough iterations for them.

        The iterations by themselves must exist; those that are left must if they bring in
        weights or tensors from outside, or require anything.
        """
        least = self.first if is_needed else settle(self.first - 1)
        if (is_needed or self.bodies) and not positive(self.repeat.last - least + 1):
            condition = Condition(settle(self.repeat.last), ">=", least)
            self.interpreter.state.domain[condition] = None

    def _uses_index(self) -> bool:
        """Whether the text of the body has looked its index up."""
        scope = self.interpreter.bodies[id(self.repeat), None].made.scope
        return scope is not None and self.repeat.variable in scope.looked_up

    def _written(self) -> dict[Condition, None]:
        """What the body requires as it is written, whatever enters it."""
        known = self.interpreter.bodies[id(self.repeat), None]
        return dict.fromkeys(known.conditions) if self.repeat.index is not None else {}

    def _refuse_first(self, ran: _Attempt) -> None:
        """A first iteration that is impossible is refused in its own words."""
        conditions = [*ran.conditions, *self._written()]
        sizes = {self._index(): expression(self._number())}
        if any(condition.fails(sizes) for condition in conditions):  # type: ignore[arg-type]
            self._attempt(self.first, self._carried())

    def _outside(self, owned: Iterable[Any], key: int) -> bool:
        """Whether weights that were not made in the body are counted there for the first time."""
        owners = self.interpreter.state.owners
        homes = [home for one in owned for home, _ in owners[one]]
        return any(key not in [other for other, _ in home] for home in homes)

    def _realize(
        self, owned: Iterable[Any], passing: "Progression", key: int, body: Sequence[Node]
    ) -> None:
        """Weights of the body in the sizes of every iteration; shared ones must not change."""
        state, homes = self.interpreter.state, self.interpreter.homes
        changing = {passing.index, *passing.names}
        for step in steps(body):
            for weight in step.weights:
                owner = weight.owner if weight.owner in self.interpreter.register else step.layer
                made = [other for other, _ in homes.get(id(owner), ())]
                if key not in made and _mentions((weight.shape,), changing):
                    raise ShapeError(
                        f"shared layer {owner} would need another {weight.name} in each iteration",
                        step.span,
                        hint="a function makes new layers in every iteration: enc() = ...",
                    )
        before = _expressions(passing.before(passing.index))
        for one in dict.fromkeys(owned):
            realized = []
            for home, shape in state.owners[one]:
                is_changing = _mentions((shape,), changing)
                if is_changing and key not in [other for other, _ in home]:
                    raise ShapeError(
                        "a shared network would need other weights in each iteration",
                        hint="a function makes new layers in every iteration: enc() = ...",
                    )
                realized.append((home, evaluated(shape, before) if is_changing else shape))
            state.owners[one] = tuple(realized)

    def _require(self, conditions: Mapping[Condition, None], passing: "Progression | None") -> None:
        """What an iteration requires: of each, or of the first and the last of very many."""
        for condition in conditions:
            if passing is None:
                required(*condition)
                continue
            for number, (left, relation, right) in self._at_iterations(condition, passing):
                if not required(left, relation, right):
                    raise ShapeError(
                        f"iteration {number} of the repeat needs {left} {relation} {right}"
                    )

    def _asked(self, condition: Condition, passing: "Progression | None") -> dict[Condition, None]:
        if passing is None:
            return {condition: None}
        return {c: None for _, c in self._at_iterations(condition, passing) if not c.holds()}

    def _at_iterations(
        self, condition: Condition, passing: "Progression"
    ) -> Iterator[tuple[Size, Condition]]:
        """A condition in the sizes of the iterations that are asked."""
        shift = self.repeat.shift
        begin, last = self._number(), settle(self.repeat.last - shift)
        asked: Iterable[Size] = (begin, last)
        if isinstance(last, int) and last - begin < MAX_ASKED:
            asked = range(begin, last + 1)
        elif self._grows(condition, passing):
            asked = (last,)
        left, relation, right = condition
        for number in asked:
            sizes = _expressions(passing.before(number)) | {passing.index: expression(number)}
            a, b = evaluated((left, right), sizes)
            yield settle(number + shift), Condition(a, relation, b)

    def _grows(self, condition: Condition, passing: "Progression") -> bool:
        """Whether each iteration requires what the one before it does: 2**i divides d."""
        left, relation, right = condition
        changing = {passing.index, *passing.names}
        if relation != "|" or isinstance(left, int) or _mentions(((right,),), changing):
            return False
        if _mentions(((left,),), set(passing.names)):
            return False
        (after,) = evaluated((left,), {passing.index: passing.index + 1})
        return divides(left, after) is True

    def _attempt(self, number: Size | None, flows: Sequence[Flow]) -> _Attempt:
        """The body on these flows, as if nothing had happened."""
        if number is None and self._last is not None and self._last[0] is flows:
            return self._last[1]
        interpreter, slots = self.interpreter, self._slots()
        before, interpreter.state = interpreter.state, interpreter.state.copy()
        frozen, loops = interpreter.frozen, interpreter.loops
        interpreter.repeating += 1
        try:
            for slot, flow in zip(slots, flows[1:], strict=True):
                interpreter.state.labels[slot] = flow
            with collecting() as conditions, interpreter.loop(), interpreter.aside() as made:
                after = interpreter.iterate(self.repeat, number, flows[0])
            carried = (after, *(interpreter.state.labels[slot] for slot in slots))
            return _Attempt(_shapes(flows), carried, tuple(made), interpreter.state, conditions)
        finally:
            interpreter.state, interpreter.frozen, interpreter.loops = before, frozen, loops
            interpreter.repeating -= 1

    def _slots(self) -> list[Slot]:
        """The labels from outside that the body sets anew."""
        body = self.interpreter.body(self.repeat, None)
        labels = self.interpreter.state.labels
        return [slot for slot in dict.fromkeys(marks(body)) if slot in labels]

    def _carried(self) -> tuple[Flow, ...]:
        """What enters the first iteration: the flow, and the labels that the body sets anew."""
        labels = self.interpreter.state.labels
        return (self.entering, *(labels[slot] for slot in self._slots()))

    def _index(self) -> "Expr":
        """The engine's own symbol for the number of an iteration."""
        index = self.repeat.index
        return self._symbol("index") if index is None else index

    def _symbol(self, place: Any) -> "Expr":
        symbols = self.interpreter.symbols.setdefault(id(self.repeat), {})
        if place not in symbols:
            name = self.repeat.variable or "i"
            symbols[place] = own_symbol(name if place == "index" else f"{name}_{place}")
        symbol: Expr = symbols[place]
        return symbol


def indices(interpreter: "Interpreter", repeat: Repeat) -> list["Expr"]:
    """The symbols that stand for the number of an iteration in its body."""
    own = interpreter.symbols.get(id(repeat), {}).get("index")
    return [index for index in (repeat.index, own) if index is not None]


def substituted(shape: Any, sizes: Mapping[Any, Size]) -> Any:
    """Shapes with other sizes for some of their symbols."""
    if isinstance(shape, Tensors):
        return Tensors(substituted(part, sizes) for part in shape)
    return evaluated(shape, _expressions(sizes))


def _expressions(sizes: Mapping[Any, Size]) -> dict[Any, "Expr"]:
    return {name: expression(size) for name, size in sizes.items()}


def _shapes(flows: Sequence[Flow]) -> tuple[Shape | Tensors, ...]:
    return tuple(flow.x for flow in flows)


def _changed(flows: Sequence[Flow], shapes: Iterable[Shape | Tensors]) -> tuple[Flow, ...]:
    return tuple(Flow(x, flow.origin) for flow, x in zip(flows, shapes, strict=True))


def flat(shapes: Iterable[Any]) -> list[Size]:
    """All sizes of shapes, of tensors and of tuples of them, in order."""
    sizes: list[Size] = []
    for part in shapes:
        if isinstance(part, tuple):
            sizes += flat(part)
        else:
            sizes.append(part)
    return sizes


def _structure(shapes: Any) -> Any:
    """How shapes nest, without their sizes."""
    if isinstance(shapes, Tensors) or (shapes and isinstance(shapes[0], tuple)):
        return [_structure(part) for part in shapes]
    return len(shapes)


def _rebuilt(shapes: Any, sizes: Iterator[Size]) -> Any:
    """Shapes of the same structure with other sizes, in order."""
    if isinstance(shapes, tuple):
        parts = [_rebuilt(part, sizes) for part in shapes]
        return Tensors(parts) if isinstance(shapes, Tensors) else tuple(parts)
    return next(sizes)


def _mentions(shapes: Iterable[Any], names: "set[Any]") -> bool:
    """Whether a size depends on one of the symbols."""
    return any(
        not isinstance(size, int) and bool(size.free_symbols & names) for size in flat(shapes)
    )


def steps(body: Iterable[Node]) -> Iterator[nodes.Step]:
    """All steps of some nodes, at any depth, in order."""
    for node in body:
        if isinstance(node, nodes.Step):
            yield node
        elif isinstance(node, nodes.Fork):
            for branch in node.branches:
                yield from steps(branch)
        elif isinstance(node, nodes.Repeat):
            for first in node.peeled:
                yield from steps(first)
            yield from steps(node.body)
        elif isinstance(node, nodes.Mixture):
            yield from steps(node.router)
            for expert in node.experts:
                yield from steps(expert.body)


def restated(node: Node, simpler: Any) -> Node:
    """A node with every size as ``simpler`` writes it."""

    def weight(one: Any) -> Any:
        return one._replace(shape=simpler(one.shape))

    def owned(one: Any) -> Any:
        return one and one._replace(weight=weight(one.weight))

    def inside(body: Iterable[Node]) -> tuple[Node, ...]:
        return tuple(restated(part, simpler) for part in body)

    if isinstance(node, nodes.Step):
        return dataclasses.replace(
            node,
            x=simpler(node.x),
            y=simpler(node.y),
            weights=tuple(map(weight, node.weights)),
            owned=tuple(map(owned, node.owned)),
            buffers=tuple(map(owned, node.buffers)),
        )
    if isinstance(node, nodes.Through):
        return dataclasses.replace(node, y=simpler(node.y))
    if isinstance(node, nodes.Fork):
        return nodes.Fork(tuple(map(inside, node.branches)))
    if isinstance(node, nodes.Repeat):
        return dataclasses.replace(
            node,
            y=simpler(node.y),
            peeled=tuple(map(inside, node.peeled)),
            body=inside(node.body),
        )
    experts = tuple(dataclasses.replace(e, body=inside(e.body)) for e in node.experts)
    return dataclasses.replace(node, router=inside(node.router), experts=experts, y=simpler(node.y))
