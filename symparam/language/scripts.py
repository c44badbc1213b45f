"""A script and the scripts it uses, read once.

The texts of all of them lie one after another in the offsets of spans, so that a place
says by itself which text it belongs to.
"""

from typing import NamedTuple

from symparam.errors import SourceError, Span, SymparamError
from symparam.language import records
from symparam.language.sources import Source
from symparam.language.syntax import MAX_LENGTH, parse

MAX_SCRIPTS = 100  # that one script may use, directly or through others


class Piece(NamedTuple):
    """One script of a program: its text, its records, and where its spans begin."""

    source: Source
    script: records.Script
    offset: int
    uses: dict[Span, "Piece"]  # by the place that names them

    @property
    def description(self) -> str:
        """The comment at the head of the script."""
        lines = []
        for line in self.source.text.splitlines():
            if not line.startswith("#"):
                break
            lines.append(line.removeprefix("#").strip())
        return "\n".join(lines)


class Scripts:
    """The main script of a program with all that it uses."""

    def __init__(self, source: Source) -> None:
        self._pieces: list[Piece] = []
        self._end = 0
        self.main = self._read(source, ())

    @property
    def texts(self) -> tuple[str, ...]:
        """The texts of all of them, the main script first."""
        return tuple(piece.source.text for piece in self._pieces)

    @property
    def parsed(self) -> tuple[records.Script, ...]:
        """The records of all of them, in the same order."""
        return tuple(piece.script for piece in self._pieces)

    def located(self, error: SymparamError) -> SymparamError:
        """The error with the text that its place is in."""
        if error.source is not None:
            return error
        place = error.span.start if error.span else 0
        piece = next(p for p in reversed(self._pieces) if p.offset <= place)
        if error.span:
            error.span = Span(place - piece.offset, error.span.end - piece.offset)
        error.file = piece.source.name
        return error.locate(piece.source.text)

    def _read(self, source: Source, users: tuple[str | None, ...]) -> Piece:
        offset = self._end
        if (offset and offset + len(source.text) > MAX_LENGTH) or len(self._pieces) == MAX_SCRIPTS:
            raise SourceError(f"the script uses more than {MAX_SCRIPTS} others, or too long ones")
        try:
            script = parse(source.text, offset)
        except SymparamError as error:
            error.file = source.name
            raise
        self._end += len(source.text) + 1
        piece = Piece(source, script, offset, {})
        self._pieces.append(piece)
        for statement in script.statements:
            if isinstance(statement, records.Use | records.UseNetwork):
                try:
                    piece.uses[statement.span] = self._used(source, statement, users)
                except SymparamError as error:
                    error.span = error.span or statement.source.span
                    raise self.located(error) from None
        return piece

    def _used(
        self,
        source: Source,
        statement: records.Use | records.UseNetwork,
        users: tuple[str | None, ...],
    ) -> Piece:
        wanted = source.find(statement.source.value)
        if wanted.path in (*users, source.path):
            raise SourceError(f"{wanted.name} uses itself, directly or through others")
        known = next((p for p in self._pieces if p.source.path == wanted.path), None)
        return known or self._read(wanted, (*users, source.path))
