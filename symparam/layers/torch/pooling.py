"""PyTorch's pooling: windows of a given size, or a given number of windows."""

from typing import Annotated, Any, ClassVar

from symparam.algebra.conditions import required
from symparam.algebra.sizes import Shape, Size, Tensors, ceildiv, minimum, product
from symparam.errors import ArgumentError
from symparam.layers.contract.base import Layer
from symparam.layers.contract.kinds import (
    Flag,
    OptionalSpatial,
    Real,
    SpatialKind,
    Uncounted,
    everywhere,
)
from symparam.layers.contract.kinds import Spatial as PerAxis
from symparam.layers.contract.registry import layer
from symparam.layers.contract.work import Work, adaptive_window, elementwise
from symparam.layers.torch.base import NumericPadding, Spatial, check_window, slide


class Windows(Spatial):
    """What pooling by windows shares; the stride defaults to the window."""

    pooling: ClassVar[str] = "max"

    kernel_size: PerAxis
    stride: OptionalSpatial = None

    def work(self, x: Shape) -> Work:
        window = product(self.kernel_size)
        return elementwise("pooling", self.first_output(x), self.pooling, window)

    def pooled(self, x: Shape, padding: Shape, dilation: Shape, ceil_mode: bool) -> Shape:
        stride = self.stride or self.kernel_size
        if not ceil_mode:
            return (x[0], *slide(self, x[1:], self.kernel_size, stride, padding, dilation))
        places = []
        for n, k, s, p, d, letter in zip(
            x[1:], self.kernel_size, stride, padding, dilation, self.spatial_letters(), strict=True
        ):
            reach = d * (k - 1) + 1
            check_window(self, n + 2 * p + s - 1, reach, letter, x)
            places.append(rounded_up(n, reach, s, p))
        return (x[0], *places)


def rounded_up(n: Size, reach: Size, s: Size, p: Size) -> Size:
    """The number of windows with ``ceil_mode``: they may begin anywhere before ``n + p``.

    PyTorch takes ``ceil((n + 2*p - reach)/s) + 1`` and drops the last window where it
    begins in the right padding, which is the smaller of that and ``ceil((n + p)/s)``.
    """
    return ceildiv(n + p + minimum(p + s - reach, 0), s)


class PaddedWindows(Windows):
    """What pooling with padding shares."""

    padding: NumericPadding = everywhere(0)

    def check(self) -> None:
        for k, p in zip(self.kernel_size, self.padding, strict=True):
            if not required(k, ">=", 2 * p):
                raise ArgumentError(
                    f"{self.title}: padding {p} is more than half of its kernel_size {k}"
                )


class MaxPool(PaddedWindows):
    """What maximum pooling shares."""

    dilation: PerAxis = everywhere(1)
    return_indices: Flag = False
    ceil_mode: Flag = False

    def output_shape(self, x: Shape) -> Shape | Tensors:
        y = self.pooled(x, self.padding, self.dilation, self.ceil_mode)
        return Tensors((y, y)) if self.return_indices else y


@layer
class MaxPool1d(MaxPool):
    """Keep the largest element of each window of a sequence.

    >>> print(parse("Input(c, t) -> nn.MaxPool1d(2)").output_shape)
    (c, floor(t/2))

    Shape: ``(c, t)`` to ``(c, positions)``, twice with ``return_indices``. No weights.
    """


@layer
class MaxPool2d(MaxPool):
    """Keep the largest element of each window of an image.

    >>> print(parse("Input(c, h, w) -> nn.MaxPool2d(3, 2, ceil_mode=True)").output_shape)
    (c, floor(h/2), floor(w/2))

    Shape: ``(c, h, w)`` to ``(c, positions, positions)``, twice with ``return_indices``. No
    weights.
    """

    takes = "c h w"


@layer
class MaxPool3d(MaxPool):
    """Keep the largest element of each window of a volume.

    >>> print(parse("Input(3, 11, 8, 6) -> nn.MaxPool3d(3, 2)").output_shape)
    (3, 5, 3, 2)

    Shape: ``(c, d, h, w)`` to ``(c, positions, positions, positions)``, twice with
    ``return_indices``. No weights.
    """

    takes = "c d h w"


class AvgPool(PaddedWindows):
    """What average pooling shares."""

    pooling = "average"

    ceil_mode: Flag = False
    count_include_pad: Flag = True

    def output_shape(self, x: Shape) -> Shape:
        ones = tuple(1 for _ in self.kernel_size)
        return self.pooled(x, self.padding, ones, self.ceil_mode)


@layer
class AvgPool1d(AvgPool):
    """Take the mean of each window of a sequence.

    >>> print(parse("Input(c, t) -> nn.AvgPool1d(3, 2, padding=1)").output_shape)
    (c, ceiling(t/2))

    Shape: ``(c, t)`` to ``(c, positions)``. No weights.
    """


@layer
class AvgPool2d(AvgPool):
    """Take the mean of each window of an image.

    >>> print(parse("Input(c, h, w) -> nn.AvgPool2d(2)").output_shape)
    (c, floor(h/2), floor(w/2))

    Shape: ``(c, h, w)`` to ``(c, positions, positions)``. No weights.
    """

    takes = "c h w"

    divisor_override: Uncounted = None


@layer
class AvgPool3d(AvgPool):
    """Take the mean of each window of a volume.

    >>> print(parse("Input(3, 11, 8, 6) -> nn.AvgPool3d(3, 2)").output_shape)
    (3, 5, 3, 2)

    Shape: ``(c, d, h, w)`` to ``(c, positions, positions, positions)``. No weights.
    """

    takes = "c d h w"

    divisor_override: Uncounted = None

    def output_shape(self, x: Shape) -> Shape:
        check_unpadded(self, x)
        return super().output_shape(x)


class LPPool(Windows):
    """What pooling by a power mean shares."""

    order = "norm_type"
    pooling = "power"

    norm_type: Real
    ceil_mode: Flag = False

    def output_shape(self, x: Shape) -> Shape:
        zeros = tuple(0 for _ in self.kernel_size)
        ones = tuple(1 for _ in self.kernel_size)
        return self.pooled(x, zeros, ones, self.ceil_mode)


@layer
class LPPool1d(LPPool):
    """Take the power mean of each window of a sequence.

    >>> print(parse("Input(c, t) -> nn.LPPool1d(2, 3)").output_shape)
    (c, floor(t/3))

    Shape: ``(c, t)`` to ``(c, positions)``. No weights.
    """


@layer
class LPPool2d(LPPool):
    """Take the power mean of each window of an image.

    >>> print(parse("Input(3, 11, 8) -> nn.LPPool2d(2, 3, stride=2)").output_shape)
    (3, 5, 3)

    Shape: ``(c, h, w)`` to ``(c, positions, positions)``. No weights.
    """

    takes = "c h w"


@layer
class LPPool3d(LPPool):
    """Take the power mean of each window of a volume.

    >>> print(parse("Input(3, 11, 8, 6) -> nn.LPPool3d(2, 3, stride=2)").output_shape)
    (3, 5, 3, 2)

    Shape: ``(c, d, h, w)`` to ``(c, positions, positions, positions)``. No weights.
    """

    takes = "c d h w"

    def output_shape(self, x: Shape) -> Shape:
        check_unpadded(self, x)
        return super().output_shape(x)


def check_unpadded(layer: Windows, x: Shape) -> None:
    """Refuse a window larger than the input itself, as PyTorch's mean over volumes does."""
    for n, k, letter in zip(x[1:], layer.kernel_size, layer.spatial_letters(), strict=True):
        check_window(layer, n, k, letter, x)


class WantedKind(SpatialKind):
    """How many output positions each spatial axis shall have; none keeps the size of the input."""

    def __init__(self) -> None:
        super().__init__(low=0)
        self.says += "; in a tuple none keeps a size"

    def read(self, value: Any, layer: type[Layer]) -> Any:
        if not isinstance(value, tuple | list):
            return super().read(value, layer)
        kept = [entry is None or entry == "none" for entry in value]
        filled = [0 if keep else entry for keep, entry in zip(kept, value, strict=True)]
        sizes = super().read(tuple(filled), layer)
        return tuple(None if keep else size for keep, size in zip(kept, sizes, strict=True))

    def in_words(self, name: str, value: Any, layer: type[Layer], words: Any) -> Any:
        return value  # enters no weight


class Adaptive(Spatial):
    """What pooling to a wanted size shares."""

    pooling: ClassVar[str] = "average"

    output_size: Annotated[Any, WantedKind()]

    def output_shape(self, x: Shape) -> Shape | Tensors:
        return (
            x[0],
            *(
                n if wanted is None else wanted
                for n, wanted in zip(x[1:], self.output_size, strict=True)
            ),
        )

    def work(self, x: Shape) -> Work:
        y = self.first_output(x)
        return elementwise("pooling", y, self.pooling, adaptive_window(x[1:], y[1:]))


@layer
class AdaptiveAvgPool1d(Adaptive):
    """Take the means of as many windows as wanted.

    >>> print(parse("Input(c, t) -> nn.AdaptiveAvgPool1d(4)").output_shape)
    (c, 4)

    Shape: ``(c, t)`` to ``(c, output_size)``. No weights.
    """


@layer
class AdaptiveAvgPool2d(Adaptive):
    """Take the means of as many windows as wanted along each axis.

    >>> print(parse("Input(c, h, w) -> nn.AdaptiveAvgPool2d((None, 7))").output_shape)
    (c, h, 7)

    Shape: ``(c, h, w)`` to ``(c, *output_size)``; ``none`` keeps a size. No weights.
    """

    takes = "c h w"


@layer
class AdaptiveAvgPool3d(Adaptive):
    """Take the means of as many windows as wanted along each axis.

    >>> print(parse("Input(c, d, h, w) -> nn.AdaptiveAvgPool3d(1)").output_shape)
    (c, 1, 1, 1)

    Shape: ``(c, d, h, w)`` to ``(c, *output_size)``; ``none`` keeps a size. No weights.
    """

    takes = "c d h w"


class AdaptiveMax(Adaptive):
    """What maximum pooling to a wanted size shares."""

    pooling = "max"

    return_indices: Flag = False

    def output_shape(self, x: Shape) -> Shape | Tensors:
        y = super().output_shape(x)
        return Tensors((y, y)) if self.return_indices else y


@layer
class AdaptiveMaxPool1d(AdaptiveMax):
    """Keep the largest elements of as many windows as wanted.

    >>> print(parse("Input(c, t) -> nn.AdaptiveMaxPool1d(1)").output_shape)
    (c, 1)

    Shape: ``(c, t)`` to ``(c, output_size)``, twice with ``return_indices``. No weights.
    """


@layer
class AdaptiveMaxPool2d(AdaptiveMax):
    """Keep the largest elements of as many windows as wanted along each axis.

    >>> print(parse("Input(c, h, w) -> nn.AdaptiveMaxPool2d(p)").output_shape)
    (c, p, p)

    Shape: ``(c, h, w)`` to ``(c, *output_size)``, twice with ``return_indices``. No weights.
    """

    takes = "c h w"


@layer
class AdaptiveMaxPool3d(AdaptiveMax):
    """Keep the largest elements of as many windows as wanted along each axis.

    >>> print(parse("Input(c, d, h, w) -> nn.AdaptiveMaxPool3d((1, 2, 3))").output_shape)
    (c, 1, 2, 3)

    Shape: ``(c, d, h, w)`` to ``(c, *output_size)``, twice with ``return_indices``. No
    weights.
    """

    takes = "c d h w"
