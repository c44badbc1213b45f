"""What goes wrong, as data first and as text in one place.

An error knows its message, where in the source it happened and, where possible,
a hint. Inner code states the fact; the code that knows the source adds the place.
"""

import unicodedata
from typing import NamedTuple

WINDOW = 100  # a line longer than this is shown around the caret only


class Span(NamedTuple):
    """The piece of source text from offset ``start`` up to, not including, ``end``."""

    start: int
    end: int


class SymparamError(Exception):
    """The base of everything symparam refuses.

    >>> import symparam
    >>> try:
    ...     symparam.parse("Input(8, 8, 1) -> Conv2d(32, 3x2)")
    ... except symparam.SymparamError as error:
    ...     print(error)
    UnknownNameError: there is no layer named Conv2d
      1 | Input(8, 8, 1) -> Conv2d(32, 3x2)
        |                   ^^^^^^
      hint: did you mean Conv2D?

    ``message``, ``span`` (offsets into ``source``), ``source``, ``file`` (of a script that was
    used) and ``hint`` are there to be read by a program; ``line`` and ``column`` count from 1.
    """

    def __init__(self, message: str, span: Span | None = None, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.span = span
        self.hint = hint
        self.source: str | None = None
        self.file: str | None = None  # where the source is not the main one

    def locate(self, source: str, span: Span | None = None) -> "SymparamError":
        """Add the source, and the place unless a closer one is already known."""
        if self.source is None:
            self.source = source
            self.span = self.span or span
        return self

    @property
    def title(self) -> str:
        """The kind of error, as its text begins."""
        return type(self).__name__

    @property
    def line(self) -> int | None:
        if self.source is None or self.span is None:
            return None
        return self.source.count("\n", 0, self.span.start) + 1

    @property
    def column(self) -> int | None:
        if self.source is None or self.span is None:
            return None
        return self.span.start - self.source.rfind("\n", 0, self.span.start)

    def __str__(self) -> str:
        lines = [f"{self.title}: {printable(self.message)}"]
        if self.source is not None and self.span is not None:
            lines += [f"  in {printable(self.file)}"] if self.file else []
            lines += _excerpt(self.source, self.span)
        if self.hint:
            lines.append(f"  hint: {printable(self.hint)}")
        return "\n".join(lines)


class ParseError(SymparamError):
    """The text is not in the language."""


class UnknownNameError(SymparamError):
    """A layer, an argument or a size that does not exist."""


class ArgumentError(SymparamError):
    """A layer was given too few, too many or impossible arguments."""


class ShapeError(SymparamError):
    """A layer cannot take the tensor that reaches it."""


class RankError(ShapeError):
    """A layer cannot take a tensor with this number of axes: a ShapeError to the reader."""

    title = "ShapeError"


class SizeError(SymparamError):
    """A size that is no whole number, or is too small or too large."""


class UnsupportedError(SymparamError):
    """The language has this, but it is not evaluated yet."""


class RemarkText(SymparamError):  # noqa: N818 nobody raises it
    """A remark on a place in the source, written as errors are."""

    title = "Remark"


class SourceError(SymparamError):
    """The source cannot be read: no such file, a directory, or not UTF-8."""


def closest(name: str, known: list[str]) -> str | None:
    """The known name that is most likely meant."""
    from difflib import get_close_matches  # only on the way to an error

    folded = {candidate.lower(): candidate for candidate in reversed(known)}
    match = get_close_matches(name.lower(), folded, n=1, cutoff=0.6)
    return folded[match[0]] if match else None


def did_you_mean(name: str, known: list[str]) -> str | None:
    """The hint that names the closest known name."""
    match = closest(name, known)
    return f"did you mean {match}?" if match else None


def shorten(text: str, length: int = 60) -> str:
    """Text that came from a user, short enough to stand inside a message."""
    return text if len(text) <= length else f"{text[: length - 3]}..."


def printable(text: str) -> str:
    """Text without characters that could steer a terminal or hide."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(c if c.isprintable() or c == "\n" else f"\\x{ord(c):02x}" for c in text)


def _excerpt(source: str, span: Span) -> list[str]:
    """The line of the source with carets under the span."""
    first = source.rfind("\n", 0, span.start) + 1
    last = source.find("\n", span.start)
    last = len(source) if last < 0 else last
    number = str(source.count("\n", 0, span.start) + 1)
    begin, end = max(first, span.start - WINDOW // 2), min(last, span.start + WINDOW // 2)
    if last - first <= WINDOW:
        begin, end = first, last
    before = ("..." if begin > first else "") + _flat(source[begin : span.start])
    inside = _flat(source[span.start : max(span.start, min(span.end, end))])
    after = _flat(source[span.start : end])[len(inside) :] + ("..." if end < last else "")
    carets = " " * _width(before) + "^" * max(1, _width(inside))
    gutter = " " * len(number)
    return [f"  {number} | {before}{inside}{after}".rstrip(), f"  {gutter} | {carets}"]


def _flat(text: str) -> str:
    return printable(text.replace("\t", " ").replace("\r", " "))


def _width(text: str) -> int:
    """How many terminal columns a text takes."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )
