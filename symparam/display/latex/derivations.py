"""The derivation: for each layer its rule, the rule in its sizes, its value; then the sum."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

from symparam.algebra.formula import Member, Name, Node, Word
from symparam.display.content import Block, Derivation, Equation
from symparam.display.latex.escape import code, escaped
from symparam.display.latex.formulas import Piece, pieces
from symparam.display.latex.lines import COLUMN, align, rows
from symparam.display.latex.names import Names
from symparam.display.latex.words import line, shape

_LETTERS = ("P", "N", r"\mathcal{P}")  # of the parameters, where the first is no symbol
_COUNTERS = ("k", "j", "m", r"\ell")


def derivation(shown: Derivation, names: Names, em: int = COLUMN) -> str:
    """A derivation: a paragraph with an ``align*`` for each layer, then the total."""
    nodes = [side for block in shown.blocks for one in block.equations for side in one.sides]
    taken = taken_by([*nodes, *(side for one in shown.totals for side in one.sides)], names)
    counted = [block for block in shown.blocks if block.equations]
    letter = letter_beside(taken)
    intro = line(shown.title, names) + "."
    if any(len(block.equations) > 1 for block in counted):
        said = f"${letter}'$ counts one iteration and ${letter}$ all"
        intro += f" Of a layer that is repeated, {said}."
    parts = [r"\begingroup\raggedright", rf"{intro}\par"]
    for place, block in enumerate(counted, 1):
        head = rf"\paragraph{{{escaped(block.name)}}} {code(block.layer)},"
        head += f" {line(block.standing, names)}," if block.standing else ""
        passed = rf"{shape(block.before, names)} to {shape(block.after, names)}:"
        parts += [f"{head} {passed}", _layer(block.equations, letter, place, names, em)]
    if said := " ".join(_remarks(shown.blocks)):
        parts += [rf"\paragraph{{Without parameters of their own}} {said}"]
    parts += [r"\paragraph{Total}", _total(shown, letter, taken, len(counted), names, em)]
    notes = " ".join(line(note, names) for note in shown.notes)
    return "\n".join([*parts, *([notes] if notes else []), r"\par\endgroup"])


def letter_beside(taken: Iterable[str]) -> str:
    """The letter of the number of parameters."""
    return next((letter for letter in _LETTERS if letter not in taken), r"\mathcal{N}")


def taken_by(nodes: Iterable[Node], names: Names) -> set[str]:
    """The LaTeX of the symbols in some formulas, and of all others that have theirs."""
    return {*names.values(), *(names[name] for node in nodes for name in _symbols(node))}


def _symbols(part: Any) -> Iterator[str]:
    if isinstance(part, Word):
        return
    if isinstance(part, Name | Member):
        yield part.name
    if isinstance(part, tuple):
        for inner in part:
            yield from _symbols(inner)


def _layer(equations: Sequence[Equation], letter: str, place: int, names: Names, em: int) -> str:
    """The equations of a layer: of one iteration with a prime, then of all."""
    first, *rest = equations
    prime = "'" if rest else ""
    found = rows([Piece(f"{letter}{prime}_{{{place}}}")], _sides(first, names), em)
    for one in rest:
        found += rows([Piece(f"{letter}_{{{place}}}")], _sides(one, names), em)
    return align(found, is_numbered=False)


def _total(
    shown: Derivation, letter: str, taken: set[str], counted: int, names: Names, em: int
) -> str:
    whole, *others = shown.totals
    counter = next(one for one in (*_COUNTERS, r"\nu") if one not in taken)
    each = rf"\sum_{{{counter}=1}}^{{{counted}}} {letter}_{{{counter}}}"
    sides = _sides(whole, names)
    found = rows([Piece(letter)], [[Piece(each)], *sides] if counted > 1 else sides, em)
    for one in others:
        left = rf"{letter}_{{\text{{{escaped(one.left)}}}}}"
        found += rows([Piece(left)], _sides(one, names), em)
    return align(found, is_numbered=False)


def _sides(shown: Equation, names: Names) -> list[list[Piece]]:
    return [pieces(side, names) for side in shown.sides]


def _remarks(blocks: Iterable[Block]) -> Iterator[str]:
    """The layers without equations, those together of which the same is said."""
    bare = sorted((block for block in blocks if not block.equations), key=_said)
    for remark, group in groupby(bare, _said):
        listed = ", ".join(escaped(block.name) for block in group)
        yield f"{listed}{remark and ': '}{escaped(remark)}."


def _said(block: Block) -> str:
    return block.remark
