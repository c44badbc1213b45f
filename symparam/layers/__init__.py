"""The catalogue: one class a layer, one file a family; layers of one's own import from here."""

from symparam.algebra.conditions import required as required
from symparam.algebra.sizes import Shape as Shape
from symparam.algebra.sizes import Size as Size
from symparam.algebra.sizes import Tensors as Tensors
from symparam.algebra.sizes import ceildiv as ceildiv
from symparam.algebra.sizes import exact as exact
from symparam.algebra.sizes import floordiv as floordiv
from symparam.layers.contract.base import Layer as Layer
from symparam.layers.contract.base import Weight as Weight
from symparam.layers.contract.kinds import Axes as Axes
from symparam.layers.contract.kinds import Axis as Axis
from symparam.layers.contract.kinds import Count as Count
from symparam.layers.contract.kinds import Flag as Flag
from symparam.layers.contract.kinds import LayerKind as LayerKind
from symparam.layers.contract.kinds import Padding as Padding
from symparam.layers.contract.kinds import Real as Real
from symparam.layers.contract.kinds import SizeKind as SizeKind
from symparam.layers.contract.kinds import Sizes as Sizes
from symparam.layers.contract.kinds import Spatial as Spatial
from symparam.layers.contract.kinds import WordKind as WordKind
from symparam.layers.contract.registry import catalogue as catalogue
from symparam.layers.contract.registry import find as find
from symparam.layers.contract.registry import known_names as known_names
from symparam.layers.contract.registry import layer as layer
from symparam.layers.contract.signature import Argument as Argument
from symparam.layers.contract.work import Contraction as Contraction
from symparam.layers.contract.work import Elementwise as Elementwise

# isort: off
from symparam.layers import keras as keras
from symparam.layers.keras.dense import Dense as Dense
from symparam.layers.keras.dense import Embedding as Embedding
from symparam.layers.keras.input import Input as Input
