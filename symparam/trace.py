"""Running a network on its inputs: a flat list of steps, and what they add up to."""

import re
from collections.abc import Iterable
from functools import cached_property

from symparam.conditions import Condition, collecting, required_alike, simplest
from symparam.derivation import count
from symparam.errors import ArgumentError, RankError, ShapeError, SizeError, SymparamError
from symparam.forms import shortest
from symparam.layers import Embedding, Layer, Weight
from symparam.layers.base import default_letters
from symparam.layers.signature import show_shape, show_value
from symparam.layers.tied import Transposed
from symparam.sizes import Shape, Size, Tensors, positive, symbol, total
from symparam.steps import Flow, Passage, Path, Step
from symparam.wiring import (
    Branches,
    Chain,
    Deferred,
    Mark,
    Pick,
    Recall,
    Same,
    Source,
    Stage,
    Tensor,
    Transpose,
    Value,
    stages,
)

MAX_OPEN_RANK = 8  # an open network is tried on inputs of up to this many axes
MAX_STEPS = 200_000


class Trace:
    """The steps of a network from its inputs on."""

    def __init__(
        self,
        network: Value,
        given: tuple[Condition, ...] = (),
        open_shape: Shape | None = None,
        input_names: tuple[str, ...] = (),
    ) -> None:
        self.input_names = input_names  # the sizes that an open network left to be inferred
        self.is_open = open_shape is not None
        self.rows: list[Step | Passage] = []
        self.sources: list[Shape | Tensors] = []
        self._names: dict[int, str] = {}
        self._numbers: dict[str, int] = {}
        self._owners: dict[int, dict[str, Shape]] = {}
        self._tensors: dict[int, Flow] = {}
        self._labels: dict[int, Flow] = {}
        self._made: dict[int, Value] = {}
        self._forks = 0
        start = None
        if open_shape is not None:
            self.sources.append(open_shape)
            start = Flow(open_shape, "input")
        with collecting() as conditions:
            self.output_shape = self._run(network, start, ()).x
        self._conditions = (*given, *conditions)

    @property
    def steps(self) -> list[Step]:
        """One step a layer and use, in the order they are written."""
        return [row for row in self.rows if isinstance(row, Step)]

    @property
    def input_shape(self) -> Shape | Tensors:
        """The shape that enters, or the shapes of several inputs."""
        return self.sources[0] if len(self.sources) == 1 else Tensors(self.sources)

    @cached_property
    def conditions(self) -> tuple[Condition, ...]:
        """What must hold and depends on the symbols."""
        return simplest(self._conditions)

    @cached_property
    def params(self) -> Size:
        """All parameters, in the form that reads shortest."""
        return shortest(total(step.params for step in self.steps))

    @cached_property
    def trainable_params(self) -> Size:
        """The parameters that training changes."""
        return shortest(total(step.trainable_params for step in self.steps))

    @cached_property
    def non_trainable_params(self) -> Size:
        """The parameters that training leaves alone."""
        return shortest(total(step.non_trainable_params for step in self.steps))

    @cached_property
    def buffers(self) -> Size:
        """The elements stored beside the parameters, each layer object's once."""
        layers = {id(step.layer): step for step in self.steps}
        return shortest(total(count(step.buffers) for step in layers.values()))

    def _run(self, value: Value, flow: Flow | None, path: Path) -> Flow:
        """What leaves a value when ``flow`` enters it."""
        if isinstance(value, Chain):
            for stage in value.stages:
                flow = self._run(stage, flow, path)
            assert flow is not None
            return flow
        if isinstance(value, Source):
            self.sources.append(value.shape)
            number = len(self.sources)
            return Flow(value.shape, "input" if number == 1 else f"input_{number}")
        if isinstance(value, Tensor):
            key = id(value.value)
            if key not in self._tensors:
                self._tensors[key] = self._run(value.value, None, path)
            return self._tensors[key]
        if isinstance(value, Recall):
            if id(value.slot) not in self._labels:
                raise ArgumentError(f"nothing has passed {value.slot.name} yet", value.span)
            return self._labels[id(value.slot)]
        if isinstance(value, Branches):
            return self._fork(value, flow, path)
        if flow is None:
            raise ArgumentError(
                "nothing enters this branch",
                getattr(value, "span", None),
                hint="begin it with Input, as the branch beside it does",
            )
        if isinstance(value, Same):
            return flow
        if isinstance(value, Pick):
            return _picked(value, flow)
        if isinstance(value, Mark):
            self._labels[id(value.slot)] = flow
            return flow
        if isinstance(value, Deferred):
            if id(value) not in self._made:
                self._made[id(value)] = value.make(flow.x)
            return self._run(self._made[id(value)], flow, path)
        if isinstance(value, Transpose):
            return self._step(self._transposed(value), flow, path)
        return self._step(value, flow, path)

    def _fork(self, value: Branches, flow: Flow | None, path: Path) -> Flow:
        self._forks += 1
        fork = self._forks
        flows = []
        for index, branch in enumerate(value.branches):
            inner = (*path, (fork, index))
            before = len(self.rows)
            flows.append(self._run(branch, flow, inner))
            if len(self.rows) == before:
                word = "Input" if isinstance(branch, Source) else "_"
                self.rows.append(Passage(word, flows[-1].x, inner))
        return Flow(Tensors(f.x for f in flows), tuple(f.origin for f in flows))

    def _step(self, stage: Stage, flow: Flow, path: Path) -> Flow:
        layer, span = stage
        try:
            y = layer.after(flow.x)
            _refuse_negative(layer, flow.x, y)
            weights = layer.weights(layer.accept(flow.x))
            if not layer.trainable:
                weights = tuple(weight._replace(trainable=False) for weight in weights)
            owned = tuple([self._is_new(layer, weight) for weight in weights])
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
        name = self._names.get(id(layer))
        if name is None:
            name = self._names[id(layer)] = self._unused(type(layer).__name__)
        if len(self.rows) == MAX_STEPS:
            raise SizeError(f"the network has more than {MAX_STEPS} steps", span)
        self.rows.append(Step(name, stage, flow, y, weights, owned, path))
        return Flow(y, (name,) * len(y) if isinstance(y, Tensors) else name)

    def _transposed(self, value: Transpose) -> Stage:
        """The way back through a layer; the kernel of Dense is known once it has been used."""
        known = self._owners.get(id(value.layer), {})
        kernel = known.get("kernel")
        if isinstance(value.layer, Embedding):
            kernel = (value.layer.input_dim, value.layer.output_dim)
        if kernel is None:
            raise ArgumentError(
                f"{value.name} has no kernel yet that {value.name}.T could turn round",
                value.span,
                hint=f"use {value.name} before {value.name}.T",
            )
        return Stage(Transposed(value.layer, kernel), value.span)

    def _is_new(self, layer: Layer, weight: Weight) -> bool:
        """Whether nobody has counted this weight yet; refuses one that would change its shape."""
        owner = weight.owner or layer
        known = self._owners.setdefault(id(owner), {})
        if weight.name not in known:
            known[weight.name] = weight.shape
            return True
        before = known[weight.name]
        if not required_alike(before, weight.shape):
            raise ShapeError(
                f"{owner} is one object with one set of weights: its {weight.name} has the shape "
                f"{show_shape(before)} and would need {show_shape(weight.shape)} here",
                hint="a function makes new layers at each call: enc() = ...",
            )
        return False

    def _rank_hint(self, rank: int) -> str | None:
        """Which layer gave the tensor its number of axes."""
        for step in reversed(self.steps):
            before, after = step.input_shape, step.output_shape
            if isinstance(before, Tensors) or isinstance(after, Tensors):
                continue
            if len(before) != rank and len(after) == rank:
                layer = step.layer.title
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
        number = self._numbers.get(stem, 0)
        self._numbers[stem] = number + 1
        return f"{stem}_{number}" if number else stem


def open_trace(network: Value, conditions: tuple[Condition, ...], taken: Iterable[str]) -> Trace:
    """The trace of a network without Input, on an input of the lowest rank that passes.

    Its sizes are fresh symbols with the usual letters, but for those a layer insists on.
    Letters in ``taken`` are somebody else's.
    """
    furthest: RankError | None = None
    reached = -1
    for rank in range(1, MAX_OPEN_RANK + 1):
        letters = _letters(network, rank, set(taken))
        shape = tuple(map(symbol, letters))
        try:
            return _with_known_sizes(network, conditions, shape, tuple(letters))
        except RankError as error:
            place = error.span.start if error.span else 0
            if place > reached:
                furthest, reached = error, place
    assert furthest is not None
    furthest.message += f"; no input of rank 1 to {MAX_OPEN_RANK} passes every layer"
    furthest.hint = None
    raise furthest


def _with_known_sizes(
    network: Value, conditions: tuple[Condition, ...], shape: Shape, letters: tuple[str, ...]
) -> Trace:
    """The trace of an open network, with the sizes of its input that a layer insists on."""
    trace = Trace(network, conditions, shape, letters)
    for condition in trace.conditions:
        left, _, right = condition
        for size, wanted in ((left, right), (right, left)):
            inferred = set(map(str, getattr(wanted, "free_symbols", ()))) & set(letters)
            if condition.relation == "=" and str(size) in letters and not inferred:
                known = tuple(wanted if size == given else given for given in shape)
                rest = tuple(letter for letter in letters if letter != str(size))
                return _with_known_sizes(network, conditions, known, rest)
    return trace


def _letters(network: Value, rank: int, taken: set[str]) -> list[str]:
    usual = next(
        (
            stage.layer.axis_letters(rank)
            for stage in stages(network)
            if stage.layer.needs_rank() == rank
        ),
        default_letters(rank),
    )
    letters = []
    for letter in usual:
        candidate, number = letter, 1
        while candidate in taken:
            candidate = f"{letter}_in" if number == 1 else f"{letter}_in{number}"
            number += 1
        taken.add(candidate)
        letters.append(candidate)
    return letters


def _picked(pick: Pick, flow: Flow) -> Flow:
    x, origin = flow
    if not isinstance(x, Tensors) or isinstance(origin, str):
        raise ShapeError(f"there is one tensor here, nothing to pick: {show_value(x)}", pick.span)
    if not -len(x) <= pick.place < len(x):
        raise ShapeError(
            f"there is no tensor {pick.place} among {len(x)}: {show_value(x)}",
            pick.span,
            hint="the first is _[0]",
        )
    picked = origin[pick.place]
    assert isinstance(picked, str | tuple)
    return Flow(x[pick.place], picked)


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
    partly = re.sub(r"(.)([A-Z][a-z0-9]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", partly).lower()
