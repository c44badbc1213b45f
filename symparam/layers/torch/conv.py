"""PyTorch's convolutions: plain and transposed, over one to three axes, lazy or not."""

from typing import Annotated, Any

from symparam.algebra.conditions import required
from symparam.algebra.sizes import Shape, Size, exact, floordiv, maximum
from symparam.errors import ArgumentError, ShapeError
from symparam.layers.contract.base import Layer, Weight
from symparam.layers.contract.kinds import Count, SpatialKind, UnfitError, WordKind, everywhere
from symparam.layers.contract.kinds import Spatial as PerAxis
from symparam.layers.contract.registry import layer
from symparam.layers.contract.signature import show_shape
from symparam.layers.contract.words import Words
from symparam.layers.contract.work import Contraction, Work, bias
from symparam.layers.torch.base import Bias, NumericPadding, Spatial, slide, weight_and_bias
from symparam.layers.torch.padding import check_filled


class PaddingKind(SpatialKind):
    """How much to pad on both sides of each spatial axis, or same, or valid."""

    def __init__(self) -> None:
        super().__init__(low=0)
        self.words = ("same", "valid")
        self.says += ", or same, or valid"

    def takes_word(self, text: str) -> bool:
        return text in self.words

    def read(self, value: Any, layer: type[Layer]) -> Any:
        if isinstance(value, str) and value in self.words:
            return str(value)
        return super().read(value, layer)

    def in_words(self, name: str, value: Any, layer: type[Layer], words: Words) -> Any:
        return value if isinstance(value, str) else super().in_words(name, value, layer, words)


class ZerosKind(WordKind):
    """The one padding mode that a transposed convolution has."""

    def read(self, value: Any, layer: type[Layer]) -> str:
        if value != "zeros":
            raise UnfitError("a transposed convolution pads with zeros only")
        return "zeros"


ConvPadding = Annotated[Any, PaddingKind()]
PaddingMode = Annotated[str, WordKind("zeros", "reflect", "replicate", "circular")]
Zeros = Annotated[str, ZerosKind("zeros")]


class AnyConv(Spatial):
    """What all convolutions share: channels in groups, and the weights."""

    out_channels: Count
    kernel_size: PerAxis
    stride: PerAxis = everywhere(1)
    padding: NumericPadding = everywhere(0)
    dilation: PerAxis = everywhere(1)
    groups: Count = 1
    bias: Bias = True

    def channels_in(self, x: Shape) -> Size:
        """How many channels the weights are made for: those of the input, unless told."""
        return x[0]

    def check(self) -> None:
        self.check_groups("out_channels", self.out_channels)

    def check_groups(self, name: str, channels: Size) -> None:
        if not required(self.groups, "|", channels):
            raise ArgumentError(
                f"{self.title}: {self.groups} groups do not divide {name} {channels}"
            )

    def output_shape(self, x: Shape) -> Shape:
        self.check_input(x)
        return (self.out_channels, *self.places(x[1:]))

    def check_input(self, x: Shape) -> None:
        self.check_groups("the channels of its input,", x[0])

    def places(self, spatial: Shape) -> Shape:
        raise NotImplementedError


class PlainConv(AnyConv):
    """What Conv and LazyConv share."""

    padding: ConvPadding = everywhere(0)
    padding_mode: PaddingMode = "zeros"

    def check(self) -> None:
        super().check()
        if self.padding == "same" and not all(required(s, "=", 1) for s in self.stride):
            raise ArgumentError(
                f"{self.title}: padding same needs stride 1, got {show_shape(self.stride)}"
            )

    def places(self, spatial: Shape) -> Shape:
        for n, (before, after) in zip(spatial, self.borders(), strict=True):
            check_filled(self, self.padding_mode, n, before, after)
        if self.padding == "same":
            return spatial
        padding = tuple(before for before, _ in self.borders())
        return slide(self, spatial, self.kernel_size, self.stride, padding, self.dilation)

    def borders(self) -> list[tuple[Size, Size]]:
        """How much is added before and after each axis; an odd rest comes after."""
        if self.padding == "valid":
            return [(0, 0) for _ in self.kernel_size]
        if self.padding != "same":
            return [(size, size) for size in self.padding]
        totals = [d * (k - 1) for d, k in zip(self.dilation, self.kernel_size, strict=True)]
        return [(floordiv(size, 2), size - floordiv(size, 2)) for size in totals]

    def weights(self, x: Shape) -> tuple[Weight, ...]:
        inputs = exact(self.channels_in(x), self.groups)
        bias = (self.out_channels,) if self.bias else None
        return weight_and_bias((self.out_channels, inputs, *self.kernel_size), bias)

    def work(self, x: Shape) -> Work:
        y = self.output_shape(x)
        summed = (exact(self.channels_in(x), self.groups), *self.kernel_size)
        return (
            Contraction("convolution", y[1:], summed, y[:1], ("weight",)),
            *bias(y, self.bias),
        )


class Conv(PlainConv):
    """What convolutions that are told their input channels share."""

    order = "in_channels"

    in_channels: Count

    def check(self) -> None:
        self.check_groups("in_channels", self.in_channels)
        super().check()

    def channels_in(self, x: Shape) -> Size:
        return self.in_channels

    def check_input(self, x: Shape) -> None:
        self.expect("in_channels", x[0], x)


@layer
class Conv1d(Conv):
    """Slide ``out_channels`` kernels along a sequence.

    >>> print(parse("Input(c, t) -> nn.Conv1d(c, f, 5, padding=2)").output_shape)
    (f, t)

    Shape: ``(in_channels, t)`` to ``(out_channels, positions)``; ``padding`` is a number for
    both ends, same or valid.
    """


@layer
class Conv2d(Conv):
    """Slide ``out_channels`` kernels over an image.

    >>> net = parse("Input(3, 224, 224) -> nn.Conv2d(3, 64, 7, stride=2, padding=3)")
    >>> print(net.output_shape, net.params)
    (64, 112, 112) 9472

    Shape: ``(in_channels, h, w)`` to ``(out_channels, positions, positions)``. With ``groups``
    each kernel sees ``in_channels/groups`` channels.
    """

    takes = "c h w"


@layer
class Conv3d(Conv):
    """Slide ``out_channels`` kernels through a volume.

    >>> print(parse("Input(3, 16, 112, 112) -> nn.Conv3d(3, 64, 3, padding=1)").output_shape)
    (64, 16, 112, 112)

    Shape: ``(in_channels, d, h, w)`` to ``(out_channels, positions, positions, positions)``.
    """

    takes = "c d h w"


@layer
class LazyConv1d(PlainConv):
    """A Conv1d that reads ``in_channels`` off its input.

    >>> print(parse("Input(c, t) -> nn.LazyConv1d(f, k)").params)
    f*(c*k + 1)

    Shape: ``(c, t)`` to ``(out_channels, positions)``.
    """


@layer
class LazyConv2d(PlainConv):
    """A Conv2d that reads ``in_channels`` off its input.

    >>> print(parse("Input(c, h, w) -> nn.LazyConv2d(f, 3)").params)
    f*(9*c + 1)

    Shape: ``(c, h, w)`` to ``(out_channels, positions, positions)``.
    """

    takes = "c h w"


@layer
class LazyConv3d(PlainConv):
    """A Conv3d that reads ``in_channels`` off its input.

    >>> print(parse("Input(c, d, h, w) -> nn.LazyConv3d(f, 3)").params)
    f*(27*c + 1)

    Shape: ``(c, d, h, w)`` to ``(out_channels, positions, positions, positions)``.
    """

    takes = "c d h w"


class PlainConvTranspose(AnyConv):
    """What ConvTranspose and LazyConvTranspose share."""

    order = "out_channels kernel_size stride padding output_padding groups bias dilation"

    output_padding: NumericPadding = everywhere(0)
    padding_mode: Zeros = "zeros"

    def check(self) -> None:
        super().check()
        for extra, s, d in zip(self.output_padding, self.stride, self.dilation, strict=True):
            if not required(maximum(s, d), ">=", extra + 1):
                raise ArgumentError(
                    f"{self.title}: output_padding {extra} must be less than the stride {s} "
                    f"or the dilation {d}"
                )

    def places(self, spatial: Shape) -> Shape:
        """``(n - 1)*stride - 2*padding + dilation*(k - 1) + output_padding + 1``; may be 0."""
        spread = []
        for n, k, s, p, d, extra in zip(
            *(spatial, self.kernel_size, self.stride, self.padding),
            *(self.dilation, self.output_padding),
            strict=True,
        ):
            full = (n - 1) * s + d * (k - 1) + 1 + extra
            if not required(full, ">=", 2 * p):
                raise ShapeError(
                    f"{self.title}: a padding of {p} would cut more than the {full} positions "
                    f"there are: {show_shape(spatial)}"
                )
            spread.append(full - 2 * p)
        return tuple(spread)

    def weights(self, x: Shape) -> tuple[Weight, ...]:
        outputs = exact(self.out_channels, self.groups)
        bias = (self.out_channels,) if self.bias else None
        return weight_and_bias((self.channels_in(x), outputs, *self.kernel_size), bias)

    def work(self, x: Shape) -> Work:
        summed = (exact(self.channels_in(x), self.groups),)
        outputs = (self.out_channels, *self.kernel_size)
        return (
            # At every input, whatever the padding cuts off afterwards.
            Contraction("transposed convolution", x[1:], summed, outputs, ("weight",)),
            *bias(self.output_shape(x), self.bias),
        )


class ConvTranspose(PlainConvTranspose):
    """What transposed convolutions that are told their input channels share."""

    order = f"in_channels {PlainConvTranspose.order}"

    in_channels: Count

    def check(self) -> None:
        self.check_groups("in_channels", self.in_channels)
        super().check()

    def channels_in(self, x: Shape) -> Size:
        return self.in_channels

    def check_input(self, x: Shape) -> None:
        self.expect("in_channels", x[0], x)


@layer
class ConvTranspose1d(ConvTranspose):
    """Spread each step of a sequence over ``kernel_size`` steps.

    >>> print(parse("Input(c, t) -> nn.ConvTranspose1d(c, f, 4, 2, padding=1)").output_shape)
    (f, 2*t)

    Shape: ``(in_channels, t)`` to ``(out_channels, spread)``.
    """


@layer
class ConvTranspose2d(ConvTranspose):
    """Spread each pixel of an image over a kernel.

    >>> net = parse("Input(c, h, w) -> nn.ConvTranspose2d(c, f, 3, 2, 1, output_padding=1)")
    >>> print(net.output_shape, net.params)
    (f, 2*h, 2*w) f*(9*c + 1)

    Shape: ``(in_channels, h, w)`` to ``(out_channels, spread, spread)``. The weight is
    stored as ``(in_channels, out_channels/groups, height, width)``.
    """

    takes = "c h w"


@layer
class ConvTranspose3d(ConvTranspose):
    """Spread each voxel of a volume over a kernel.

    >>> print(parse("Input(4, 5, 6, 7) -> nn.ConvTranspose3d(4, 8, 2, 2)").output_shape)
    (8, 10, 12, 14)

    Shape: ``(in_channels, d, h, w)`` to ``(out_channels, spread, spread, spread)``.
    """

    takes = "c d h w"


@layer
class LazyConvTranspose1d(PlainConvTranspose):
    """A ConvTranspose1d that reads ``in_channels`` off its input.

    >>> print(parse("Input(c, t) -> nn.LazyConvTranspose1d(f, k)").params)
    f*(c*k + 1)

    Shape: ``(c, t)`` to ``(out_channels, spread)``.
    """


@layer
class LazyConvTranspose2d(PlainConvTranspose):
    """A ConvTranspose2d that reads ``in_channels`` off its input.

    >>> print(parse("Input(c, h, w) -> nn.LazyConvTranspose2d(f, 2, 2)").output_shape)
    (f, 2*h, 2*w)

    Shape: ``(c, h, w)`` to ``(out_channels, spread, spread)``.
    """

    takes = "c h w"


@layer
class LazyConvTranspose3d(PlainConvTranspose):
    """A ConvTranspose3d that reads ``in_channels`` off its input.

    >>> print(parse("Input(c, d, h, w) -> nn.LazyConvTranspose3d(f, 2, 2)").params)
    f*(8*c + 1)

    Shape: ``(c, d, h, w)`` to ``(out_channels, spread, spread, spread)``.
    """

    takes = "c d h w"
