"""What PyTorch's modules share: their names, their axes, and the sizes they insist on."""

from typing import Annotated, Any

from symparam.algebra.conditions import required
from symparam.algebra.sizes import Shape, Size, floordiv
from symparam.errors import ArgumentError, RankError, ShapeError
from symparam.layers.contract.base import Layer, Weight, default_letters
from symparam.layers.contract.kinds import (
    FlagKind,
    Kind,
    RealKind,
    SizeKind,
    SpatialKind,
    UnfitError,
    resolve,
)
from symparam.layers.contract.signature import show_shape
from symparam.layers.contract.words import AXIS_WORDS
from symparam.layers.contract.work import Work, renamed

MAX_DEPTH = 1000  # layers in one stack
ANY_RANK = 1_000_000


class TorchLayer(Layer):
    """A module of ``torch.nn``, called by PyTorch's name with its prefix: ``nn.Linear``.

    Shapes leave the batch axis out here too, and channels come first. A size that the
    module is told and its input has as well must be the same.
    """

    prefix = "nn."
    framework = "PyTorch"
    ignores = "device"

    def expect(self, name: str, size: Size, x: Shape) -> None:
        """Refuse an input ``x`` that has ``size`` where the argument says something else."""
        said = self.__dict__[name]
        if not required(said, "=", size):
            raise ShapeError(
                f"{self.title}: expected {name}={said}, got an input of shape {show_shape(x)}"
            )

    def axis_index(self, axis: int, x: Shape) -> int | None:
        index = axis - 1 if axis >= 0 else axis + len(x)
        if not -1 <= index < len(x):
            raise RankError(
                f"{self.title} has dim={axis}, but its input {show_shape(x)} has only "
                f"{len(x)} axes beside the batch axis"
            )
        return None if index == -1 else index

    def place(self, axis: int, x: Shape) -> int:
        """The index of an axis that must not be the batch axis."""
        index = self.axis_index(axis, x)
        if index is None:
            raise ShapeError(
                f"{self.title} cannot work along the batch axis",
                hint="dim counts it: the first axis after it is 1",
            )
        return index


class Spatial(TorchLayer):
    """A module whose input has channels, then spatial axes."""

    takes = "c t"

    @classmethod
    def spatial_letters(cls) -> list[str]:
        return cls.takes.split()[1:]

    def positions(self, y: Shape) -> Shape:
        return y[1:]


class Channels(TorchLayer):
    """A module whose input has channels, then any number of axes within bounds."""

    least = 1
    most = ANY_RANK

    def needs_rank(self) -> int | None:
        return self.least if self.least == self.most else None

    def axis_letters(self, rank: int) -> tuple[str, ...]:
        return ("c", *{1: (), 2: ("t",)}.get(rank, default_letters(rank)[:-1]))

    def sample_input(self) -> Shape:
        return (1,) * self.least

    def positions(self, y: Shape) -> Shape:
        return y[1:]

    def check_rank(self, x: Shape) -> None:
        super().check_rank(x)
        if not self.least <= len(x) <= self.most:
            bounds = f"to {self.most}" if self.most < ANY_RANK else "or more"
            raise RankError(
                f"{self.title} needs an input of rank {self.least} {bounds}, "
                f"channels first, got rank {len(x)}: {show_shape(x)}"
            )


class DepthKind(Kind):
    """How many layers are stacked: a plain number."""

    takes_sizes = True
    says = f"a plain number from 1 to {MAX_DEPTH}, no symbol"

    def read(self, value: Any, layer: type[Layer]) -> int:
        value = resolve(value)
        if hasattr(value, "free_symbols"):
            one = f"{layer.title}(...)"
            raise UnfitError(f"write {one} -> _[0] -> ({one} -> _[0]) * ({value - 1})")
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MAX_DEPTH:
            raise UnfitError
        return value

    def sample(self, layer: type[Layer]) -> int:
        return 1


class BiasKind(FlagKind):
    """Whether there is a bias; nobias says no, as in the layers of Keras."""

    def takes_word(self, text: str) -> bool:
        return text == "nobias" or super().takes_word(text)

    def read(self, value: Any, layer: type[Layer]) -> bool:
        return super().read("false" if value == "nobias" else value, layer)


class NumericPaddingKind(SpatialKind):
    """How much to pad on both sides of each spatial axis, in numbers."""

    def takes_word(self, text: str) -> bool:
        return text in ("same", "valid")  # to say that it is none of these

    def read(self, value: Any, layer: type[Layer]) -> Any:
        if isinstance(value, str) and self.takes_word(value):
            raise UnfitError(f"{layer.title} pads by numbers only")
        return super().read(value, layer)


Bias = Annotated[bool, BiasKind()]
Depth = Annotated[int, DepthKind()]
Features = Annotated[Size, SizeKind(low=0)]
NumericPadding = Annotated[Shape, NumericPaddingKind(low=0)]
BatchFirst = Annotated[bool, FlagKind()]
OptionalReal = Annotated[Any, RealKind(optional=True)]


def check_window(layer: Layer, n: Size, reach: Size, letter: str, x: Shape) -> None:
    """Refuse a window that is larger than the padded input ``n``."""
    if not required(n, ">=", reach):
        raise ShapeError(
            f"{layer.title}: a window of {AXIS_WORDS[letter]} {reach} does not fit "
            f"into an input of {AXIS_WORDS[letter]} {n}, padding included: {show_shape(x)}"
        )


def slide(
    layer: Layer, spatial: Shape, window: Shape, stride: Shape, padding: Shape, dilation: Shape
) -> Shape:
    """The number of output positions along each axis.

    ``floor((n + 2*padding - e)/stride) + 1`` with the effective kernel size
    ``e = dilation*(window - 1) + 1``.
    """
    places = []
    for n, k, s, p, d, letter in zip(
        spatial, window, stride, padding, dilation, layer.spatial_letters(), strict=True
    ):
        reach = d * (k - 1) + 1
        check_window(layer, n + 2 * p, reach, letter, spatial)
        places.append(floordiv(n + 2 * p - reach + s, s))
    return tuple(places)


def check_heads(layer: Layer, heads: Size, name: str, width: Size) -> None:
    """Refuse heads that cannot share the features evenly."""
    if not required(heads, "|", width):
        raise ArgumentError(f"{layer.title}: {heads} heads do not divide {name} {width}")


def part(name: str, layer: Layer, x: Any) -> tuple[Weight, ...]:
    """The weights of a module inside another, with PyTorch's names for them."""
    return tuple(
        weight._replace(
            name=f"{name}.{weight.name}", trainable=weight.trainable and layer.trainable
        )
        for weight in layer.weights(x)
    )


def work_of_part(name: str, layer: Layer, x: Any) -> Work:
    """What a module inside another computes, with PyTorch's names for its weights."""
    return renamed(layer.work(layer.accept(x)), f"{name}.{{}}".format)


def weight_and_bias(shape: Shape, bias: Shape | None) -> tuple[Weight, ...]:
    """PyTorch's names for a layer's two weights; the bias can be absent."""
    return (Weight("weight", shape), *([Weight("bias", bias)] if bias is not None else ()))
