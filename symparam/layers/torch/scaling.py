"""PyTorch's changes of size: by a factor, to a size, and channels against resolution."""

import math
from fractions import Fraction
from typing import Annotated, Any

from symparam.algebra.conditions import required
from symparam.algebra.sizes import Shape, Size, exact, floordiv, power, product
from symparam.errors import ArgumentError, RankError, ShapeError
from symparam.layers.contract.base import Layer
from symparam.layers.contract.kinds import (
    Count,
    Kind,
    Uncounted,
    UnfitError,
    WordKind,
    read_size,
    resolve,
)
from symparam.layers.contract.registry import layer
from symparam.layers.contract.signature import show_shape, show_value
from symparam.layers.contract.work import Work, elementwise
from symparam.layers.torch.base import Channels, TorchLayer

INTERPOLATIONS = {"linear": 1, "bilinear": 2, "bicubic": 2, "trilinear": 3}


class EachKind(Kind):
    """One size for all spatial axes, or a tuple of one for each."""

    takes_sizes = True
    says = "a whole number of at least 1, or one for each spatial axis"

    def read(self, value: Any, layer: type[Layer]) -> Any:
        value = resolve(value)
        if not isinstance(value, tuple):
            return self.single(value)
        if not value:
            raise UnfitError
        return tuple(map(self.single, value))

    def single(self, value: Any) -> Any:
        return read_size(value, 1)


class ScaleKind(EachKind):
    """Factors, which need not be whole."""

    says = "a number above 0, or one for each spatial axis"

    def single(self, value: Any) -> Any:
        if isinstance(value, float) and math.isfinite(value):
            value = Fraction(str(value))
        if not isinstance(value, Fraction):
            return read_size(value, 1)
        if value <= 0:
            raise UnfitError
        return value


OptionalEach = Annotated[Any, EachKind(optional=True)]
OptionalScale = Annotated[Any, ScaleKind(optional=True)]


def scaled(layer: Layer, spatial: Shape, scale: Any) -> Shape:
    """Every size times its factor, rounded down."""
    factors = scale if isinstance(scale, tuple) else (scale,) * len(spatial)
    if len(factors) != len(spatial):
        raise ShapeError(
            f"{layer.title}: {len(factors)} factors {show_value(scale)} for "
            f"{len(spatial)} spatial axes {show_shape(spatial)}"
        )
    return tuple(times(layer, n, factor) for n, factor in zip(spatial, factors, strict=True))


def times(layer: Layer, n: Size, factor: Any) -> Size:
    """``floor(n*factor)``, refused where PyTorch's rounding makes another number of it."""
    if not isinstance(factor, Fraction):
        return product((n, factor))
    size = floordiv(n * factor.numerator, factor.denominator)
    if isinstance(n, int) and math.floor(float(n) * float(factor)) != size:
        raise ShapeError(
            f"{layer.title}: {n} times {float(factor)} is {size}, but PyTorch rounds it to "
            f"{math.floor(float(n) * float(factor))}",
            hint="give the size instead of the factor",
        )
    return size


class AnyUpsample(Channels):
    """What the modules that enlarge an input by interpolation share."""

    least, most = 2, 4

    size: OptionalEach = None
    scale_factor: OptionalScale = None

    def check(self) -> None:
        if (self.size is None) == (self.scale_factor is None):
            raise ArgumentError(f"{self.title} takes either size or scale_factor")

    def interpolation(self) -> str:
        raise NotImplementedError

    def output_shape(self, x: Shape) -> Shape:
        rank = INTERPOLATIONS.get(self.interpolation(), len(x) - 1)
        if rank != len(x) - 1:
            raise RankError(
                f"{self.title}: mode {self.interpolation()} needs {rank} spatial axes, "
                f"channels first: {show_shape(x)}"
            )
        if self.size is None:
            sizes = scaled(self, x[1:], self.scale_factor)
        else:
            sizes = self.size if isinstance(self.size, tuple) else (self.size,) * rank
        if len(sizes) != rank or not all(required(size, ">=", 1) for size in sizes):
            raise ShapeError(f"{self.title} cannot turn {show_shape(x)} into {show_shape(sizes)}")
        return (x[0], *sizes)

    def work(self, x: Shape) -> Work:
        return elementwise("upsampling", self.output_shape(x), self.interpolation())


@layer
class Upsample(AnyUpsample):
    """Enlarge an input by a factor, or to a size.

    >>> print(parse("Input(c, h, w) -> nn.Upsample(scale_factor=1.5)").output_shape)
    (c, floor(3*h/2), floor(3*w/2))

    Shape: ``(c, ...)`` with one to three spatial axes; ``mode`` is nearest, nearest-exact,
    area, linear, bilinear, bicubic or trilinear. No weights.
    """

    mode: Annotated[str, WordKind("nearest", "nearest-exact", "area", *INTERPOLATIONS)] = "nearest"
    align_corners: Uncounted = None
    recompute_scale_factor: Uncounted = None

    def interpolation(self) -> str:
        return self.mode


@layer
class UpsamplingNearest2d(AnyUpsample):
    """Enlarge an image by repeating its pixels.

    >>> print(parse("Input(c, h, w) -> nn.UpsamplingNearest2d(scale_factor=2)").output_shape)
    (c, 2*h, 2*w)

    Shape: ``(c, h, w)`` to ``(c, *size)``. No weights.
    """

    def interpolation(self) -> str:
        return "nearest"


@layer
class UpsamplingBilinear2d(AnyUpsample):
    """Enlarge an image by interpolation between its pixels.

    >>> print(parse("Input(c, h, w) -> nn.UpsamplingBilinear2d(size=(64, 48))").output_shape)
    (c, 64, 48)

    Shape: ``(c, h, w)`` to ``(c, *size)``. No weights.
    """

    least = most = 3

    def interpolation(self) -> str:
        return "bilinear"


@layer
class PixelShuffle(TorchLayer):
    """Trade channels for resolution (Shi et al. 2016).

    >>> print(parse("Input(c*r**2, h, w) -> nn.PixelShuffle(r)").output_shape)
    (c, h*r, r*w)

    Shape: ``(..., c, h, w)`` to ``(..., c/r**2, h*r, w*r)``. No weights.
    """

    takes = "... c h w"

    upscale_factor: Count

    def output_shape(self, x: Shape) -> Shape:
        *rest, c, h, w = x
        square = power(self.upscale_factor, 2)
        if not required(square, "|", c):
            raise ShapeError(
                f"{self.title}: {self.upscale_factor}**2 does not divide the {c} channels of "
                f"{show_shape(x)}"
            )
        r = self.upscale_factor
        return (*rest, exact(c, square), product((h, r)), product((w, r)))


@layer
class PixelUnshuffle(TorchLayer):
    """Trade resolution for channels, the inverse of PixelShuffle.

    >>> print(parse("Input(c, 2*h, 2*w) -> nn.PixelUnshuffle(2)").output_shape)
    (4*c, h, w)

    Shape: ``(..., c, h, w)`` to ``(..., c*r**2, h/r, w/r)``. No weights.
    """

    takes = "... c h w"

    downscale_factor: Count

    def output_shape(self, x: Shape) -> Shape:
        *rest, c, h, w = x
        r = self.downscale_factor
        if not (required(r, "|", h) and required(r, "|", w)):
            raise ShapeError(
                f"{self.title}: {r} does not divide the height and width of {show_shape(x)}"
            )
        return (*rest, product((c, power(r, 2))), exact(h, r), exact(w, r))


@layer
class ChannelShuffle(Channels):
    """Deal the channels of each group out over the others.

    >>> print(parse("Input(8, h, w) -> nn.ChannelShuffle(4)").output_shape)
    (8, h, w)

    Keeps the shape; ``groups`` must divide the channels. No weights.
    """

    least = 2

    groups: Count

    def output_shape(self, x: Shape) -> Shape:
        if not required(self.groups, "|", x[0]):
            raise ShapeError(
                f"{self.title}: {self.groups} groups do not divide the {x[0]} channels of "
                f"{show_shape(x)}"
            )
        return x
