"""PyTorch's paddings, numeric and from the last axis on; a negative one cuts."""

from typing import Annotated, Any

from symparam.algebra.conditions import required
from symparam.algebra.sizes import Shape, Size, minimum, total
from symparam.errors import ShapeError
from symparam.layers.contract.base import Layer
from symparam.layers.contract.kinds import Kind, Real, UnfitError, axes_of, read_size, resolve
from symparam.layers.contract.registry import layer
from symparam.layers.contract.signature import show_shape
from symparam.layers.contract.work import Work, elementwise
from symparam.layers.torch.base import TorchLayer

Border = tuple[Size, Size]


class BorderKind(Kind):
    """One size for all ends, or a pair for each axis, the last axis first."""

    takes_sizes = True
    says = "a whole number, or a tuple of (before, after) for each axis, the last axis first"

    def read(self, value: Any, layer: type[Layer]) -> tuple[Border, ...]:
        value = resolve(value)
        rank = layer.spatial_rank()
        if not isinstance(value, tuple):
            return ((self._size(value),) * 2,) * rank
        if len(value) != 2 * rank:
            raise UnfitError(axes_of(layer))
        sizes = [self._size(entry) for entry in value]
        return tuple(zip(sizes[::2], sizes[1::2], strict=True))[::-1]

    def _size(self, value: Any) -> Size:
        value = resolve(value)
        try:
            return read_size(value, 0)
        except UnfitError:
            if isinstance(value, str | tuple | bool) or value is None:
                raise
        return -read_size(-value, 0)


class Pad(TorchLayer):
    """What all paddings share."""

    leaves_some = False  # whether an axis at least must keep an element
    padding: Annotated[tuple[Border, ...], BorderKind()]

    @classmethod
    def spatial_letters(cls) -> list[str]:
        return cls.takes.split()[1:]

    def output_shape(self, x: Shape) -> Shape:
        start = len(x) - len(self.padding)
        padded = list(x[:start])
        for n, (before, after) in zip(x[start:], self.padding, strict=True):
            self.check_border(n, before, after, x)
            size = n + before + after
            if not required(size, ">=", 0):
                raise ShapeError(
                    f"{self.title}: {before} and {after} cut more than an axis of size {n} has: "
                    f"{show_shape(x)}"
                )
            padded.append(size)
        if self.leaves_some and not required(total(padded[start:]), ">=", 1):
            raise ShapeError(f"{self.title} leaves nothing of {show_shape(x)}")
        return tuple(padded)

    def work(self, x: Shape) -> Work:
        return elementwise("padding", self.output_shape(x))

    def check_border(self, n: Size, before: Size, after: Size, x: Shape) -> None:
        """Refuse a border that cannot be filled from an axis of size ``n``."""


class ReflectionPad(Pad):
    """What reflections share."""

    leaves_some = True

    def check_border(self, n: Size, before: Size, after: Size, x: Shape) -> None:
        check_filled(self, "reflect", n, before, after)


class CircularPad(Pad):
    """What circular borders share."""

    def check_border(self, n: Size, before: Size, after: Size, x: Shape) -> None:
        check_filled(self, "circular", n, before, after)


class ReplicationPad(Pad):
    """What repetitions of the border share."""

    leaves_some = True


class FilledPad(Pad):
    """What borders of one value share: what is cut must be there before they are added."""

    def check_border(self, n: Size, before: Size, after: Size, x: Shape) -> None:
        if not required(n + minimum(before, 0) + minimum(after, 0), ">=", 0):
            raise ShapeError(
                f"{self.title}: {before} and {after} cut more than an axis of size {n} has: "
                f"{show_shape(x)}"
            )


class ConstantPad(FilledPad):
    """What borders of a given value share."""

    value_: Real


@layer
class ConstantPad1d(ConstantPad):
    """Surround a sequence with a constant.

    >>> print(parse("Input(c, t) -> nn.ConstantPad1d((1, 2), 0.5)").output_shape)
    (c, t + 3)

    ``padding`` is one number, or (before, after). No weights.
    """

    takes = "... t"


@layer
class ConstantPad2d(ConstantPad):
    """Surround an image with a constant.

    >>> print(parse("Input(c, h, w) -> nn.ConstantPad2d(1, 0.5)").output_shape)
    (c, h + 2, w + 2)

    ``padding`` is one number, or (left, right, top, bottom). No weights.
    """

    takes = "... h w"


@layer
class ConstantPad3d(ConstantPad):
    """Surround a volume with a constant.

    >>> print(parse("Input(c, d, h, w) -> nn.ConstantPad3d(1, 0.5)").output_shape)
    (c, d + 2, h + 2, w + 2)

    ``padding`` is one number, or (left, right, top, bottom, front, back). No weights.
    """

    takes = "... d h w"


@layer
class ZeroPad1d(FilledPad):
    """Surround a sequence with zeros.

    >>> print(parse("Input(c, t) -> nn.ZeroPad1d((1, 2))").output_shape)
    (c, t + 3)

    ``padding`` is one number, or (before, after). No weights.
    """

    takes = "... t"


@layer
class ZeroPad2d(FilledPad):
    """Surround an image with zeros.

    >>> print(parse("Input(c, h, w) -> nn.ZeroPad2d(1)").output_shape)
    (c, h + 2, w + 2)

    ``padding`` is one number, or (left, right, top, bottom). No weights.
    """

    takes = "... h w"


@layer
class ZeroPad3d(FilledPad):
    """Surround a volume with zeros.

    >>> print(parse("Input(c, d, h, w) -> nn.ZeroPad3d(1)").output_shape)
    (c, d + 2, h + 2, w + 2)

    ``padding`` is one number, or (left, right, top, bottom, front, back). No weights.
    """

    takes = "... d h w"


@layer
class ReflectionPad1d(ReflectionPad):
    """Continue a sequence as in a mirror.

    >>> print(parse("Input(c, t) -> nn.ReflectionPad1d((1, 2))").output_shape)
    (c, t + 3)

    ``padding`` is one number, or (before, after). No weights.
    """

    takes = "c t"


@layer
class ReflectionPad2d(ReflectionPad):
    """Continue an image as in a mirror.

    >>> print(parse("Input(c, h, w) -> nn.ReflectionPad2d(1)").output_shape)
    (c, h + 2, w + 2)

    ``padding`` is one number, or (left, right, top, bottom). No weights.
    """

    takes = "c h w"


@layer
class ReflectionPad3d(ReflectionPad):
    """Continue a volume as in a mirror.

    >>> print(parse("Input(c, d, h, w) -> nn.ReflectionPad3d(1)").output_shape)
    (c, d + 2, h + 2, w + 2)

    ``padding`` is one number, or (left, right, top, bottom, front, back). No weights.
    """

    takes = "c d h w"


@layer
class ReplicationPad1d(ReplicationPad):
    """Continue a sequence with its border.

    >>> print(parse("Input(c, t) -> nn.ReplicationPad1d((1, 2))").output_shape)
    (c, t + 3)

    ``padding`` is one number, or (before, after). No weights.
    """

    takes = "c t"


@layer
class ReplicationPad2d(ReplicationPad):
    """Continue an image with its border.

    >>> print(parse("Input(c, h, w) -> nn.ReplicationPad2d(1)").output_shape)
    (c, h + 2, w + 2)

    ``padding`` is one number, or (left, right, top, bottom). No weights.
    """

    takes = "c h w"


@layer
class ReplicationPad3d(ReplicationPad):
    """Continue a volume with its border.

    >>> print(parse("Input(c, d, h, w) -> nn.ReplicationPad3d(1)").output_shape)
    (c, d + 2, h + 2, w + 2)

    ``padding`` is one number, or (left, right, top, bottom, front, back). No weights.
    """

    takes = "c d h w"


@layer
class CircularPad1d(CircularPad):
    """Continue a sequence with its other end.

    >>> print(parse("Input(c, t) -> nn.CircularPad1d((1, 2))").output_shape)
    (c, t + 3)

    ``padding`` is one number, or (before, after). No weights.
    """

    takes = "c t"


@layer
class CircularPad2d(CircularPad):
    """Continue an image with its other end.

    >>> print(parse("Input(c, h, w) -> nn.CircularPad2d(1)").output_shape)
    (c, h + 2, w + 2)

    ``padding`` is one number, or (left, right, top, bottom). No weights.
    """

    takes = "c h w"


@layer
class CircularPad3d(CircularPad):
    """Continue a volume with its other end.

    >>> print(parse("Input(c, d, h, w) -> nn.CircularPad3d(1)").output_shape)
    (c, d + 2, h + 2, w + 2)

    ``padding`` is one number, or (left, right, top, bottom, front, back). No weights.
    """

    takes = "c d h w"


def check_filled(layer: Layer, mode: str, n: Size, before: Size, after: Size) -> None:
    """Refuse a border that its mode cannot fill from an axis of size ``n``.

    A reflection mirrors an inner element for each of its own; a circle goes round once.
    """
    if mode not in ("reflect", "circular"):
        return
    inner = 1 if mode == "reflect" else 0
    if not (required(n, ">=", before + inner) and required(n, ">=", after + inner)):
        bound = "be less than" if mode == "reflect" else "not exceed"
        raise ShapeError(
            f"{layer.title}: a border of {before} and {after} must {bound} the size of its axis, "
            f"which is {n}"
        )
