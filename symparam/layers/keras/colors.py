"""Colors of images: contrast, brightness and hue, most of them at random while training."""

from typing import Annotated, Any

from symparam.algebra.conditions import required
from symparam.algebra.sizes import Shape, Size
from symparam.errors import ShapeError
from symparam.layers.contract.kinds import Count, DataFormat, Flag, Rate, Real, Slope, Uncounted
from symparam.layers.contract.ranges import (
    FactorKind,
    OddKind,
    Pair,
    PairKind,
    Share,
    SignedShare,
    StrictShare,
)
from symparam.layers.contract.registry import layer
from symparam.layers.contract.signature import show_shape
from symparam.layers.keras.images import ImageLayer, Sampling

OptionalShare = Annotated[Any, FactorKind(0, 1, optional=True)]
OptionalSignedShare = Annotated[Any, FactorKind(-1, 1, optional=True)]


class EveryChannel(ImageLayer):
    """What layers share that work on each channel alone, wherever the channels are."""

    ignores = ImageLayer.ignores + " data_format"


class Mixing(ImageLayer):
    """What layers share that need the colors of a pixel together."""

    def need_colors(self, channels: Size, x: Shape) -> None:
        """Refuse an image without red, green and blue."""
        if not required(channels, "=", 3):
            raise ShapeError(
                f"{self.title} needs the 3 channels of a color image, "
                f"got {channels}: {show_shape(x)}"
            )

    def need_gray_or_colors(self, x: Shape) -> Shape:
        """The shape of an image that is gray or colored, which is 1 channel or 3."""
        _, channels = self.split(x)
        if not required(channels, "|", 3):  # the divisors of 3 are 1 and 3
            raise ShapeError(
                f"{self.title} needs the 3 channels of a color image, or the 1 of a gray one, "
                f"got {channels}: {show_shape(x)}"
            )
        return x


@layer
class AutoContrast(EveryChannel):
    """Stretch each channel over the whole range of values.

    >>> print(parse("Input(h, w, c) -> AutoContrast").output_shape)
    (h, w, c)

    Keeps the shape. No weights.
    """

    value_range: Pair = (0, 255)


@layer
class Equalization(ImageLayer):
    """Make all values of an image equally frequent.

    >>> print(parse("Input(h, w, c) -> Equalization(bins=128)").output_shape)
    (h, w, c)

    Keeps the shape. No weights.
    """

    value_range: Pair = (0, 255)
    bins: Count = 256
    data_format: DataFormat = "channels_last"


@layer
class ContrastLimitedAdaptiveHistogramEqualization(ImageLayer):
    """Make the values equally frequent in each tile of an image, up to a limit.

    >>> net = parse("Input(h, w, c) -> ContrastLimitedAdaptiveHistogramEqualization")
    >>> print(net.output_shape)
    (h, w, c)

    Keeps the shape, whatever the tiles. No weights.
    """

    value_range: Pair = (0, 255)
    clip_limit: Real = 4.0
    tile_grid_size: Annotated[Any, PairKind(1)] = (8, 8)
    data_format: DataFormat = "channels_last"


@layer
class Solarization(EveryChannel):
    """Invert the values above a random threshold.

    >>> print(parse("Input(h, w, c) -> Solarization(0.1, (0.2, 0.3))").output_shape)
    (h, w, c)

    Keeps the shape. No weights.
    """

    addition_factor: StrictShare = 0.0
    threshold_factor: StrictShare = 0.0
    value_range: Pair = (0, 255)
    seed: Uncounted = None


@layer
class RandomBrightness(EveryChannel):
    """Make an image brighter or darker at random while training.

    >>> print(parse("Input(h, w, c) -> RandomBrightness(0.2)").output_shape)
    (h, w, c)

    Keeps the shape. No weights.
    """

    factor: SignedShare
    value_range: Pair = (0, 255)
    seed: Uncounted = None


@layer
class RandomContrast(EveryChannel):
    """Change the contrast of an image at random while training.

    >>> print(parse("Input(h, w, c) -> RandomContrast((0.1, 0.3))").output_shape)
    (h, w, c)

    Keeps the shape. No weights.
    """

    factor: Share
    value_range: Pair = (0, 255)
    seed: Uncounted = None


@layer
class RandomInvert(ImageLayer):
    """Turn an image into its negative at random while training.

    >>> print(parse("Input(h, w, c) -> RandomInvert(0.5)").output_shape)
    (h, w, c)

    Keeps the shape. No weights.
    """

    factor: Share = 1.0
    value_range: Pair = (0, 255)
    seed: Uncounted = None
    data_format: DataFormat = "channels_last"


@layer
class RandomPosterization(ImageLayer):
    """Keep fewer bits of each value, at random while training.

    >>> print(parse("Input(h, w, c) -> RandomPosterization(4)").output_shape)
    (h, w, c)

    Keeps the shape. No weights.
    """

    factor: Annotated[Any, FactorKind(1, 8)]
    value_range: Pair = (0, 255)
    data_format: DataFormat = "channels_last"
    seed: Uncounted = None


@layer
class RandomSharpness(ImageLayer):
    """Sharpen or blur an image at random while training.

    >>> print(parse("Input(h, w, c) -> RandomSharpness(0.2)").output_shape)
    (h, w, c)

    Keeps the shape. No weights.
    """

    factor: Share
    value_range: Pair = (0, 255)
    data_format: DataFormat = "channels_last"
    seed: Uncounted = None


@layer
class RandomGaussianBlur(ImageLayer):
    """Blur an image at random while training.

    >>> print(parse("Input(h, w, c) -> RandomGaussianBlur(1.0, (3, 5))").output_shape)
    (h, w, c)

    Keeps the shape. No weights.
    """

    factor: Share = 1.0
    kernel_size: Annotated[Any, OddKind()] = 3
    sigma: Share = 1.0
    value_range: Pair = (0, 255)
    data_format: DataFormat = "channels_last"
    seed: Uncounted = None


@layer
class RandomGrayscale(Mixing):
    """Make an image gray at random while training.

    >>> print(parse("Input(h, w, 3) -> RandomGrayscale(0.5)").output_shape)
    (h, w, 3)

    Keeps the shape, of 3 channels or 1. No weights.
    """

    factor: Rate = 0.5
    data_format: DataFormat = "channels_last"
    seed: Uncounted = None

    def output_shape(self, x: Shape) -> Shape:
        return self.need_gray_or_colors(x)


@layer
class RandomColorDegeneration(Mixing):
    """Take away some of the color of an image at random while training.

    >>> print(parse("Input(h, w, 3) -> RandomColorDegeneration(0.5)").output_shape)
    (h, w, 3)

    Keeps the shape, of 3 channels or 1; Keras's static shape wants 3, a real run takes 1
    as well. No weights.
    """

    factor: SignedShare
    value_range: Pair = (0, 255)
    data_format: DataFormat = "channels_last"
    seed: Uncounted = None

    def output_shape(self, x: Shape) -> Shape:
        return self.need_gray_or_colors(x)


@layer
class RandomHue(Mixing):
    """Shift the hue of an image at random while training.

    >>> print(parse("Input(h, w, 3) -> RandomHue(0.2)").output_shape)
    (h, w, 3)

    Keeps the shape, of 3 channels. No weights.
    """

    factor: Share
    value_range: Pair = (0, 255)
    data_format: DataFormat = "channels_last"
    seed: Uncounted = None

    def output_shape(self, x: Shape) -> Shape:
        self.need_colors(self.split(x)[1], x)
        return x


@layer
class RandomSaturation(Mixing):
    """Change the saturation of an image at random while training.

    >>> print(parse("Input(h, w, 3) -> RandomSaturation(0.2)").output_shape)
    (h, w, 3)

    Keeps the shape, of 3 channels. No weights.
    """

    factor: SignedShare
    value_range: Pair = (0, 255)
    data_format: DataFormat = "channels_last"
    seed: Uncounted = None

    def output_shape(self, x: Shape) -> Shape:
        self.need_colors(self.split(x)[1], x)
        return x


@layer
class RandomColorJitter(Mixing):
    """Change brightness, contrast, saturation and hue at random while training.

    >>> print(parse("Input(h, w, 3) -> RandomColorJitter(hue_factor=0.2)").output_shape)
    (h, w, 3)

    Keeps the shape. Saturation and hue need 3 channels, which Keras looks for on the last
    axis here, whatever ``data_format`` says. No weights.
    """

    value_range: Pair = (0, 255)
    brightness_factor: OptionalSignedShare = None
    contrast_factor: OptionalShare = None
    saturation_factor: OptionalSignedShare = None
    hue_factor: OptionalShare = None
    seed: Uncounted = None
    data_format: DataFormat = "channels_last"

    def output_shape(self, x: Shape) -> Shape:
        if self.saturation_factor is not None or self.hue_factor is not None:
            self.need_colors(x[-1], x)
        return x


@layer
class AugMix(Mixing):
    """Blend an image with several chains of random changes of it while training.

    >>> print(parse("Input(h, w, 3) -> AugMix").output_shape)
    (h, w, 3)

    Keeps the shape. With ``all_ops`` one of the changes takes 3 channels or 1, so that
    Keras fails on others whenever it is drawn. No weights.
    """

    value_range: Pair = (0, 255)
    num_chains: Slope = 3
    chain_depth: Slope = 3
    factor: StrictShare = 0.3
    alpha: Slope = 1.0
    all_ops: Flag = True
    interpolation: Sampling = "bilinear"
    seed: Uncounted = None
    data_format: DataFormat = "channels_last"

    def output_shape(self, x: Shape) -> Shape:
        return self.need_gray_or_colors(x) if self.all_ops else x


@layer
class RandAugment(Mixing):
    """Apply random changes to an image while training.

    >>> print(parse("Input(h, w, 3) -> RandAugment(num_ops=3)").output_shape)
    (h, w, 3)

    Keeps the shape, of 3 channels or 1. No weights.
    """

    value_range: Pair = (0, 255)
    num_ops: Slope = 2
    factor: StrictShare = 0.5
    interpolation: Sampling = "bilinear"
    seed: Uncounted = None
    data_format: DataFormat = "channels_last"

    def output_shape(self, x: Shape) -> Shape:
        return self.need_gray_or_colors(x)
