"""Operations of a forward pass, counted by a convention: a table of rules over ``layer.work``."""

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

from symparam.algebra.sizes import Size, Tensors, product
from symparam.algebra.sizes import total as added_up
from symparam.errors import ArgumentError, SourceError, UnknownNameError, did_you_mean, shorten
from symparam.language.sources import read
from symparam.layers import Contraction, Elementwise
from symparam.layers.contract.work import CONTRACTIONS, ELEMENTWISE
from symparam.trace.nodes import Step

UNITS = {"MACs": 1, "FLOPs": 2}  # operations of one multiply-accumulate
_KEYS = ("unit", "about", "operations", "layers")
_INPUT = "input"
_TABLES = os.path.join(os.path.dirname(__file__), "tables")
_ENDING = ".toml"
_MOST = 10**6  # operations of one rule


class WorkConvention(NamedTuple):
    """What a counter counts, and at how many operations each.

    >>> fvcore = work_convention("fvcore")
    >>> fvcore.unit, fvcore.operations["normalization layer"]
    ('MACs', 4)

    ``operations`` has rules for kinds of work, ``normalization``, or for one kind with one word,
    ``normalization layer``. The rule of a contraction counts each multiply-accumulate, that of
    element-wise work each element that comes out. What has no rule counts nothing. The rules of
    ``layers`` stand in place of these for some layers; there ``input`` counts each element that
    enters.
    """

    name: str
    unit: str
    about: str
    operations: Mapping[str, int]
    layers: Mapping[str, Mapping[str, int]]

    def cost(self, step: Step) -> Size:
        """The operations of one use of a layer."""
        return added_up(size for _, size in self.parts(step))

    def parts(self, step: Step) -> Iterator[tuple[str, Size]]:
        """The operations of one use of a layer, by the kind of work they belong to."""
        x = step.layer.accept(step.x)
        rules = self.layers.get(step.layer.title, self.operations)
        if _INPUT in rules:
            tensors = x if isinstance(x, Tensors) else (x,)
            yield _INPUT, added_up(product((rules[_INPUT], *shape)) for shape in tensors)
        for part in step.layer.work(x):
            key = _key(part)
            each = rules.get(key, rules.get(part.kind, 0))
            size = part.macs if isinstance(part, Contraction) else part.elements
            yield key, product((each, size))


def macs(step: Step) -> Size:
    """The multiply-accumulates of one use of a layer."""
    return _shipped("macs").cost(step)


def _key(part: Contraction | Elementwise) -> str:
    word = part.word if isinstance(part, Elementwise) else ""
    return f"{part.kind} {word}" if word else part.kind


def work_conventions() -> list[str]:
    """The names of the conventions that come with symparam: the exact ones, then the tools'.

    >>> work_conventions()[:2]
    ['macs', 'flops']
    """
    names = [name.removesuffix(_ENDING) for name in os.listdir(_TABLES) if name.endswith(_ENDING)]
    return sorted(names, key=lambda name: (name != "macs", name != "flops", name))


@cache
def _shipped(name: str) -> WorkConvention:
    return _made(name, read(os.path.join(_TABLES, name + _ENDING)))


def work_convention(name: str) -> WorkConvention:
    """The convention of this name, or the one in a file of the user's own, ``mine.toml``.

    >>> work_convention("flops").unit
    'FLOPs'

    Raises UnknownNameError where there is none, SourceError where the file cannot be read, and
    ArgumentError where it is no convention.
    """
    if name in (known := work_conventions()):
        return _shipped(name)
    if name.endswith(_ENDING):
        return _made(os.path.basename(name).removesuffix(_ENDING), read(name))
    hint = did_you_mean(name, known)
    raise UnknownNameError(
        f"there is no convention {shorten(name)}",
        hint=hint or f"conventions are {', '.join(known)}, or a file that ends in {_ENDING}",
    )


def _made(name: str, text: str) -> WorkConvention:
    """The convention that a table writes."""
    try:
        table = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        raise SourceError(f"convention {shorten(name)} is no TOML: {error}") from None
    for key in table:
        if key not in _KEYS:
            raise _wrong(name, f"{shorten(key)} means nothing", did_you_mean(key, list(_KEYS)))
    unit, about, layers = table.get("unit"), table.get("about", ""), table.get("layers", {})
    if unit not in UNITS:
        raise _wrong(name, 'unit must be "MACs" or "FLOPs"')
    if not isinstance(about, str):
        raise _wrong(name, "about must be a text")
    if not isinstance(layers, dict):
        raise _wrong(name, "layers must be a table with a table of rules for each layer")
    operations = _rules(name, "operations", table.get("operations", {}))
    own = {
        title: _rules(name, f"layers.{title}", rules, (_INPUT,)) for title, rules in layers.items()
    }
    return WorkConvention(name, unit, about, operations, own)


def _rules(name: str, title: str, rules: Any, more: tuple[str, ...] = ()) -> Mapping[str, int]:
    if not isinstance(rules, dict):
        raise _wrong(name, f"{shorten(title)} must be a table")
    for key, each in rules.items():
        if key not in more:
            _check_kind(name, key)
        if type(each) is not int or not 0 <= each <= _MOST:
            wanted = f"a whole number of operations from 0 to {_MOST}"
            raise _wrong(name, f"{shorten(key)} must be {wanted}")
    return rules


def _check_kind(name: str, key: str) -> None:
    kind, _, word = key.partition(" ")
    if key in CONTRACTIONS or (kind in ELEMENTWISE and re.fullmatch(r"\w*", word)):
        return
    known = [*CONTRACTIONS, *ELEMENTWISE]
    hint = did_you_mean(key, known) or f"kinds of work are {', '.join(known)}"
    raise _wrong(name, f"there is no work of the kind {shorten(key)}", hint)


def _wrong(name: str, message: str, hint: str | None = None) -> ArgumentError:
    return ArgumentError(f"convention {shorten(name)}: {message}", hint=hint)
