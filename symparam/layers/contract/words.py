"""Names for rules: symbols after the fields of a layer and the axes of its input."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from symparam.algebra.sizes import Size, symbol

AXIS_WORDS = {
    "h": "height",
    "w": "width",
    "d": "depth",
    "c": "channels",
    "n": "features",
    "t": "steps",
}


class Words:
    """Symbols named after fields and axes, and the size that each of them stands for."""

    def __init__(self) -> None:
        self.meaning: dict[str, Size] = {}

    def symbol(self, name: str, size: Size) -> Size:
        """The symbol of this name; numbered where the name stands for another size already."""
        candidate, number = name, 1
        while self.meaning.setdefault(candidate, size) != size:
            number += 1
            candidate = f"{name}_{number}"
        return self.called(candidate, size)

    def called(self, name: str, size: Size) -> Size:
        """What stands for a size in the layer."""
        return symbol(name)


class Factor(NamedTuple):
    """A word, or a sum of words, and the number it stands for."""

    word: str
    value: int


class Role(int):
    """A number that remembers the words it is computed from, so that equal numbers stay apart.

    >>> kernel, filters = (Role(3, {Factor(word, 3): 1}) for word in ("kernel", "filters"))
    >>> kernel == filters, kernel.factors == filters.factors
    (True, False)
    >>> kernel * filters // kernel + 1
    4
    """

    factors: Mapping[Factor, int]  # each with its exponent

    def __new__(cls, value: int, factors: Mapping[Factor, int]) -> "Role":
        made = super().__new__(cls, value)
        made.factors = factors
        return made

    def __mul__(self, other: Any) -> Any:
        if not isinstance(other, int):
            return NotImplemented
        return Role(int(self) * int(other), multiplied([self, other]))

    def __floordiv__(self, other: Any) -> Any:
        if not isinstance(other, int):
            return NotImplemented
        quotient, rest = divmod(int(self), int(other))
        if rest:
            return _worded(f"{_spelt(self)}//{_spelt(other)}", quotient)
        inverse = {factor: -exponent for factor, exponent in factors(other).items()}
        return Role(quotient, multiplied([self, Role(1, inverse)]))

    def __rfloordiv__(self, other: int) -> Any:
        return Role(other, factors(other)) // self

    def __add__(self, other: Any) -> Any:
        if not isinstance(other, int):
            return NotImplemented
        if other == 0:
            return self
        terms = sorted((_spelt(self), _spelt(other)))
        return _worded(" + ".join(terms), int(self) + int(other))

    def __sub__(self, other: Any) -> Any:
        if not isinstance(other, int):
            return NotImplemented
        return self if other == 0 else self + other * Role(-1, factors(-1))

    def __rsub__(self, other: int) -> Any:
        return other + self * -1

    __rmul__ = __mul__
    __radd__ = __add__


class Roles(Words):
    """Words for a layer in numbers: each is a number still, and sympy is not needed."""

    def called(self, name: str, size: Size) -> Size:
        return Role(size, {Factor(name, size): 1}) if isinstance(size, int) else symbol(name)


def factors(size: int) -> Mapping[Factor, int]:
    """The factors of a number that remembers them; any other but 1 is its own."""
    if isinstance(size, Role):
        return size.factors
    return {} if size == 1 else {Factor(str(size), size): 1}


def multiplied(sizes: Iterable[int]) -> Mapping[Factor, int]:
    """The factors of a product, without those that cancel."""
    found: dict[Factor, int] = {}
    for size in sizes:
        for factor, exponent in factors(size).items():
            found[factor] = found.get(factor, 0) + exponent
    return {factor: exponent for factor, exponent in found.items() if exponent}


def _worded(words: str, value: int) -> Role:
    return Role(value, {Factor(f"({words})", value): 1})


def _spelt(size: int) -> str:
    return "*".join(f"{factor.word}^{n}" for factor, n in sorted(factors(size).items())) or "1"
