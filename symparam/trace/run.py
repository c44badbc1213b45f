"""Running a network on its inputs: a flat list of steps, and what they add up to."""

import copy
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property

from symparam.algebra.assumptions import Facts
from symparam.algebra.conditions import Condition, collecting, required_alike, simplest
from symparam.algebra.forms import form
from symparam.algebra.sizes import Shape, Size, Tensors, positive, total
from symparam.errors import ArgumentError, RankError, ShapeError, SizeError, SymparamError
from symparam.layers import Layer, Weight
from symparam.layers.contract.signature import show_shape, show_value
from symparam.layers.keras.tied import Transposed
from symparam.model.values import (
    Branches,
    Chain,
    Deferred,
    Experts,
    Frozen,
    Mark,
    Pick,
    Recall,
    Repeat,
    Same,
    Slot,
    Source,
    Stage,
    Tensor,
    Transpose,
    Value,
)
from symparam.trace.nodes import Flow, Origin, Origins, Passage, Path, Repetition, Step
from symparam.trace.repeats import run_experts, run_repeat

MAX_STEPS = 200_000
_TOTALS = ("params", "trainable_params", "non_trainable_params", "active_params", "buffers")


class Trace:
    """The steps of a network from its inputs on."""

    def __init__(
        self,
        network: Value,
        given: tuple[Condition, ...] = (),
        open_shape: Shape | None = None,
        input_names: tuple[str, ...] = (),
        serials: Mapping[int, tuple[int, Layer]] | None = None,
        facts: Facts | None = None,
    ) -> None:
        self.input_names = input_names  # the sizes that an open network left to be inferred
        self.is_open = open_shape is not None
        self.rows: list[Step | Passage | Repetition] = []
        self.serials = {} if serials is None else serials  # when each layer was made
        self.sources: list[Shape | Tensors] = []
        self._names: dict[int, str] = {}
        self._numbers: dict[str, int] = {}
        self._owners: dict[int, dict[str, Shape]] = {}
        self._tensors: dict[int, tuple[Tensor, Flow]] = {}  # kept, so that no id comes twice
        self._begun: set[int] = set()  # tensors of which a part has run
        self._labels: dict[Slot, Flow] = {}
        self._made: dict[int, tuple[Deferred, Value]] = {}
        self._forks = 0
        self._uses = 0  # of layers, so far
        self.loops = 0  # bodies around this place that are run once for all their passes
        self.waiting: list[Step | Passage | Repetition] = []  # rows that stand before these
        self._frozen = 0  # networks around this place that training leaves alone
        start = None
        if open_shape is not None:
            self.sources.append(open_shape)
            start = Flow(open_shape, Origin("input", -1))
        with collecting() as conditions:
            self.output_shape = self.run(network, start, ()).x
        self.form = "shortest"
        self._on: str | None = None  # the symbol that a form is collected on
        self._symbols: tuple[str, ...] = ()
        self._facts = facts or Facts(())
        self._conditions = (*given, *conditions)
        self._restate()

    def _restate(self) -> None:
        """Everything as simple as the facts of the script make it."""
        restated = self._facts.restated
        self.output_shape = restated(self.output_shape)
        self.sources = [restated(shape) for shape in self.sources]
        for place, row in enumerate(self.rows):
            if isinstance(row, Step):
                row.restate(restated)
            else:
                self.rows[place] = row._replace(shape=restated(row.shape))

    def set_aside(self) -> None:
        """For a copy: whatever happens to it from now on leaves the original alone."""
        self.rows, self.sources, self.waiting = [], list(self.sources), []
        self._names, self._numbers = dict(self._names), dict(self._numbers)
        self._owners = {owner: dict(weights) for owner, weights in self._owners.items()}
        self._tensors, self._labels = dict(self._tensors), dict(self._labels)
        self._begun = set(self._begun)
        self._made = dict(self._made)

    def fork(self) -> tuple[int, int]:
        """A new place for rows that belong together."""
        self._forks += 1
        return self._forks, 0

    def serial(self, weight: Weight) -> int:
        """When the owner of a weight was made, later than anything when nobody wrote it."""
        known = self.serials.get(id(weight.owner))
        return len(self.serials) if known is None else known[0]

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
        return simplest(c for c in self._conditions if not self._facts.implies(c))

    @cached_property
    def params(self) -> Size:
        """All parameters, in the form that is asked for: the one that reads shortest."""
        return self._formed(step.params for step in self.steps)

    @cached_property
    def trainable_params(self) -> Size:
        """The parameters that training changes."""
        return self._formed(step.trainable_params for step in self.steps)

    @cached_property
    def non_trainable_params(self) -> Size:
        """The parameters that training leaves alone."""
        return self._formed(step.non_trainable_params for step in self.steps)

    @cached_property
    def active_params(self) -> Size:
        """The parameters that one token meets."""
        return self._formed(step.active_params for step in self.steps)

    @cached_property
    def buffers(self) -> Size:
        """The elements stored beside the parameters, each layer object's once."""
        layers = {id(step.layer): step for step in self.steps}
        return self._formed(step.buffered for step in layers.values())

    def formed(self, kind: str, on: str | None, names: Iterable[str]) -> "Trace":
        """The same with its totals in another form, see ``forms``."""
        other = copy.copy(self)
        for name in _TOTALS:
            other.__dict__.pop(name, None)
        other.form, other._on, other._symbols = kind, on, tuple(names)
        _ = other.params  # a form that there is not is refused here
        return other

    def _formed(self, counts: Iterable[Size]) -> Size:
        return form(total(counts), self.form, self._on, self._symbols)

    def run(self, value: Value, flow: Flow | None, path: Path) -> Flow:
        """What leaves a value when ``flow`` enters it."""
        if isinstance(value, Chain):
            for stage in value.stages:
                flow = self.run(stage, flow, path)
            assert flow is not None
            return flow
        if isinstance(value, Source):
            self.sources.append(value.shape)
            number = len(self.sources)
            name = "input" if number == 1 else f"input_{number}"
            return Flow(value.shape, Origin(name, -number))
        if isinstance(value, Tensor):
            key = id(value.value)
            if key not in self._tensors:
                self._begun.add(key)
                inner = value.value
                flow = self._before(inner) if self.loops else self.run(inner, None, path)
                self._tensors[key] = value, flow
            return self._tensors[key][1]
        if isinstance(value, Recall):
            tensor = value.slot.tensor
            if value.slot not in self._labels and tensor and id(tensor.value) not in self._begun:
                self.run(tensor, None, path)
            if value.slot not in self._labels:
                raise ArgumentError(f"nothing has passed {value.slot.name} yet", value.span)
            x, origin = self._labels[value.slot]
            return Flow(x, _labelled(origin, value.slot.name))
        if isinstance(value, Branches):
            return self._fork(value, flow, path)
        if isinstance(value, Frozen):
            self._frozen += 1
            flow = self.run(value.body, flow, path)
            self._frozen -= 1
            return flow
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
            self._labels[value.slot] = flow
            return flow
        if isinstance(value, Deferred):
            if id(value) not in self._made:
                self._made[id(value)] = value, value.make(flow.x)
            return self.run(self._made[id(value)][1], flow, path)
        if isinstance(value, Repeat):
            return run_repeat(self, value, flow, path)
        if isinstance(value, Experts):
            return run_experts(self, value, flow, path)
        if isinstance(value, Transpose):
            return self._step(self._transposed(value), flow, path)
        return self._step(value, flow, path)

    def _before(self, value: Value) -> Flow:
        """A tensor that a repeat is the first to use is computed once, before its passes."""
        rows, loops = self.rows, self.loops
        self.rows, self.loops = [], 0
        flow = self.run(value, None, ())
        self.waiting += self.rows
        self.rows, self.loops = rows, loops
        return flow

    @contextmanager
    def loop(self) -> Iterator[None]:
        """A body is run, whose rows begin here, for all its passes."""
        head = len(self.rows)
        self.loops += 1
        try:
            yield
        finally:
            self.loops -= 1
        if not self.loops:
            self.rows[head:head] = self.waiting
            self.waiting = []

    def _fork(self, value: Branches, flow: Flow | None, path: Path) -> Flow:
        self._forks += 1
        fork = self._forks
        flows = []
        for index, branch in enumerate(value.branches):
            inner = (*path, (fork, index))
            before = len(self.rows)
            flows.append(self.run(branch, flow, inner))
            if len(self.rows) == before:
                word = "Input" if isinstance(branch, Source) else "_"
                self.rows.append(Passage(word, flows[-1].x, inner, flows[-1].origin))
        return Flow(Tensors(f.x for f in flows), tuple(f.origin for f in flows))

    def _step(self, stage: Stage, flow: Flow, path: Path) -> Flow:
        layer, span = stage
        try:
            y = layer.after(flow.x)
            _refuse_negative(layer, flow.x, y)
            weights = tuple(
                weight._replace(
                    trainable=weight.trainable and layer.trainable and not self._frozen,
                    owner=weight.owner or layer,
                )
                for weight in layer.weights(layer.accept(flow.x))
            )
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
        self._uses += 1
        self.rows.append(Step(name, stage, flow, y, weights, owned, path, self._uses))
        return Flow(y, _origin(y, Origin(name, self._uses)))

    def _transposed(self, value: Transpose) -> Stage:
        """The way back through a layer; the kernel of Dense is known once it has been used."""
        known = self._owners.get(id(value.layer), {})
        kernel = value.layer.table_shape() or known.get(value.layer.transposes)
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


def _origin(y: Shape | Tensors, origin: Origin) -> Origins:
    """The layer each of its tensors comes from."""
    return tuple(_origin(part, origin) for part in y) if isinstance(y, Tensors) else origin


def _labelled(origin: Origins, label: str) -> Origins:
    """The same tensors, called by a label."""
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
    partly = re.sub(r"(.)([A-Z][a-z0-9]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", partly).lower()
