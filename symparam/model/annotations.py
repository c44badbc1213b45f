"""What each record writes, a size, a network or a word: decided once, before it is evaluated.

The kind of a parameter depends on the call, so the body of a function is annotated once for each
combination of kinds that its arguments have, and the records of a script once for the script.
"""

from collections.abc import Callable, Iterable
from enum import Enum
from typing import TypeAlias

from symparam.language import records


class Kind(Enum):
    """What a record writes."""

    SIZE = "size"
    NETWORK = "network"
    WORD = "word"


# The kind of a name, or that of a call of it, whose arguments have these kinds.
Meaning: TypeAlias = Kind | Callable[[dict["int | str", Kind]], Kind]


class Annotations:
    """The kinds of records in one scope, where names mean what ``meaning`` says.

    >>> from symparam.language.syntax import parse
    >>> names = {"Dense": Kind.NETWORK, "n": Kind.SIZE}
    >>> kind = Annotations(lambda record: names.get(str(record), Kind.SIZE))
    >>> [kind(parse(text).statements[0]).value for text in ("Dense(n) * 3", "n * 3", "'relu'")]
    ['network', 'size', 'word']
    """

    def __init__(self, meaning: Callable[[records.Expression], Meaning]) -> None:
        self._meaning = meaning
        # Records are found by identity, and kept, so that no other one takes the place of theirs.
        self._kinds: dict[int, tuple[records.Expression, Kind]] = {}

    def __call__(self, record: records.Expression) -> Kind:
        known = self._kinds.get(id(record))
        if known is None:
            known = self._kinds[id(record)] = record, self._decided(record)
        return known[1]

    def _decided(self, record: records.Expression) -> Kind:
        if isinstance(record, records.Name | records.Attribute):
            meaning = self._meaning(record)
            return meaning if isinstance(meaning, Kind) else meaning({})
        if isinstance(record, records.Text):
            return Kind.WORD
        if isinstance(record, records.Call):
            meaning = self._meaning(record.function)
            return meaning if isinstance(meaning, Kind) else meaning(self._given(record))
        if isinstance(record, records.Index):
            of_what_enters = isinstance(record.base, records.Attribute)
            return Kind.SIZE if of_what_enters else self(record.base)
        if isinstance(record, records.Parallel):
            return self._any(record.branches)
        if isinstance(record, records.Arithmetic):
            return self._any(record.operands)
        composed = isinstance(record, records.Chain | records.Label | records.Indexed)
        return Kind.NETWORK if composed else Kind.SIZE

    def _any(self, parts: Iterable[records.Expression]) -> Kind:
        """A network where a part is one."""
        return Kind.NETWORK if Kind.NETWORK in map(self, parts) else Kind.SIZE

    def _given(self, call: records.Call) -> "dict[int | str, Kind]":
        """The kinds of the arguments by their places and names."""
        given: dict[int | str, Kind] = {}
        for place, argument in enumerate(call.arguments):
            if isinstance(argument, records.Keyword):
                given[argument.name] = self(argument.value)
            else:
                given[place] = self(argument)
        return given
