"""PyTorch's activations; all keep the shape but GLU."""

from fractions import Fraction
from typing import Annotated

from symparam.layers.contract.kinds import Flag, Real, WordKind
from symparam.layers.contract.registry import layer
from symparam.layers.torch.base import OptionalReal, TorchLayer


@layer
class ReLU(TorchLayer):
    """Set negative elements to zero.

    >>> print(parse("Input(8, 6) -> nn.ReLU").output_shape)
    (8, 6)

    Keeps the shape. No weights.
    """

    inplace: Flag = False


@layer
class ReLU6(TorchLayer):
    """Cut elements off below zero and above six.

    >>> print(parse("Input(8, 6) -> nn.ReLU6").output_shape)
    (8, 6)

    Keeps the shape. No weights.
    """

    inplace: Flag = False


@layer
class LeakyReLU(TorchLayer):
    """Scale negative elements by a small slope.

    >>> print(parse("Input(8, 6) -> nn.LeakyReLU(0.1)").output_shape)
    (8, 6)

    Keeps the shape. No weights.
    """

    negative_slope: Real = 0.01
    inplace: Flag = False


@layer
class RReLU(TorchLayer):
    """Scale negative elements by a slope that is random in training.

    >>> print(parse("Input(8, 6) -> nn.RReLU").output_shape)
    (8, 6)

    Keeps the shape. No weights.
    """

    lower: Real = 0.125
    upper: Real = Fraction(1, 3)
    inplace: Flag = False


@layer
class ELU(TorchLayer):
    """Bend negative elements towards ``-alpha``.

    >>> print(parse("Input(8, 6) -> nn.ELU").output_shape)
    (8, 6)

    Keeps the shape. No weights.
    """

    alpha: Real = 1
    inplace: Flag = False


@layer
class CELU(TorchLayer):
    """Bend negative elements towards ``-alpha``, smoothly.

    >>> print(parse("Input(8, 6) -> nn.CELU").output_shape)
    (8, 6)

    Keeps the shape. No weights.
    """

    alpha: Real = 1
    inplace: Flag = False


@layer
class SELU(TorchLayer):
    """Scale elements so that mean and variance stay (Klambauer et al. 2017).

    >>> print(parse("Input(8, 6) -> nn.SELU").output_shape)
    (8, 6)

    Keeps the shape. No weights.
    """

    inplace: Flag = False


@layer
class GELU(TorchLayer):
    """Weigh each element by the normal distribution (Hendrycks and Gimpel 2016).

    >>> print(parse("Input(8, 6) -> nn.GELU").output_shape)
    (8, 6)

    Keeps the shape. No weights.
    """

    approximate: Annotated[str, WordKind("none", "tanh")] = "none"


@layer
class SiLU(TorchLayer):
    """Multiply each element by its sigmoid.

    >>> print(parse("Input(8, 6) -> nn.SiLU").output_shape)
    (8, 6)

    Keeps the shape. No weights.
    """

    inplace: Flag = False


@layer
class Mish(TorchLayer):
    """Multiply each element by the tanh of its softplus.

    >>> print(parse("Input(8, 6) -> nn.Mish").output_shape)
    (8, 6)

    Keeps the shape. No weights.
    """

    inplace: Flag = False


@layer
class Hardswish(TorchLayer):
    """Multiply each element by a sigmoid of straight lines.

    >>> print(parse("Input(8, 6) -> nn.Hardswish").output_shape)
    (8, 6)

    Keeps the shape. No weights.
    """

    inplace: Flag = False


@layer
class Hardsigmoid(TorchLayer):
    """Squeeze elements between zero and one by straight lines.

    >>> print(parse("Input(8, 6) -> nn.Hardsigmoid").output_shape)
    (8, 6)

    Keeps the shape. No weights.
    """

    inplace: Flag = False


@layer
class Hardtanh(TorchLayer):
    """Cut elements off below and above.

    >>> print(parse("Input(8, 6) -> nn.Hardtanh").output_shape)
    (8, 6)

    Keeps the shape. No weights.
    """

    min_val: Real = -1
    max_val: Real = 1
    inplace: Flag = False
    min_value: OptionalReal = None
    max_value: OptionalReal = None


@layer
class Sigmoid(TorchLayer):
    """Squeeze elements between zero and one.

    >>> print(parse("Input(8, 6) -> nn.Sigmoid").output_shape)
    (8, 6)

    Keeps the shape. No weights.
    """


@layer
class Tanh(TorchLayer):
    """Squeeze elements between minus one and one.

    >>> print(parse("Input(8, 6) -> nn.Tanh").output_shape)
    (8, 6)

    Keeps the shape. No weights.
    """


@layer
class LogSigmoid(TorchLayer):
    """Take the logarithm of the sigmoid.

    >>> print(parse("Input(8, 6) -> nn.LogSigmoid").output_shape)
    (8, 6)

    Keeps the shape. No weights.
    """


@layer
class Softplus(TorchLayer):
    """Bend elements smoothly above zero.

    >>> print(parse("Input(8, 6) -> nn.Softplus").output_shape)
    (8, 6)

    Keeps the shape. No weights.
    """

    beta: Real = 1
    threshold: Real = 20


@layer
class Softsign(TorchLayer):
    """Divide each element by one more than its size.

    >>> print(parse("Input(8, 6) -> nn.Softsign").output_shape)
    (8, 6)

    Keeps the shape. No weights.
    """


@layer
class Softshrink(TorchLayer):
    """Move elements towards zero by ``lambd``.

    >>> print(parse("Input(8, 6) -> nn.Softshrink").output_shape)
    (8, 6)

    Keeps the shape. No weights.
    """

    lambd: Real = 0.5


@layer
class Hardshrink(TorchLayer):
    """Set elements within ``lambd`` of zero to zero.

    >>> print(parse("Input(8, 6) -> nn.Hardshrink").output_shape)
    (8, 6)

    Keeps the shape. No weights.
    """

    lambd: Real = 0.5


@layer
class Tanhshrink(TorchLayer):
    """Subtract from each element its tanh.

    >>> print(parse("Input(8, 6) -> nn.Tanhshrink").output_shape)
    (8, 6)

    Keeps the shape. No weights.
    """


@layer
class Threshold(TorchLayer):
    """Replace elements up to a threshold by a value.

    >>> print(parse("Input(8, 6) -> nn.Threshold(0.1, 20)").output_shape)
    (8, 6)

    Keeps the shape. No weights.
    """

    threshold: Real
    value_: Real
    inplace: Flag = False
