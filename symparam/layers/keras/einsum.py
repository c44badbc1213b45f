"""A dense layer whose product is written as an Einstein sum."""

import re
from typing import Annotated, Any, NamedTuple

from symparam.algebra.conditions import required
from symparam.algebra.sizes import Shape, Size
from symparam.errors import ArgumentError, RankError, ShapeError
from symparam.layers.contract.base import Layer, Weight, tuning
from symparam.layers.contract.functions import Function, activated
from symparam.layers.contract.kinds import (
    Kind,
    OptionalCount,
    ShapeKind,
    UnfitError,
    read_size,
    resolve,
)
from symparam.layers.contract.registry import layer
from symparam.layers.contract.signature import show_shape, show_value
from symparam.layers.contract.words import Words
from symparam.layers.contract.work import Contraction, Work, activation, bias, merging
from symparam.layers.keras.dense import low_rank

_EQUATION = re.compile(r"(\.\.\.)?([a-zA-Z]+)(\.\.\.)?,([a-zA-Z]+)->(\.\.\.)?([a-zA-Z]+)(\.\.\.)?")


class Equation(NamedTuple):
    """The letters of an einsum equation, and on which side ``...`` stands."""

    input: str
    kernel: str
    output: str
    dots: str  # "left", "right" or nothing


class EquationKind(Kind):
    """An einsum equation of an input and a kernel."""

    says = 'an equation in quotes, such as "abc,cd->abd" or "...x,xy->...y"'

    def read(self, value: Any, layer: type[Layer]) -> str:
        if not isinstance(value, str) or not _EQUATION.fullmatch(value.replace(" ", "")):
            raise UnfitError
        return value.replace(" ", "")

    def sample(self, layer: type[Layer]) -> str:
        return "abc,cd->abd"


class LettersKind(Kind):
    """Some letters of the equation."""

    says = "letters of the equation's output, such as d"

    def read(self, value: Any, layer: type[Layer]) -> str:
        if not isinstance(value, str):
            raise UnfitError
        return str(value)


class OpenShapeKind(ShapeKind):
    """The sizes of the output; ``none`` where the input decides."""

    def read(self, value: Any, layer: type[Layer]) -> Any:
        if value is None or value == "none":
            raise UnfitError
        value = resolve(value)
        entries = value if isinstance(value, tuple) else (value,)
        return tuple(
            None if entry is None or entry == "none" else read_size(entry, 1) for entry in entries
        )

    def sample(self, layer: type[Layer]) -> Any:
        return (None, 1)

    def in_words(self, name: str, value: Any, layer: type[Layer], words: Words) -> Any:
        return tuple(
            size
            if size is None
            else words.symbol("units" if len(value) == 1 else f"units_{i}", size)
            for i, size in enumerate(value, start=1)
        )


@layer
class EinsumDense(Layer):
    """Multiply by a kernel along the axes that an equation names.

    >>> net = parse('Input(t, n) -> EinsumDense("abc,cd->abd", (none, m), bias_axes=d)')
    >>> print(net.output_shape, net.params)
    (t, m) m*(n + 1)

    The first letter is the batch axis unless ``...`` stands there. ``output_shape`` lists
    the sizes after it; ``none`` takes the input's. The kernel has the sizes of its letters,
    the bias those of ``bias_axes``. Keras's static shape leaves such a size open; a real
    run, and the shape here, knows it.
    """

    ignores = tuning("kernel", "bias") + " lora_alpha gptq_unpacked_column_size quantization_config"

    equation: Annotated[str, EquationKind()]
    output_shape_: Annotated[tuple[Size | None, ...], OpenShapeKind()]
    activation: Function = "linear"
    bias_axes: Annotated[str | None, LettersKind(optional=True)] = None
    lora_rank: OptionalCount = None

    @property
    def letters(self) -> Equation:
        """The equation taken apart."""
        match = _EQUATION.fullmatch(self.equation)
        assert match is not None
        before, entering, after, kernel, before_too, leaving, after_too = match.groups()
        dots = {(True, False): "left", (False, True): "right"}.get((bool(before), bool(after)), "")
        if (before, after) != (before_too, after_too) or (before and after):
            raise ArgumentError(
                f"EinsumDense: ... must stand on the same side twice in {self.equation}"
            )
        return Equation(entering, kernel, leaving, dots)

    def check(self) -> None:
        letters = self.letters
        for part in letters[:3]:
            if len(set(part)) < len(part):
                raise ArgumentError(f"EinsumDense: a letter stands twice in {part}")
        for letter in letters.output:
            if letter not in letters.input + letters.kernel:
                raise ArgumentError(f"EinsumDense: nothing gives the size of {letter}")
        for letter in letters.kernel:
            if letter not in letters.input + letters.output:
                raise ArgumentError(f"EinsumDense: nothing gives the size of {letter}")
        if self.bias_axes is not None and (
            not self.bias_axes or set(self.bias_axes) - set(letters.output)
        ):
            raise ArgumentError(
                f"EinsumDense: bias_axes={self.bias_axes} are not letters of {letters.output}"
            )

    def needs_rank(self) -> int | None:
        letters = self.letters
        return None if letters.dots else len(letters.input) - 1

    def axis_letters(self, rank: int) -> tuple[str, ...]:
        return tuple(f"n{i}" for i in range(1, rank + 1))

    def sample_input(self) -> Shape:
        return (1, 1)

    def output_shape(self, x: Shape) -> Shape:
        letters = self.letters
        sizes, between = self._sizes(x)
        named = [sizes[letter] for letter in letters.output]
        whole = [*between, *named] if letters.dots == "left" else [*named, *between]
        if whole[0] is not None or None in whole[1:]:
            raise ShapeError(f"EinsumDense must keep the batch axis first: {self.equation}")
        return activated(tuple(size for size in whole if size is not None), self.activation)

    def weights(self, x: Shape) -> tuple[Weight, ...]:
        sizes, between = self._sizes(x)
        kernel = self._shape(self.letters.kernel, sizes)
        return (
            Weight("kernel", kernel, self.lora_rank is None),
            *([Weight("bias", self._bias(sizes, len(between)))] if self.bias_axes else ()),
            *low_rank("kernel", kernel[:-1], kernel[-1], self.lora_rank),
        )

    def work(self, x: Shape) -> Work:
        letters = self.letters
        sizes, between = self._sizes(x)
        kernel = self._shape(letters.kernel, sizes)
        inside, outside = set(letters.input), set(letters.output)
        kept = [letter for letter in letters.output if letter in inside]
        outputs = [letter for letter in letters.output if letter not in inside]
        # A letter of the input alone is summed before anything is multiplied.
        summed = [letter for letter in letters.kernel if letter not in outside]
        positions = [*between, *(sizes[letter] for letter in kept)]
        y = self.output_shape(x)
        # The activation may halve the last axis; the bias is added before.
        whole = (*y[:-1], 2 * y[-1]) if self.activation == "glu" else y
        return (
            *merging("kernel", kernel[:-1], kernel[-1], self.lora_rank),
            Contraction(
                "einsum",
                tuple(size for size in positions if size is not None),
                self._shape("".join(summed), sizes),
                self._shape("".join(outputs), sizes),
                ("kernel",),
            ),
            *bias(whole, self.bias_axes is not None),
            *activation(whole, self.activation),
        )

    def _bias(self, sizes: dict[str, Size | None], between: int) -> Shape:
        """The bias reaches from its first letter to the last axis, of size 1 where unnamed."""
        letters, named = self.letters, self.bias_axes or ""
        reach = letters.output[min(map(letters.output.index, named)) :]
        shape = tuple(self._shape(c, sizes)[0] if c in named else 1 for c in reach)
        return shape + (1,) * between if letters.dots != "left" else shape

    def _shape(self, letters: str, sizes: dict[str, Size | None]) -> Shape:
        shape = tuple(size for letter in letters if (size := sizes[letter]) is not None)
        if len(shape) < len(letters):
            raise ShapeError(f"EinsumDense: no weight can have the batch's size: {self.equation}")
        return shape

    def _sizes(self, x: Shape) -> tuple[dict[str, Size | None], list[Size | None]]:
        """The size of each letter, and the sizes that ``...`` stands for; None is the batch."""
        letters = self.letters
        full: list[Size | None] = [None, *x]
        extra = len(full) - len(letters.input)
        if extra < 0 or (extra and not letters.dots):
            raise RankError(
                f"EinsumDense: {self.equation} does not fit an input of rank {len(x)}: "
                f"{show_shape(x)}"
            )
        left = letters.dots == "left"
        between = full[:extra] if left else full[len(letters.input) :]
        entering = full[extra:] if left else full[: len(letters.input)]
        given = list(self.output_shape_)
        wanted = given if left and extra else [None, *given]
        if len(wanted) != len(letters.output):
            raise ShapeError(
                f"EinsumDense: output_shape={show_value(self.output_shape_)} does not fit "
                f"{self.equation}, which gives out {letters.output}"
            )
        sizes = dict(zip(letters.input, entering, strict=True))
        for letter, size in zip(letters.output, wanted, strict=True):
            if letter not in sizes:
                if size is None:
                    raise ShapeError(f"EinsumDense: output_shape must give the size of {letter}")
                sizes[letter] = size
            elif size is not None and not _fits(sizes[letter], size):
                raise ShapeError(
                    f"EinsumDense: {letter} is {sizes[letter]} in the input {show_shape(x)} "
                    f"and {size} in the output"
                )
        stored = letters.kernel + (self.bias_axes or "")
        for letter, size in zip(letters.output, wanted, strict=True):
            if size is None and sizes[letter] is not None and letter in stored:
                raise ShapeError(
                    f"EinsumDense: output_shape must give the size of {letter}, which a weight has"
                )
        return sizes, between


def _fits(entering: Size | None, wanted: Size) -> bool:
    return entering is not None and required(entering, "=", wanted)
