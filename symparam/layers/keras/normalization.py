"""Normalization: bring the input to a fixed mean or scale, with a learned gain and shift."""

from typing import Annotated, Any

from symparam.algebra.conditions import required
from symparam.algebra.sizes import Shape, Size, exact, product
from symparam.errors import ArgumentError, ShapeError
from symparam.layers.contract.base import Layer, Weight, check_fits, tuning
from symparam.layers.contract.kinds import (
    Axes,
    AxesKind,
    Axis,
    Flag,
    KeywordFlag,
    Kind,
    NumbersKind,
    Real,
    read_size,
    resolve,
)
from symparam.layers.contract.registry import layer
from symparam.layers.contract.signature import show_shape
from symparam.layers.contract.words import Words
from symparam.layers.contract.work import Work, normalization


@layer
class BatchNormalization(Layer):
    """Normalize each channel over the batch.

    >>> net = parse("Input(h, w, c) -> BatchNormalization")
    >>> print(net.params, net.trainable_params, net.non_trainable_params)
    4*c 2*c 2*c

    Keeps the shape. ``gamma`` and ``beta`` are trained (``scale``, ``center``); the moving
    mean and variance are not, and Keras counts them. ``renorm`` adds three more of those.
    """

    takes = "... c"
    ignores = (
        tuning("beta", "gamma") + " moving_mean_initializer moving_variance_initializer"
        " renorm_clipping renorm_momentum synchronized"
    )

    axis: Axis = -1
    momentum: Real = 0.99
    epsilon: Real = 0.001
    center: Flag = True
    scale: Flag = True
    renorm: KeywordFlag = False

    def output_shape(self, x: Shape) -> Shape:
        self.axis_size(self.axis, x)
        return x

    def weights(self, x: Shape) -> tuple[Weight, ...]:
        size = self.axis_size(self.axis, x)
        moving = ["moving_mean", "moving_variance"]
        if self.renorm:
            moving += ["moving_stddev", "renorm_mean", "renorm_stddev"]
        return (
            *gain_and_shift((size,), self.scale, self.center),
            *(Weight(name, (size,), trainable=False) for name in moving),
        )

    def work(self, x: Shape) -> Work:
        return normalization(x, "batch", gain=self.scale, shift=self.center)


@layer
class LayerNormalization(Layer):
    """Normalize each example over one axis or several.

    >>> print(parse("Input(n, d) -> LayerNormalization").params)
    2*d

    Keeps the shape. ``gamma`` and ``beta`` have the sizes of the normalized axes.
    """

    takes = "... n"
    ignores = tuning("beta", "gamma")

    axis: Axes = (-1,)
    epsilon: Real = 0.001
    center: Flag = True
    scale: Flag = True
    rms_scaling: KeywordFlag = False

    def output_shape(self, x: Shape) -> Shape:
        sizes_along(self, self.axis, x)
        return x

    def weights(self, x: Shape) -> tuple[Weight, ...]:
        shape = sizes_along(self, self.axis, x)
        return gain_and_shift(
            shape, self.scale or self.rms_scaling, self.center and not self.rms_scaling
        )

    def work(self, x: Shape) -> Work:
        each = product(sizes_along(self, self.axis, x))
        if self.rms_scaling:
            return normalization(x, "rms", each, gain=True)
        return normalization(x, "layer", each, gain=self.scale, shift=self.center)


class GroupsKind(Kind):
    """A number of groups, -1 for one group a channel."""

    counts = takes_sizes = True
    says = "a whole number of at least 1, or -1 for one group a channel"

    def read(self, value: Any, layer: type[Layer]) -> Size:
        value = resolve(value)
        return -1 if value == -1 else read_size(value, 1)

    def in_words(self, name: str, value: Any, layer: type[Layer], words: Words) -> Any:
        return words.symbol(name, value)


@layer
class GroupNormalization(Layer):
    """Normalize each example over groups of channels.

    >>> print(parse("Input(h, w, 64) -> GroupNormalization(8)").params)
    128

    Keeps the shape; the groups must divide the channels. ``groups=-1`` makes each channel
    a group (instance normalization).
    """

    takes = "... c"
    ignores = tuning("beta", "gamma")

    groups: Annotated[Size, GroupsKind()] = 32
    axis: Axis = -1
    epsilon: Real = 0.001
    center: Flag = True
    scale: Flag = True

    def output_shape(self, x: Shape) -> Shape:
        channels = self.axis_size(self.axis, x)
        if self.groups != -1 and not (
            required(self.groups, "|", channels) and required(channels, ">=", 1)
        ):
            raise ShapeError(
                f"GroupNormalization: {self.groups} groups do not divide the {channels} channels "
                f"of its input {show_shape(x)}",
                hint="groups is 32 unless given" if self.groups == 32 else None,
            )
        return x

    def weights(self, x: Shape) -> tuple[Weight, ...]:
        return gain_and_shift((self.axis_size(self.axis, x),), self.scale, self.center)

    def work(self, x: Shape) -> Work:
        groups = self.axis_size(self.axis, x) if self.groups == -1 else self.groups
        each = exact(product(x), groups)
        return normalization(x, "group", each, gain=self.scale, shift=self.center)


@layer
class RMSNormalization(Layer):
    """Divide by the root of the mean square, with a learned gain.

    >>> print(parse("Input(n, d) -> RMSNormalization").params)
    d

    Keeps the shape. One gain of the sizes of the normalized axes, no shift.
    """

    takes = "... n"

    axis: Axes = (-1,)
    epsilon: Real = 1e-06

    def output_shape(self, x: Shape) -> Shape:
        # Keras broadcasts the gain from the last axis, whichever axis was meant.
        check_fits(self.title, sizes_along(self, self.axis, x), x)
        return x

    def weights(self, x: Shape) -> tuple[Weight, ...]:
        return (Weight("scale", sizes_along(self, self.axis, x)),)

    def work(self, x: Shape) -> Work:
        return normalization(x, "rms", product(sizes_along(self, self.axis, x)), gain=True)


@layer
class UnitNormalization(Layer):
    """Scale to length one along one axis or several.

    >>> print(parse("Input(n, d) -> UnitNormalization").params)
    0

    Keeps the shape. No weights.
    """

    axis: Axes = (-1,)

    def output_shape(self, x: Shape) -> Shape:
        self.axis_indices(self.axis, x)
        return x

    def work(self, x: Shape) -> Work:
        along = (x[i] for i in self.axis_indices(self.axis, x) if i is not None)
        return normalization(x, "unit", product(along))


class MomentsKind(NumbersKind):
    """Numbers known in advance: one, or a list of them for each axis, nested."""

    def read(self, value: Any, layer: type[Layer]) -> Any:
        if isinstance(value, tuple | list):
            return tuple(self.read(entry, layer) for entry in value)
        return super().read(value, layer)


@layer
class Normalization(Layer):
    """Shift and scale to the mean and the variance of known data.

    >>> net = parse("Input(n, d) -> Normalization")
    >>> print(net.params, net.trainable_params)
    2*d + 1 0

    Keeps the shape. ``mean`` and ``variance`` have the sizes of the kept axes, ``count`` is
    one number; none is trained, and there are none where mean and variance are given.
    """

    axis: Annotated[tuple[int, ...] | None, AxesKind(optional=True)] = (-1,)
    mean: Annotated[Any, MomentsKind(optional=True)] = None
    variance: Annotated[Any, MomentsKind(optional=True)] = None
    invert: Flag = False

    def check(self) -> None:
        if (self.mean is None) != (self.variance is None):
            raise ArgumentError("Normalization needs both mean and variance, or neither")
        shape = shape_of(self.mean)
        if shape is None or shape != shape_of(self.variance):
            raise ArgumentError("Normalization: mean and variance must have the same shape")
        if len(shape) > len(self.axis or ()):
            raise ArgumentError("Normalization: mean and variance have more axes than axis names")

    def kept(self, x: Shape) -> Shape:
        """The sizes along the axes that each have their own mean."""
        indices = self.axis_indices(self.axis or (), x)
        if None in indices:
            raise ShapeError("Normalization cannot work along the batch axis")
        return tuple(x[index] for index in sorted(i for i in indices if i is not None))

    def output_shape(self, x: Shape) -> Shape:
        kept = self.kept(x)
        known = shape_of(self.mean) or ()
        for n, size in zip(reversed(known), reversed(kept), strict=False):
            if n != 1 and not required(size, "=", n):
                raise ShapeError(
                    f"Normalization: a mean of shape {show_shape(known)} does not fit "
                    f"the axes of sizes {show_shape(kept)}"
                )
        return x

    def weights(self, x: Shape) -> tuple[Weight, ...]:
        if self.mean is not None:
            return ()
        kept = self.kept(x)
        shapes = {"mean": kept, "variance": kept, "count": ()}
        return tuple(Weight(name, shape, trainable=False) for name, shape in shapes.items())

    def work(self, x: Shape) -> Work:
        return normalization(x, "known")


def shape_of(value: Any) -> tuple[int, ...] | None:
    """The shape of nested tuples, None when they are of different lengths."""
    if not isinstance(value, tuple):
        return ()
    shapes = {shape_of(entry) for entry in value} or {()}
    inner = shapes.pop()
    return None if shapes or inner is None else (len(value), *inner)


def gain_and_shift(shape: Shape, scale: bool, center: bool) -> tuple[Weight, ...]:
    """The learned gain and shift of a normalization."""
    return (
        *([Weight("gamma", shape)] if scale else ()),
        *([Weight("beta", shape)] if center else ()),
    )


def sizes_along(layer: Layer, axes: tuple[int, ...], x: Shape) -> Shape:
    """The sizes along several axes, in the order the framework sorts them."""
    layer.axis_indices(axes, x)
    return tuple(layer.axis_size(axis, x) for axis in sorted(axes))
