"""Activation functions by name, and what one does to a shape."""

from typing import Annotated

from symparam.algebra.conditions import required
from symparam.algebra.sizes import Shape, exact
from symparam.errors import ShapeError
from symparam.layers.contract.kinds import WordKind
from symparam.layers.contract.signature import show_shape

FUNCTIONS = (
    *("linear", "relu", "relu6", "leaky_relu", "elu", "celu", "selu", "gelu", "silu", "swish"),
    *("sigmoid", "hard_sigmoid", "log_sigmoid", "sparse_sigmoid", "hard_silu", "hard_swish"),
    *("tanh", "hard_tanh", "tanh_shrink", "softmax", "log_softmax", "sparsemax", "softplus"),
    *("sparse_plus", "squareplus", "softsign", "soft_shrink", "hard_shrink"),
    *("exponential", "mish", "glu"),
)

Function = Annotated[
    str, WordKind(*FUNCTIONS, none="linear", says="the name of an activation function")
]


def activated(x: Shape, activation: str) -> Shape:
    """The shape after an activation: all keep it but glu, which halves the last axis.

    Keras's static shape of a layer overlooks the halving; a real run shows it.
    """
    if activation != "glu":
        return x
    if not x:
        raise ShapeError("glu would halve the batch axis: there is no other")
    if not required(2, "|", x[-1]):
        raise ShapeError(f"glu halves the last axis, which has odd size here: {show_shape(x)}")
    return (*x[:-1], exact(x[-1], 2))
