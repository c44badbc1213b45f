"""The input: the tensor a network starts from."""

from symparam.algebra.sizes import Shape
from symparam.layers.contract.base import Layer
from symparam.layers.contract.kinds import Sizes
from symparam.layers.contract.registry import layer


@layer
class Input(Layer):
    """The tensor a network starts from, sizes in order, without the batch axis.

    >>> print(parse("Input(28, 28, 1)").output_shape)
    (28, 28, 1)
    >>> print(parse("Input(shape=(n, d))").output_shape)
    (n, d)

    Takes its sizes one by one or as one tuple. No weights.
    """

    lists_sizes = True
    ignores = "batch_size sparse ragged optional"

    shape: Sizes

    def output_shape(self, x: Shape) -> Shape:
        return self.shape
