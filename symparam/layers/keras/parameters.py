"""Learned tables and tokens that whole networks hold and Keras has no layer for."""

from symparam.algebra.conditions import required
from symparam.algebra.sizes import Shape
from symparam.errors import ShapeError
from symparam.layers.contract.base import Layer, Weight
from symparam.layers.contract.kinds import Count, Sizes, Uncounted
from symparam.layers.contract.registry import layer
from symparam.layers.contract.signature import show_shape
from symparam.layers.contract.work import Work, elementwise


@layer
class PositionEmbedding(Layer):
    """Add a learned vector to each position of a sequence.

    >>> net = parse("Input(s) -> Embedding(V, d) -> PositionEmbedding(s)")
    >>> print(net.output_shape, net.params)
    (s, d) V*d + d*s

    Keeps the shape, ``(..., s, d)``. One table, ``(sequence_length, d)``; a sequence may be
    shorter than it. KerasHub's layer of this name gives the vectors alone, to be added by an
    Add; shape and count are the same.
    """

    takes = "... t n"

    sequence_length: Count
    initializer: Uncounted = None

    def output_shape(self, x: Shape) -> Shape:
        if not required(self.sequence_length, ">=", x[-2]):
            raise ShapeError(
                f"PositionEmbedding has {self.sequence_length} positions, got {show_shape(x)}"
            )
        return x

    def weights(self, x: Shape) -> tuple[Weight, ...]:
        return (Weight("embeddings", (self.sequence_length, x[-1])),)

    def work(self, x: Shape) -> Work:
        return elementwise("add", x, each=2)


@layer
class ClassToken(Layer):
    """Put a learned vector before a sequence.

    >>> net = parse("Input(n, d) -> ClassToken")
    >>> print(net.output_shape, net.params)
    (n + 1, d) d

    Shape: ``(n, d)`` to ``(n + 1, d)``. One vector of size d (Dosovitskiy et al. 2020).
    """

    takes = "t n"
    ignores = "initializer"

    def output_shape(self, x: Shape) -> Shape:
        steps, features = x
        return (steps + 1, features)

    def weights(self, x: Shape) -> tuple[Weight, ...]:
        return (Weight("class_token", (x[-1],)),)

    def work(self, x: Shape) -> Work:
        return ()


@layer
class Parameter(Layer):
    """Hold learned weights of any shape and return the input unchanged.

    >>> net = parse("Input(s, d) -> Parameter(32, h) -> Dense(m)")
    >>> print(net.output_shape, net.params)
    (s, m) 32*h + m*(d + 1)

    Keeps the shape. Takes the sizes of its weights one by one or as one tuple; ``()`` is a
    single number. For what belongs to no other layer, such as the relative positions of an
    attention (Raffel et al. 2020).
    """

    lists_sizes = True
    ignores = "initializer regularizer constraint"

    shape: Sizes

    def weights(self, x: Shape) -> tuple[Weight, ...]:
        return (Weight("parameter", self.shape),)

    def work(self, x: Shape) -> Work:
        return ()
