"""PyTorch's layers that rearrange an input: flatten, fold, unfold."""

from symparam.algebra.conditions import required
from symparam.algebra.sizes import Shape, exact, product
from symparam.errors import ArgumentError, ShapeError
from symparam.layers.contract.kinds import Axis, TargetShape, everywhere
from symparam.layers.contract.kinds import Spatial as PerAxis
from symparam.layers.contract.registry import layer
from symparam.layers.contract.signature import show_shape
from symparam.layers.torch.base import NumericPadding, Spatial, TorchLayer, slide


@layer
class Flatten(TorchLayer):
    """Lay neighbouring axes out as one.

    >>> print(parse("Input(c, h, w) -> nn.Flatten").output_shape)
    (c*h*w,)
    >>> print(parse("Input(c, h, w) -> nn.Flatten(2)").output_shape)
    (c, h*w)

    Takes the axes from ``start_dim`` to ``end_dim``; the batch axis is 0 and stays.
    """

    start_dim: Axis = 1
    end_dim: Axis = -1

    def output_shape(self, x: Shape) -> Shape:
        start, end = self.place(self.start_dim, x), self.place(self.end_dim, x)
        if start > end:
            raise ArgumentError(
                f"{self.title}: start_dim {self.start_dim} comes after end_dim {self.end_dim}"
            )
        return (*x[:start], product(x[start : end + 1]), *x[end + 1 :])


@layer
class Unflatten(TorchLayer):
    """Lay one axis out as several.

    >>> print(parse("Input(c*h*w) -> nn.Unflatten(1, (c, h, w))").output_shape)
    (c, h, w)

    ``dim`` counts the batch axis as 0; one size of ``unflattened_size`` may be -1.
    """

    dim: Axis
    unflattened_size: TargetShape

    def check(self) -> None:
        if not self.unflattened_size:
            raise ArgumentError(f"{self.title}: unflattened_size needs at least one size")

    def output_shape(self, x: Shape) -> Shape:
        place = self.place(self.dim, x)
        sizes = self.unflattened_size
        known = product(size for size in sizes if size != -1)
        if -1 in sizes:
            fits = known != 0 and required(known, "|", x[place])
        else:
            fits = required(x[place], "=", known)
        if not fits:
            raise ShapeError(
                f"{self.title} cannot lay {x[place]} elements out as {show_shape(sizes)}"
            )
        rest = exact(x[place], known) if -1 in sizes else 1
        return (*x[:place], *(rest if size == -1 else size for size in sizes), *x[place + 1 :])


class Blocks(Spatial):
    """What Fold and Unfold share: a window over an image."""

    @classmethod
    def spatial_letters(cls) -> list[str]:
        return ["h", "w"]

    kernel_size: PerAxis
    dilation: PerAxis = everywhere(1)
    padding: NumericPadding = everywhere(0)
    stride: PerAxis = everywhere(1)

    def count(self, spatial: Shape) -> Shape:
        """The number of windows along each axis."""
        return slide(self, spatial, self.kernel_size, self.stride, self.padding, self.dilation)


@layer
class Unfold(Blocks):
    """Lay every window of an image out as a column.

    >>> print(parse("Input(c, h, w) -> nn.Unfold(3, padding=1)").output_shape)
    (9*c, h*w)

    Shape: ``(c, h, w)`` to ``(c*window, positions)``. No weights.
    """

    takes = "c h w"

    def output_shape(self, x: Shape) -> Shape:
        return (product((x[0], *self.kernel_size)), product(self.count(x[1:])))


@layer
class Fold(Blocks):
    """Add columns up to an image, each as a window of it.

    >>> print(parse("Input(9*c, 30) -> nn.Fold((7, 8), 3)").output_shape)
    (c, 7, 8)

    Shape: ``(c*window, positions)`` to ``(c, *output_size)``. No weights.
    """

    takes = "c t"
    order = "output_size"

    output_size: PerAxis

    def output_shape(self, x: Shape) -> Shape:
        window, columns = product(self.kernel_size), product(self.count(self.output_size))
        if not required(window, "|", x[0]):
            raise ShapeError(
                f"{self.title}: a window of {window} does not divide the {x[0]} channels of "
                f"{show_shape(x)}"
            )
        if not required(x[1], "=", columns):
            raise ShapeError(
                f"{self.title}: an image of {show_shape(self.output_size)} has {columns} windows, "
                f"but its input {show_shape(x)} has {x[1]}"
            )
        return (exact(x[0], window), *self.output_size)
