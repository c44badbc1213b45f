"""What a trace is made of: layers at work, and what passes between them."""

from typing import NamedTuple

from symparam.derivation import Formula, Rule, count, derive, put_in
from symparam.layers import Weight
from symparam.layers.signature import show_shape
from symparam.sizes import Shape, Size, Tensors
from symparam.wiring import Stage

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
