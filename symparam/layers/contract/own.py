"""Layers that a script defines by the shapes of their weights."""

from collections.abc import Callable
from typing import Any, ClassVar

from symparam.algebra.conditions import evaluated
from symparam.algebra.sizes import Shape, Size, Tensors, expression, symbol
from symparam.errors import ShapeError
from symparam.layers.contract.base import Layer, Weight, mapped
from symparam.layers.contract.signature import show_shape, show_value
from symparam.layers.contract.words import Words


class OwnLayer(Layer):
    """A layer that is its weights: ``Weights(output=f, kernel=(_.channels, f))`` in a script.

    ``output`` are the last sizes of what leaves it, in the place of as many that enter, or None
    where the shape stays. ``worded`` are the shapes in the words of the function that the layer is
    written in, and ``meaning`` says what each of the words stands for.
    """

    # Set on each object; the class has no arguments of its own.
    output: ClassVar[Shape | None]
    shapes: ClassVar[tuple[tuple[str, Shape], ...]]
    worded: ClassVar[tuple[tuple[str, Shape], ...]]
    meaning: ClassVar[tuple[tuple[str, Size], ...]]
    arguments: ClassVar[tuple[Size, ...]]
    entered: ClassVar[Any]  # the shapes are those for this input; None where any has the same

    @classmethod
    def made(cls, trainable: bool, **parts: Any) -> "OwnLayer":
        """The layer with these parts, ``title`` among them."""
        layer = cls.with_values({"trainable": trainable})
        layer.__dict__.update(parts)
        return layer

    def having(self, **parts: Any) -> "OwnLayer":
        """The layer with other parts."""
        return self.made(**{**self.__dict__, **parts})

    @property
    def stem(self) -> str:
        return self.title

    def output_shape(self, x: Any) -> Shape:
        if isinstance(x, Tensors):
            raise ShapeError(f"{self.title} takes one tensor, got {show_value(x)}")
        if self.output is None:
            return tuple(x)
        if len(self.output) > len(x):
            raise ShapeError(
                f"{self.title} gives the last {len(self.output)} axes anew, got {show_shape(x)}"
            )
        return (*x[: len(x) - len(self.output)], *self.output)

    def weights(self, x: Any) -> tuple[Weight, ...]:
        return tuple(Weight(name, shape) for name, shape in self._shapes(x))

    def _shapes(self, x: Any) -> tuple[tuple[str, Shape], ...]:
        """The shapes of the weights for an input, which may be another than they were made for."""
        if self.entered is None or x == self.entered:
            return self.shapes
        words = Words()
        self.inputs_in_words(x, words)
        known = {**dict(self.meaning), **words.meaning}
        sizes = {symbol(name): expression(size) for name, size in known.items()}
        return tuple((name, evaluated(shape, sizes)) for name, shape in self.worded)

    def changed(self, change: Callable[[Any], Any]) -> "OwnLayer":
        parts = ("output", "shapes", "meaning", "arguments", "entered")
        return self.having(**{name: mapped(getattr(self, name), change) for name in parts})

    def in_words(self, x: Any, words: Words) -> tuple[Layer, Any]:
        words.meaning.update(self.meaning)
        return self.having(shapes=self.worded), x

    def inputs_in_words(self, x: Any, words: Words) -> Any:
        """What enters, with a word for each of its axes."""
        return x if isinstance(x, Tensors) else self._axes_in_words("in", x, words)

    def __repr__(self) -> str:
        shown = self.arguments or [f"{name}={show_shape(shape)}" for name, shape in self.shapes]
        return f"{self.title}({', '.join(map(str, shown))})"
