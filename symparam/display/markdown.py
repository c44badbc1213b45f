r"""Markdown as GitHub and GitLab read it: pipe tables, formulas in LaTeX.

A formula in a line stands in dollars and backticks, which is the form that keeps its
backslashes and underscores from Markdown; an equation stands in a ``math`` block.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from symparam.algebra.formula import Node, Number, tree
from symparam.algebra.sizes import Shape, Size, Tensors
from symparam.display.content import (
    HEADS,
    Block,
    Cell,
    Derivation,
    Equation,
    Line,
    Table,
    bare,
)
from symparam.display.latex.formulas import Piece, inline, number, pieces
from symparam.display.latex.lines import rows
from symparam.display.latex.names import Names as Names
from symparam.display.latex.words import RELATIONS
from symparam.display.latex.words import shape as shape_in_latex
from symparam.display.lines import LinePrinter
from symparam.display.symbols import visible

_WIDE = 60  # em: an equation breaks beyond
_COMMA = r",\, "
_ENTITIES = {"<": "&lt;", ">": "&gt;", "&": "&amp;", "$": "<span>$</span>"}
_SIGNS = re.compile(r"[<>&$\\`*{}\[\]|~@]|(?<![^\W_])_|_(?![^\W_])|(?<=www)\.|:(?=//)|(?m:^)[-+=#]")
_LISTED = re.compile(r"(?m)^(\d+)([.)])")


def total(
    params: Size, names: Names, sizes: Mapping[str, Any] | None = None, relation: str = "="
) -> str:
    r"""The number of parameters as an equation; ``sizes`` are the numbers substituted.

    Of leading terms the ``relation`` is ``\sim``.
    """
    listed = [f"{names[name]} = {_value(value)}" for name, value in (sizes or {}).items()]
    at = rf"\ ({_COMMA.join(listed)})" if listed else ""
    return _block([rf"\text{{total}}{at}"], [[tree(params)]], names, relation)


def table(shown: Table, names: Names) -> str:
    """A table, its totals and notes below."""
    titles = [line(column.title, names) for column in shown.columns]
    sides = ["---:" if column.is_right else "---" for column in shown.columns]
    cells = [[cell(entry, names) for entry in row] for row in shown.rows]
    grid = "\n".join(f"| {' | '.join(row)} |" for row in [titles, sides, *cells])
    totals = "\n".join(f"- {name}: {line(value, names)}" for name, value in shown.footer)
    title = line(shown.title, names)
    return _paragraphs([title, grid, totals, *(line(note, names) for note in shown.notes)])


def derivation(shown: Derivation, names: Names) -> str:
    """For each layer rule = sizes substituted = value, then the total."""
    counted = [_layer(block, names) for block in shown.blocks if block.equations]
    others = [
        f"{', '.join(map(written, listed))}: {said}." for said, listed in bare(shown.blocks).items()
    ]
    return _paragraphs(
        [
            line(shown.title, names),
            *counted,
            *others,
            _equations(shown.totals, names),
            *(line(note, names) for note in shown.notes),
        ]
    )


def glossary(meanings: Mapping[str, str], names: Names) -> str:
    """What the symbols are, as a list."""
    return "\n".join(
        f"- {_dollars(names[name])}: {written(said)}" for name, said in meanings.items()
    )


def document(parts: Mapping[str, str], title: str = "", text: str = "") -> str:
    """A file of some parts, by their names, with a heading where one is known.

    ``title`` and ``text`` are the user's words, as in the description of a script.
    """
    sections = [f"# {written(title)}"] if title else []
    sections += [written(text)] if text else []
    for name, inner in parts.items():
        sections += [f"## {HEADS[name]}"] if inner and name in HEADS and len(parts) > 1 else []
        sections.append(inner)
    return _paragraphs(sections) + "\n"


def written(said: str) -> str:
    r"""Words of the user, whatever they contain.

    >>> print(written("a | b, `c` <d>"))
    a \| b, \`c\` &lt;d&gt;
    """
    lines = (" ".join(part.split()) for part in visible(said).split("\n"))
    return _LISTED.sub(r"\1\\\2", _SIGNS.sub(_escaped, "\n".join(lines).strip()))


def line(parts: Line, names: Names) -> str:
    """A line of text."""
    return _Markdown(names).line(parts)


class _Markdown(LinePrinter):
    def __init__(self, names: Names) -> None:
        self.names = names

    def words(self, text: str) -> str:
        return text

    def written(self, text: str) -> str:
        return written(text)

    def code(self, text: str) -> str:
        return written(text)

    def shape(self, sizes: Shape | Tensors) -> str:
        return shape(sizes, self.names)

    def formula(self, shown: Node) -> str:
        if isinstance(shown, Number):
            return self.count(shown.value)
        return _dollars(inline(shown, self.names))

    def fenced(self, shown: Node) -> str:
        return _dollars(f"({inline(shown, self.names)})")

    def related(self, left: Node, relation: str, right: Node) -> str:
        sides = inline(left, self.names), inline(right, self.names)
        return _dollars(f"{sides[0]} {RELATIONS[relation]} {sides[1]}")


def shape(sizes: Shape | Tensors, names: Names) -> str:
    """A shape; one of mere numbers is text."""
    if isinstance(sizes, Tensors):
        return ", ".join(shape(inner, names) for inner in sizes)
    if all(isinstance(size, int) for size in sizes):
        return " × ".join(map(str, sizes)) or "()"
    return _dollars(shape_in_latex(sizes, names).strip("$"))


def cell(shown: Cell, names: Names) -> str:
    """What a cell holds, with its indent: a dash where a branch begins."""
    marks = "".join("–&ensp;" if mark else "&emsp;" for mark in shown.marks)
    return (marks + line(shown.line, names)).replace("\n", " ")


def _escaped(match: "re.Match[str]") -> str:
    return _ENTITIES.get(match[0], f"\\{match[0]}")


def _dollars(latex: str) -> str:
    return f"$`{latex}`$"


def _layer(shown: Block, names: Names) -> str:
    standing = f"{line(shown.standing, names)}: " if shown.standing else ""
    shapes = f"{standing}{shape(shown.before, names)} → {shape(shown.after, names)}"
    head = f"**{written(shown.name)}** {written(shown.layer)}: {shapes}"
    return f"{head}\n\n{_equations(shown.equations, names)}"


def _equations(shown: Iterable[Equation], names: Names) -> str:
    listed = list(shown)
    lefts = [rf"\text{{{one.left}}}" for one in listed]
    return _block(lefts, [one.sides for one in listed], names)


def _block(
    lefts: Sequence[str], sides: Iterable[Sequence[Node]], names: Names, relation: str = "="
) -> str:
    """Equations in one block, their equals signs below one another."""
    found: list[str] = []
    for left, nodes in zip(lefts, sides, strict=True):
        found += rows([Piece(left)], [pieces(node, names) for node in nodes], _WIDE, relation)
    if len(found) == 1:
        return f"```math\n{found[0].replace('&', '')}\n```"
    body = " \\\\\n".join(found)
    return f"```math\n\\begin{{aligned}}\n{body}\n\\end{{aligned}}\n```"


def _paragraphs(parts: Iterable[str]) -> str:
    return "\n\n".join(part for part in parts if part)


def _value(value: Any) -> str:
    return f"[{', '.join(map(str, value))}]" if isinstance(value, tuple) else number(value)
