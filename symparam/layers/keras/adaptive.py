"""Adaptive pooling: a given number of output positions, whatever the size of the input."""

from typing import ClassVar

from symparam.algebra.sizes import Shape
from symparam.layers.contract.kinds import DataFormat, Spatial
from symparam.layers.contract.registry import layer
from symparam.layers.contract.spatial import SpatialLayer
from symparam.layers.contract.work import Work, adaptive_window, elementwise


class AdaptivePooling(SpatialLayer):
    """What adaptive pooling over one, two and three axes shares.

    The windows follow from both sizes. With more output positions than the input has,
    windows overlap, and Keras takes them.
    """

    pooling: ClassVar[str] = "average"

    output_size: Spatial
    data_format: DataFormat = "channels_last"

    def output_shape(self, x: Shape) -> Shape:
        _, channels = self.split(x)
        return self.join(self.output_size, channels)

    def work(self, x: Shape) -> Work:
        spatial, _ = self.split(x)
        window = adaptive_window(spatial, self.output_size)
        return elementwise("pooling", self.output_shape(x), self.pooling, window)


@layer
class AdaptiveAveragePooling1D(AdaptivePooling):
    """Take the mean of each of so many parts of a sequence.

    >>> print(parse("Input(t, c) -> AdaptiveAveragePooling1D(k)").output_shape)
    (k, c)

    Shape: ``(t, c)`` to ``(output_size, c)``. No weights.
    """

    takes = "t c"


@layer
class AdaptiveAveragePooling2D(AdaptivePooling):
    """Take the mean of each of so many parts of an image.

    >>> print(parse("Input(h, w, c) -> AdaptiveAveragePooling2D(k) -> Flatten").output_shape)
    (c*k**2,)

    Shape: ``(h, w, c)`` to ``(*output_size, c)``. No weights.
    """

    takes = "h w c"


@layer
class AdaptiveAveragePooling3D(AdaptivePooling):
    """Take the mean of each of so many parts of a volume.

    >>> print(parse("Input(11, 8, 6, 3) -> AdaptiveAveragePooling3D((4, 3, 2))").output_shape)
    (4, 3, 2, 3)

    Shape: ``(d, h, w, c)`` to ``(*output_size, c)``. No weights.
    """

    takes = "d h w c"


@layer
class AdaptiveMaxPooling1D(AdaptivePooling):
    """Keep the largest element of each of so many parts of a sequence.

    >>> print(parse("Input(t, c) -> AdaptiveMaxPooling1D(4)").output_shape)
    (4, c)

    Shape: ``(t, c)`` to ``(output_size, c)``. No weights.
    """

    takes = "t c"
    pooling = "max"


@layer
class AdaptiveMaxPooling2D(AdaptivePooling):
    """Keep the largest element of each of so many parts of an image.

    >>> print(parse("Input(h, w, c) -> AdaptiveMaxPooling2D(7x5)").output_shape)
    (7, 5, c)

    Shape: ``(h, w, c)`` to ``(*output_size, c)``. No weights.
    """

    takes = "h w c"
    pooling = "max"


@layer
class AdaptiveMaxPooling3D(AdaptivePooling):
    """Keep the largest element of each of so many parts of a volume.

    >>> print(parse("Input(d, h, w, c) -> AdaptiveMaxPooling3D(k)").output_shape)
    (k, k, k, c)

    Shape: ``(d, h, w, c)`` to ``(*output_size, c)``. No weights.
    """

    takes = "d h w c"
    pooling = "max"
