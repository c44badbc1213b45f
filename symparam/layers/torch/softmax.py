"""PyTorch's activations that look at a whole axis or learn a slope."""

from typing import Annotated, ClassVar

from symparam.algebra.conditions import required
from symparam.algebra.sizes import Shape, exact, product
from symparam.errors import ShapeError
from symparam.layers.contract.base import Weight
from symparam.layers.contract.kinds import Axis, AxisKind, Count, Real
from symparam.layers.contract.registry import layer
from symparam.layers.contract.signature import show_shape
from symparam.layers.contract.work import Work, activation, elementwise
from symparam.layers.torch.base import Channels, TorchLayer


@layer
class PReLU(TorchLayer):
    """Scale negative elements by a slope that is learned, one for all or one a channel.

    >>> print(parse("Input(c, h, w) -> nn.PReLU(c)").params)
    c

    Keeps the shape. One weight, ``(num_parameters,)``: 1, or the number of channels.
    """

    num_parameters: Count = 1
    init: Real = 0.25

    def output_shape(self, x: Shape) -> Shape:
        if self.num_parameters != 1:
            self.expect("num_parameters", x[0] if x else 1, x)
        return x

    def weights(self, x: Shape) -> tuple[Weight, ...]:
        return (Weight("weight", (self.num_parameters,)),)

    def work(self, x: Shape) -> Work:
        return activation(x, "prelu")


@layer
class GLU(TorchLayer):
    """Multiply one half of an axis by the sigmoid of the other (Dauphin et al. 2017).

    >>> print(parse("Input(n, 2*d) -> nn.GLU").output_shape)
    (n, d)

    Halves the axis ``dim``, which counts the batch axis as 0. No weights.
    """

    dim: Axis = -1

    def output_shape(self, x: Shape) -> Shape:
        place = self.place(self.dim, x)
        if not required(2, "|", x[place]):
            raise ShapeError(
                f"{self.title} halves an axis, which has odd size {x[place]} here: {show_shape(x)}"
            )
        return (*x[:place], exact(x[place], 2), *x[place + 1 :])

    def work(self, x: Shape) -> Work:
        return activation(x, "glu")


OptionalAxis = Annotated[int | None, AxisKind(optional=True)]


class AlongAxis(TorchLayer):
    """What activations along one axis share; without ``dim`` PyTorch picks one."""

    function: ClassVar[str] = "softmax"

    dim: OptionalAxis = None

    def output_shape(self, x: Shape) -> Shape:
        if self.dim is not None:
            self.axis_index(self.dim, x)
        return x

    def work(self, x: Shape) -> Work:
        # Without dim PyTorch takes the batch axis of one or three axes, else the one after it.
        usual = 0 if len(x) in (0, 2) else 1
        index = self.axis_index(usual if self.dim is None else self.dim, x)
        return elementwise("softmax", x, self.function, 1 if index is None else x[index])


@layer
class Softmax(AlongAxis):
    """Turn the elements along an axis into probabilities that sum to one.

    >>> print(parse("Input(8, 6) -> nn.Softmax(dim=-1)").output_shape)
    (8, 6)

    Keeps the shape. No weights.
    """


@layer
class Softmin(AlongAxis):
    """Turn the elements along an axis into probabilities that sum to one, the smallest the largest.

    >>> print(parse("Input(8, 6) -> nn.Softmin(dim=-1)").output_shape)
    (8, 6)

    Keeps the shape. No weights.
    """

    function = "softmin"


@layer
class LogSoftmax(AlongAxis):
    """Take the logarithm of the softmax along an axis.

    >>> print(parse("Input(8, 6) -> nn.LogSoftmax(dim=-1)").output_shape)
    (8, 6)

    Keeps the shape. No weights.
    """

    function = "log_softmax"


@layer
class Softmax2d(Channels):
    """Turn the channels of each pixel into probabilities that sum to one.

    >>> print(parse("Input(c, h, w) -> nn.Softmax2d").output_shape)
    (c, h, w)

    Keeps the shape, ``(c, h, w)``. No weights.
    """

    least, most = 2, 3

    def work(self, x: Shape) -> Work:
        return elementwise("softmax", x, "softmax", product(x[-3:-2]))
