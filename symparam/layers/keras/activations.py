"""Activations that are layers of their own."""

from symparam.algebra.sizes import Shape, product
from symparam.errors import RankError
from symparam.layers.contract.base import Layer, Weight, tuning
from symparam.layers.contract.functions import Function, activated
from symparam.layers.contract.kinds import (
    Axes,
    OptionalSlope,
    Real,
    SharedAxes,
    Slope,
)
from symparam.layers.contract.registry import layer
from symparam.layers.contract.signature import show_shape
from symparam.layers.contract.work import Work, elementwise
from symparam.layers.contract.work import activation as activation_of


@layer
class Activation(Layer):
    """Apply a function to every element, given by name.

    >>> print(parse("Input(8, 6) -> Activation(gelu)").output_shape)
    (8, 6)

    Keeps the shape, except ``glu``, which halves the last axis. No weights.
    """

    activation: Function

    def output_shape(self, x: Shape) -> Shape:
        if self.activation == "glu":
            self.axis_size(-1, x)
        return activated(x, self.activation)

    def work(self, x: Shape) -> Work:
        return activation_of(x, self.activation)


@layer
class ReLU(Layer):
    """Set negative elements to zero.

    >>> print(parse("Input(8, 6) -> ReLU").params)
    0

    Keeps the shape. No weights.
    """

    max_value: OptionalSlope = None
    negative_slope: Slope = 0
    threshold: Slope = 0

    def work(self, x: Shape) -> Work:
        return activation_of(x, "relu")


@layer
class LeakyReLU(Layer):
    """Scale negative elements by a small slope.

    >>> print(parse("Input(8, 6) -> LeakyReLU(0.1)").params)
    0

    Keeps the shape. No weights.
    """

    negative_slope: Slope = 0.3

    def work(self, x: Shape) -> Work:
        return activation_of(x, "leaky_relu")


@layer
class ELU(Layer):
    """Bend negative elements towards ``-alpha``.

    >>> print(parse("Input(8, 6) -> ELU(1.0)").params)
    0

    Keeps the shape. No weights.
    """

    alpha: Real = 1

    def work(self, x: Shape) -> Work:
        return activation_of(x, "elu")


@layer
class Softmax(Layer):
    """Turn the elements along an axis into probabilities that sum to one.

    >>> print(parse("Input(8, 6) -> Softmax(axis=1)").output_shape)
    (8, 6)

    Keeps the shape. No weights.
    """

    axis: Axes = (-1,)

    def output_shape(self, x: Shape) -> Shape:
        self.axis_indices(self.axis, x)
        return x

    def work(self, x: Shape) -> Work:
        along = (x[i] for i in self.axis_indices(self.axis, x) if i is not None)
        return elementwise("softmax", x, "softmax", product(along))


@layer
class PReLU(Layer):
    """Scale negative elements by a slope that is learned, one for each position.

    >>> print(parse("Input(h, w, c) -> PReLU(shared_axes=(1, 2))").params)
    c

    Keeps the shape. One weight of the input's shape, with size 1 along ``shared_axes``.
    """

    ignores = tuning("alpha")

    shared_axes: SharedAxes = None

    def output_shape(self, x: Shape) -> Shape:
        for axis in self.shared_axes or ():
            if not -len(x) <= axis - 1 < len(x):
                raise RankError(
                    f"PReLU has shared_axes={axis}, but its input has rank {len(x)}: "
                    f"{show_shape(x)}"
                )
        return x

    def weights(self, x: Shape) -> tuple[Weight, ...]:
        shape = list(x)
        for axis in self.shared_axes or ():
            shape[axis - 1] = 1  # Keras counts a negative axis from here too: -1 is last but one
        return (Weight("alpha", tuple(shape)),)

    def work(self, x: Shape) -> Work:
        return activation_of(x, "prelu")
