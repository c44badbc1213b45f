"""symparam derives closed-form formulas for neural networks.

>>> import symparam as sp
>>> net = sp.parse("Input(h, w, c) -> Conv2D(f, 3x2) -> Flatten -> Dense(n)")
>>> net.params
f*(6*c + 1) + n*(f*(h - 2)*(w - 1) + 1)
>>> net.at(h=8, w=8, c=1, f=32, n=10).params
13674
"""

from symparam.algebra.sizes import symbol as symbol
from symparam.errors import ArgumentError as ArgumentError
from symparam.errors import ParseError as ParseError
from symparam.errors import ShapeError as ShapeError
from symparam.errors import SizeError as SizeError
from symparam.errors import SourceError as SourceError
from symparam.errors import SymparamError as SymparamError
from symparam.errors import UnknownNameError as UnknownNameError
from symparam.errors import UnsupportedError as UnsupportedError
from symparam.network import Network as Network
from symparam.network.graph import Graph as Graph
from symparam.network.network import load as load
from symparam.network.network import parse as parse

__version__ = "0.1.0"

__all__ = [
    "ArgumentError",
    "Graph",
    "Network",
    "ParseError",
    "ShapeError",
    "SizeError",
    "SourceError",
    "SymparamError",
    "UnknownNameError",
    "UnsupportedError",
    "load",
    "parse",
    "symbol",
]


def __dir__() -> list[str]:
    return __all__
