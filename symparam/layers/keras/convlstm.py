"""Convolutional recurrence: LSTM whose gates are convolutions, over one to three axes."""

from symparam.algebra.sizes import Shape, Tensors, product
from symparam.layers.contract.base import Weight
from symparam.layers.contract.functions import Function
from symparam.layers.contract.kinds import (
    Count,
    DataFormat,
    Flag,
    Padding,
    Spatial,
    everywhere,
)
from symparam.layers.contract.registry import layer
from symparam.layers.contract.spatial import SpatialLayer
from symparam.layers.contract.work import Contraction, Work, bias, elementwise
from symparam.layers.keras.conv import refuse_strides_with_dilation
from symparam.layers.keras.recurrent import OfCell, Recurrent, gated, refuse_glu


class ConvLSTM(SpatialLayer, Recurrent):
    """What convolutional recurrence over one, two and three axes shares (Shi et al. 2015)."""

    inputs = Recurrent.inputs
    ignores = OfCell.ignores
    order = (
        "filters kernel_size strides padding data_format dilation_rate "
        "activation recurrent_activation use_bias"
    )

    filters: Count
    kernel_size: Spatial
    strides: Spatial = everywhere(1)
    padding: Padding = "valid"
    data_format: DataFormat = "channels_last"
    dilation_rate: Spatial = everywhere(1)
    activation: Function = "tanh"
    recurrent_activation: Function = "sigmoid"
    use_bias: Flag = True

    @classmethod
    def spatial_letters(cls) -> list[str]:
        return cls.takes.split()[1:-1]

    def axis_letters(self, rank: int) -> tuple[str, ...]:
        time, *rest = self.takes.split()
        if self.data_format == "channels_first":
            rest = [rest[-1], *rest[:-1]]
        return (time, *rest)

    def check(self) -> None:
        refuse_strides_with_dilation(self.title, self.strides, self.dilation_rate)
        refuse_glu(self)

    def step(self, x: Shape) -> tuple[Shape, list[Shape | Tensors]]:
        output = self.join(self.output_positions(x), self.filters)
        return output, [output, output]

    def output_positions(self, x: Shape) -> Shape:
        """At how many positions along each axis the kernels are laid in one step."""
        spatial, _ = self.split(x)
        return self.slide(spatial, self.kernel_size, self.strides, self.padding, self.dilation_rate)

    def work_of_step(self, x: Shape) -> Work:
        places, (_, channels) = self.output_positions(x), self.split(x)
        gates = (product([4, self.filters]),)
        entering, state = (*self.kernel_size, channels), (*self.kernel_size, self.filters)
        return (
            Contraction("convolution", places, entering, gates, ("cell/kernel",)),
            # The state has the size of the output and is padded so that it keeps it.
            Contraction("recurrence", places, state, gates, ("cell/recurrent_kernel",)),
            *elementwise("add", (*places, *gates), each=2),
            *bias((*places, *gates), self.use_bias),
            *gated(self, (*places, self.filters), 4),
        )

    def weights(self, x: Tensors) -> tuple[Weight, ...]:
        _, channels = self.split(x[0][1:])
        gates = product([4, self.filters])
        return (
            Weight("cell/kernel", (*self.kernel_size, channels, gates)),
            Weight("cell/recurrent_kernel", (*self.kernel_size, self.filters, gates)),
            *([Weight("cell/bias", (gates,))] if self.use_bias else ()),
        )


@layer
class ConvLSTM1D(ConvLSTM):
    """Run a long short-term memory of convolutions along a sequence of sequences.

    >>> print(parse("Input(t, h, c) -> ConvLSTM1D(f, k, same)").params)
    4*f*(c*k + f*k + 1)

    Shape: ``(t, h, c)`` to ``(positions, filters)``, or ``(t, positions, filters)`` with
    ``return_sequences``. Strides and dilation hold for the input's convolution only.
    """

    takes = "t h c"


@layer
class ConvLSTM2D(ConvLSTM):
    """Run a long short-term memory of convolutions along a film.

    >>> print(parse("Input(t, h, w, c) -> ConvLSTM2D(f, 3)").output_shape)
    (h - 2, w - 2, f)

    Shape: ``(t, h, w, c)`` to ``(positions, positions, filters)``, or with the time axis before
    them. Four gates of ``(k*k*c + k*k*filters + 1)*filters`` each.
    """

    takes = "t h w c"


@layer
class ConvLSTM3D(ConvLSTM):
    """Run a long short-term memory of convolutions along a sequence of volumes.

    >>> print(parse("Input(4, 5, 6, 7, 3) -> ConvLSTM3D(2, 3)").output_shape)
    (3, 4, 5, 2)

    Shape: ``(t, d, h, w, c)`` to ``(positions, positions, positions, filters)``, or with the time
    axis before them.
    """

    takes = "t d h w c"
