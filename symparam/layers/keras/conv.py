"""Convolutions: plain, transposed, depthwise and separable, over one to three axes."""

from symparam.algebra.conditions import required
from symparam.algebra.sizes import (
    Shape,
    Size,
    exact,
    floordiv,
    maximum,
    positive,
    product,
)
from symparam.errors import ArgumentError, ShapeError
from symparam.layers.contract.base import Weight, tuning
from symparam.layers.contract.functions import Function, activated
from symparam.layers.contract.kinds import (
    CausalPadding,
    Count,
    DataFormat,
    Flag,
    OptionalCount,
    OutputPadding,
    Padding,
    Spatial,
    everywhere,
)
from symparam.layers.contract.registry import layer
from symparam.layers.contract.signature import show_shape
from symparam.layers.contract.spatial import SpatialLayer
from symparam.layers.contract.work import Contraction, Work, activation, bias, merging
from symparam.layers.keras.dense import low_rank


class Conv(SpatialLayer):
    """What convolutions over one, two and three axes share."""

    ignores = tuning("kernel", "bias") + " lora_alpha"

    filters: Count
    kernel_size: Spatial
    strides: Spatial = everywhere(1)
    padding: Padding = "valid"
    data_format: DataFormat = "channels_last"
    dilation_rate: Spatial = everywhere(1)
    groups: Count = 1
    activation: Function = "linear"
    use_bias: Flag = True
    lora_rank: OptionalCount = None

    def check(self) -> None:
        refuse_strides_with_dilation(self.title, self.strides, self.dilation_rate)
        if not required(self.groups, "|", self.filters):
            raise ArgumentError(
                f"{self.title}: {self.groups} groups do not divide {self.filters} filters"
            )

    def output_shape(self, x: Shape) -> Shape:
        _, channels = self.split(x)
        if not required(self.groups, "|", channels):
            raise ShapeError(
                f"{self.title}: {self.groups} groups do not divide "
                f"the {channels} channels of its input {show_shape(x)}"
            )
        return convolved(self, x, self.filters)

    def weights(self, x: Shape) -> tuple[Weight, ...]:
        _, channels = self.split(x)
        inputs = (*self.kernel_size, exact(channels, self.groups))
        return (
            Weight("kernel", (*inputs, self.filters), self.lora_rank is None),
            *([Weight("bias", (self.filters,))] if self.use_bias else ()),
            *low_rank("kernel", inputs, self.filters, self.lora_rank),
        )

    def work(self, x: Shape) -> Work:
        _, channels = self.split(x)
        places = output_positions(self, x)
        inputs = (*self.kernel_size, exact(channels, self.groups))
        return (
            *merging("kernel", inputs, self.filters, self.lora_rank),
            Contraction("convolution", places, inputs, (self.filters,), ("kernel",)),
            *finished(self, self.join(places, self.filters)),
        )


@layer
class Conv1D(Conv):
    """Slide ``filters`` kernels along a sequence.

    >>> print(parse("Input(t, c) -> Conv1D(f, k, causal)").output_shape)
    (t, f)

    Shape: ``(t, c)`` to ``(positions, filters)``; ``padding`` is valid, same or causal.
    """

    takes = "t c"
    padding: CausalPadding = "valid"


@layer
class Conv2D(Conv):
    """Slide ``filters`` kernels over an image.

    >>> net = parse("Input(8, 8, 1) -> Conv2D(32, 3x2)")
    >>> print(net.output_shape, net.params)
    (6, 7, 32) 224

    Shape: ``(h, w, c)`` to ``(positions, positions, filters)``. The kernel is written height
    first; with ``groups`` each kernel sees ``c/groups`` channels.
    """

    takes = "h w c"


@layer
class Conv3D(Conv):
    """Slide ``filters`` kernels through a volume.

    >>> print(parse("Input(16, 112, 112, 3) -> Conv3D(64, 3x7x7, 1x2x2, same)").output_shape)
    (16, 56, 56, 64)

    Shape: ``(d, h, w, c)`` to ``(positions, positions, positions, filters)``.
    """

    takes = "d h w c"


class ConvTranspose(SpatialLayer):
    """What transposed convolutions over one, two and three axes share."""

    ignores = tuning("kernel", "bias")

    filters: Count
    kernel_size: Spatial
    strides: Spatial = everywhere(1)
    padding: Padding = "valid"
    output_padding: OutputPadding = None
    data_format: DataFormat = "channels_last"
    dilation_rate: Spatial = everywhere(1)
    activation: Function = "linear"
    use_bias: Flag = True

    def check(self) -> None:
        refuse_strides_with_dilation(self.title, self.strides, self.dilation_rate)
        for extra, stride in zip(self.output_padding or (), self.strides, strict=False):
            if not required(stride, ">=", extra + 1):
                raise ArgumentError(
                    f"{self.title}: output_padding {extra} must be less than its stride {stride}"
                )

    def output_shape(self, x: Shape) -> Shape:
        spatial, _ = self.split(x)
        return activated(self.join(self.spread(spatial), self.filters), self.activation)

    def spread(self, spatial: Shape) -> Shape:
        """The number of output positions along each axis."""
        extra = self.output_padding or (None,) * len(spatial)
        return tuple(
            self._spread(*axis)
            for axis in zip(
                spatial, self.kernel_size, self.strides, self.dilation_rate, extra, strict=True
            )
        )

    def _spread(self, n: Size, k: Size, s: Size, d: Size, extra: Size | None) -> Size:
        """The output size along one axis (Keras 3, ``compute_conv_transpose_output_shape``).

        No output padding is not an output padding of 0: it stands for whatever makes
        ``same`` come out at ``n*s`` and ``valid`` cover the last stride.
        """
        reach = d * (k - 1) + 1
        if self.padding == "same":
            if extra is None:
                return n * s
            return (n - 1) * s + reach - 2 * floordiv(reach, 2) + extra
        if extra is None:
            return n * s + maximum(reach - s, 0)
        return (n - 1) * s + reach + extra

    def weights(self, x: Shape) -> tuple[Weight, ...]:
        _, channels = self.split(x)
        return (
            Weight("kernel", (*self.kernel_size, self.filters, channels)),
            *([Weight("bias", (self.filters,))] if self.use_bias else ()),
        )

    def work(self, x: Shape) -> Work:
        spatial, channels = self.split(x)
        outputs = (*self.kernel_size, self.filters)
        return (
            # At every input, whatever the padding cuts off afterwards.
            Contraction("transposed convolution", spatial, (channels,), outputs, ("kernel",)),
            *finished(self, self.join(self.spread(spatial), self.filters)),
        )


@layer
class Conv1DTranspose(ConvTranspose):
    """Spread each step of a sequence over ``kernel_size`` steps.

    >>> print(parse("Input(5, 3) -> Conv1DTranspose(4, 3, 2, same)").output_shape)
    (10, 4)

    Shape: ``(t, c)`` to ``(spread, filters)``.
    """

    takes = "t c"


@layer
class Conv2DTranspose(ConvTranspose):
    """Spread each pixel of an image over a kernel, also called deconvolution.

    >>> net = parse("Input(40, 110, 1) -> Deconvolution2D(5, 2x2)")
    >>> print(net.output_shape, net.params)
    (41, 111, 5) 25

    Shape: ``(h, w, c)`` to ``(spread, spread, filters)``. With padding same the size is
    multiplied by the stride; ``output_padding`` given as a number changes that.
    """

    takes = "h w c"


@layer
class Conv3DTranspose(ConvTranspose):
    """Spread each voxel of a volume over a kernel.

    >>> print(parse("Input(3, 4, 5, 3) -> Conv3DTranspose(4, 3, 2, same)").output_shape)
    (6, 8, 10, 4)

    Shape: ``(d, h, w, c)`` to ``(spread, spread, spread, filters)``.
    """

    takes = "d h w c"
    order = "filters kernel_size strides padding data_format output_padding"


class DepthwiseConv(SpatialLayer):
    """What depthwise convolutions over one and two axes share."""

    ignores = tuning("depthwise", "bias")

    kernel_size: Spatial
    strides: Spatial = everywhere(1)
    padding: Padding = "valid"
    depth_multiplier: Count = 1
    data_format: DataFormat = "channels_last"
    dilation_rate: Spatial = everywhere(1)
    activation: Function = "linear"
    use_bias: Flag = True

    def output_shape(self, x: Shape) -> Shape:
        _, channels = self.split(x)
        return convolved(self, x, product([channels, self.depth_multiplier]))

    def weights(self, x: Shape) -> tuple[Weight, ...]:
        _, channels = self.split(x)
        bias = Weight("bias", (product([channels, self.depth_multiplier]),))
        return (
            Weight("kernel", (*self.kernel_size, channels, self.depth_multiplier)),
            *([bias] if self.use_bias else ()),
        )

    def work(self, x: Shape) -> Work:
        _, channels = self.split(x)
        places = output_positions(self, x)
        outputs = (channels, self.depth_multiplier)
        return (
            Contraction("convolution", places, self.kernel_size, outputs, ("kernel",)),
            *finished(self, self.join(places, product(outputs))),
        )


@layer
class DepthwiseConv1D(DepthwiseConv):
    """Slide ``depth_multiplier`` kernels along each channel of a sequence by itself.

    >>> print(parse("Input(t, c) -> DepthwiseConv1D(k, same)").params)
    c*(k + 1)

    Shape: ``(t, c)`` to ``(positions, c*depth_multiplier)``.
    """

    takes = "t c"


@layer
class DepthwiseConv2D(DepthwiseConv):
    """Slide ``depth_multiplier`` kernels over each channel of an image by itself.

    >>> print(parse("Input(h, w, c) -> DepthwiseConv2D(3, same, depth_multiplier=m)").params)
    10*c*m

    Shape: ``(h, w, c)`` to ``(positions, positions, c*depth_multiplier)``.
    """

    takes = "h w c"


class SeparableConv(SpatialLayer):
    """What separable convolutions over one and two axes share."""

    ignores = tuning("depthwise", "pointwise", "bias")

    filters: Count
    kernel_size: Spatial
    strides: Spatial = everywhere(1)
    padding: Padding = "valid"
    data_format: DataFormat = "channels_last"
    dilation_rate: Spatial = everywhere(1)
    depth_multiplier: Count = 1
    activation: Function = "linear"
    use_bias: Flag = True

    def output_shape(self, x: Shape) -> Shape:
        return convolved(self, x, self.filters)

    def weights(self, x: Shape) -> tuple[Weight, ...]:
        spatial, channels = self.split(x)
        middle = product([channels, self.depth_multiplier])
        return (
            Weight("depthwise_kernel", (*self.kernel_size, channels, self.depth_multiplier)),
            Weight("pointwise_kernel", (*(1 for _ in spatial), middle, self.filters)),
            *([Weight("bias", (self.filters,))] if self.use_bias else ()),
        )

    def work(self, x: Shape) -> Work:
        _, channels = self.split(x)
        places = output_positions(self, x)
        middle = (channels, self.depth_multiplier)
        return (
            Contraction("convolution", places, self.kernel_size, middle, ("depthwise_kernel",)),
            Contraction("convolution", places, middle, (self.filters,), ("pointwise_kernel",)),
            *finished(self, self.join(places, self.filters)),
        )


@layer
class SeparableConv1D(SeparableConv):
    """Convolve each channel of a sequence by itself, then mix the channels.

    >>> print(parse("Input(t, c) -> SeparableConv1D(f, 3)").params)
    3*c + f*(c + 1)

    Shape: ``(t, c)`` to ``(positions, filters)``. The depthwise half has no bias.
    """

    takes = "t c"


@layer
class SeparableConv2D(SeparableConv):
    """Convolve each channel of an image by itself, then mix the channels.

    >>> print(parse("Input(h, w, c) -> SeparableConv2D(f, k x k, same)").params)
    c*k**2 + f*(c + 1)

    Shape: ``(h, w, c)`` to ``(positions, positions, filters)``. The depthwise half has no bias.
    """

    takes = "h w c"


def convolved(layer: Conv | DepthwiseConv | SeparableConv, x: Shape, filters: Size) -> Shape:
    """The shape after the kernel has been slid over ``x``, with ``filters`` channels."""
    return activated(layer.join(output_positions(layer, x), filters), layer.activation)


def output_positions(layer: Conv | DepthwiseConv | SeparableConv, x: Shape) -> Shape:
    """At how many positions along each axis the kernel is laid."""
    spatial, _ = layer.split(x)
    return layer.slide(
        spatial, layer.kernel_size, layer.strides, layer.padding, layer.dilation_rate
    )


def finished(layer: Conv | ConvTranspose | DepthwiseConv | SeparableConv, y: Shape) -> Work:
    """The bias and the activation that follow a convolution."""
    return (*bias(y, layer.use_bias), *activation(y, layer.activation))


def refuse_strides_with_dilation(title: str, strides: Shape, dilation: Shape) -> None:
    """Keras does not convolve with both above 1."""
    if all(any(positive(size - 1) for size in sizes) for sizes in (strides, dilation)):
        raise ArgumentError(f"{title}: strides and dilation_rate above 1 do not go together")
