"""Running a network on its inputs; what comes out is a ``Trace``, and the interpreter is gone."""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from symparam.algebra.conditions import (
    Condition,
    collecting,
    evaluated,
    required,
    required_alike,
    simplest,
)
from symparam.algebra.sizes import Shape, Size, Tensors, expression, positive
from symparam.errors import (
    ArgumentError,
    RankError,
    ShapeError,
    SizeError,
    SymparamError,
    UnsupportedError,
)
from symparam.layers import Layer, Weight
from symparam.layers.contract.signature import show_shape, show_value
from symparam.layers.keras.tied import Transposed
from symparam.model import build
from symparam.model.program import Model
from symparam.model.values import (
    Branches,
    Chain,
    Deferred,
    Distributed,
    Entry,
    Experts,
    Frozen,
    Made,
    Mark,
    Pick,
    Recall,
    Register,
    Repeat,
    Same,
    SideBySide,
    Slot,
    Source,
    Stage,
    Tensor,
    Transpose,
    Value,
)
from symparam.trace import nodes, repeats
from symparam.trace.nodes import Flow, Fork, Node, Origin, Origins, Owned, Step, Through, Trace

MAX_STEPS = 200_000

# The iterations in which something was made, from the outside in: which repeat, and which of its
# iterations; None stands for any of them.
Home: TypeAlias = tuple[tuple[int, Size | None], ...]


def trace(
    model: Model,
    given: tuple[Condition, ...] = (),
    inferred: Shape | None = None,
    names: tuple[str, ...] = (),
) -> Trace:
    """The trace of a model, on an ``inferred`` input in these ``names`` where it has none.

    The conditions ``given`` hold beside those of the model. Raises a SymparamError, with the
    place of the layer, where a shape does not fit.
    """
    interpreter = Interpreter(model.register)
    start = None
    if inferred is not None:
        interpreter.state.inputs.append(inferred)
        start = Flow(inferred, Origin("input", -1))
    with collecting() as conditions:
        output = interpreter.run(model.network, start).x
    if any(_is_of_engine(c) for c in (*conditions, *interpreter.state.domain)):
        raise UnsupportedError("a shared network whose iterations differ from where it ran before")
    apart: set[str] = set()
    if interpreter.state.entered:
        bound, apart = _apart(interpreter, output, conditions)
        conditions.update(bound)
    known = model.assumptions
    kept = (*given, *model.conditions, *conditions)
    needed = simplest(c for c in kept if not known.implies(c))
    domain = simplest(c for c in interpreter.state.domain if not known.implies(c))
    body, inputs = tuple(interpreter.nodes), tuple(interpreter.state.inputs)
    if known.simplify:
        body = tuple(repeats.restated(node, known.restated) for node in body)
    return Trace(
        body=body,
        inputs=tuple(map(known.restated, inputs)),
        output=known.restated(output),
        # What only follows where the formulas hold is no condition of the network.
        conditions=tuple(c for c in needed if c not in domain),
        domain=domain,
        assumptions=known,
        symbols=tuple(name for name in (*names, *model.names) if name not in apart),
        inferred=names,
        is_inferred=inferred is not None,
    )


@dataclass
class State:
    """What an interpreter knows so far; a copy is kept for when a run is not to count."""

    names: dict[int, str] = field(default_factory=dict)  # of layers
    numbers: dict[str, int] = field(default_factory=dict)  # of layers of one name, so far
    # The weights that exist: in which iterations, and in which shape.
    owners: dict[Any, tuple[tuple[Home, Shape], ...]] = field(default_factory=dict)
    owned: list[Any] = field(default_factory=list)  # their keys, in order
    buffered: set[Any] = field(default_factory=set)
    tensors: dict[int, tuple[Tensor, Flow]] = field(default_factory=dict)
    labels: dict[Slot, Flow] = field(default_factory=dict)
    numbered: dict[Slot, tuple[repeats.Numbered, ...]] = field(default_factory=dict)
    known: dict[int, "Known"] = field(default_factory=dict)  # what deferred stages came to
    peeled: dict[int, int] = field(default_factory=dict)  # first iterations apart, by repeat
    unrolled: set[int] = field(default_factory=set)  # repeats whose iterations ran one by one
    grown: dict[int, frozenset[int]] = field(default_factory=dict)  # sizes that change, by repeat
    inputs: list[Shape] = field(default_factory=list)
    waiting: list[Node] = field(default_factory=list)  # what comes before the repeats around
    entered: list[tuple[Any, Size]] = field(default_factory=list)  # symbols of inner Inputs
    domain: dict[Condition, None] = field(default_factory=dict)
    ranks: list[tuple[str, Shape, Shape]] = field(default_factory=list)  # layers that change it
    uses: int = 0

    def copy(self) -> "State":
        """A state that nothing changes any more."""
        other = State(uses=self.uses)
        for name, value in self.__dict__.items():
            if name != "uses":
                setattr(other, name, value.copy())
        return other


@dataclass(frozen=True)
class Known:
    """A network that is made while another runs, and what making it required."""

    made: Made
    conditions: tuple[Condition, ...]


class Interpreter:
    """Runs values on flows; it is thrown away when the trace is there."""

    def __init__(self, register: Register) -> None:
        self.register = register
        self.nodes: list[Node] = []
        self.state = State()
        self.loops = 0  # bodies around this place that run once for all their iterations
        self.repeating = 0  # repeats among these
        self.frozen = 0  # networks around this place that training leaves alone
        # Kept through all attempts: a body of a repeat is made once.
        self.homes: dict[int, Home] = {}
        self.bodies: dict[tuple[int, Size | None], Known] = {}
        self.symbols: dict[int, dict[Any, Any]] = {}  # of sizes in the body of a repeat, by place
        self.leaving: dict[Any, Any] = {}  # what an iteration makes of shapes
        self._same: dict[int, Any] = {}  # what a layer of one iteration is in any iteration
        self._keys: dict[int, int] = {}
        self._settled: set[Any] = set()
        self._repeats: dict[int, Repeat] = {}

    def run(self, value: Value, flow: Flow | None) -> Flow:
        """What leaves a value when ``flow`` enters it."""
        if isinstance(value, Chain):
            for stage in value.stages:
                flow = self.run(stage, flow)
            assert flow is not None
            return flow
        if isinstance(value, Source):
            self.state.inputs.append(value.shape)
            number = len(self.state.inputs)
            name = "input" if number == 1 else f"input_{number}"
            return Flow(value.shape, Origin(name, -number))
        if isinstance(value, Tensor):
            return self._tensor(value)
        if isinstance(value, Recall):
            return self._recalled(value)
        if isinstance(value, Branches):
            return self._fork(value, flow)
        if isinstance(value, Frozen):
            self.frozen += 1
            flow = self.run(value.body, flow)
            self.frozen -= 1
            return flow
        if flow is None:
            raise ArgumentError(
                "nothing enters this branch",
                getattr(value, "span", None),
                hint="begin it with Input, as the branch beside it does",
            )
        return self._entered(value, flow)

    def _entered(self, value: Value, flow: Flow) -> Flow:
        """What leaves a value that needs something to enter it."""
        if isinstance(value, Stage):
            return self._step(value, flow)
        if isinstance(value, Same):
            return flow
        if isinstance(value, Entry):
            return self._enter(value, flow)
        if isinstance(value, Pick):
            return _picked(value, flow)
        if isinstance(value, Mark):
            if value.number is not None:
                # A shared network that runs again has other tensors there.
                known = self.state.numbered.get(value.slot, ())
                others = (one for one in known if one.number != value.number)
                met = repeats.Numbered(value.number, flow)
                self.state.numbered[value.slot] = (*others, met)
            else:
                self.state.labels[value.slot] = flow
            return flow
        if isinstance(value, SideBySide):
            return repeats.run_side_by_side(self, value, flow)
        if isinstance(value, Deferred):
            return self._deferred(value, flow)
        if isinstance(value, Repeat):
            return repeats.run_repeat(self, value, flow)
        if isinstance(value, Experts):
            return self._mixture(value, flow)
        if isinstance(value, Distributed):
            return self._distributed(value, flow)
        assert isinstance(value, Transpose)
        return self._step(self._transposed(value), flow)

    @contextmanager
    def aside(self) -> Iterator[list[Node]]:
        """Nodes that are made here go to a list of their own."""
        outer, self.nodes = self.nodes, []
        try:
            yield self.nodes
        finally:
            self.nodes = outer

    @contextmanager
    def loop(self) -> Iterator[None]:
        """A body runs once for all its iterations; tensors that it uses are computed before."""
        self.loops += 1
        try:
            yield
        finally:
            self.loops -= 1

    def place(self, node: Node) -> None:
        """Enter a node for a repeat, after the tensors that it is the first to use."""
        if not self.loops:
            self.nodes += self.state.waiting
            self.state.waiting = []
        self.nodes.append(node)

    def _tensor(self, value: Tensor) -> Flow:
        tensors, waiting = self.state.tensors, [value]
        while True:  # a tensor that is made of another, and so on, however long
            inner = waiting[-1].value
            first = inner.stages[0] if isinstance(inner, Chain) else inner
            if not isinstance(first, Tensor) or id(first.value) in tensors:
                break
            waiting.append(first)
        for tensor in reversed(waiting):
            if id(tensor.value) not in self.state.tensors:
                inner = tensor.value
                flow = self._before(inner) if self.loops else self.run(inner, None)
                self.state.tensors[id(inner)] = tensor, flow
        return self.state.tensors[id(value.value)][1]

    def _before(self, value: Value) -> Flow:
        """A tensor that a repeat is the first to use is computed once, before its iterations."""
        loops, self.loops = self.loops, 0
        with self.aside() as made:
            flow = self.run(value, None)
        self.state.waiting += made
        self.loops = loops
        return flow

    def _recalled(self, value: Recall) -> Flow:
        if value.slot.is_indexed:
            if value.number is None:
                raise ArgumentError(
                    f"{value.slot.name} has a tensor for each iteration",
                    value.span,
                    hint=f"{value.slot.name}[i] is one of them",
                )
            x, origin = repeats.numbered(self, value)
            return Flow(x, _labelled(origin, value.slot.name))
        if value.slot not in self.state.labels:
            raise ArgumentError(f"label {value.slot.name} is used before it is defined", value.span)
        x, origin = self.state.labels[value.slot]
        return Flow(x, _labelled(origin, value.slot.name))

    def _fork(self, value: Branches, flow: Flow | None) -> Flow:
        flows, made = [], []
        for branch in value.branches:
            with self.aside() as inside:
                flows.append(self.run(branch, flow))
            if not inside:
                word = "Input" if isinstance(branch, Source) else "_"
                inside.append(Through(word, flows[-1].x, flows[-1].origin))
            made.append(tuple(inside))
        self.nodes.append(Fork(tuple(made)))
        return Flow(Tensors(f.x for f in flows), tuple(f.origin for f in flows))

    def _enter(self, value: Entry, flow: Flow) -> Flow:
        """A network is applied: a symbol that its Input alone has stands for what enters."""
        x = flow.x
        if isinstance(value.shape, Tensors):
            if isinstance(x, Tensors) and len(x) == len(value.shape):
                return flow
            raise ShapeError(
                f"the network takes {len(value.shape)} inputs, got {show_value(x)}", value.span
            )
        if isinstance(x, Tensors) or len(x) != len(value.shape):
            raise ShapeError(
                f"the network takes an input of shape {show_shape(value.shape)}, "
                f"got {show_value(x)}",
                value.span,
            )
        for size, wanted in zip(x, value.shape, strict=True):
            if getattr(wanted, "is_Symbol", False) and size != wanted:
                self.state.entered.append((wanted, size))
            elif not required(size, "=", wanted):
                raise ShapeError(
                    f"the network takes an input of shape {show_shape(value.shape)}, "
                    f"got {show_shape(x)}",
                    value.span,
                )
        return flow

    def _deferred(self, value: Deferred, flow: Flow) -> Flow:
        known = self.state.known.get(id(value))
        if known is None:
            with collecting() as conditions:
                made = build.known(value, flow.x)
            known = self.state.known[id(value)] = Known(made, tuple(conditions))
            self._settle(made, self.homes.get(id(value), ()), self.identity(value), None)
        for condition in known.conditions:
            required(*condition)
        return self.run(known.made.value, flow)

    def _mixture(self, value: Experts, flow: Flow) -> Flow:
        home = self.homes.get(id(value), ())
        with self.loop():
            with self.aside() as router:
                self.run(value.router, flow)
            experts, leaving = [], []
            for place, part in enumerate(value.parts):
                key = self.key((self.identity(value), place))
                self._settle(part.made, (*home, (key, None)), None, None)
                with self.aside() as body:
                    leaving.append(self.run(part.made.value, flow))
                experts.append(
                    nodes.Expert(
                        key, part.count, part.active, leaving[-1].x, flow.origin, tuple(body)
                    )
                )
        self.place(nodes.Mixture(tuple(router), tuple(experts), leaving[0].x, flow.origin))
        return leaving[0]

    def _distributed(self, value: Distributed, flow: Flow) -> Flow:
        """A network on each step of a sequence: its weights are there once."""
        x = flow.x
        if isinstance(x, Tensors) or len(x) < 2:
            raise RankError(
                f"TimeDistributed needs a time axis and the axes of a step, got {show_value(x)}",
                value.span,
            )
        steps, *one = x
        with self.loop(), self.aside() as body:
            after = self.run(value.body, Flow(tuple(one), flow.origin))
        if isinstance(after.x, Tensors):
            raise ShapeError("TimeDistributed takes a network of one output", value.span)
        y = (steps, *after.x)
        self.place(
            nodes.Repeat(
                key=self.key((self.identity(value), self.state.uses)),
                variable=None,
                index=None,
                shift=0,
                first=1,
                last=steps,
                y=y,
                progression=None,
                peeled=(),
                body=tuple(body),
                origin=flow.origin,
                by=nodes.EACH_STEP,
            )
        )
        return after._replace(x=y)

    # The bodies of repeats, and what is the same in all iterations.

    def iterate(self, repeat: Repeat, number: Size | None, flow: Flow) -> Flow:
        """Run the iteration with this number, or any, and ask what it requires as it is written."""
        value = self.body(repeat, number)
        if number is not None or repeat.index is None:
            for condition in self.bodies[id(repeat), number].conditions:
                required(*condition)
        return self.run(value, flow)

    def body(self, repeat: Repeat, number: Size | None) -> Value:
        """The body of the iteration with this number, or of any; made once."""
        known = self.bodies.get((id(repeat), number))
        if known is None:
            known = self._made(repeat, number)
            key = self.key(self.identity(repeat))
            self._repeats[key] = repeat
            home = (*self.homes.get(id(repeat), ()), (key, number))
            generic = None if number is None else repeat.generic
            self._settle(known.made, home, None, generic)
            self.bodies[id(repeat), number] = known
        return known.made.value

    def _made(self, repeat: Repeat, number: Size | None) -> Known:
        if number is None and repeat.generic is not None:
            return Known(repeat.generic, repeat.conditions)
        with collecting() as conditions:
            made = build.iteration(repeat, build.index_of(repeat) if number is None else number)
        return Known(made, tuple(conditions))

    def _settle(self, made: Made, home: Home, name: Any, generic: Made | None) -> None:
        """Where the objects of a body belong, and what each is in the body of any iteration."""
        objects = self.register.objects[made.since : made.until]
        if (made.since, made.until, home) in self._settled:
            return
        self._settled.add((made.since, made.until, home))
        for place, one in enumerate(objects):
            self.homes[id(one)] = home
            if name is not None:
                self._same[id(one)] = (name, place)
        if generic is not None and made is not generic:
            others = self.register.objects[generic.since : generic.until]
            if list(map(type, others)) == list(map(type, objects)):
                for one, other in zip(objects, others, strict=True):
                    self._same[id(one)] = self.identity(other)

    def identity(self, one: object) -> Any:
        return self._same.get(id(one), id(one))

    def iterations_of(self, repeat: Repeat) -> Any:
        """What a repeat is, and in which iterations around it as far as these differ by name."""
        home = self.homes.get(id(repeat), ())
        numbers = [
            number if (around := self._repeats.get(key)) and around.index is not None else None
            for key, number in home
        ]
        return self.identity(repeat), tuple(numbers)

    def key(self, what: Any) -> int:
        """The number of a repeat, the same wherever it runs."""
        return self._keys.setdefault(what, len(self._keys))

    # Layers at work.

    def _step(self, stage: Stage, flow: Flow) -> Flow:
        layer, span = stage
        try:
            x = layer.accept(flow.x)
            y = layer.after(flow.x)
            _refuse_negative(layer, flow.x, y)
            weights = tuple(
                weight._replace(
                    trainable=weight.trainable and layer.trainable and not self.frozen,
                    owner=weight.owner or layer,
                )
                for weight in layer.weights(x)
            )
            owned = tuple(self._owned(layer, weight, n) for n, weight in enumerate(weights))
            buffers = self._buffers(layer, x)
        except SymparamError as error:
            error.span = error.span or span
            if isinstance(error, RankError) and not isinstance(flow.x, Tensors):
                error.hint = error.hint or self._rank_hint(len(flow.x))
            raise
        except Exception as error:
            if type(layer).__module__.startswith("symparam."):
                raise
            raise SymparamError(
                f"{layer.title} failed: {type(error).__name__}: {error}", span
            ) from error
        state = self.state
        name = state.names.get(id(layer))
        if name is None:
            name = state.names[id(layer)] = self._unused(layer.stem)
        if state.uses == MAX_STEPS:
            raise SizeError(f"the network has more than {MAX_STEPS} steps", span)
        state.uses += 1
        step = Step(layer, name, state.uses, span, flow.origin, flow.x, y, weights, owned, buffers)
        self.nodes.append(step)
        if not isinstance(y, Tensors) and not isinstance(flow.x, Tensors) and len(y) != len(flow.x):
            state.ranks.append((layer.title, flow.x, y))
        return Flow(y, _origin(y, Origin(name, state.uses)))

    def _transposed(self, value: Transpose) -> Stage:
        """The transpose of a layer; the kernel of Dense is known once it has been used."""
        name = value.layer.transposes
        known = self.state.owners.get((self.identity(value.layer), name))
        kernel = value.layer.table_shape() or (known[0][1] if known else None)
        if kernel is None:
            raise ArgumentError(
                f"{value.name} has no kernel yet that {value.name}.T could transpose",
                value.span,
                hint=f"use {value.name} before {value.name}.T",
            )
        return Stage(Transposed(value.layer, kernel), value.span)

    def _owned(self, layer: Layer, weight: Weight, place: int) -> Owned | None:
        """The weight where it is counted here; refuses one that would change its shape."""
        owner = weight.owner or layer
        key: Any = (self.identity(owner), weight.name)
        if owner is not layer and owner not in self.register:  # made by the layer each time
            key, owner = (self.identity(layer), place, weight.name), layer
        home = self.homes.get(id(owner), ())
        known = self.state.owners.get(key, ())
        before = next((s for h, s in known if h == home), None)
        if before is None:
            before = next((s for h, one in known if (s := self._met(h, one, home))), None)
        if before is None:
            self.state.owners[key] = (*known, (home, weight.shape))
            self.state.owned.append(key)
            return Owned(weight, frozenset(k for k, number in home if number is None))
        if not required_alike(before, weight.shape):
            raise ShapeError(
                f"shared layer {weight.owner} already has a {weight.name} of shape "
                f"{show_shape(before)}; this input needs {show_shape(weight.shape)}",
                hint="a function makes new layers at each call: enc() = ...",
            )
        return None

    def _met(self, known: Home, shape: Shape, home: Home) -> Shape | None:
        """The shape of a weight of any iteration in the iterations of ``home``, if it has them."""
        if len(known) != len(home):
            return None
        sizes: dict[Any, Any] = {}
        for (key, number), (other, wanted) in zip(known, home, strict=True):
            if key != other and number is not None:
                return None
            if number is None and wanted is not None:
                repeat = self._repeats[key]
                for index in repeats.indices(self, repeat):
                    sizes[index] = expression(wanted - repeat.shift)
            elif number != wanted:
                return None
        return evaluated(shape, sizes) if sizes else shape

    def _buffers(self, layer: Layer, x: Any) -> tuple[Owned, ...]:
        identity = self.identity(layer), self.homes.get(id(layer), ())
        if identity in self.state.buffered:
            return ()
        over = frozenset(key for key, number in identity[1] if number is None)
        buffers = tuple(Owned(buffer, over) for buffer in layer.buffers(x))
        if buffers:
            self.state.buffered.add(identity)
        return buffers

    def _rank_hint(self, rank: int) -> str | None:
        """Which layer gave the tensor its number of axes."""
        for layer, before, after in reversed(self.state.ranks):
            if len(before) != rank and len(after) == rank:
                if rank == 1 and len(before) > 2:
                    return f"{layer} earlier in the chain removed the spatial axes"
                return (
                    f"{layer} earlier in the chain turned {show_shape(before)} "
                    f"into {show_shape(after)}"
                )
        return None

    def _unused(self, class_name: str) -> str:
        """The next name for a layer of this class, as Keras numbers them."""
        stem = _snake(class_name)
        number = self.state.numbers.get(stem, 0)
        self.state.numbers[stem] = number + 1
        return f"{stem}_{number}" if number else stem


def _apart(
    interpreter: Interpreter, output: Any, conditions: Iterable[Condition]
) -> tuple[dict[Condition, None], set[str]]:
    """What must hold for the symbols of inner Inputs, and those that the network has nowhere else.

    The latter are no sizes of the network: each application has its own.
    """
    shapes: list[Any] = [output, *interpreter.state.inputs]
    for step in repeats.steps(interpreter.nodes):
        shapes += [step.x, step.y, *(weight.shape for weight in step.weights)]
    shapes += [(condition.left, condition.right) for condition in conditions]
    sizes = [size for size in repeats.flat(shapes) if not isinstance(size, int)]
    free = {symbol for size in sizes for symbol in size.free_symbols}
    entered = interpreter.state.entered
    needed = {Condition(wanted, "=", size): None for wanted, size in entered if wanted in free}
    return needed, {str(wanted) for wanted, _ in entered if wanted not in free}


def _is_of_engine(condition: Condition) -> bool:
    """Whether a condition is about some iteration of a repeat, of which no reader knows."""
    sides = [side for side in (condition.left, condition.right) if not isinstance(side, int)]
    return any(symbol.is_Dummy for side in sides for symbol in side.free_symbols)


def _origin(y: Shape | Tensors, origin: Origin) -> Origins:
    """The layer each of its tensors comes from."""
    return tuple(_origin(part, origin) for part in y) if isinstance(y, Tensors) else origin


def _labelled(origin: Origins, label: str) -> Origins:
    """The origins of tensors that a label calls by its name."""
    if isinstance(origin, Origin):
        return Origin(origin.name, origin.number, label)
    return tuple(_labelled(part, label) for part in origin)


def _picked(pick: Pick, flow: Flow) -> Flow:
    x, origin = flow
    if not isinstance(x, Tensors) or isinstance(origin, Origin):
        raise ShapeError(f"there is one tensor here, nothing to pick: {show_value(x)}", pick.span)
    if not -len(x) <= pick.place < len(x):
        raise ShapeError(
            f"there is no tensor {pick.place} among {len(x)}: {show_value(x)}",
            pick.span,
            hint="the first is _[0]",
        )
    return Flow(x[pick.place], origin[pick.place])


def _refuse_negative(layer: Layer, x: Shape | Tensors, y: Shape | Tensors) -> None:
    """A last net under the layers' own checks: no axis may be shorter than nothing."""
    shapes = list(y) if isinstance(y, Tensors) else [y]
    while shapes:
        shape = shapes.pop()
        if isinstance(shape, Tensors):
            shapes.extend(shape)
        elif any(positive(size + 1) is False for size in shape):
            raise ShapeError(f"{layer.title} would turn {show_shape(x)} into {show_shape(shape)}")


def _snake(name: str) -> str:
    partly = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", partly).lower()
