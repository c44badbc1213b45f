"""Pooling: the largest or the mean of each window, or of the whole input."""

from typing import ClassVar

from symparam.algebra.sizes import Shape, product
from symparam.layers.contract.kinds import (
    DataFormat,
    Flag,
    OptionalSpatial,
    Padding,
    Spatial,
    everywhere,
)
from symparam.layers.contract.registry import layer
from symparam.layers.contract.spatial import SpatialLayer
from symparam.layers.contract.work import Work, elementwise


class Pooling(SpatialLayer):
    """What pooling over one, two and three axes shares; strides default to the window."""

    pooling: ClassVar[str] = "average"

    pool_size: Spatial
    strides: OptionalSpatial = None
    padding: Padding = "valid"
    data_format: DataFormat = "channels_last"

    def output_shape(self, x: Shape) -> Shape:
        spatial, channels = self.split(x)
        ones = tuple(1 for _ in spatial)
        strides = self.strides or self.pool_size
        return self.join(self.slide(spatial, self.pool_size, strides, self.padding, ones), channels)

    def work(self, x: Shape) -> Work:
        window = product(self.pool_size)
        return elementwise("pooling", self.output_shape(x), self.pooling, window)


class MaxPooling(Pooling):
    """Keras gives the window a default here, and none for the mean."""

    pooling = "max"

    pool_size: Spatial = everywhere(2)


@layer
class MaxPooling1D(MaxPooling):
    """Keep the largest element of each window of a sequence.

    >>> print(parse("Input(t, c) -> MaxPooling1D(2)").output_shape)
    (floor(t/2), c)

    Shape: ``(t, c)`` to ``(positions, c)``. No weights.
    """

    takes = "t c"


@layer
class MaxPooling2D(MaxPooling):
    """Keep the largest element of each window of an image.

    >>> print(parse("Input(h, w, c) -> MaxPooling2D(3, 2, same)").output_shape)
    (ceiling(h/2), ceiling(w/2), c)

    Shape: ``(h, w, c)`` to ``(positions, positions, c)``. No weights.
    """

    takes = "h w c"


@layer
class MaxPooling3D(MaxPooling):
    """Keep the largest element of each window of a volume.

    >>> print(parse("Input(11, 8, 6, 3) -> MaxPooling3D(3, 2)").output_shape)
    (5, 3, 2, 3)

    Shape: ``(d, h, w, c)`` to ``(positions, positions, positions, c)``. No weights.
    """

    takes = "d h w c"


@layer
class AveragePooling1D(Pooling):
    """Take the mean of each window of a sequence.

    >>> print(parse("Input(11, 3) -> AveragePooling1D(4, 5, same)").output_shape)
    (3, 3)

    Shape: ``(t, c)`` to ``(positions, c)``. No weights.
    """

    takes = "t c"


@layer
class AveragePooling2D(Pooling):
    """Take the mean of each window of an image.

    >>> print(parse("Input(h, w, c) -> AveragePooling2D(2)").output_shape)
    (floor(h/2), floor(w/2), c)

    Shape: ``(h, w, c)`` to ``(positions, positions, c)``. No weights.
    """

    takes = "h w c"


@layer
class AveragePooling3D(Pooling):
    """Take the mean of each window of a volume.

    >>> print(parse("Input(11, 8, 6, 3) -> AveragePooling3D(2)").output_shape)
    (5, 4, 3, 3)

    Shape: ``(d, h, w, c)`` to ``(positions, positions, positions, c)``. No weights.
    """

    takes = "d h w c"


class GlobalPooling(SpatialLayer):
    """What global pooling over one, two and three axes shares."""

    pooling: ClassVar[str] = "average"

    data_format: DataFormat = "channels_last"
    keepdims: Flag = False

    def output_shape(self, x: Shape) -> Shape:
        spatial, channels = self.split(x)
        return self.join(tuple(1 for _ in spatial), channels) if self.keepdims else (channels,)

    def work(self, x: Shape) -> Work:
        window = product(self.split(x)[0])
        return elementwise("pooling", self.output_shape(x), self.pooling, window)


@layer
class GlobalMaxPooling1D(GlobalPooling):
    """Keep the largest element of a whole sequence, for each channel.

    >>> print(parse("Input(t, c) -> GlobalMaxPooling1D").output_shape)
    (c,)

    Shape: ``(t, c)`` to ``(c,)``, or ``(1, c)`` with ``keepdims``. No weights.
    """

    takes = "t c"
    pooling = "max"


@layer
class GlobalMaxPooling2D(GlobalPooling):
    """Keep the largest element of a whole image, for each channel.

    >>> print(parse("Input(h, w, c) -> GlobalMaxPooling2D(keepdims=true)").output_shape)
    (1, 1, c)

    Shape: ``(h, w, c)`` to ``(c,)``, or ``(1, 1, c)`` with ``keepdims``. No weights.
    """

    takes = "h w c"
    pooling = "max"


@layer
class GlobalMaxPooling3D(GlobalPooling):
    """Keep the largest element of a whole volume, for each channel.

    >>> print(parse("Input(d, h, w, c) -> GlobalMaxPooling3D").output_shape)
    (c,)

    Shape: ``(d, h, w, c)`` to ``(c,)``, or ``(1, 1, 1, c)`` with ``keepdims``. No weights.
    """

    takes = "d h w c"
    pooling = "max"


@layer
class GlobalAveragePooling1D(GlobalPooling):
    """Take the mean of a whole sequence, for each channel.

    >>> print(parse("Input(t, c) -> GlobalAveragePooling1D").output_shape)
    (c,)

    Shape: ``(t, c)`` to ``(c,)``, or ``(1, c)`` with ``keepdims``. No weights.
    """

    takes = "t c"


@layer
class GlobalAveragePooling2D(GlobalPooling):
    """Take the mean of a whole image, for each channel.

    >>> print(parse("Input(h, w, c) -> GlobalAveragePooling2D -> Dense(n)").params)
    n*(c + 1)

    Shape: ``(h, w, c)`` to ``(c,)``, or ``(1, 1, c)`` with ``keepdims``. No weights.
    """

    takes = "h w c"


@layer
class GlobalAveragePooling3D(GlobalPooling):
    """Take the mean of a whole volume, for each channel.

    >>> print(parse("Input(d, h, w, c) -> GlobalAveragePooling3D").output_shape)
    (c,)

    Shape: ``(d, h, w, c)`` to ``(c,)``, or ``(1, 1, 1, c)`` with ``keepdims``. No weights.
    """

    takes = "d h w c"
