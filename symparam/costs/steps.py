"""The layers of a network with what each of them counts, for whoever lists them."""

import copy
from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any, ClassVar, NamedTuple

from symparam.algebra.conditions import Condition, simplest
from symparam.algebra.forms import form as formed
from symparam.algebra.formula import Node
from symparam.algebra.sizes import Shape, Size, Tensors
from symparam.algebra.sizes import total as added_up
from symparam.costs import parameters, work
from symparam.errors import ArgumentError, Span, SymparamError
from symparam.layers import Layer, Weight
from symparam.layers.contract.rules import Rule, count, derive, formula
from symparam.layers.contract.signature import show_shape
from symparam.trace.fold import Cost, Total, over_all
from symparam.trace.nodes import Origins, Step, Trace
from symparam.trace.walk import Level, Path, Row, walk


class CountedStep:
    """One layer at work: what enters it, what leaves it, what it stores.

    Sizes are those of the iteration that is shown, counts those of all iterations.
    """

    rich: ClassVar[Callable[["CountedStep"], Any]]  # what a notebook shows; printing sets it

    def __init__(self, row: Row, trace: Trace) -> None:
        assert isinstance(row.node, Step)
        self.row = row
        self.trace = trace
        self.step = row.node
        _ = self._fold  # a count that is too long is refused here, with its place

    @property
    def name(self) -> str:
        """The name of the layer, numbered as Keras numbers it."""
        return self.step.name

    @property
    def number(self) -> int:
        """The number of this use among all uses of layers, from 1."""
        return self.step.number

    @property
    def span(self) -> Span | None:
        """Where the layer is written."""
        return self.step.span

    @property
    def origin(self) -> Origins:
        """Where the tensors that enter come from."""
        return self.step.origin

    @property
    def inputs(self) -> tuple[Any, ...]:
        """The names of the layers or inputs that the tensors come from."""
        names = _names(self.step.origin)
        return (names,) if isinstance(names, str) else names

    @property
    def path(self) -> Path:
        """The branches that the step stands in."""
        return self.row.path

    @property
    def levels(self) -> tuple[Level, ...]:
        """The repeats and experts around the step, from the outside in."""
        return self.row.levels

    @property
    def repeats(self) -> tuple[Level, ...]:
        """The levels around the step that count it more than once."""
        return tuple(level for level in self.levels if level.number is None)

    @cached_property
    def layer(self) -> Layer:
        """The layer, in the sizes of the iteration that is shown."""
        return self.row.layer()

    @cached_property
    def input_shape(self) -> Shape | Tensors:
        """The shape that enters."""
        x: Shape | Tensors = self.row.shown(self.step.x)
        return x

    @cached_property
    def output_shape(self) -> Shape | Tensors:
        """The shape that leaves."""
        return self.row.y

    @cached_property
    def weights(self) -> tuple[Weight, ...]:
        """What the layer stores."""
        return tuple(map(self.shown, self.step.weights))

    @cached_property
    def owned(self) -> tuple[Weight, ...]:
        """The weights that are counted here and not at an earlier step."""
        return tuple(map(self.shown, parameters.owned_weights(self.step)))

    @property
    def is_shared(self) -> bool:
        """Whether the layer's weights, or some of them, are counted at an earlier step."""
        return None in self.step.owned

    @property
    def params_of_iteration(self) -> Size:
        """The parameters that are counted here, of one iteration where it is repeated."""
        return count(self.owned)

    @cached_property
    def params(self) -> Size:
        """The parameters that are counted here, of all iterations where it is repeated."""
        return self._fold.value

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """What must hold for the closed form of the count."""
        return self._fold.conditions

    @property
    def trainable_params(self) -> Size:
        """The parameters that training changes."""
        return self._over_all(parameters.trainable_params).value

    @property
    def non_trainable_params(self) -> Size:
        """The parameters that training leaves alone."""
        return self._over_all(parameters.non_trainable_params).value

    @property
    def active_params(self) -> Size:
        """The parameters that one token meets: of experts, only those that work at once."""
        return self._over_all(parameters.params, active=True).value

    @property
    def buffers(self) -> tuple[Weight, ...]:
        """What the layer stores that its framework does not count as parameters."""
        return tuple(self.shown(owned.weight) for owned in self.step.buffers)

    @property
    def macs(self) -> Size:
        """The multiply-accumulates of all iterations, and of the experts that work at once."""
        return self.total(work.macs, active=True).value

    def total(self, cost: Cost, active: bool = False) -> Total:
        """What a cost comes to over all iterations, with the conditions of its closed form."""
        found = self._over_all(cost, active)
        if not isinstance(found.value, int):
            from sympy import Float

            if found.value.has(Float):
                raise ArgumentError("the cost of a step must be exact, and a float is not")
        return found

    @property
    def rule(self) -> Rule | None:
        """How the parameters come about: in the layer's argument names, and in its sizes."""
        return derive(self.layer, self.input_shape, self._counted)

    @property
    def formula(self) -> Node | None:
        """How the parameters come about, in the layer's sizes."""
        return formula(self.layer, self.input_shape, self._counted)

    @property
    def buffered(self) -> Size:
        """The elements of the buffers, of all iterations where the step is repeated."""
        return self._over_all(parameters.buffers).value

    @property
    def _counted(self) -> list[bool]:
        """Which of the weights are counted here."""
        return [one is not None for one in self.step.owned]

    @cached_property
    def _fold(self) -> Total:
        return self._over_all(parameters.params)

    def _over_all(self, cost: Cost, active: bool = False) -> Total:
        try:
            found = over_all(self.row, cost, active)
        except SymparamError as error:
            error.span = error.span or self.span
            raise
        return found._replace(value=self.trace.assumptions.restated(found.value))

    def shown(self, weight: Weight) -> Weight:
        """A weight of the step in the sizes of the iteration that is shown."""
        if not self.levels:
            return weight
        return weight._replace(shape=self.row.shown(weight.shape))

    def _repr_html_(self) -> Any:
        return CountedStep.rich(self).html

    def _repr_latex_(self) -> Any:
        return CountedStep.rich(self).latex

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Any:
        return CountedStep.rich(self)._repr_mimebundle_(include, exclude)

    def __repr__(self) -> str:
        return (
            f"<Step {self.name}: {show_shape(self.input_shape)} -> {show_shape(self.output_shape)}>"
        )


class Form(NamedTuple):
    """How totals are written, see ``forms``."""

    kind: str = "shortest"
    on: str | None = None  # the symbol that they are collected on
    symbols: tuple[str, ...] = ()  # those that a reader may ask for


class Counts:
    """A trace with its layers, their counts, and the totals of these in the form asked for."""

    def __init__(self, trace: Trace, form: Form | None = None) -> None:
        self.trace = trace
        self.form = form or Form()
        self.rows = tuple(
            CountedStep(row, trace) if isinstance(row.node, Step) else row for row in walk(trace)
        )

    @cached_property
    def steps(self) -> tuple[CountedStep, ...]:
        """One step for each use of a layer, in the order they are written."""
        return tuple(row for row in self.rows if isinstance(row, CountedStep))

    @cached_property
    def params(self) -> Size:
        """All parameters."""
        return self._total(step.params for step in self.steps)

    @cached_property
    def trainable_params(self) -> Size:
        """The parameters that training changes."""
        return self._total(step.trainable_params for step in self.steps)

    @cached_property
    def non_trainable_params(self) -> Size:
        """The parameters that training leaves alone."""
        return self._total(step.non_trainable_params for step in self.steps)

    @cached_property
    def active_params(self) -> Size:
        """The parameters that one token meets: of experts, only those that work at once."""
        return self._total(step.active_params for step in self.steps)

    @cached_property
    def buffers(self) -> Size:
        """The elements stored beside the parameters, each layer's once."""
        return self._total(step.buffered for step in self.steps)

    def total(self, cost: Cost, active: bool = False) -> Size:
        """What a cost of a step comes to, of all experts or those that work at once."""
        return self._total(step.total(cost, active).value for step in self.steps)

    def domain_of(self, cost: Cost, active: bool = False) -> tuple[Condition, ...]:
        """What must hold for the closed form of a total, beside the conditions of the network."""
        known = self.trace.assumptions
        found = (c for step in self.steps for c in step.total(cost, active).conditions)
        return simplest(c for c in (*self.trace.domain, *found) if not known.implies(c))

    @cached_property
    def domain(self) -> tuple[Condition, ...]:
        """What must hold for the formulas, beside the conditions of the network."""
        return self.domain_of(parameters.params)

    def formed(self, form: Form) -> "Counts":
        """The totals in another form; raises UnknownNameError where there is none."""
        other = copy.copy(self)
        for name in ("params", "trainable_params", "non_trainable_params", "active_params"):
            other.__dict__.pop(name, None)
        other.__dict__.pop("buffers", None)
        other.form = form
        _ = other.params  # a form that there is not is refused here
        return other

    def _total(self, counts: Iterable[Size]) -> Size:
        return formed(added_up(counts), *self.form)


def _names(origin: Origins) -> Any:
    """The names of origins, as they nest."""
    return tuple(map(_names, origin)) if isinstance(origin, tuple) else origin.name
