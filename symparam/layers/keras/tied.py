"""The transpose of a layer that is used elsewhere: tied weights."""

from typing import Annotated

from symparam.algebra.conditions import required
from symparam.algebra.sizes import Shape
from symparam.errors import ShapeError
from symparam.layers.contract.base import Layer, Weight
from symparam.layers.contract.kinds import LayerKind, Sizes
from symparam.layers.contract.signature import show_shape
from symparam.layers.contract.work import Contraction, Work


class Transposed(Layer):
    """Multiply the last axis by the transposed kernel of another layer.

    >>> from symparam import parse
    >>> net = parse("emb = Embedding(V, d); Input(s) -> emb -> emb.T")
    >>> print(net.output_shape, net.params)
    (s, V) V*d

    Written ``emb.T`` of a named Dense or Embedding. The weights are the other layer's and
    count once; a bias is not taken along (Press and Wolf 2017).
    """

    takes = "... n"

    layer: Annotated[Layer, LayerKind()]
    kernel: Sizes

    def output_shape(self, x: Shape) -> Shape:
        rows, columns = self.kernel
        if not required(x[-1], "=", columns):
            raise ShapeError(f"{self} takes vectors of size {columns}, got {show_shape(x)}")
        return (*x[:-1], rows)

    def weights(self, x: Shape) -> tuple[Weight, ...]:
        name = self.layer.transposes
        return (Weight(name, self.kernel, self.layer.trainable, self.layer),)

    def work(self, x: Shape) -> Work:
        rows, columns = self.kernel
        return (Contraction("matmul", x[:-1], (columns,), (rows,), (self.layer.transposes,)),)

    def __repr__(self) -> str:
        return f"{self.layer}.T"
