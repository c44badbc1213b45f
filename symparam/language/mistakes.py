"""What common mistakes in a script mean, and where they are."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from symparam.errors import ParseError, Span, shorten


class Mistake(NamedTuple):
    """The text from ``start`` to ``end`` fits nothing that was ``expected`` there.

    ``terminal`` names it when it is a piece of the language at all.
    """

    start: int
    end: int
    terminal: str | None
    expected: frozenset[str]


# The first row whose text stands at the mistake is shown.
_HINTS = (
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


def explained(source: str, mistake: Mistake) -> ParseError:
    """The mistake as an error with its place and, where one is known, a hint."""
    bracket = _bracket_mistake(source)
    if mistake.terminal in ("$END", "_END"):
        return bracket or _unfinished(source, mistake)
    if bracket and bracket.span and bracket.span.start <= mistake.start:
        return bracket
    if _is_slice(source, mistake.start):
        hint = "Split cuts a tensor along an axis: Split((d, -1)) -> _[0] is _[..., :d]"
        return ParseError("a tensor has no slices", Span(mistake.start, mistake.end), hint)
    span, shown = Span(mistake.start, mistake.end), shorten(source[mistake.start : mistake.end], 30)
    for text, hint in _HINTS:
        for start in range(max(mistake.start - len(text) + 1, 0), mistake.start + 1):
            if source.startswith(text, start):
                place = Span(start, start + len(text))
                return ParseError(f"unexpected {text}", place, hint)
    if mistake.terminal in _VALUES | _OPENING and "ARROW" in mistake.expected:
        hint = f"-> puts {shown} after what stands before it; * multiplies"
        return ParseError(f"there is no operator before {shown}", span, hint)
    return ParseError(f"unexpected {shown}", span, _wanted(mistake.expected))


def _is_slice(source: str, start: int) -> bool:
    """Whether what stands there can only be a slice: ``_[..., :d]``."""
    before = _code(source)[:start]
    return source.startswith((":", "..."), start) and before.count("[") > before.count("]")


def _unfinished(source: str, mistake: Mistake) -> ParseError:
    """The text, or a statement, ends too early."""
    code = _code(source)
    if not code.strip():
        example = "for example Input(4) -> Dense(7)"
        return ParseError("there is nothing to read", Span(0, 0), example)
    end = len(code[: mistake.start].rstrip())
    place = Span(max(end - 1, 0), end)
    return ParseError("something is missing after this", place, _wanted(mistake.expected))


def _wanted(expected: Iterable[str]) -> str | None:
    """The hint: what was expected there."""
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


def _bracket_mistake(source: str) -> ParseError | None:
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
