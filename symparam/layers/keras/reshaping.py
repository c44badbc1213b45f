"""Layers that only rearrange, cut, pad or repeat their input."""

from typing import Annotated

from symparam.algebra.conditions import required
from symparam.algebra.sizes import Shape, exact, product
from symparam.errors import ArgumentError, ShapeError
from symparam.layers.contract.base import Layer
from symparam.layers.contract.kinds import (
    Borders,
    Count,
    DataFormat,
    Sizes,
    Spatial,
    TargetShape,
    WordKind,
    everywhere,
)
from symparam.layers.contract.registry import layer
from symparam.layers.contract.signature import show_shape, show_value
from symparam.layers.contract.spatial import SpatialLayer
from symparam.layers.contract.work import Work, elementwise

Interpolation = Annotated[str, WordKind("nearest", "bilinear", "bicubic", "lanczos3", "lanczos5")]


@layer
class Flatten(Layer):
    """Lay all axes out as one.

    >>> print(parse("Input(h, w, c) -> Flatten").output_shape)
    (c*h*w,)

    Shape: any to ``(product,)``. No weights.
    """

    data_format: DataFormat = "channels_last"

    def output_shape(self, x: Shape) -> Shape:
        return (product(x),)


@layer
class Reshape(Layer):
    """Give the same elements another shape.

    >>> print(parse("Input(h, w, c) -> Reshape((-1, c))").output_shape)
    (h*w, c)

    Shape: any to ``target_shape``, which must have as many elements; one size may be -1.
    """

    target_shape: TargetShape

    def output_shape(self, x: Shape) -> Shape:
        elements = product(x)
        known = product(size for size in self.target_shape if size != -1)
        shapes = f"{show_shape(x)} into {show_shape(self.target_shape)}"
        if -1 not in self.target_shape:
            if not required(elements, "=", known):
                raise ShapeError(
                    f"Reshape cannot turn {shapes}: {elements} elements are not {known}"
                )
            return self.target_shape
        if known == 0 or not required(known, "|", elements):
            raise ShapeError(f"Reshape cannot turn {shapes}: {known} does not divide {elements}")
        rest = exact(elements, known)
        return tuple(rest if size == -1 else size for size in self.target_shape)


@layer
class Permute(Layer):
    """Put the axes in another order.

    >>> print(parse("Input(h, w, c) -> Permute((3, 1, 2))").output_shape)
    (c, h, w)

    ``dims`` lists the axes from 1, without the batch axis. No weights.
    """

    dims: Sizes

    def check(self) -> None:
        if not all(isinstance(dim, int) for dim in self.dims) or sorted(self.dims) != list(
            range(1, len(self.dims) + 1)
        ):
            raise ArgumentError(
                f"Permute: dims must list the axes from 1 once each, got {show_value(self.dims)}"
            )

    def needs_rank(self) -> int:
        return len(self.dims)

    def axis_letters(self, rank: int) -> tuple[str, ...]:
        return tuple(f"n{i}" for i in range(1, rank + 1))

    def output_shape(self, x: Shape) -> Shape:
        return tuple(x[dim - 1] for dim in self.dims if isinstance(dim, int))


@layer
class RepeatVector(Layer):
    """Repeat a vector ``n`` times, as a sequence.

    >>> print(parse("Input(d) -> RepeatVector(t)").output_shape)
    (t, d)

    Shape: ``(d,)`` to ``(n, d)``. No weights.
    """

    takes = "n"

    n: Count

    def output_shape(self, x: Shape) -> Shape:
        return (self.n, *x)


class ZeroPadding(SpatialLayer):
    """What zero padding of one, two and three axes shares."""

    padding: Borders = everywhere(1)
    data_format: DataFormat = "channels_last"

    def output_shape(self, x: Shape) -> Shape:
        spatial, channels = self.split(x)
        padded = (
            n + before + after for n, (before, after) in zip(spatial, self.padding, strict=True)
        )
        return self.join(tuple(padded), channels)

    def work(self, x: Shape) -> Work:
        return elementwise("padding", self.output_shape(x))


@layer
class ZeroPadding1D(ZeroPadding):
    """Add zeros before and after a sequence.

    >>> print(parse("Input(t, c) -> ZeroPadding1D((1, 2))").output_shape)
    (t + 3, c)

    Shape: ``(t, c)`` to ``(t + before + after, c)``. No weights.
    """

    takes = "t c"


@layer
class ZeroPadding2D(ZeroPadding):
    """Add zeros around an image.

    >>> print(parse("Input(h, w, c) -> ZeroPadding2D(((1, 0), (2, 2)))").output_shape)
    (h + 1, w + 4, c)

    ``padding`` is one number, one for each axis, or a pair (before, after) for each axis.
    """

    takes = "h w c"


@layer
class ZeroPadding3D(ZeroPadding):
    """Add zeros around a volume.

    >>> print(parse("Input(5, 6, 7, 3) -> ZeroPadding3D(2)").output_shape)
    (9, 10, 11, 3)

    ``padding`` is one number, one for each axis, or a pair (before, after) for each axis.
    """

    takes = "d h w c"


class Cropping(SpatialLayer):
    """What cropping of one, two and three axes shares."""

    cropping: Borders = everywhere(1)

    def output_shape(self, x: Shape) -> Shape:
        spatial, channels = self.split(x)
        kept = []
        for n, (before, after) in zip(spatial, self.cropping, strict=True):
            if not required(n, ">=", before + after + 1):
                raise ShapeError(
                    f"{self.title} would cut {before} + {after} off an axis of size {n}: "
                    f"{show_shape(x)}"
                )
            kept.append(n - before - after)
        return self.join(tuple(kept), channels)


@layer
class Cropping1D(Cropping):
    """Cut steps off the ends of a sequence.

    >>> print(parse("Input(t, c) -> Cropping1D((1, 2))").output_shape)
    (t - 3, c)

    Shape: ``(t, c)`` to ``(t - before - after, c)``. No weights.
    """

    takes = "t c"


@layer
class Cropping2D(Cropping):
    """Cut borders off an image.

    >>> print(parse("Input(7, 8, 3) -> Cropping2D((1, 2))").output_shape)
    (5, 4, 3)

    ``cropping`` is one number, one for each axis, or a pair (before, after) for each axis.
    """

    takes = "h w c"

    cropping: Borders = everywhere(0)
    data_format: DataFormat = "channels_last"


@layer
class Cropping3D(Cropping):
    """Cut borders off a volume.

    >>> print(parse("Input(5, 6, 7, 3) -> Cropping3D((0, 1, 2))").output_shape)
    (5, 4, 3, 3)

    ``cropping`` is one number, one for each axis, or a pair (before, after) for each axis.
    """

    takes = "d h w c"

    data_format: DataFormat = "channels_last"


class UpSampling(SpatialLayer):
    """What upsampling of one, two and three axes shares."""

    interpolation = "nearest"

    def work(self, x: Shape) -> Work:
        return elementwise("upsampling", self.first_output(x), self.interpolation)

    def enlarge(self, x: Shape, factors: Shape) -> Shape:
        spatial, channels = self.split(x)
        return self.join(
            tuple(product(pair) for pair in zip(spatial, factors, strict=True)), channels
        )


@layer
class UpSampling1D(UpSampling):
    """Repeat each step of a sequence.

    >>> print(parse("Input(t, c) -> UpSampling1D(3)").output_shape)
    (3*t, c)

    Shape: ``(t, c)`` to ``(size*t, c)``. No weights.
    """

    takes = "t c"

    size: Count = 2

    def output_shape(self, x: Shape) -> Shape:
        return self.enlarge(x, (self.size,))


@layer
class UpSampling2D(UpSampling):
    """Enlarge an image.

    >>> print(parse("Input(h, w, c) -> UpSampling2D(2x3)").output_shape)
    (2*h, 3*w, c)

    Shape: ``(h, w, c)`` to ``(size*h, size*w, c)``. No weights.
    """

    takes = "h w c"

    size: Spatial = everywhere(2)
    data_format: DataFormat = "channels_last"
    interpolation: Interpolation = "nearest"

    def output_shape(self, x: Shape) -> Shape:
        return self.enlarge(x, self.size)


@layer
class UpSampling3D(UpSampling):
    """Enlarge a volume.

    >>> print(parse("Input(5, 6, 7, 3) -> UpSampling3D(3)").output_shape)
    (15, 18, 21, 3)

    Shape: ``(d, h, w, c)`` to ``(size*d, size*h, size*w, c)``. No weights.
    """

    takes = "d h w c"

    size: Spatial = everywhere(2)
    data_format: DataFormat = "channels_last"

    def output_shape(self, x: Shape) -> Shape:
        return self.enlarge(x, self.size)
