"""Splitting: one tensor in, several out."""

from symparam.algebra.conditions import required
from symparam.algebra.sizes import Shape, Tensors, exact, total
from symparam.errors import ArgumentError, ShapeError
from symparam.layers.contract.base import Layer
from symparam.layers.contract.kinds import Axis, TargetShape
from symparam.layers.contract.registry import layer
from symparam.layers.contract.signature import show_shape


@layer
class Split(Layer):
    """Cut a tensor along one axis, into equal parts or into parts of given sizes.

    >>> print(parse("Input(s, d) -> Dense(3*d) -> Split(3)").output_shape)
    ((s, d), (s, d), (s, d))
    >>> print(parse("Input(s, d) -> Split((k, -1))").output_shape)
    ((s, k), (s, d - k))

    ``sections`` is the number of equal parts, or a tuple of their sizes of which one may be -1: as
    ``keras.ops.split(x, 3)`` and ``torch.split(x, [k, d - k], dim=-1)``. ``axis`` counts the batch
    axis as 0, or from the end. No weights.
    """

    sections: TargetShape
    axis: Axis = -1

    def check(self) -> None:
        count = self.sections[0] if len(self.sections) == 1 else 1
        if not isinstance(count, int) or count == -1:
            raise ArgumentError("Split: only a number of parts is known, as in Split(3)")
        if any(size == 0 for size in self.sections) or not self.sections:
            raise ArgumentError("Split: each part has a size of at least 1")

    def output_shape(self, x: Shape) -> Tensors:
        place = self.axis_index(self.axis, x)
        if place is None:
            raise ArgumentError("Split cannot cut along the batch axis")
        return Tensors((*x[:place], size, *x[place + 1 :]) for size in self._sizes(x, place))

    def _sizes(self, x: Shape, place: int) -> Shape:
        """The sizes of the parts along the axis."""
        size = x[place]
        if len(self.sections) == 1:
            (count,) = self.sections
            if not required(count, "|", size):
                raise ShapeError(
                    f"Split: {count} equal parts do not fit into axis {self.axis} of "
                    f"{show_shape(x)}"
                )
            return (exact(size, count),) * int(count)
        known = total(part for part in self.sections if part != -1)
        rest = size - known
        is_open = -1 in self.sections
        fits = required(rest, ">=", 1) if is_open else required(size, "=", known)
        if not fits:
            raise ShapeError(
                f"Split: parts of {show_shape(self.sections)} are not axis {self.axis} of "
                f"{show_shape(x)}"
            )
        return tuple(rest if part == -1 else part for part in self.sections)
