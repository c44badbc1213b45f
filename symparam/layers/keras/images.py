"""Images: their size, and random changes of their geometry while training.

What is random changes no shape. Keras takes a single image as well as a batch; here the
batch axis is always left out, so an input is always one image of three axes.
"""

from typing import Annotated, Any

from symparam.algebra.conditions import required
from symparam.algebra.sizes import Shape, Tensors
from symparam.errors import ArgumentError, ShapeError
from symparam.layers.contract.base import Layer, Weight
from symparam.layers.contract.kinds import (
    Count,
    DataFormat,
    Flag,
    Kind,
    LayerKind,
    Numbers,
    NumbersKind,
    Rate,
    Real,
    Slope,
    Uncounted,
    UnfitError,
    WordKind,
)
from symparam.layers.contract.ranges import (
    Pair,
    Share,
    SignedShare,
    StrictShare,
    StrictSignedShare,
    ZoomKind,
)
from symparam.layers.contract.registry import layer
from symparam.layers.contract.signature import show_shape
from symparam.layers.contract.spatial import SpatialLayer
from symparam.layers.contract.words import Words
from symparam.layers.contract.work import Work
from symparam.layers.keras.reshaping import Interpolation

Sampling = Annotated[str, WordKind("nearest", "bilinear")]
FillMode = Annotated[str, WordKind("reflect", "wrap", "constant", "nearest")]


class ImageLayer(SpatialLayer):
    """What all layers of images share; without more it keeps the shape."""

    takes = "h w c"
    ignores = "bounding_box_format"


class Cut(ImageLayer):
    """What layers with a size to aim at share."""

    height: Count
    width: Count

    def output_shape(self, x: Shape) -> Shape:
        _, channels = self.split(x)
        return self.join((self.height, self.width), channels)


@layer
class Resizing(Cut):
    """Resize an image.

    >>> print(parse("Input(h, w, c) -> Resizing(s, s)").output_shape)
    (s, s, c)

    Shape: ``(h, w, c)`` to ``(height, width, c)``, also where the aspect ratio is kept by
    cropping or padding. No weights.
    """

    interpolation: Interpolation = "bilinear"
    crop_to_aspect_ratio: Flag = False
    pad_to_aspect_ratio: Flag = False
    fill_mode: Annotated[str, WordKind("constant")] = "constant"
    fill_value: Numbers = 0.0
    antialias: Flag = False
    data_format: DataFormat = "channels_last"

    def check(self) -> None:
        if self.crop_to_aspect_ratio and self.pad_to_aspect_ratio:
            raise ArgumentError("Resizing can crop or pad to the aspect ratio, not both")


@layer
class CenterCrop(Cut):
    """Cut out the middle of an image.

    >>> print(parse("Input(28, 28, c) -> CenterCrop(20, 24)").output_shape)
    (20, 24, c)

    Shape: ``(h, w, c)`` to ``(height, width, c)``; a smaller image is enlarged. No weights.
    """

    data_format: DataFormat = "channels_last"


@layer
class RandomCrop(Cut):
    """Cut a random part out of an image.

    >>> print(parse("Input(28, 28, c) -> RandomCrop(20, 24)").output_shape)
    (20, 24, c)

    Shape: ``(h, w, c)`` to ``(height, width, c)``; a smaller image is enlarged. Keras
    states this shape always, but in inference it returns the image unchanged. No weights.
    """

    seed: Uncounted = None
    data_format: DataFormat = "channels_last"


@layer
class RandomFlip(ImageLayer):
    """Mirror an image at random while training.

    >>> print(parse("Input(h, w, c) -> RandomFlip(horizontal)").output_shape)
    (h, w, c)

    Keeps the shape. No weights.
    """

    mode: Annotated[str, WordKind("horizontal", "vertical", "horizontal_and_vertical")] = (
        "horizontal_and_vertical"
    )
    seed: Uncounted = None
    data_format: DataFormat = "channels_last"


@layer
class RandomRotation(ImageLayer):
    """Turn an image by a random angle while training.

    >>> print(parse("Input(h, w, c) -> RandomRotation(0.2, fill_mode=wrap)").output_shape)
    (h, w, c)

    Keeps the shape. No weights.
    """

    factor: SignedShare
    fill_mode: FillMode = "reflect"
    interpolation: Sampling = "bilinear"
    seed: Uncounted = None
    fill_value: Real = 0.0
    data_format: DataFormat = "channels_last"


@layer
class RandomTranslation(ImageLayer):
    """Shift an image at random while training.

    >>> print(parse("Input(h, w, c) -> RandomTranslation(0.1, (-0.2, 0.3))").output_shape)
    (h, w, c)

    Keeps the shape. No weights.
    """

    height_factor: StrictSignedShare
    width_factor: StrictSignedShare
    fill_mode: FillMode = "reflect"
    interpolation: Sampling = "bilinear"
    seed: Uncounted = None
    fill_value: Real = 0.0
    data_format: DataFormat = "channels_last"


@layer
class RandomZoom(ImageLayer):
    """Zoom into an image, or out of it, at random while training.

    >>> print(parse("Input(h, w, c) -> RandomZoom(0.2)").output_shape)
    (h, w, c)

    Keeps the shape. No weights.
    """

    height_factor: Annotated[Any, ZoomKind()]
    width_factor: Annotated[Any, ZoomKind(optional=True)] = None
    fill_mode: FillMode = "reflect"
    interpolation: Sampling = "bilinear"
    seed: Uncounted = None
    fill_value: Real = 0.0
    data_format: DataFormat = "channels_last"


@layer
class RandomShear(ImageLayer):
    """Slant an image at random while training.

    >>> print(parse("Input(h, w, c) -> RandomShear(0.2, (0, 0.1))").output_shape)
    (h, w, c)

    Keeps the shape. No weights.
    """

    x_factor: StrictShare = 0.0
    y_factor: StrictShare = 0.0
    interpolation: Sampling = "bilinear"
    fill_mode: FillMode = "reflect"
    fill_value: Real = 0.0
    data_format: DataFormat = "channels_last"
    seed: Uncounted = None


@layer
class RandomPerspective(ImageLayer):
    """Tilt an image in space at random while training.

    >>> print(parse("Input(h, w, c) -> RandomPerspective(0.5)").output_shape)
    (h, w, c)

    Keeps the shape. No weights.
    """

    factor: Share = 1.0
    scale: Rate = 1.0
    interpolation: Sampling = "bilinear"
    fill_value: Real = 0.0
    seed: Uncounted = None
    data_format: DataFormat = "channels_last"


@layer
class RandomElasticTransform(ImageLayer):
    """Warp an image like rubber at random while training.

    >>> print(parse("Input(h, w, c) -> RandomElasticTransform(0.5, 1)").output_shape)
    (h, w, c)

    Keeps the shape. No weights.
    """

    factor: Share = 1.0
    scale: Share = 1.0
    interpolation: Sampling = "bilinear"
    fill_mode: Annotated[str, WordKind("reflect", "wrap", "mirror", "nearest", "constant")] = (
        "reflect"
    )
    fill_value: Real = 0.0
    value_range: Pair = (0, 255)
    seed: Uncounted = None
    data_format: DataFormat = "channels_last"


@layer
class RandomErasing(ImageLayer):
    """Blot out a random rectangle of an image while training.

    >>> print(parse("Input(h, w, c) -> RandomErasing(0.5)").output_shape)
    (h, w, c)

    Keeps the shape. No weights. Three numbers as ``fill_value`` need a last axis of 3.
    """

    factor: Share = 1.0
    scale: Share = (0.02, 0.33)
    fill_value: Annotated[Any, NumbersKind(optional=True)] = None
    value_range: Pair = (0, 255)
    seed: Uncounted = None
    data_format: DataFormat = "channels_last"

    def check(self) -> None:
        if isinstance(self.fill_value, tuple) and len(self.fill_value) != 3:
            raise ArgumentError("RandomErasing fills with one number or with three")

    def output_shape(self, x: Shape) -> Shape:
        if isinstance(self.fill_value, tuple) and not required(x[-1], "=", 3):
            raise ShapeError(
                f"RandomErasing fills with three numbers, but the last axis is {x[-1]}: "
                f"{show_shape(x)}"
            )
        return x


@layer
class CutMix(ImageLayer):
    """Paste a part of one image of the batch into another while training.

    >>> print(parse("Input(h, w, c) -> CutMix").output_shape)
    (h, w, c)

    Keeps the shape. No weights.
    """

    factor: Share = 1.0
    seed: Uncounted = None
    data_format: DataFormat = "channels_last"


@layer
class MixUp(ImageLayer):
    """Blend two images of the batch while training.

    >>> print(parse("Input(h, w, c) -> MixUp(0.2)").output_shape)
    (h, w, c)

    Keeps the shape. No weights.
    """

    alpha: Slope = 0.2
    data_format: DataFormat = "channels_last"
    seed: Uncounted = None


@layer
class MaxNumBoundingBoxes(ImageLayer):
    """Return the image unchanged; its bounding boxes become ``max_number``.

    >>> print(parse("Input(h, w, c) -> MaxNumBoundingBoxes(10)").output_shape)
    (h, w, c)

    Keeps the shape. No weights.
    """

    ignores = ImageLayer.ignores + " data_format"

    max_number: Real
    fill_value: Real = -1


class StagesKind(Kind):
    """Several layers in a list."""

    counts = True
    says = "a list of layers, such as [Resizing(8, 8), RandomFlip]"

    def read(self, value: Any, layer: type[Layer]) -> tuple[Layer, ...]:
        if not isinstance(value, list | tuple) or not value:
            raise UnfitError
        return tuple(LayerKind().read(entry, layer) for entry in value)

    def sample(self, layer: type[Layer]) -> tuple[Layer, ...]:
        return (RandomFlip(),)

    def in_words(self, name: str, value: Any, layer: type[Layer], words: Words) -> Any:
        return tuple(stage.fields_in_words(words) for stage in value)


@layer
class Pipeline(Layer):
    """Put an input through several layers, one after the other.

    >>> net = parse("Input(h, w, 3) -> Pipeline([Resizing(s, s), RandomFlip, Rescaling(1/255)])")
    >>> print(net.output_shape, net.params)
    (s, s, 3) 0

    Shape and weights are those of the layers.
    """

    layers: Annotated[tuple[Layer, ...], StagesKind()]

    def axis_letters(self, rank: int) -> tuple[str, ...]:
        return self.layers[0].axis_letters(rank)

    def sample_input(self) -> Shape | Tensors:
        return self.layers[0].sample_input()

    def output_shape(self, x: Shape | Tensors) -> Shape | Tensors:
        for stage in self.layers:
            x = stage.after(x)
        return x

    def weights(self, x: Shape | Tensors) -> tuple[Weight, ...]:
        weights: list[Weight] = []
        for stage in self.layers:
            weights += stage.inside(x)
            x = stage.after(x)
        return tuple(weights)

    def work(self, x: Shape | Tensors) -> Work:
        found: Work = ()
        for stage in self.layers:
            found += stage.work(stage.accept(x))
            x = stage.after(x)
        return found
