"""Which bare names are words: what reads like one is no size by accident."""

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from symparam.algebra import arithmetic
from symparam.errors import Span
from symparam.language import records
from symparam.layers import catalogue, find
from symparam.layers.contract.aliases import LAYERS, WORDS

_LETTERS = 3  # from as many on a name reads like a word
GREEK = frozenset(
    [
        *("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa"),
        *("lambda", "mu", "nu", "xi", "omicron", "pi", "rho", "sigma", "tau", "upsilon", "phi"),
        *("chi", "psi", "omega"),
    ]
)


def is_word(name: str) -> bool:
    """Whether some layer knows the name as a word, in any case, or is called by it.

    >>> [is_word(name) for name in ("same", "RELU", "bn", "stride", "n")]
    [True, True, True, False, False]
    """
    return name.lower() in _words()


def reads_like_a_word(name: str) -> bool:
    """Whether a name has the letters of a word, and is none that formulas use.

    >>> [reads_like_a_word(name) for name in ("full", "no_bias", "k_1", "lambda")]
    [True, True, False, False]
    """
    stem = name.strip("_0123456789").lower()
    return sum(map(str.isalpha, name)) >= _LETTERS and stem not in GREEK


def used_as_sizes(script: records.Script) -> frozenset[str]:
    """The names that stand somewhere in a script where only a size can.

    >>> from symparam.language.syntax import parse
    >>> text = "Input(height, 3) -> Conv1D(width, 3, stride, same) -> Dense(2*units)"
    >>> sorted(used_as_sizes(parse(text)))
    ['height', 'units', 'width']
    """
    found: set[str] = set()
    stack: list[Any] = list(script.statements)
    while stack:
        record = stack.pop()
        if isinstance(record, records.Config):
            found.update(setting.name for setting in record.settings)
        elif isinstance(record, records.Glossary):
            found.update(entry.name for entry in record.entries)
        found.update(_names(_size_places(record)))
        stack += (part for part in record if isinstance(part, tuple) and not isinstance(part, Span))
    return frozenset(found)


@cache
def _words() -> frozenset[str]:
    words = {"true", "false", "none", *WORDS}
    for cls in catalogue():
        words.add(cls.title.removeprefix("nn.").lower())
        for field in cls.fields.values():
            words.update(map(str.lower, getattr(field.kind, "words", ())))
    return frozenset(words | set(map(str.lower, LAYERS)))


def _names(places: Iterable[Any]) -> Iterator[str]:
    """The names that stand alone in these places, or in a tuple there."""
    for place in places:
        if isinstance(place, records.Name):
            yield place.name
        elif isinstance(place, records.Parallel | records.Listing):
            yield from _names(place)


def _size_places(record: Any) -> Iterable[Any]:
    """The parts of a record that can be nothing but sizes."""
    if isinstance(record, records.Arithmetic):
        return record.operands
    if isinstance(record, records.Pair):
        return record.sizes
    if isinstance(record, records.Signed | records.Power):
        return record[-3:-1]
    if isinstance(record, records.Indexed):
        return record.first, record.last
    if isinstance(record, records.Index):
        return record.base, *record.indices
    if isinstance(record, records.Fact):
        return record.left, record.right
    if isinstance(record, records.Definition):
        return (record.value,) if isinstance(record.target, records.Name) else ()
    return _required_places(record) if isinstance(record, records.Call) else ()


def _required_places(call: records.Call) -> list[Any]:
    """The arguments of a call that are sizes: those that a layer needs, or that have a name."""
    name = str(call.function)
    loose = [one for one in call.arguments if not isinstance(one, records.Keyword)]
    if name in arithmetic.FUNCTIONS:
        return loose
    cls = find(name)
    if cls is None:
        return []
    needed = [field for field in cls.fields.values() if field.required and field.kind.counts]
    places: list[Any] = loose if cls.lists_sizes else loose[: len(needed)]
    for one in call.arguments:
        if isinstance(one, records.Keyword):
            field = cls.fields.get(one.name)
            places += [one.value] if field and field.kind.counts else []
    return places
