"""What the usual slips of the pen mean, and where they are."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from symparam.errors import ParseError, Span, shorten


class Slip(NamedTuple):
    """The text from ``start`` to ``end`` fits nothing that was ``expected`` there.

    ``terminal`` names it when it is a piece of the language at all.
    """

    start: int
    end: int
    terminal: str | None
    expected: frozenset[str]


# The first row whose text stands at the slip is shown.
_SLIPS = (
    ("=>", "write -> to put one layer after another"),
    ("-->", "write -> to put one layer after another"),
    ("->", "a layer is missing before this ->"),
    ("→", "write -> to put one layer after another"),
    ("|>", "write -> to put one layer after another"),
    ("×", "write x, as in 3x2, or * for a product"),
    ("^", "write ** for a power"),
    ("{", "write ( and ) around arguments and branches"),
    ("..", "write `for i in 1..L` after a layer"),
    ("==", "conditions stand in a statement of their own: assume n == m"),
    ("<", "conditions stand in a statement of their own: assume n < m"),
    (">", "conditions stand in a statement of their own: assume n > m"),
    ("=", "name=value stands inside brackets, or in a statement of its own"),
    ('"', "a text ends with the quote it began with, on the same line"),
    ("'", "a text ends with the quote it began with, on the same line"),
)

_VALUES = {"NAME", "NUMBER", "TEXT"}
_OPENING = {"LPAR", "LSQB"}


def explained(source: str, slip: Slip) -> ParseError:
    """The slip as an error with its place and, where one is known, a hint."""
    bracket = _bracket_slip(source)
    if slip.terminal in ("$END", "_END"):
        return bracket or _unfinished(source, slip)
    if bracket and bracket.span and bracket.span.start <= slip.start:
        return bracket
    span, shown = Span(slip.start, slip.end), shorten(source[slip.start : slip.end], 30)
    for text, hint in _SLIPS:
        for start in range(max(slip.start - len(text) + 1, 0), slip.start + 1):
            if source.startswith(text, start):
                place = Span(start, start + len(text))
                return ParseError(f"{text} cannot stand here", place, hint)
    if slip.terminal in _VALUES | _OPENING and "ARROW" in slip.expected:
        hint = f"-> puts {shown} after what stands before it; * multiplies"
        return ParseError(f"there is no operator before {shown}", span, hint)
    return ParseError(f"{shown} cannot stand here", span, _wanted(slip.expected))


def _unfinished(source: str, slip: Slip) -> ParseError:
    """The text, or a statement, ends too early."""
    code = _code(source)
    if not code.strip():
        example = "for example Input(4) -> Dense(7)"
        return ParseError("there is nothing to read", Span(0, 0), example)
    end = len(code[: slip.start].rstrip())
    place = Span(max(end - 1, 0), end)
    return ParseError("something is missing after this", place, _wanted(slip.expected))


def _wanted(expected: Iterable[str]) -> str | None:
    """What could have stood there, in words."""
    names = set(expected)
    if names & _VALUES:
        return "a layer or a size is missing"
    if "RPAR" in names:
        return "a comma or ) is missing"
    return None


def _code(source: str) -> str:
    """The source with comments blanked, character for character."""
    return re.sub(
        r"\"[^\"\n]*\"|'[^'\n]*'|#[^\n]*",
        lambda m: " " * len(m[0]) if m[0][0] == "#" else "_" * len(m[0]),
        source,
    )


def _bracket_slip(source: str) -> ParseError | None:
    """The first bracket that has no partner."""
    partner = {")": "(", "]": "["}
    stack: list[int] = []
    for position, character in enumerate(_code(source)):
        if character in "([":
            stack.append(position)
        elif character in ")]":
            if not stack:
                return ParseError(
                    f"nothing is open for this {character}", Span(position, position + 1)
                )
            opened = stack.pop()
            if source[opened] != partner[character]:
                return ParseError(
                    f"{source[opened]} is closed by {character}",
                    Span(position, position + 1),
                )
    if stack:
        opened = stack[-1]
        return ParseError(f"this {source[opened]} is never closed", Span(opened, opened + 1))
    return None
