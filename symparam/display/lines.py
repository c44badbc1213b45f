"""How a format sets a line: six methods for its smallest parts, from which the rest follows."""

from abc import ABC, abstractmethod
from collections.abc import Callable

from symparam.algebra.formula import PRODUCT, Node, binding
from symparam.algebra.sizes import Shape, Tensors
from symparam.display.content import (
    Bounds,
    Code,
    Count,
    Dims,
    Formula,
    Line,
    Part,
    Related,
    Times,
    Unchanged,
    Written,
)


class LinePrinter(ABC):
    """What a format does with each part of a line."""

    times = "× "  # before the number of iterations
    dots = " … "  # between the first and the last
    unchanged = "identity"

    @abstractmethod
    def words(self, text: str) -> str:
        """Words of ours."""

    @abstractmethod
    def written(self, text: str) -> str:
        """Words of the user."""

    @abstractmethod
    def code(self, text: str) -> str:
        """A piece of the language."""

    @abstractmethod
    def shape(self, sizes: Shape | Tensors) -> str:
        """A shape, or several."""

    @abstractmethod
    def formula(self, shown: Node) -> str:
        """A formula in a line of text."""

    @abstractmethod
    def related(self, left: Node, relation: str, right: Node) -> str:
        """Two formulas and how they relate."""

    def count(self, value: int) -> str:
        """A number with its digits in groups."""
        return f"{value:,}"

    def fenced(self, node: Node) -> str:
        """A formula in brackets."""
        return f"({self.formula(node)})"

    def line(self, parts: Line) -> str:
        return "".join(map(self.part, parts))

    def part(self, shown: Part) -> str:
        return _RULES[type(shown)](self, shown)

    def repeated(self, shown: Times) -> str:
        """How often: a sum in brackets."""
        is_whole = binding(shown.number) >= PRODUCT
        return self.times + (self.formula if is_whole else self.fenced)(shown.number)

    def bounds(self, shown: Bounds) -> str:
        """From the first number to the last."""
        return self.formula(shown.first) + self.dots + self.formula(shown.last)


_RULES: dict[type, Callable[..., str]] = {
    str: lambda printer, shown: printer.words(shown),
    Written: lambda printer, shown: printer.written(shown.text),
    Code: lambda printer, shown: printer.code(shown.text),
    Dims: lambda printer, shown: printer.shape(shown.shape),
    Count: lambda printer, shown: printer.count(shown.value),
    Formula: lambda printer, shown: printer.formula(shown.node),
    Related: lambda printer, shown: printer.related(*shown),
    Times: lambda printer, shown: printer.repeated(shown),
    Bounds: lambda printer, shown: printer.bounds(shown),
    Unchanged: lambda printer, shown: printer.unchanged,
}
