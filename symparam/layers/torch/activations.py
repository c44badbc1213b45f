"""PyTorch's activations; all keep the shape but GLU."""

from fractions import Fraction
from typing import Annotated, ClassVar

from symparam.algebra.sizes import Shape
from symparam.layers.contract.kinds import Flag, Real, WordKind
from symparam.layers.contract.registry import layer
from symparam.layers.contract.work import Work, activation
from symparam.layers.torch.base import OptionalReal, TorchLayer


class Activation(TorchLayer):
    """What activations that keep the shape share."""

    function: ClassVar[str] = ""  # by Keras's name, where it has one

    def work(self, x: Shape) -> Work:
        return activation(x, self.function)


@layer
class ReLU(Activation):
    """Set negative elements to zero.

    >>> print(parse("Input(8, 6) -> nn.ReLU").output_shape)
    (8, 6)

    Keeps the shape. No weights.
    """

    function = "relu"

    inplace: Flag = False


@layer
class ReLU6(Activation):
    """Cut elements off below zero and above six.

    >>> print(parse("Input(8, 6) -> nn.ReLU6").output_shape)
    (8, 6)

    Keeps the shape. No weights.
    """

    function = "relu6"

    inplace: Flag = False


@layer
class LeakyReLU(Activation):
    """Scale negative elements by a small slope.

    >>> print(parse("Input(8, 6) -> nn.LeakyReLU(0.1)").output_shape)
    (8, 6)

    Keeps the shape. No weights.
    """

    function = "leaky_relu"

    negative_slope: Real = 0.01
    inplace: Flag = False


@layer
class RReLU(Activation):
    """Scale negative elements by a slope that is random in training.

    >>> print(parse("Input(8, 6) -> nn.RReLU").output_shape)
    (8, 6)

    Keeps the shape. No weights.
    """

    function = "rrelu"

    lower: Real = 0.125
    upper: Real = Fraction(1, 3)
    inplace: Flag = False


@layer
class ELU(Activation):
    """Bend negative elements towards ``-alpha``.

    >>> print(parse("Input(8, 6) -> nn.ELU").output_shape)
    (8, 6)

    Keeps the shape. No weights.
    """

    function = "elu"

    alpha: Real = 1
    inplace: Flag = False


@layer
class CELU(Activation):
    """Bend negative elements towards ``-alpha``, smoothly.

    >>> print(parse("Input(8, 6) -> nn.CELU").output_shape)
    (8, 6)

    Keeps the shape. No weights.
    """

    function = "celu"

    alpha: Real = 1
    inplace: Flag = False


@layer
class SELU(Activation):
    """Scale elements so that mean and variance stay (Klambauer et al. 2017).

    >>> print(parse("Input(8, 6) -> nn.SELU").output_shape)
    (8, 6)

    Keeps the shape. No weights.
    """

    function = "selu"

    inplace: Flag = False


@layer
class GELU(Activation):
    """Weigh each element by the normal distribution (Hendrycks and Gimpel 2016).

    >>> print(parse("Input(8, 6) -> nn.GELU").output_shape)
    (8, 6)

    Keeps the shape. No weights.
    """

    function = "gelu"

    approximate: Annotated[str, WordKind("none", "tanh")] = "none"


@layer
class SiLU(Activation):
    """Multiply each element by its sigmoid.

    >>> print(parse("Input(8, 6) -> nn.SiLU").output_shape)
    (8, 6)

    Keeps the shape. No weights.
    """

    function = "silu"

    inplace: Flag = False


@layer
class Mish(Activation):
    """Multiply each element by the tanh of its softplus.

    >>> print(parse("Input(8, 6) -> nn.Mish").output_shape)
    (8, 6)

    Keeps the shape. No weights.
    """

    function = "mish"

    inplace: Flag = False


@layer
class Hardswish(Activation):
    """Multiply each element by a sigmoid of straight lines.

    >>> print(parse("Input(8, 6) -> nn.Hardswish").output_shape)
    (8, 6)

    Keeps the shape. No weights.
    """

    function = "hard_swish"

    inplace: Flag = False


@layer
class Hardsigmoid(Activation):
    """Squeeze elements between zero and one by straight lines.

    >>> print(parse("Input(8, 6) -> nn.Hardsigmoid").output_shape)
    (8, 6)

    Keeps the shape. No weights.
    """

    function = "hard_sigmoid"

    inplace: Flag = False


@layer
class Hardtanh(Activation):
    """Cut elements off below and above.

    >>> print(parse("Input(8, 6) -> nn.Hardtanh").output_shape)
    (8, 6)

    Keeps the shape. No weights.
    """

    function = "hard_tanh"

    min_val: Real = -1
    max_val: Real = 1
    inplace: Flag = False
    min_value: OptionalReal = None
    max_value: OptionalReal = None


@layer
class Sigmoid(Activation):
    """Squeeze elements between zero and one.

    >>> print(parse("Input(8, 6) -> nn.Sigmoid").output_shape)
    (8, 6)

    Keeps the shape. No weights.
    """

    function = "sigmoid"


@layer
class Tanh(Activation):
    """Squeeze elements between minus one and one.

    >>> print(parse("Input(8, 6) -> nn.Tanh").output_shape)
    (8, 6)

    Keeps the shape. No weights.
    """

    function = "tanh"


@layer
class LogSigmoid(Activation):
    """Take the logarithm of the sigmoid.

    >>> print(parse("Input(8, 6) -> nn.LogSigmoid").output_shape)
    (8, 6)

    Keeps the shape. No weights.
    """

    function = "log_sigmoid"


@layer
class Softplus(Activation):
    """Bend elements smoothly above zero.

    >>> print(parse("Input(8, 6) -> nn.Softplus").output_shape)
    (8, 6)

    Keeps the shape. No weights.
    """

    function = "softplus"

    beta: Real = 1
    threshold: Real = 20


@layer
class Softsign(Activation):
    """Divide each element by one more than its size.

    >>> print(parse("Input(8, 6) -> nn.Softsign").output_shape)
    (8, 6)

    Keeps the shape. No weights.
    """

    function = "softsign"


@layer
class Softshrink(Activation):
    """Move elements towards zero by ``lambd``.

    >>> print(parse("Input(8, 6) -> nn.Softshrink").output_shape)
    (8, 6)

    Keeps the shape. No weights.
    """

    function = "soft_shrink"

    lambd: Real = 0.5


@layer
class Hardshrink(Activation):
    """Set elements within ``lambd`` of zero to zero.

    >>> print(parse("Input(8, 6) -> nn.Hardshrink").output_shape)
    (8, 6)

    Keeps the shape. No weights.
    """

    function = "hard_shrink"

    lambd: Real = 0.5


@layer
class Tanhshrink(Activation):
    """Subtract from each element its tanh.

    >>> print(parse("Input(8, 6) -> nn.Tanhshrink").output_shape)
    (8, 6)

    Keeps the shape. No weights.
    """

    function = "tanh_shrink"


@layer
class Threshold(Activation):
    """Replace elements up to a threshold by a value.

    >>> print(parse("Input(8, 6) -> nn.Threshold(0.1, 20)").output_shape)
    (8, 6)

    Keeps the shape. No weights.
    """

    function = "threshold"

    threshold: Real
    value_: Real
    inplace: Flag = False
