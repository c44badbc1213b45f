"""The catalogue: one class a layer, one file a family."""

from symparam.layers.base import Layer as Layer
from symparam.layers.base import Weight as Weight
from symparam.layers.registry import catalogue as catalogue
from symparam.layers.registry import find as find
from symparam.layers.registry import known_names as known_names
from symparam.layers.registry import layer as layer
from symparam.layers.signature import Argument as Argument

# The catalogue lists the families in this order.
# isort: off
from symparam.layers.input import Input as Input
from symparam.layers.dense import Dense as Dense
from symparam.layers.dense import Embedding as Embedding
from symparam.layers import einsum as einsum
from symparam.layers import conv as conv
from symparam.layers import pooling as pooling
from symparam.layers import reshaping as reshaping
from symparam.layers import merging as merging
from symparam.layers import recurrent as recurrent
from symparam.layers import convlstm as convlstm
from symparam.layers import attention as attention
from symparam.layers import parameters as parameters
from symparam.layers import wrappers as wrappers
from symparam.layers import normalization as normalization
from symparam.layers import adaptive as adaptive
from symparam.layers import encoding as encoding
from symparam.layers import lookups as lookups
from symparam.layers import spectrograms as spectrograms
from symparam.layers import images as images
from symparam.layers import colors as colors
from symparam.layers import activations as activations
from symparam.layers import regularization as regularization
