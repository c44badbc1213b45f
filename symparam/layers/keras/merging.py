"""Merging: several tensors in, one out."""

from functools import reduce
from typing import Annotated, Any, ClassVar

from symparam.algebra.conditions import required
from symparam.algebra.sizes import Shape, Size, Tensors, total
from symparam.errors import ArgumentError, ShapeError
from symparam.layers.contract.base import Layer
from symparam.layers.contract.kinds import AxesKind, Axis, Flag, UnfitError, resolve
from symparam.layers.contract.registry import layer
from symparam.layers.contract.signature import show_shape, show_value
from symparam.layers.contract.work import Contraction, Work, elementwise


class Merge(Layer):
    """What the element-by-element merges share.

    Shapes are broadcast from the last axis: an axis written as 1 takes the other's size. Two
    sizes of which neither is known to be 1 must be equal.
    """

    inputs = "tensor..."
    operation: ClassVar[str] = ""  # the kind of its element-wise work

    def output_shape(self, x: Tensors) -> Shape:
        return reduce(self.broadcast, x)

    def work(self, x: Tensors) -> Work:
        return elementwise(self.operation, self.output_shape(x), each=len(x))

    def broadcast(self, left: Shape, right: Shape) -> Shape:
        """The shape of two tensors together (Keras 3, ``Merge``)."""
        if len(left) < len(right):
            left, right = right, left
        cut = len(left) - len(right)
        met: list[Size] = []
        for a, b in zip(left[cut:], right, strict=True):
            if a != 1 and b != 1 and not required(a, "=", b):
                raise ShapeError(
                    f"{self.title}: {show_shape(left)} and {show_shape(right)} do not fit",
                    hint="sizes must be equal, or 1, counted from the last axis",
                )
            met.append(b if a == 1 else a)
        return (*left[:cut], *met)


@layer
class Add(Merge):
    """Add tensors element by element.

    >>> net = parse("Input(h, w, c) -> (_, Conv2D(c, 3, same)) -> Add")
    >>> print(net.output_shape, net.params)
    (h, w, c) c*(9*c + 1)

    Also written ``a + b``. Shapes must be equal, but for axes of size 1 and missing
    leading axes, which are broadcast from the last axis. No weights.
    """

    operation = "add"


@layer
class Subtract(Merge):
    """Subtract the second tensor from the first.

    >>> print(parse("(Input(n, d), Input(d)) -> Subtract").output_shape)
    (n, d)

    Takes exactly two tensors, of shapes that fit as for Add. No weights.
    """

    inputs = "minuend subtrahend"
    operation = "subtract"


@layer
class Multiply(Merge):
    """Multiply tensors element by element.

    >>> print(parse("Input(n, d) -> (Dense(f, silu), Dense(f)) -> Multiply").output_shape)
    (n, f)

    Also written ``a * b``. Shapes must fit as for Add. No weights.
    """

    operation = "multiply"


@layer
class Average(Merge):
    """Take the mean of tensors, element by element.

    >>> print(parse("Input(n, d) -> (_, Dense(d), Dense(1)) -> Average").output_shape)
    (n, d)

    Shapes must fit as for Add. No weights.
    """

    operation = "average"


@layer
class Maximum(Merge):
    """Keep the largest of the tensors, element by element.

    >>> print(parse("(Input(8, 1, 3), Input(1, 9, 3)) -> Maximum").output_shape)
    (8, 9, 3)

    Shapes must fit as for Add. No weights.
    """

    operation = "maximum"


@layer
class Minimum(Merge):
    """Keep the smallest of the tensors, element by element.

    >>> print(parse("(Input(5, 3), Input(3)) -> Minimum").output_shape)
    (5, 3)

    Shapes must fit as for Add. No weights.
    """

    operation = "minimum"


@layer
class Concatenate(Layer):
    """Join tensors along one axis.

    >>> print(parse("Input(h, w, c) -> (_, Conv2D(k, 3, same)) -> Concatenate").output_shape)
    (h, w, c + k)

    All other axes must be equal. ``axis`` counts the batch axis as 0, or from the end. No
    weights.
    """

    inputs = "tensor..."

    axis: Axis = -1

    def output_shape(self, x: Tensors) -> Shape:
        first: Shape = x[0]
        index = self.axis_index(self.axis, first)
        for other in x[1:]:
            if len(other) != len(first) or not all(
                place == index or required(a, "=", b)
                for place, (a, b) in enumerate(zip(first, other, strict=True))
            ):
                raise ShapeError(
                    f"Concatenate along axis {self.axis}: {show_shape(first)} and "
                    f"{show_shape(other)} differ elsewhere",
                    hint="all other axes must be equal",
                )
        if index is None:
            return first
        joined = total(shape[index] for shape in x)
        return (*first[:index], joined, *first[index + 1 :])


class DotAxesKind(AxesKind):
    """One axis for both tensors, or one for each."""

    says = "the number of an axis, or a pair of them, not the batch axis"

    def read(self, value: Any, layer: type[Layer]) -> Any:
        axes = super().read(value, layer)
        if len(axes) > 2 or (len(axes) == 1 and isinstance(resolve(value), tuple)):
            raise UnfitError
        return axes


@layer
class Dot(Layer):
    """Take the products of two tensors summed along one axis of each.

    >>> print(parse("(Input(n, d), Input(m, d)) -> Dot(2)").output_shape)
    (n, m)

    The sizes along ``axes`` must be equal; the other axes follow one another. No weights.
    """

    inputs = "left right"
    takes = "... n"

    axes: Annotated[tuple[int, ...], DotAxesKind()]
    normalize: Flag = False

    def output_shape(self, x: Tensors) -> Shape:
        left, right = x
        i, j = (
            self.axis_index(axis, shape)
            for axis, shape in zip((self.axes[0], self.axes[-1]), x, strict=True)
        )
        if i is None or j is None:
            raise ArgumentError("Dot cannot work along the batch axis")
        if not required(left[i], "=", right[j]):
            raise ShapeError(
                f"Dot sums over axes of sizes {left[i]} and {right[j]}: "
                f"{show_value(x)} along {show_value(self.axes)}"
            )
        rest = (*left[:i], *left[i + 1 :], *right[:j], *right[j + 1 :])
        return rest or (1,)

    def work(self, x: Tensors) -> Work:
        summed = self.axis_size(self.axes[0], x[0])
        normalized: Work = ()
        if self.normalize:
            for tensor in x:
                normalized += elementwise("normalization", tensor, "unit", summed)
        return (*normalized, Contraction("matmul", (), (summed,), self.output_shape(x)))
