"""PyTorch's dropout, which acts in training only."""

from symparam.algebra.sizes import Shape
from symparam.layers.contract.kinds import Flag, Rate
from symparam.layers.contract.registry import layer
from symparam.layers.contract.work import Work, elementwise
from symparam.layers.torch.base import Channels, TorchLayer


@layer
class Dropout(TorchLayer):
    """Set a share of the elements to zero while training.

    >>> print(parse("Input(n) -> nn.Dropout(0.5) -> nn.Linear(n, 10)").params)
    10*n + 10

    Keeps the shape. No weights.
    """

    p: Rate = 0.5
    inplace: Flag = False

    def work(self, x: Shape) -> Work:
        return elementwise("dropout", x)


@layer
class Dropout1d(Channels):
    """Drop whole channels of a sequence while training.

    >>> print(parse("Input(c, t) -> nn.Dropout1d(0.2)").output_shape)
    (c, t)

    Keeps the shape, ``(c,)`` or ``(c, t)``. No weights.
    """

    most = 2

    p: Rate = 0.5
    inplace: Flag = False

    def work(self, x: Shape) -> Work:
        return elementwise("dropout", x)


@layer
class Dropout2d(TorchLayer):
    """Drop whole channels of an image while training.

    >>> print(parse("Input(c, h, w) -> nn.Dropout2d").output_shape)
    (c, h, w)

    Keeps the shape. No weights.
    """

    p: Rate = 0.5
    inplace: Flag = False

    def work(self, x: Shape) -> Work:
        return elementwise("dropout", x)


@layer
class Dropout3d(TorchLayer):
    """Drop whole channels of a volume while training.

    >>> print(parse("Input(c, d, h, w) -> nn.Dropout3d").output_shape)
    (c, d, h, w)

    Keeps the shape. No weights.
    """

    p: Rate = 0.5
    inplace: Flag = False

    def work(self, x: Shape) -> Work:
        return elementwise("dropout", x)


@layer
class AlphaDropout(TorchLayer):
    """Drop elements and keep mean and variance, for self-normalizing networks.

    >>> print(parse("Input(n) -> nn.AlphaDropout(0.1)").output_shape)
    (n,)

    Keeps the shape. No weights.
    """

    p: Rate = 0.5
    inplace: Flag = False

    def work(self, x: Shape) -> Work:
        return elementwise("dropout", x)


@layer
class FeatureAlphaDropout(Channels):
    """Drop whole channels and keep mean and variance.

    >>> print(parse("Input(c, h, w) -> nn.FeatureAlphaDropout(0.1)").output_shape)
    (c, h, w)

    Keeps the shape, ``(c, ...)``. No weights.
    """

    p: Rate = 0.5
    inplace: Flag = False

    def work(self, x: Shape) -> Work:
        return elementwise("dropout", x)
