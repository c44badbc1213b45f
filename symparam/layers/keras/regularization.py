"""Layers that act in training only, and layers that return the input unchanged."""

from symparam.algebra.sizes import Shape
from symparam.layers.contract.base import Layer, check_fits
from symparam.layers.contract.kinds import DataFormat, Numbers, Rate, Real, Slope, Uncounted
from symparam.layers.contract.registry import layer
from symparam.layers.contract.work import Work, elementwise


@layer
class Dropout(Layer):
    """Set a share of the elements to zero while training.

    >>> print(parse("Input(n) -> Dropout(0.5) -> Dense(10)").params)
    10*n + 10

    Keeps the shape. No weights; the state of the random generator is not counted.
    """

    ignores = "seed"

    rate: Rate
    noise_shape: Uncounted = None

    def work(self, x: Shape) -> Work:
        return elementwise("dropout", x)


@layer
class AlphaDropout(Layer):
    """Drop elements and keep mean and variance, for self-normalizing networks.

    >>> print(parse("Input(n) -> AlphaDropout(0.1)").output_shape)
    (n,)

    Keeps the shape. No weights.
    """

    ignores = "seed"

    rate: Rate
    noise_shape: Uncounted = None

    def work(self, x: Shape) -> Work:
        return elementwise("dropout", x)


@layer
class GaussianDropout(Layer):
    """Multiply the elements by noise around one while training.

    >>> print(parse("Input(n) -> GaussianDropout(0.1)").output_shape)
    (n,)

    Keeps the shape. No weights.
    """

    ignores = "seed"

    rate: Rate

    def work(self, x: Shape) -> Work:
        return elementwise("dropout", x)


@layer
class GaussianNoise(Layer):
    """Add noise around zero while training.

    >>> print(parse("Input(n) -> GaussianNoise(0.1)").output_shape)
    (n,)

    Keeps the shape. No weights.
    """

    ignores = "seed"

    stddev: Rate

    def work(self, x: Shape) -> Work:
        return elementwise("noise", x)


@layer
class SpatialDropout1D(Layer):
    """Drop whole channels of a sequence while training.

    >>> print(parse("Input(t, c) -> SpatialDropout1D(0.2)").output_shape)
    (t, c)

    Keeps the shape. No weights.
    """

    takes = "t c"
    ignores = "seed"

    rate: Rate

    def work(self, x: Shape) -> Work:
        return elementwise("dropout", x)


@layer
class SpatialDropout2D(Layer):
    """Drop whole channels of an image while training.

    >>> print(parse("Input(h, w, c) -> SpatialDropout2D(0.2)").output_shape)
    (h, w, c)

    Keeps the shape. No weights.
    """

    takes = "h w c"
    ignores = "seed"

    rate: Rate
    data_format: DataFormat = "channels_last"

    def work(self, x: Shape) -> Work:
        return elementwise("dropout", x)


@layer
class SpatialDropout3D(Layer):
    """Drop whole channels of a volume while training.

    >>> print(parse("Input(d, h, w, c) -> SpatialDropout3D(0.2)").output_shape)
    (d, h, w, c)

    Keeps the shape. No weights.
    """

    takes = "d h w c"
    ignores = "seed"

    rate: Rate
    data_format: DataFormat = "channels_last"

    def work(self, x: Shape) -> Work:
        return elementwise("dropout", x)


@layer
class ActivityRegularization(Layer):
    """Return the input unchanged and add a penalty on its size to the loss.

    >>> print(parse("Input(n) -> ActivityRegularization(0.1)").params)
    0

    Keeps the shape. No weights.
    """

    l1: Slope = 0
    l2: Slope = 0


@layer
class Masking(Layer):
    """Mark the steps that hold only ``mask_value`` as absent.

    >>> print(parse("Input(t, c) -> Masking").output_shape)
    (t, c)

    Keeps the shape. No weights.
    """

    mask_value: Real = 0


@layer
class Identity(Layer):
    """Return the input unchanged.

    >>> print(parse("Input(n) -> Identity").output_shape)
    (n,)

    Keeps the shape. No weights.
    """


@layer
class Rescaling(Layer):
    """Multiply by ``scale`` and add ``offset``.

    >>> print(parse("Input(h, w, 3) -> Rescaling(1/255)").output_shape)
    (h, w, 3)

    Keeps the shape. No weights. A tuple holds a number for each element of the last axis.
    """

    scale: Numbers
    offset: Numbers = 0

    def output_shape(self, x: Shape) -> Shape:
        for value in (self.scale, self.offset):
            if isinstance(value, tuple):
                check_fits(self.title, (len(value),), x)
        return x

    def work(self, x: Shape) -> Work:
        return (*elementwise("gain", x), *elementwise("shift", x))
