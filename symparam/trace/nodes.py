"""What a trace is made of: layers at work, and what passes between them."""

from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any, ClassVar, NamedTuple, TypeAlias

from symparam.algebra.formula import Node
from symparam.algebra.sizes import Shape, Size, Tensors, total
from symparam.layers import Weight
from symparam.layers.contract.rules import Rule, count, derive, substituted
from symparam.layers.contract.signature import show_shape
from symparam.model.values import Stage

Path = tuple[tuple[int, int], ...]  # the branches a row stands in: which tuple, which branch


class Origin:
    """Where a tensor comes from: the layer and its number among all uses of layers.

    Inputs are numbered down from -1. ``label`` is the name by which a label calls the tensor.
    """

    __slots__ = ("label", "name", "number")

    def __init__(self, name: str, number: int, label: str | None = None) -> None:
        self.name = name
        self.number = number
        self.label = label


Origins: TypeAlias = "Origin | tuple[Origins, ...]"  # as the tensors nest


class Flow(NamedTuple):
    """What passes from layer to layer: shapes, and where they come from."""

    x: Shape | Tensors
    origin: Origins


class Passage(NamedTuple):
    """A branch without a layer: an input or ``_``, for whoever draws the branches."""

    word: str
    shape: Shape | Tensors
    path: Path
    origin: Origins = ()


class Repetition(NamedTuple):
    """The head of a repeated body: from which pass to which, and what leaves the last."""

    variable: str | None  # the name of the pass in the script
    first: Size
    last: Size
    shape: Shape | Tensors
    path: Path
    active: Size | None = None  # how many of them work at once, where they stand side by side
    origin: Origins = ()  # of what enters the first pass
    branch: tuple[int, int] = (0, 0)  # the branch of ``path`` that its rows stand in


class Loop(NamedTuple):
    """A repeat that a step stands in, and what it does to the counts of its body."""

    variable: str | None
    first: Size
    last: Size
    summed: Callable[[Size], Size]  # over all passes
    is_new: Callable[[Weight], bool]  # whether each pass has a weight of its own
    changes: Callable[[Shape], bool]  # whether a shape differs from pass to pass
    summed_active: Callable[[Size], Size]  # over those that work at once


class Step:
    """One layer at work: what enters it, what leaves it, what it stores.

    ``weights`` are all that the layer uses, ``owned`` those of them that no earlier step
    has: a shared layer counts once. ``inputs`` names the steps its tensors come from, and
    ``origin`` their numbers too, which tell the uses of a shared layer apart.
    """

    rich: ClassVar[Callable[["Step"], Any]]  # what a notebook shows; printing sets it

    def __init__(
        self,
        name: str,
        stage: Stage,
        flow: Flow,
        output_shape: Shape | Tensors,
        weights: tuple[Weight, ...],
        owned: tuple[bool, ...],
        path: Path,
        number: int = 0,
    ) -> None:
        self.name = name
        self.number = number
        self.layer, self.span = stage
        self.input_shape, self.origin = flow
        names = _names(self.origin)
        self.inputs = (names,) if isinstance(names, str) else names
        self.output_shape = output_shape
        self.weights = weights
        self.path = path
        self.is_new = owned
        self.owned = tuple(weight for weight, new in zip(weights, owned, strict=True) if new)
        self.loops: list[Loop] = []  # from the inside out
        self._counted = self.owned  # as the loops count them
        self._restated: Callable[[Any], Any] | None = None
        _ = self.params  # a count that is too long is refused here, with its place

    def repeat(self, loop: Loop, shown: Callable[[Shape | Tensors], Any]) -> None:
        """The step stands in a repeat: its sizes are those of a pass, its counts of all."""
        self.loops.append(loop)
        self.__dict__.pop("params", None)
        self.input_shape = shown(self.input_shape)
        self.output_shape = shown(self.output_shape)
        self.weights = tuple(w._replace(shape=shown(w.shape)) for w in self.weights)
        self.owned = tuple(w._replace(shape=shown(w.shape)) for w in self.owned)

    def restate(self, restated: Callable[[Any], Any]) -> None:
        """Every size and count in a simpler form."""
        self.__dict__.pop("params", None)
        self._restated = restated
        self.input_shape = restated(self.input_shape)
        self.output_shape = restated(self.output_shape)
        self.weights = tuple(w._replace(shape=restated(w.shape)) for w in self.weights)
        self.owned = tuple(w._replace(shape=restated(w.shape)) for w in self.owned)

    def _total(self, weights: Iterable[Weight], active: bool = False) -> Size:
        """All passes together; a weight that every pass shares counts once."""
        parts = [(weights := list(weights), count(weights))]
        for loop in self.loops:
            summed = loop.summed_active if active else loop.summed
            counted = []
            for part, number in parts:
                new = [weight for weight in part if loop.is_new(weight)]
                if len(new) == len(part):
                    counted.append((part, summed(number)))
                    continue
                kept = [weight for weight in part if not loop.is_new(weight)]
                counted += [(new, summed(count(new)))] if new else []
                counted.append((kept, count(kept)))
            parts = counted
        result = total(number for _, number in parts)
        return self._restated(result) if self._restated else result

    @property
    def params_of_a_pass(self) -> Size:
        """The parameters that are counted here, of one pass where it is repeated."""
        return count(self.owned)

    @cached_property
    def params(self) -> Size:
        """The parameters that are counted here, of all passes where it is repeated."""
        return self._total(self._counted)

    @property
    def is_shared(self) -> bool:
        """Whether the layer's weights, or some of them, are counted at an earlier step."""
        return len(self.owned) < len(self.weights)

    @property
    def trainable_params(self) -> Size:
        """The parameters that training changes."""
        return self._total(weight for weight in self._counted if weight.trainable)

    @property
    def non_trainable_params(self) -> Size:
        """The parameters that training leaves alone."""
        return self._total(weight for weight in self._counted if not weight.trainable)

    @property
    def active_params(self) -> Size:
        """The parameters that one token meets: of experts, only those that work at once."""
        return self._total(self._counted, active=True)

    @property
    def buffers(self) -> tuple[Weight, ...]:
        """What the layer stores that its framework does not count as parameters."""
        return self.layer.buffers(self.layer.accept(self.input_shape))

    @property
    def buffered(self) -> Size:
        """The elements of the buffers, of all passes where the step is repeated."""
        return self._total(buffer._replace(owner=self.layer) for buffer in self.buffers)

    @property
    def rule(self) -> Rule | None:
        """How the parameters come about, in words and with the sizes put in."""
        return derive(self.layer, self.input_shape, self.is_new)

    @property
    def formula(self) -> Node | None:
        """How the parameters come about, with the sizes put in."""
        if all(isinstance(size, int) for weight in self.owned for size in weight.shape):
            return substituted(self.owned)  # without words, which are symbols
        return self.rule and self.rule.numbers

    def _repr_html_(self) -> Any:
        return Step.rich(self).html

    def _repr_latex_(self) -> Any:
        return Step.rich(self).latex

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Any:
        return Step.rich(self)._repr_mimebundle_(include, exclude)

    def __repr__(self) -> str:
        return (
            f"<Step {self.name}: {show_shape(self.input_shape)} -> {show_shape(self.output_shape)}>"
        )


def _names(origin: Origins) -> Any:
    """The names of origins, as they nest."""
    return origin.name if isinstance(origin, Origin) else tuple(map(_names, origin))
