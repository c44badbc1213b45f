"""Sound as an image of its frequencies over time."""

from typing import Annotated

from symparam.algebra.conditions import required
from symparam.algebra.sizes import Shape, Size, floordiv, product
from symparam.errors import ArgumentError
from symparam.layers.contract.base import Layer, Weight
from symparam.layers.contract.kinds import (
    Count,
    DataFormat,
    Flag,
    Padding,
    Real,
    SizeKind,
    Uncounted,
    WordKind,
)
from symparam.layers.contract.registry import layer
from symparam.layers.contract.spatial import SpatialLayer
from symparam.layers.contract.words import Words
from symparam.layers.contract.work import Contraction, Work, elementwise

OptionalCount = Annotated[Size | None, SizeKind(optional=True)]
_MODES = ("log", "magnitude", "psd", "real", "imag", "angle", "stft")


@layer
class STFTSpectrogram(SpatialLayer):
    """Turn a signal into its short-time Fourier transform, by convolution.

    >>> net = parse("Input(t, c) -> STFTSpectrogram(frame_length=256, frame_step=64)")
    >>> print(net.output_shape, net.params)
    (floor((t - 192)/64), 129*c) 66048

    Shape: ``(t, c)`` to ``(frames, bins*c)``, or ``(frames, bins, c)`` with ``expand_dims``;
    there are ``floor(fft_length/2) + 1`` bins, twice as many for stft. Weights: the kernels
    of the sine and the cosine, which Keras lets train, or one of them for real and imag.
    """

    takes = "t c"

    mode: Annotated[str, WordKind(*_MODES)] = "log"
    frame_length: Count = 256
    frame_step: OptionalCount = None
    fft_length: OptionalCount = None
    window: Uncounted = "hann"
    periodic: Flag = False
    scaling: Annotated[str, WordKind("density", "spectrum", none="none")] = "density"
    padding: Padding = "valid"
    expand_dims: Flag = False
    data_format: DataFormat = "channels_last"

    def check(self) -> None:
        if self.fft_length is None and not isinstance(self.frame_length, int):
            raise ArgumentError(
                f"STFTSpectrogram: a frame_length of {self.frame_length} needs an fft_length",
                hint="unless given it is the next power of two, which no formula states",
            )
        if self.frame_step is None and not required(self.frame_length, ">=", 2):
            raise ArgumentError("STFTSpectrogram: half of frame_length 1 is no frame_step")
        if not required(self.frame_length, ">=", self.step):
            raise ArgumentError(
                f"STFTSpectrogram: frame_step {self.step} is more than "
                f"frame_length {self.frame_length}"
            )
        if not required(self.transform, ">=", self.frame_length):
            raise ArgumentError(
                f"STFTSpectrogram: fft_length {self.transform} is less than "
                f"frame_length {self.frame_length}"
            )
        if self.mode == "psd" and not required(self.transform, ">=", 2):
            raise ArgumentError("STFTSpectrogram: mode=psd needs an fft_length of 2 or more")

    @property
    def step(self) -> Size:
        """How far a frame is from the next."""
        return floordiv(self.frame_length, 2) if self.frame_step is None else self.frame_step

    @property
    def transform(self) -> Size:
        """The length of the Fourier transform."""
        if self.fft_length is not None:
            return self.fft_length
        return 1 << (int(self.frame_length) - 1).bit_length()

    @property
    def bins(self) -> Size:
        """How many frequencies there are."""
        return floordiv(self.transform, 2) + 1

    def fields_in_words(self, words: Words) -> "STFTSpectrogram":
        """The layer with words for sizes: its weights depend on the number of bins alone."""
        named = super().fields_in_words(words)
        values = {name: named.value(name) for name in self.fields}
        return self.with_values(values | {"fft_length": 2 * words.symbol("bins", self.bins) - 2})

    def sample_input(self) -> Shape:
        return (self.frame_length, 1)

    def output_shape(self, x: Shape) -> Shape:
        frames, channels = self.frames(x), self.split(x)[1]
        bins = 2 * self.bins if self.mode == "stft" else self.bins
        if self.expand_dims:
            return self.join((frames, bins), channels)
        return self.join((frames,), product((channels, bins)))

    def frames(self, x: Shape) -> Size:
        """How many pieces of the signal are transformed."""
        steps, _ = self.split(x)
        (frames,) = self.slide(steps, (self.frame_length,), (self.step,), self.padding, (1,))
        return frames

    def weights(self, x: Shape) -> tuple[Weight, ...]:
        shape = (self.frame_length, 1, self.bins)
        parts = [self.mode] if self.mode in ("real", "imag") else ["real", "imag"]
        return tuple(Weight(f"{part}_kernel", shape) for part in parts)

    def work(self, x: Shape) -> Work:
        frames, channels = self.frames(x), self.split(x)[1]
        return tuple(
            Contraction(
                *("convolution", (frames, channels), (self.frame_length,), (self.bins,)),
                (weight.name,),
            )
            for weight in self.weights(x)
        )


@layer
class MelSpectrogram(Layer):
    """Turn a signal into the strengths of its frequencies on the mel scale.

    >>> print(parse("Input(t) -> MelSpectrogram(512, 128, num_mel_bins=m)").output_shape)
    (m, ceiling((t + 1)/128))

    Shape: ``(..., t)`` to ``(..., num_mel_bins, frames)``. Keras states a frame too many for
    some lengths, and overlooks axes before the last; the sizes here are those of a real
    run. No weights.
    """

    takes = "... t"

    fft_length: Count = 2048
    sequence_stride: Count = 512
    sequence_length: Annotated[Size | None, SizeKind(0, optional=True)] = None
    window: Uncounted = "hann"
    sampling_rate: Real = 16000
    num_mel_bins: Count = 128
    min_freq: Real = 20.0
    max_freq: Uncounted = None
    power_to_db: Flag = True
    top_db: Real = 80.0
    mag_exp: Real = 2.0
    min_power: Real = 1e-10
    ref_power: Real = 1.0

    def check(self) -> None:
        if self.sequence_length is not None and not required(
            self.fft_length, ">=", self.sequence_length
        ):
            raise ArgumentError(
                f"MelSpectrogram: fft_length {self.fft_length} is less than "
                f"sequence_length {self.sequence_length}"
            )

    def output_shape(self, x: Shape) -> Shape:
        padded = x[-1] + 2 * floordiv(self.fft_length, 2)
        frames = floordiv(padded - self.fft_length, self.sequence_stride) + 1
        return (*x[:-1], self.num_mel_bins, frames)

    def work(self, x: Shape) -> Work:
        *_, frames = self.output_shape(x)
        places, bins = (*x[:-1], frames), floordiv(self.fft_length, 2) + 1
        return (
            *elementwise("fft", (*places, bins), each=self.fft_length),
            # The matrix from frequencies to mel is no weight, but multiplied all the same.
            Contraction("matmul", places, (bins,), (self.num_mel_bins,)),
        )
