r"""Formulas: factors side by side, ``\cdot`` where numbers meet, brackets that fit.

A formula is set in pieces, which say where a line may end: at the plus and minus signs of a
sum, then at the dots of a product, then inside its brackets.
"""

import re
from typing import NamedTuple

from symparam.algebra.formula import (
    ATOM,
    POWER,
    PRODUCT,
    Choice,
    Member,
    Name,
    Node,
    Number,
    Power,
    Product,
    Quotient,
    Rounded,
    Series,
    Sum,
    Term,
    Word,
    binding,
)
from symparam.display.latex.names import Names, word
from symparam.display.latex.widths import EM, width

_NEVER = 1000  # the depth of a place where no line may end
_WIDE = 12 * EM  # what stands above a line, where it is not wider
_GROUPED = 10_000  # numbers from here on have their digits in groups
_UPRIGHT = re.compile(r"(?<![{,])\\(mathrm|text)\{[^{}]*\}(_\{[^{}]*\})?$")  # a word at the end


class Piece(NamedTuple):
    """A piece of a formula; a line may end before it, rather at a small depth."""

    text: str
    depth: int = _NEVER

    @property
    def begins(self) -> bool:
        """Whether it may begin a line."""
        return self.depth < _NEVER


def inline(shown: Node, names: Names) -> str:
    r"""A formula in a line of text, where what divides stands behind a slash.

    >>> print(inline(Quotient(Product((Number(2), Name("n"))), Number(3)), Names()))
    2 n/3
    """
    return joined(inline_pieces(shown, names))


def display(shown: Node, names: Names) -> str:
    r"""A formula on a line of its own.

    >>> print(display(Quotient(Product((Number(2), Name("n"))), Number(3)), Names()))
    \frac{2 n}{3}
    """
    return joined(pieces(shown, names))


def pieces(shown: Node, names: Names) -> list[Piece]:
    """The pieces of a formula on lines of its own."""
    return _Setter(names, True).node(shown, 0)


def inline_pieces(shown: Node, names: Names) -> list[Piece]:
    """The pieces of a formula in a line of text."""
    return _Setter(names, False).node(shown, 0)


def joined(parts: list[Piece]) -> str:
    return "".join(piece.text for piece in parts)


def number(value: int) -> str:
    r"""A number, a long one with its digits in groups: ``10\,816``."""
    return f"{value:,}".replace(",", r"\,") if value >= _GROUPED else str(value)


class _Setter:
    def __init__(self, names: Names, is_display: bool) -> None:
        self._names = names
        self._is_display = is_display

    def node(self, shown: Node, depth: int) -> list[Piece]:
        if isinstance(shown, Number):
            return [Piece(number(shown.value))]
        if isinstance(shown, Word):
            return [Piece(word(shown.name))]
        if isinstance(shown, Name):
            return [Piece(self._names[shown.name])]
        if isinstance(shown, Member):
            return [Piece(self._names.member(shown.name, self._small(shown.place)))]
        if isinstance(shown, Sum):
            return self._sum(shown.terms, depth)
        if isinstance(shown, Product):
            return self._product(shown.factors, depth)
        if isinstance(shown, Quotient):
            return self._quotient(shown, depth)
        if isinstance(shown, Power):
            return self._power(shown, depth)
        if isinstance(shown, Rounded):
            return _between(
                rf"\l{shown.word}", self._quotient(shown.quotient, depth + 2), rf"\r{shown.word}"
            )
        if isinstance(shown, Choice):
            return self._choice(shown, depth)
        first, last = self._small(shown.first), inline(shown.last, self._names)
        sign = Piece(rf"\sum_{{{self._names[shown.variable.name]}={first}}}^{{{last}}} ")
        return [sign, *self._inside(shown.term, PRODUCT, depth)]

    def _small(self, shown: Node) -> str:
        """A formula below a letter."""
        return re.sub(r" ([+-]) ", r"\1", inline(shown, self._names))

    def _sum(self, terms: tuple[Term, ...], depth: int) -> list[Piece]:
        parts: list[Piece] = []
        for place, term in enumerate(terms):
            is_apart = isinstance(term.node, Sum) or (
                place < len(terms) - 1 and _is_open(term.node)
            )
            inside = self._fenced(term.node, depth) if is_apart else self.node(term.node, depth)
            first, *rest = inside
            if place:
                first = Piece(f" {'-' if term.is_negative else '+'} {first.text}", depth)
            elif term.is_negative:
                first = Piece(f"-{first.text}")
            parts += [first, *rest]
        return parts

    def _product(self, factors: tuple[Node, ...], depth: int) -> list[Piece]:
        parts: list[Piece] = []
        for place, factor in enumerate(factors):
            is_open = place < len(factors) - 1 and _is_open(factor)
            inside = self._inside(factor, ATOM + 1 if is_open else PRODUCT, depth)
            if place:
                sign = self._sign(factors[place - 1], parts[-1].text, factor, inside[0].text)
                inside[0] = Piece(sign + inside[0].text, depth + 1 if r"\cdot" in sign else _NEVER)
            parts += inside
        return parts

    def _sign(self, before: Node, text: str, after: Node, beginning: str) -> str:
        """What stands between two factors."""
        is_slashed = not self._is_display and isinstance(before, Quotient)
        if (
            beginning[0].isdigit()
            or is_slashed
            or before == Number(1)
            or _is_word(before)
            or _is_word(after)
            or (isinstance(before, Number | Quotient) and beginning.startswith(r"\frac"))
        ):
            return r"\cdot "
        is_upright = _UPRIGHT.search(text) or beginning.startswith((r"\mathrm", r"\text"))
        is_close = is_upright or (text.endswith("}}") and beginning[0] != "(")
        return r"\," if is_close else " "

    def _quotient(self, shown: Quotient, depth: int) -> list[Piece]:
        if self._is_display:
            above, below = (inline(part, self._names) for part in shown)
            if width(above) <= _WIDE and width(below) <= _WIDE:
                return [Piece(rf"\frac{{{above}}}{{{below}}}")]
        dividend = self._inside(shown.dividend, PRODUCT, depth)
        divisor = self._inside(shown.divisor, POWER, depth)
        return [*dividend[:-1], _more(dividend[-1], "/" + divisor[0].text), *divisor[1:]]

    def _power(self, shown: Power, depth: int) -> list[Piece]:
        base = self._inside(shown.base, ATOM, depth)
        if isinstance(shown.base, Name | Member) and re.search("['^]", base[0].text):
            base = self._fenced(shown.base, depth)
        return [*base[:-1], _more(base[-1], f"^{{{inline(shown.exponent, self._names)}}}")]

    def _choice(self, shown: Choice, depth: int) -> list[Piece]:
        parts: list[Piece] = []
        for option in shown.options:
            inside = self.node(option, depth + 2)
            if parts:
                parts[-1] = _more(parts[-1], r",\, ")
                inside[0] = inside[0]._replace(depth=depth + 1)
            parts += inside
        first, *rest = _between("(", parts, ")")
        return [Piece(rf"\{shown.word}{first.text}"), *rest]

    def _inside(self, shown: Node, least: int, depth: int) -> list[Piece]:
        """The pieces as part of something, in brackets where they would fall apart."""
        is_closed = binding(shown) >= least and not (_is_open(shown) and least > PRODUCT)
        return self.node(shown, depth) if is_closed else self._fenced(shown, depth)

    def _fenced(self, shown: Node, depth: int) -> list[Piece]:
        return _between("(", self.node(shown, depth + 2), ")")


def _between(left: str, parts: list[Piece], right: str) -> list[Piece]:
    """The pieces between brackets, which grow around what is higher than a line."""
    if any(re.search(r"\\frac|\\sum", piece.text) for piece in parts):
        left, right = rf"\left{left}", rf"\right{right}"
    space = " " if left[-1].isalpha() else ""
    first, *rest = parts
    inside = [Piece(left + space + first.text), *rest]
    return [*inside[:-1], _more(inside[-1], space + right)]


def _more(piece: Piece, text: str) -> Piece:
    return piece._replace(text=piece.text + text)


def _is_open(shown: Node) -> bool:
    """Whether what follows would read as a part of it, as behind the sum of a series."""
    if isinstance(shown, Product):
        return _is_open(shown.factors[-1])
    return isinstance(shown, Series)


def _is_word(shown: Node) -> bool:
    if isinstance(shown, Power):
        return _is_word(shown.base)
    return isinstance(shown, Word)
