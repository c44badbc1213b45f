"""PyTorch's less usual pooling: windows at random positions, and unpooling."""

from symparam.algebra.conditions import required
from symparam.algebra.sizes import Shape, Tensors, product
from symparam.errors import ArgumentError, ShapeError
from symparam.layers.contract.kinds import Flag, OptionalSpatial, everywhere
from symparam.layers.contract.kinds import Spatial as PerAxis
from symparam.layers.contract.registry import layer
from symparam.layers.contract.signature import show_shape
from symparam.layers.contract.work import Work, elementwise
from symparam.layers.torch.base import NumericPadding, Spatial
from symparam.layers.torch.scaling import OptionalScale, scaled


class FractionalMaxPool(Spatial):
    """What pooling over windows at random positions shares."""

    ignores = Spatial.ignores + " _random_samples"
    spare = 0  # how much more than the windows there must be

    kernel_size: PerAxis
    output_size: OptionalSpatial = None
    output_ratio: OptionalScale = None
    return_indices: Flag = False

    def check(self) -> None:
        if (self.output_size is None) == (self.output_ratio is None):
            raise ArgumentError(f"{self.title} takes either output_size or output_ratio")

    def output_shape(self, x: Shape) -> Shape | Tensors:
        places = self.output_size or scaled(self, x[1:], self.output_ratio)
        for n, k, wanted in zip(x[1:], self.kernel_size, places, strict=True):
            if not required(n, ">=", wanted + k - 1 + self.spare):
                raise ShapeError(
                    f"{self.title}: {wanted} windows of size {k} do not fit into an axis of "
                    f"size {n}: {show_shape(x)}"
                )
        y = (x[0], *places)
        return Tensors((y, y)) if self.return_indices else y

    def work(self, x: Shape) -> Work:
        return elementwise("pooling", self.first_output(x), "max", product(self.kernel_size))


@layer
class FractionalMaxPool2d(FractionalMaxPool):
    """Keep the largest element of each of so many windows at random positions.

    >>> print(parse("Input(c, 32, 32) -> nn.FractionalMaxPool2d(2, output_ratio=0.7)").output_shape)
    (c, 22, 22)

    Shape: ``(c, h, w)`` to ``(c, *output_size)``, twice with ``return_indices``. No weights.
    """

    takes = "c h w"


@layer
class FractionalMaxPool3d(FractionalMaxPool):
    """Keep the largest element of each of so many windows at random positions.

    >>> print(parse("Input(c, 8, 9, 9) -> nn.FractionalMaxPool3d(2, 5)").output_shape)
    (c, 5, 5, 5)

    Shape: ``(c, d, h, w)`` to ``(c, *output_size)``, twice with ``return_indices``. No
    weights.
    """

    takes = "c d h w"
    spare = 1


class MaxUnpool(Spatial):
    """What inverses of maximum pooling share."""

    inputs = "input indices"

    kernel_size: PerAxis
    stride: OptionalSpatial = None
    padding: NumericPadding = everywhere(0)

    def output_shape(self, x: Tensors) -> Shape:
        first, indices = x
        if len(first) != len(indices) or not all(
            required(a, "=", b) for a, b in zip(first, indices, strict=True)
        ):
            raise ShapeError(
                f"{self.title}: its indices {show_shape(indices)} must have the shape of its "
                f"input {show_shape(first)}"
            )
        stride = self.stride or self.kernel_size
        return (
            first[0],
            *(
                (n - 1) * s - 2 * p + k
                for n, k, s, p in zip(
                    first[1:], self.kernel_size, stride, self.padding, strict=True
                )
            ),
        )

    def work(self, x: Tensors) -> Work:
        return elementwise("unpooling", x[0])


@layer
class MaxUnpool1d(MaxUnpool):
    """Put the elements of a maximum pooling back where they came from.

    >>> net = parse("Input(c, 8) -> nn.MaxPool1d(2, return_indices=True) -> nn.MaxUnpool1d(2)")
    >>> print(net.output_shape)
    (c, 8)

    Shape: ``(c, t)``, twice, to ``(c, spread)``. No weights.
    """


@layer
class MaxUnpool2d(MaxUnpool):
    """Put the elements of a maximum pooling back where they came from.

    >>> print(parse("(Input(c, h, w), Input(c, h, w)) -> nn.MaxUnpool2d(2)").output_shape)
    (c, 2*h, 2*w)

    Shape: ``(c, h, w)``, twice, to ``(c, spread, spread)``. No weights.
    """

    takes = "c h w"


@layer
class MaxUnpool3d(MaxUnpool):
    """Put the elements of a maximum pooling back where they came from.

    >>> print(parse("Input(3, 4, 4, 4) -> (_, _) -> nn.MaxUnpool3d(3, 2)").output_shape)
    (3, 9, 9, 9)

    Shape: ``(c, d, h, w)``, twice, to ``(c, spread, spread, spread)``. No weights.
    """

    takes = "c d h w"
