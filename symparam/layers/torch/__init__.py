"""PyTorch's modules by name: ``nn.Linear``, ``nn.Conv2d``; one file a family."""

# The catalogue lists the families in this order.
# isort: off
from symparam.layers.torch import linear as linear
from symparam.layers.torch import conv as conv
from symparam.layers.torch import pooling as pooling
from symparam.layers.torch import unpooling as unpooling
from symparam.layers.torch import padding as padding
from symparam.layers.torch import reshaping as reshaping
from symparam.layers.torch import scaling as scaling
from symparam.layers.torch import normalization as normalization
from symparam.layers.torch import recurrent as recurrent
from symparam.layers.torch import attention as attention
from symparam.layers.torch import activations as activations
from symparam.layers.torch import softmax as softmax
from symparam.layers.torch import regularization as regularization

from symparam.layers.contract.base import Layer
from symparam.layers.contract.registry import find


def __getattr__(name: str) -> type[Layer]:
    """The class of a module, ``from symparam.layers.torch import Conv2d``."""
    found = find(f"nn.{name}")
    if found is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return found
