"""What layers over space share: where the channels are, and how a window moves."""

from symparam.algebra.conditions import required
from symparam.algebra.sizes import Shape, Size, ceildiv, floordiv
from symparam.errors import ShapeError
from symparam.layers.contract.base import Layer
from symparam.layers.contract.signature import show_shape
from symparam.layers.contract.words import AXIS_WORDS


class SpatialLayer(Layer):
    """A layer whose input has spatial axes and one axis of channels."""

    takes = "... c"
    data_format = "channels_last"

    def split(self, x: Shape) -> tuple[Shape, Size]:
        """The spatial sizes and the number of channels."""
        if self.data_format == "channels_first":
            return x[1:], x[0]
        return x[:-1], x[-1]

    def join(self, spatial: Shape, channels: Size) -> Shape:
        """The shape with these spatial sizes and channels."""
        if self.data_format == "channels_first":
            return (channels, *spatial)
        return (*spatial, channels)

    def positions(self, y: Shape) -> Shape:
        return self.split(y)[0]

    def slide(
        self, spatial: Shape, window: Shape, strides: Shape, padding: str, dilation: Shape
    ) -> Shape:
        """The number of output positions along each axis.

        valid: ``floor((n - e)/s) + 1`` with the effective kernel size
        ``e = dilation*(k - 1) + 1``; same and causal: ``ceil(n/s)``, whatever the window
        (Keras 3, ``compute_conv_output_shape``).
        """
        if padding != "valid":
            return tuple(ceildiv(n, s) for n, s in zip(spatial, strides, strict=True))
        places = []
        for n, k, s, d, letter in zip(
            spatial, window, strides, dilation, self.spatial_letters(), strict=False
        ):
            reach = d * (k - 1) + 1
            if not required(n, ">=", reach):
                raise ShapeError(
                    f"{self.title}: a window of {AXIS_WORDS[letter]} {reach} does not fit "
                    f"into an input of {AXIS_WORDS[letter]} {n}: {show_shape(spatial)}",
                    hint="padding=same keeps the size, whatever the window",
                )
            places.append(floordiv(n - reach + s, s))
        return tuple(places)
