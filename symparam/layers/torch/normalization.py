"""PyTorch's normalization, whose running statistics are buffers and no parameters."""

from typing import Annotated, ClassVar

from symparam.algebra.conditions import required
from symparam.algebra.sizes import Shape, Size, exact, product
from symparam.errors import ArgumentError, ShapeError
from symparam.layers.contract.base import Layer, Weight
from symparam.layers.contract.kinds import Count, Flag, KeywordFlag, Real, ShapeKind
from symparam.layers.contract.registry import layer
from symparam.layers.contract.signature import show_shape
from symparam.layers.contract.work import Work, normalization
from symparam.layers.torch.base import Bias, Channels, OptionalReal, TorchLayer


class ChannelNorm(Channels):
    """What normalization of each channel by itself shares."""

    over_batch: ClassVar[bool] = True  # whether all examples are normalized alike

    eps: Real = 1e-05
    momentum: OptionalReal = 0.1
    affine: Flag = True
    track_running_stats: Flag = True
    bias: KeywordFlag = True

    def channels_in(self, x: Shape) -> Size:
        """How many channels the weights are made for: those of the input, unless told."""
        return x[0]

    def weights(self, x: Shape) -> tuple[Weight, ...]:
        return gain_and_shift((self.channels_in(x),), self.affine, self.bias)

    def work(self, x: Shape) -> Work:
        word, each = ("batch", 1) if self.over_batch else ("instance", product(x[1:]))
        shift = self.affine and self.bias
        return normalization(x, word, each, gain=self.affine, shift=shift)

    def buffers(self, x: Shape) -> tuple[Weight, ...]:
        if not self.track_running_stats:
            return ()
        size = self.channels_in(x)
        return (
            Weight("running_mean", (size,), trainable=False),
            Weight("running_var", (size,), trainable=False),
            Weight("num_batches_tracked", (), trainable=False),
        )


class GivenChannelNorm(ChannelNorm):
    """Normalization told the number of channels, which is unchecked where nothing is stored."""

    order = "num_features"

    num_features: Count

    def output_shape(self, x: Shape) -> Shape:
        if self.affine or self.track_running_stats:
            self.expect("num_features", x[0], x)
        return x

    def channels_in(self, x: Shape) -> Size:
        return self.num_features


@layer
class BatchNorm1d(GivenChannelNorm):
    """Normalize each feature, or each channel of a sequence, over the batch.

    >>> net = parse("Input(d) -> nn.Linear(d, n) -> nn.BatchNorm1d(n)")
    >>> print(net.params, net.buffers)
    d*n + 3*n 2*n + 1

    Keeps the shape, ``(c,)`` or ``(c, t)``. Running mean and variance and the count of
    batches are buffers.
    """

    most = 2


@layer
class BatchNorm2d(GivenChannelNorm):
    """Normalize each channel of an image over the batch.

    >>> net = parse("Input(c, h, w) -> nn.BatchNorm2d(c)")
    >>> print(net.params, net.non_trainable_params, net.buffers)
    2*c 0 2*c + 1

    Keeps the shape, ``(c, h, w)``. Running mean and variance and the count of batches are
    buffers.
    """

    least = most = 3


@layer
class BatchNorm3d(GivenChannelNorm):
    """Normalize each channel of a volume over the batch.

    >>> print(parse("Input(c, d, h, w) -> nn.BatchNorm3d(c, affine=False)").params)
    0

    Keeps the shape, ``(c, d, h, w)``. Running mean and variance and the count of batches
    are buffers.
    """

    least = most = 4


@layer
class SyncBatchNorm(GivenChannelNorm):
    """Normalize each channel over the batches of several processes.

    >>> print(parse("Input(c, h, w) -> nn.SyncBatchNorm(c)").params)
    2*c

    Keeps the shape, ``(c, ...)``. Parameters and buffers as for BatchNorm2d.
    """

    ignores = GivenChannelNorm.ignores + " process_group"


@layer
class LazyBatchNorm1d(ChannelNorm):
    """A BatchNorm1d that reads ``num_features`` off its input.

    >>> print(parse("Input(c, t) -> nn.LazyBatchNorm1d").params)
    2*c

    Keeps the shape, ``(c,)`` or ``(c, t)``.
    """

    most = 2


@layer
class LazyBatchNorm2d(ChannelNorm):
    """A BatchNorm2d that reads ``num_features`` off its input.

    >>> print(parse("Input(c, h, w) -> nn.LazyBatchNorm2d").params)
    2*c

    Keeps the shape, ``(c, h, w)``.
    """

    least = most = 3


@layer
class LazyBatchNorm3d(ChannelNorm):
    """A BatchNorm3d that reads ``num_features`` off its input.

    >>> print(parse("Input(c, d, h, w) -> nn.LazyBatchNorm3d").params)
    2*c

    Keeps the shape, ``(c, d, h, w)``.
    """

    least = most = 4


class InstanceNorm(GivenChannelNorm):
    """What normalization of each channel of each example shares."""

    over_batch = False

    affine: Flag = False
    track_running_stats: Flag = False


@layer
class InstanceNorm1d(InstanceNorm):
    """Normalize each channel of each sequence.

    >>> print(parse("Input(c, t) -> nn.InstanceNorm1d(c)").params)
    0

    Keeps the shape, ``(c, t)``. Nothing is stored without ``affine``.
    """

    least = most = 2


@layer
class InstanceNorm2d(InstanceNorm):
    """Normalize each channel of each image.

    >>> print(parse("Input(c, h, w) -> nn.InstanceNorm2d(c, affine=True)").params)
    2*c

    Keeps the shape, ``(c, h, w)``. Nothing is stored without ``affine``, and no buffers
    without ``track_running_stats``.
    """

    least = most = 3


@layer
class InstanceNorm3d(InstanceNorm):
    """Normalize each channel of each volume.

    >>> print(parse("Input(c, d, h, w) -> nn.InstanceNorm3d(c)").params)
    0

    Keeps the shape, ``(c, d, h, w)``. Nothing is stored without ``affine``.
    """

    least = most = 4


@layer
class LazyInstanceNorm1d(ChannelNorm):
    """An InstanceNorm1d that reads ``num_features`` off its input.

    >>> print(parse("Input(c, t) -> nn.LazyInstanceNorm1d").params)
    2*c

    Keeps the shape, ``(c, t)``. Unlike InstanceNorm1d it has weights and buffers by default.
    """

    over_batch = False
    least = most = 2


@layer
class LazyInstanceNorm2d(ChannelNorm):
    """An InstanceNorm2d that reads ``num_features`` off its input.

    >>> print(parse("Input(c, h, w) -> nn.LazyInstanceNorm2d").params)
    2*c

    Keeps the shape, ``(c, h, w)``. Unlike InstanceNorm2d it has weights and buffers by
    default.
    """

    over_batch = False
    least = most = 3


@layer
class LazyInstanceNorm3d(ChannelNorm):
    """An InstanceNorm3d that reads ``num_features`` off its input.

    >>> print(parse("Input(c, d, h, w) -> nn.LazyInstanceNorm3d").params)
    2*c

    Keeps the shape, ``(c, d, h, w)``. Unlike InstanceNorm3d it has weights and buffers by
    default.
    """

    over_batch = False
    least = most = 4


@layer
class GroupNorm(Channels):
    """Normalize each example over groups of channels.

    >>> print(parse("Input(64, h, w) -> nn.GroupNorm(8, 64)").params)
    128

    Keeps the shape, ``(c, ...)``; ``num_groups`` must divide ``num_channels``.
    """

    num_groups: Count
    num_channels: Count
    eps: Real = 1e-05
    affine: Flag = True
    bias: KeywordFlag = True

    def check(self) -> None:
        if not required(self.num_groups, "|", self.num_channels):
            raise ArgumentError(
                f"{self.title}: {self.num_groups} groups do not divide num_channels "
                f"{self.num_channels}"
            )

    def output_shape(self, x: Shape) -> Shape:
        if self.affine:
            self.expect("num_channels", x[0], x)
        elif not required(self.num_groups, "|", x[0]):
            raise ShapeError(
                f"{self.title}: {self.num_groups} groups do not divide the {x[0]} channels of "
                f"{show_shape(x)}"
            )
        return x

    def weights(self, x: Shape) -> tuple[Weight, ...]:
        return gain_and_shift((self.num_channels,), self.affine, self.bias)

    def work(self, x: Shape) -> Work:
        each = exact(product(x), self.num_groups)
        shift = self.affine and self.bias
        return normalization(x, "group", each, gain=self.affine, shift=shift)


class EndKind(ShapeKind):
    """The sizes that a shape ends in."""

    def sample(self, layer: type[Layer]) -> Shape:
        return (1,)


class ShapeNorm(TorchLayer):
    """What normalization over the last axes shares."""

    takes = "... n"

    normalized_shape: Annotated[Shape, EndKind()]

    def check(self) -> None:
        if not self.normalized_shape:
            raise ArgumentError(f"{self.title}: normalized_shape needs at least one size")

    def output_shape(self, x: Shape) -> Shape:
        shape = self.normalized_shape
        if len(shape) > len(x) or not all(
            required(a, "=", b) for a, b in zip(shape, x[-len(shape) :], strict=True)
        ):
            raise ShapeError(
                f"{self.title}: normalized_shape {show_shape(shape)} does not match "
                f"the last axes of its input {show_shape(x)}"
            )
        return x


@layer
class LayerNorm(ShapeNorm):
    """Normalize each example over its last axes.

    >>> print(parse("Input(n, d) -> nn.LayerNorm(d)").params)
    2*d

    Keeps the shape, which must end in ``normalized_shape``. Gain and shift have that shape.
    """

    eps: Real = 1e-05
    elementwise_affine: Flag = True
    bias: Bias = True

    def weights(self, x: Shape) -> tuple[Weight, ...]:
        return gain_and_shift(self.normalized_shape, self.elementwise_affine, self.bias)

    def work(self, x: Shape) -> Work:
        gain = self.elementwise_affine
        each = product(self.normalized_shape)
        return normalization(x, "layer", each, gain=gain, shift=gain and self.bias)


@layer
class RMSNorm(ShapeNorm):
    """Divide by the root of the mean square over the last axes, with a learned gain.

    >>> print(parse("Input(n, d) -> nn.RMSNorm(d)").params)
    d

    Keeps the shape, which must end in ``normalized_shape``. One gain, no shift.
    """

    eps: OptionalReal = None
    elementwise_affine: Flag = True

    def weights(self, x: Shape) -> tuple[Weight, ...]:
        return gain_and_shift(self.normalized_shape, self.elementwise_affine, False)

    def work(self, x: Shape) -> Work:
        each = product(self.normalized_shape)
        return normalization(x, "rms", each, gain=self.elementwise_affine)


@layer
class LocalResponseNorm(Channels):
    """Normalize each position over neighbouring channels (Krizhevsky et al. 2012).

    >>> print(parse("Input(96, 55, 55) -> nn.LocalResponseNorm(5)").params)
    0

    Keeps the shape, ``(c, ...)``. No weights.
    """

    least = 2

    size: Count
    alpha: Real = 0.0001
    beta: Real = 0.75
    k: Real = 1

    def work(self, x: Shape) -> Work:
        return normalization(x, "response", self.size)


@layer
class CrossMapLRN2d(Channels):
    """Normalize each pixel over neighbouring channels (Krizhevsky et al. 2012).

    >>> print(parse("Input(96, 55, 55) -> nn.CrossMapLRN2d(5)").params)
    0

    Keeps the shape, ``(c, h, w)``. No weights.
    """

    least = most = 3

    size: Count
    alpha: Real = 0.0001
    beta: Real = 0.75
    k: Real = 1

    def work(self, x: Shape) -> Work:
        return normalization(x, "response", self.size)


def gain_and_shift(shape: Shape, affine: bool, bias: bool) -> tuple[Weight, ...]:
    """The learned gain and shift of a normalization."""
    if not affine:
        return ()
    return (Weight("weight", shape), *([Weight("bias", shape)] if bias else ()))
