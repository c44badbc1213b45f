"""What a layer's argument may be: one kind per sort of value.

A kind reads the value a user gave, in any spelling, into the one form the layer works
with, and states for error messages what it takes. A field of a layer carries its kind in
its type: ``filters: Count`` is a size of at least 1.
"""

from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Any

from symparam.algebra.arithmetic import fraction
from symparam.algebra.conditions import required
from symparam.algebra.sizes import Shape, Size, indexed, settle, symbol
from symparam.errors import SizeError, did_you_mean
from symparam.layers.contract.words import AXIS_WORDS, Words

if TYPE_CHECKING:
    from symparam.layers.contract.base import Layer


class UnfitError(Exception):
    """The value is not of the kind; the reason is the kind's ``says`` unless given."""

    def __init__(self, hint: str | None = None) -> None:
        super().__init__(hint)
        self.hint = hint


class Bare(str):
    """A name written without quotes: a word of the layer, a size or a layer."""

    __slots__ = ()

    def size(self) -> Any:
        """What the name stands for as a size."""
        return symbol(self)

    def member(self, index: Size) -> Any:
        """The member of the sequence that the name stands for."""
        return indexed(self, index)

    def layer(self) -> "Layer | None":
        """What the name stands for as a layer, None when it is none."""
        return None

    def named(self) -> "Bare":
        """The name where somebody said which argument it is meant for."""
        return self

    def is_word(self) -> bool:
        """Whether it is nobody's name, and a word that some layer knows."""
        return False

    def reads_like_a_word(self) -> bool:
        """Whether it is nobody's name, and only its place makes it a size."""
        return False


class Kind:
    """One sort of argument."""

    says: str
    counts = False  # whether the value can enter a formula
    takes_sizes = False  # whether it is a size, or several
    is_shape = False  # whether the value is a tuple of any length

    def __init__(self, *, optional: bool = False, keyword_only: bool = False) -> None:
        self.optional = optional  # whether ``none`` is a value of its own
        self.keyword_only = keyword_only

    def takes_word(self, text: str) -> bool:
        """Whether a bare word belongs to an argument of this kind."""
        return self.optional and text == "none"

    def take(self, value: Any, layer: "type[Layer]") -> Any:
        """The value in the form the layer works with; raises UnfitError."""
        if self.optional and (value is None or value == "none"):
            return None
        return self.read(value, layer)

    def read(self, value: Any, layer: "type[Layer]") -> Any:
        """The value, not ``none``, in the form the layer works with; raises UnfitError."""
        raise UnfitError

    def sample(self, layer: "type[Layer]") -> Any:
        """Some value of this kind, for rules that hold for all of them."""
        return None

    def in_words(self, name: str, value: Any, layer: "type[Layer]", words: Words) -> Any:
        """The value with symbols named after the field instead of sizes."""
        return value


class SizeKind(Kind):
    """A whole number of at least ``low``, or any size expression."""

    counts = takes_sizes = True

    def __init__(self, low: int = 1, **flags: bool) -> None:
        super().__init__(**flags)
        self.low = low
        self.says = f"a whole number of at least {low}"

    def read(self, value: Any, layer: "type[Layer]") -> Any:
        return read_size(value, self.low)

    def sample(self, layer: "type[Layer]") -> Any:
        return 1

    def in_words(self, name: str, value: Any, layer: "type[Layer]", words: Words) -> Any:
        return None if value is None else words.symbol(name, value)


class SpatialKind(Kind):
    """One size for each spatial axis of the layer, or one for all of them."""

    counts = takes_sizes = True

    def __init__(self, low: int = 1, **flags: bool) -> None:
        super().__init__(**flags)
        self.low = low
        self.says = f"a whole number of at least {low}, or one for each spatial axis"

    def read(self, value: Any, layer: "type[Layer]") -> Any:
        value = resolve(value)
        if not isinstance(value, tuple):
            return (read_size(value, self.low),) * layer.spatial_rank()
        if len(value) != layer.spatial_rank():
            raise UnfitError(axes_of(layer))
        return tuple(read_size(entry, self.low) for entry in value)

    def sample(self, layer: "type[Layer]") -> Any:
        return (1,) * layer.spatial_rank()

    def in_words(self, name: str, value: Any, layer: "type[Layer]", words: Words) -> Any:
        if value is None or len(value) == 1:
            return value and (words.symbol(name, value[0]),)
        stem = name.removesuffix("_size")
        names = [f"{stem}_{AXIS_WORDS[letter]}" for letter in layer.spatial_letters()]
        return tuple(map(words.symbol, names, value))


class BordersKind(Kind):
    """How many rows to add or take on both sides of each spatial axis."""

    counts = takes_sizes = True
    says = "a whole number of at least 0, one for each spatial axis, or a pair for each"

    def read(self, value: Any, layer: "type[Layer]") -> tuple[tuple[Size, Size], ...]:
        value = resolve(value)
        rank = layer.spatial_rank()
        if not isinstance(value, tuple):
            return (self._pair(value),) * rank
        if rank == 1:
            return (self._pair(value),)
        if len(value) != rank:
            raise UnfitError(axes_of(layer))
        return tuple(self._pair(entry) for entry in value)

    def _pair(self, value: Any) -> tuple[Size, Size]:
        value = resolve(value)
        if not isinstance(value, tuple):
            size = read_size(value, 0)
            return size, size
        if len(value) != 2:
            raise UnfitError("a pair is (before, after)")
        return read_size(value[0], 0), read_size(value[1], 0)


class ShapeKind(Kind):
    """A tuple of sizes; with ``rest``, one of them may be -1."""

    counts = takes_sizes = True
    is_shape = True

    def __init__(self, *, rest: bool = False, low: int = 0, **flags: bool) -> None:
        super().__init__(**flags)
        self.rest = rest
        self.low = low
        self.says = "a tuple of sizes" + (", one of them -1 at most" if rest else "")

    def read(self, value: Any, layer: "type[Layer]") -> Shape:
        value = resolve(value)
        entries = value if isinstance(value, tuple) else (value,)
        if self.rest and sum(entry == -1 for entry in entries) > 1:
            raise UnfitError("only one size can be left open")
        return tuple(-1 if self.rest and e == -1 else read_size(e, self.low) for e in entries)

    def sample(self, layer: "type[Layer]") -> Any:
        return (1, 1)

    def in_words(self, name: str, value: Any, layer: "type[Layer]", words: Words) -> Any:
        if value is None or len(value) == 1:
            return value and (words.symbol(name, value[0]),)
        return tuple(words.symbol(f"{name}_{i}", size) for i, size in enumerate(value, start=1))


class LayerKind(Kind):
    """A layer, such as ``Dense(4)``; of the given classes if there are any."""

    counts = True

    def __init__(self, *classes: str, example: str = "Dense(4)", **flags: bool) -> None:
        super().__init__(**flags)
        self.classes = classes
        self.says = f"a layer, such as {example}"

    def read(self, value: Any, layer: "type[Layer]") -> Any:
        if isinstance(value, Bare):
            value = value.layer()
        names = {cls.__name__ for cls in type(value).__mro__}
        if not names & set(self.classes or ("Layer",)):
            raise UnfitError
        return value

    def sample(self, layer: "type[Layer]") -> Any:
        return None

    def in_words(self, name: str, value: Any, layer: "type[Layer]", words: Words) -> Any:
        return value and value.fields_in_words(words)


class AxisKind(Kind):
    """An axis by number, counted with the batch axis as 0, or from the end."""

    says = "the number of an axis (the batch axis is 0, the last is -1)"

    def read(self, value: Any, layer: "type[Layer]") -> int:
        value = resolve(value)
        if isinstance(value, bool) or not isinstance(value, int):
            raise UnfitError
        return value


class AxesKind(AxisKind):
    """One axis or several."""

    says = "the number of an axis, or a tuple of them"

    def read(self, value: Any, layer: "type[Layer]") -> Any:
        value = resolve(value)
        if value == ():
            raise UnfitError
        if isinstance(value, tuple):
            return tuple(super(AxesKind, self).read(axis, layer) for axis in value)
        return (super().read(value, layer),)


class WordKind(Kind):
    """One of a few words; ``none`` stands for the default of the framework."""

    def __init__(
        self, *words: str, none: str | None = None, says: str | None = None, **flags: bool
    ) -> None:
        super().__init__(**flags)
        self.words = words
        self.none = none
        self.says = says or f"one of {', '.join(words)}"

    def takes_word(self, text: str) -> bool:
        return text in self.words or (text == "none" and self.none is not None)

    def read(self, value: Any, layer: "type[Layer]") -> str:
        if self.none is not None and (value is None or value == "none"):
            return self.none
        if not isinstance(value, str):
            raise UnfitError
        if value not in self.words:
            raise UnfitError(did_you_mean(value, list(self.words)))
        return str(value)


class AnyCaseKind(WordKind):
    """One of a few words, in capitals too, as the framework takes them."""

    def takes_word(self, text: str) -> bool:
        return super().takes_word(text.lower())

    def read(self, value: Any, layer: "type[Layer]") -> str:
        return super().read(value.lower() if isinstance(value, str) else value, layer)


class FlagKind(Kind):
    """true or false."""

    says = "true or false"

    def takes_word(self, text: str) -> bool:
        return text in ("true", "false")

    def read(self, value: Any, layer: "type[Layer]") -> bool:
        if isinstance(value, bool):
            return value
        if isinstance(value, str) and self.takes_word(value):
            return value == "true"
        raise UnfitError


class RealKind(Kind):
    """A number that no count depends on, such as a dropout rate."""

    def __init__(
        self, low: int | None = None, high: int | None = None, *, optional: bool = False
    ) -> None:
        super().__init__(optional=optional)
        self.low, self.high = low, high
        between = f" from {low} to {high}" if high is not None else ""
        at_least = f" of at least {low}" if low is not None and high is None else ""
        self.says = f"a number{between}{at_least}"

    def read(self, value: Any, layer: "type[Layer]") -> Any:
        if isinstance(value, Bare) and value not in ("true", "false", "none"):
            return value  # a name for it, such as p; nothing depends on its value
        if isinstance(value, bool | str | tuple) or value is None:
            raise UnfitError
        if isinstance(value, int | float | Fraction) and (
            (self.low is not None and not value >= self.low)
            or (self.high is not None and not value <= self.high)
        ):
            raise UnfitError
        return value


class NumbersKind(RealKind):
    """A number that no count depends on, or a tuple of them."""

    def read(self, value: Any, layer: "type[Layer]") -> Any:
        if isinstance(value, tuple | list):
            return tuple(super(NumbersKind, self).read(entry, layer) for entry in value)
        return super().read(value, layer)


class AnyKind(Kind):
    """A value that no count depends on, accepted as it is."""

    says = "anything"

    def read(self, value: Any, layer: "type[Layer]") -> Any:
        return value


def axes_of(layer: "type[Layer]") -> str:
    """How many spatial axes a layer has, as a hint."""
    rank = layer.spatial_rank()
    return f"{layer.__name__} has {rank} spatial ax{'i' if rank == 1 else 'e'}s"


def resolve(value: Any) -> Any:
    """A bare name as the size it stands for; a list as a tuple."""
    if isinstance(value, Bare):
        return value.size()
    return tuple(value) if isinstance(value, list) else value


def read_size(value: Any, low: int) -> Size:
    """A size of at least ``low``; raises UnfitError."""
    value = resolve(value)
    if isinstance(value, int) and not isinstance(value, bool):
        if value < low:
            raise UnfitError
        return settle(value)
    if isinstance(value, Fraction):
        raise UnfitError("sizes are whole numbers; // divides and rounds down")
    if isinstance(value, bool | str | float | tuple) or value is None:
        raise UnfitError
    if not hasattr(value, "free_symbols"):
        raise UnfitError
    if value.is_Symbol and value.is_positive and low <= 1:
        return value  # type: ignore[no-any-return]
    try:
        size = settle(value)
    except SizeError as error:
        raise UnfitError(error.message) from None
    if isinstance(size, int):
        return read_size(size, low)
    if not required(size, ">=", low):
        raise UnfitError
    dividend, divisor = fraction(size)
    if not required(divisor, "|", dividend):
        raise UnfitError("sizes are whole numbers; // divides and rounds down")
    return size


Count = Annotated[Size, SizeKind()]
OptionalCount = Annotated[Size | None, SizeKind(keyword_only=True, optional=True)]
Spatial = Annotated[Shape, SpatialKind()]
OptionalSpatial = Annotated[Shape | None, SpatialKind(optional=True)]
OutputPadding = Annotated[Shape | None, SpatialKind(low=0, optional=True)]
Borders = Annotated[tuple[tuple[Size, Size], ...], BordersKind()]
Sizes = Annotated[Shape, ShapeKind()]
TargetShape = Annotated[Shape, ShapeKind(rest=True)]
Axis = Annotated[int, AxisKind()]
Axes = Annotated[tuple[int, ...], AxesKind()]
SharedAxes = Annotated[tuple[int, ...] | None, AxesKind(optional=True, keyword_only=True)]
Flag = Annotated[bool, FlagKind()]
KeywordFlag = Annotated[bool, FlagKind(keyword_only=True)]
Real = Annotated[Any, RealKind()]
Rate = Annotated[Any, RealKind(0, 1)]
Slope = Annotated[Any, RealKind(0)]
OptionalSlope = Annotated[Any, RealKind(0, optional=True)]
Numbers = Annotated[Any, NumbersKind()]
Uncounted = Annotated[Any, AnyKind()]
Padding = Annotated[str, AnyCaseKind("valid", "same")]
CausalPadding = Annotated[str, AnyCaseKind("valid", "same", "causal")]
DataFormat = Annotated[str, AnyCaseKind("channels_last", "channels_first", none="channels_last")]


def everywhere(value: Any) -> Any:
    """A default that holds on every spatial axis."""
    return value
