"""Categories as numbers: encoded as vectors of zeros and ones, hashed, or cut into bins."""

from typing import Annotated, Any

from symparam.algebra.conditions import required
from symparam.algebra.sizes import Shape, Size, Tensors
from symparam.errors import ArgumentError, ShapeError
from symparam.layers.contract.base import Layer
from symparam.layers.contract.kinds import (
    AxesKind,
    Count,
    Flag,
    NumbersKind,
    Real,
    SizeKind,
    Uncounted,
    UnfitError,
    WordKind,
    resolve,
)
from symparam.layers.contract.registry import layer
from symparam.layers.contract.signature import show_value

OutputMode = Annotated[str, WordKind("int", "one_hot", "multi_hot", "count")]


class Encoding(Layer):
    """What layers share that give a category out as a number or as a vector."""

    def encoded(self, x: Shape, mode: str, depth: Size) -> Shape:
        """The shape of categories that are numbers (``int``) or vectors of ``depth``.

        multi_hot and count sum over the first axis after the batch. Keras's static shape
        drops the last one instead; with more than one axis the sizes here are those of a
        real run.
        """
        if mode == "int":
            return x
        if mode == "one_hot":
            return one_hot(x, depth)
        if not x:
            raise ShapeError(
                f"{self.title}: {mode} sums over the axis after the batch, and there is none",
                hint="one_hot encodes a single category",
            )
        return (*x[1:], depth)

    def check_sparse(self, sparse: bool, mode: str) -> None:
        """Refuse to give plain numbers out as a sparse tensor."""
        if sparse and mode == "int":
            raise ArgumentError(f"{self.title}: sparse needs another output_mode than int")


def one_hot(x: Shape, depth: Size) -> Shape:
    """A vector for each element; a last axis of size 1 makes room for it.

    A symbol as the last size is taken to be 2 or more, and that is a condition.
    """
    return (*x, depth) if x and required(x[-1], ">=", 2) else (*x[:-1], depth)


@layer
class CategoryEncoding(Encoding):
    """Encode integer categories as vectors.

    >>> print(parse("Input(n) -> CategoryEncoding(num_tokens=V, output_mode=count)").output_shape)
    (V,)

    Shape: multi_hot and count turn ``(n, ...)`` into ``(..., num_tokens)``; one_hot appends
    an axis, or takes the place of a last axis of 1. With several axes Keras's static shape
    of multi_hot and count is another than what a run gives; here it is that of the run.
    """

    num_tokens: Count
    output_mode: Annotated[str, WordKind("multi_hot", "one_hot", "count", "binary")] = "multi_hot"
    sparse: Flag = False

    def output_shape(self, x: Shape) -> Shape:
        return self.encoded(x, self.output_mode, self.num_tokens)


class BoundariesKind(NumbersKind):
    """The inner ends of bins."""

    def __init__(self) -> None:
        super().__init__(optional=True)
        self.says = "a list of numbers"

    def read(self, value: Any, layer: type[Layer]) -> Any:
        if not isinstance(value, tuple | list):
            raise UnfitError
        return super().read(value, layer)


@layer
class Discretization(Encoding):
    """Sort numbers into bins.

    >>> print(parse("Input(3) -> Discretization((0, 10, 20), output_mode=one_hot)").output_shape)
    (3, 4)

    Shape: kept for int, else as for CategoryEncoding. There is one bin more than boundaries,
    or ``num_bins`` once the layer is adapted to data enough for them. No weights.
    """

    bin_boundaries: Annotated[Any, BoundariesKind()] = None
    num_bins: Annotated[Size | None, SizeKind(optional=True)] = None
    epsilon: Real = 0.01
    output_mode: OutputMode = "int"
    sparse: Flag = False

    def check(self) -> None:
        if (self.num_bins is None) == (self.bin_boundaries is None):
            raise ArgumentError("Discretization needs either bin_boundaries or num_bins")
        self.check_sparse(self.sparse, self.output_mode)

    def output_shape(self, x: Shape) -> Shape:
        bins = len(self.bin_boundaries) + 1 if self.num_bins is None else self.num_bins
        return self.encoded(x, self.output_mode, bins)


class SaltKind(AxesKind):
    """The seed of a hash."""

    says = "a whole number, or a pair of them"

    def read(self, value: Any, layer: type[Layer]) -> Any:
        salt = super().read(value, layer)
        if isinstance(resolve(value), tuple) and len(salt) != 2:
            raise UnfitError
        return salt


@layer
class Hashing(Encoding):
    """Sort categories into bins by a hash.

    >>> print(parse("Input(n) -> Hashing(b, output_mode=count)").output_shape)
    (b,)

    Shape: kept for int, else as for CategoryEncoding; one_hot takes the place of up to two
    last axes of 1. Shapes are those of a real run, also where Keras's static shape differs.
    """

    num_bins: Count
    mask_value: Uncounted = None
    salt: Annotated[Any, SaltKind(optional=True)] = None
    output_mode: OutputMode = "int"
    sparse: Flag = False

    def check(self) -> None:
        self.check_sparse(self.sparse, self.output_mode)

    def output_shape(self, x: Shape) -> Shape:
        if self.output_mode == "one_hot" and x and not required(x[-1], ">=", 2):
            x = x[:-1]
        return self.encoded(x, self.output_mode, self.num_bins)


@layer
class HashedCrossing(Encoding):
    """Sort combinations of categories into bins by a hash.

    >>> print(parse("(Input(1), Input(1)) -> HashedCrossing(b, one_hot)").output_shape)
    (b,)

    Takes two tensors or more of one category each, ``()`` or ``(1,)``. Shape: kept for int,
    ``(num_bins,)`` for one_hot. Keras states no shape for three or more, but runs them.
    """

    inputs = "left right more..."

    num_bins: Count
    output_mode: Annotated[str, WordKind("int", "one_hot")] = "int"
    sparse: Flag = False

    def output_shape(self, x: Tensors) -> Shape:
        first: Shape = x[0]
        if len(set(map(len, x))) > 1 or not all(
            len(shape) <= 1 and all(required(size, "=", 1) for size in shape) for shape in x
        ):
            raise ShapeError(
                f"HashedCrossing takes single categories, all of shape () or (1,): {show_value(x)}"
            )
        return first if self.output_mode == "int" else (self.num_bins,)
