"""Running a network on its inputs: a flat list of steps, and what they add up to."""

import re
from collections.abc import Iterable
from functools import cached_property
from typing import NamedTuple

from symparam.conditions import Condition, collecting, required_alike, simplest
from symparam.derivation import Formula, Rule, count, derive, put_in
from symparam.errors import ArgumentError, RankError, ShapeError, SizeError, SymparamError
from symparam.forms import shortest
from symparam.layers import Layer, Weight
from symparam.layers.base import default_letters
from symparam.layers.signature import show_shape, show_value
from symparam.sizes import Shape, Size, Tensors, positive, symbol, total
from symparam.wiring import Branches, Chain, Pick, Same, Source, Stage, Tensor, Value, stages

MAX_OPEN_RANK = 8  # an open network is tried on inputs of up to this many axes
MAX_STEPS = 200_000

Path = tuple[tuple[int, int], ...]  # the branches a row stands in: which tuple, which branch


class Flow(NamedTuple):
    """What passes from layer to layer: shapes, and the names of the rows they come from."""

    x: Shape | Tensors
    origin: "str | tuple[object, ...]"


class Passage(NamedTuple):
    """A branch without a layer: an input or ``_``, for whoever draws the branches."""

    word: str
    shape: Shape | Tensors
    path: Path


class Step:
    """One layer at work: what enters it, what leaves it, what it stores.

    ``weights`` are all that the layer uses, ``owned`` those of them that no earlier step
    has: a shared layer counts once. ``inputs`` names the steps its tensors come from.
    """

    def __init__(
        self,
        name: str,
        stage: Stage,
        flow: Flow,
        output_shape: Shape | Tensors,
        weights: tuple[Weight, ...],
        owned: tuple[bool, ...],
        path: Path,
    ) -> None:
        self.name = name
        self.layer, self.span = stage
        self.input_shape, origin = flow
        self.inputs = (origin,) if isinstance(origin, str) else origin
        self.output_shape = output_shape
        self.weights = weights
        self.path = path
        self.is_new = owned
        self.owned = tuple(weight for weight, new in zip(weights, owned, strict=True) if new)
        self.params: Size = count(self.owned)

    @property
    def is_shared(self) -> bool:
        """Whether the layer's weights, or some of them, are counted at an earlier step."""
        return len(self.owned) < len(self.weights)

    @property
    def trainable_params(self) -> Size:
        """The parameters that training changes."""
        return count(weight for weight in self.owned if weight.trainable)

    @property
    def non_trainable_params(self) -> Size:
        """The parameters that training leaves alone."""
        return count(weight for weight in self.owned if not weight.trainable)

    @property
    def buffers(self) -> tuple[Weight, ...]:
        """What the layer stores that its framework does not count as parameters."""
        return self.layer.buffers(self.layer.accept(self.input_shape))

    @property
    def rule(self) -> Rule | None:
        """How the parameters come about, in words and with the sizes put in."""
        return derive(self.layer, self.input_shape, self.is_new)

    @property
    def formula(self) -> Formula | None:
        """How the parameters come about, with the sizes put in."""
        return put_in(self.owned)

    def __repr__(self) -> str:
        return (
            f"<Step {self.name}: {show_shape(self.input_shape)} -> {show_shape(self.output_shape)}>"
        )


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
        self._tensors: dict[str, Flow] = {}
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
            if value.name not in self._tensors:
                self._tensors[value.name] = self._run(value.value, None, path)
            return self._tensors[value.name]
        if isinstance(value, Branches):
            return self._fork(value, flow, path)
        if flow is None:
            raise ArgumentError(
                "nothing enters this branch",
                value.span,
                hint="begin it with Input, as the branch beside it does",
            )
        if isinstance(value, Same):
            return flow
        if isinstance(value, Pick):
            return _picked(value, flow)
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
                hint="write the layer out where it needs weights of its own",
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
