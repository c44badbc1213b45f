"""Keras's layers by name: ``Dense``, ``Conv2D``; one file a family."""

# The catalogue lists the families in this order.
# isort: off
from symparam.layers.keras import input as input
from symparam.layers.keras import dense as dense
from symparam.layers.keras import einsum as einsum
from symparam.layers.keras import conv as conv
from symparam.layers.keras import pooling as pooling
from symparam.layers.keras import reshaping as reshaping
from symparam.layers.keras import merging as merging
from symparam.layers.keras import splitting as splitting
from symparam.layers.keras import recurrent as recurrent
from symparam.layers.keras import convlstm as convlstm
from symparam.layers.keras import attention as attention
from symparam.layers.keras import parameters as parameters
from symparam.layers.keras import wrappers as wrappers
from symparam.layers.keras import normalization as normalization
from symparam.layers.keras import adaptive as adaptive
from symparam.layers.keras import encoding as encoding
from symparam.layers.keras import lookups as lookups
from symparam.layers.keras import spectrograms as spectrograms
from symparam.layers.keras import images as images
from symparam.layers.keras import colors as colors
from symparam.layers.keras import activations as activations
from symparam.layers.keras import regularization as regularization

from symparam.layers.contract.base import Layer
from symparam.layers.contract.registry import find


def __getattr__(name: str) -> type[Layer]:
    """The class of a layer, ``from symparam.layers.keras import Conv2D``."""
    found = find(name)
    if found is None or "." in found.title:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return found
