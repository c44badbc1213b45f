"""HTML that needs nothing else: no script, no font, no file; formulas are MathML.

Each part is a piece of a page; ``fragment`` gives it its style for a notebook, and ``document``
makes a page of some parts.
"""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from symparam.algebra.formula import Name, Node, Number, tree
from symparam.algebra.sizes import Shape, Size, Tensors
from symparam.display.content import (
    HEADS,
    Block,
    Cell,
    Derivation,
    Line,
    Table,
    bare,
)
from symparam.display.lines import LinePrinter
from symparam.display.mathml import MathML
from symparam.display.mathnames import Names as Names
from symparam.display.style import PAGE, PART
from symparam.display.symbols import visible

_POLICY = "default-src 'none'; style-src 'unsafe-inline'"  # a page that loads and runs nothing


def written(said: str) -> str:
    """Words of the user, whatever they contain.

    >>> written("<b> & co")
    '&lt;b&gt; &amp; co'
    """
    return escape(visible(said))


def total(
    params: Size, names: Names, sizes: Mapping[str, Any] | None = None, relation: str = "="
) -> str:
    r"""The number of parameters as an equation; ``sizes`` are the numbers substituted.

    Of leading terms the ``relation`` is ``\sim``.
    """
    return _Printer(names).total(params, sizes or {}, relation.replace(r"\sim", "∼"))


def table(shown: Table, names: Names) -> str:
    """A table in a box that scrolls, its totals and notes below."""
    return _Printer(names).table(shown)


def derivation(shown: Derivation, names: Names) -> str:
    """For each layer rule = sizes substituted = value, then the total."""
    return _Printer(names).derivation(shown)


def layer(shown: Block, names: Names) -> str:
    """The derivation of one layer; nothing is to derive where it has no parameters."""
    return _Printer(names).layer(shown)


def glossary(meanings: Mapping[str, str], names: Names) -> str:
    """What the symbols are, as a list."""
    return _Printer(names).glossary(meanings) if meanings else ""


def fragment(inner: str) -> str:
    """A part with the style that it needs, for a notebook: it takes the colours around it."""
    return f'<div class="symparam">\n<style>\n{PART}\n</style>\n{inner}\n</div>\n'


def document(parts: Mapping[str, str], title: str = "", text: str = "") -> str:
    """A page of some parts, by their names, with a heading where one is known.

    ``title`` and ``text`` are the user's words, as in the description of a script.
    """
    sections = [f"<h1><bdi>{written(title)}</bdi></h1>"] if title else []
    sections += [f'<p class="lead">{written(text)}</p>'] if text else []
    for name, inner in parts.items():
        head = f"<h2>{HEADS[name]}</h2>\n" if name in HEADS and len(parts) > 1 else ""
        sections += (
            [f'<section class="{escape(name)}">\n{head}{inner}\n</section>'] if inner else []
        )
    body = "\n".join(sections)
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{written(title) or 'symparam'}</title>\n"
        f"<style>\n{PAGE}\n{PART}\n</style>\n</head>\n"
        f'<body class="symparam">\n{body}\n</body>\n</html>\n'
    )


class _Printer(LinePrinter):
    """A printer of content that knows how symbols are set."""

    times, dots = "\u00d7\u2009", "\u2009…\u2009"

    def __init__(self, names: Names) -> None:
        self.mathml = MathML(names)

    def formula(self, shown: Node) -> str:
        """A formula; a mere number is text, which is easier to copy."""
        return f"{shown.value:,}" if isinstance(shown, Number) else self.mathml.math(shown)

    def shape(self, sizes: Shape | Tensors) -> str:
        """A shape; one of mere numbers is text."""
        if isinstance(sizes, Tensors):
            return ", ".join(map(self.shape, sizes))
        if all(isinstance(size, int) for size in sizes):
            return " × ".join(map(str, sizes)) or "()"
        return self.mathml.shape(sizes)

    def words(self, text: str) -> str:
        return escape(text)

    def written(self, text: str) -> str:
        return f"<bdi>{written(text)}</bdi>"

    def code(self, text: str) -> str:
        return f"<code>{written(text)}</code>"

    def related(self, left: Node, relation: str, right: Node) -> str:
        return self.mathml.related(left, relation, right)

    def cell(self, shown: Cell) -> str:
        """What a cell holds, with its indent: a dash where a branch begins."""
        marks = "".join(f'<span class="in">{"–" if mark else ""}</span>' for mark in shown.marks)
        return marks + self.line(shown.line)

    def table(self, shown: Table) -> str:
        heads = "".join(
            f'<th scope="col"{_classes(column.is_right)}>{self.line(column.title)}</th>'
            for column in shown.columns
        )
        rows = "\n".join(f"<tr>{self._row(row, shown)}</tr>" for row in shown.rows)
        caption = f"<caption>{self.line(shown.title)}</caption>\n" if shown.title else ""
        parts = [
            f'<div class="box" tabindex="0"><table>\n{caption}<thead><tr>{heads}</tr></thead>\n'
            f"<tbody>\n{rows}\n</tbody></table></div>",
            *self._totals(shown.footer),
            *self._notes(shown.notes),
        ]
        return "\n".join(parts)

    def derivation(self, shown: Derivation) -> str:
        counted = [self.layer(block) for block in shown.blocks if block.equations]
        others = [
            f"<p>{', '.join(map(written, names))}: {said}.</p>"
            for said, names in bare(shown.blocks).items()
        ]
        totals = self.equations((escape(one.left), one.sides) for one in shown.totals)
        parts = [f"<p>{self.line(shown.title)}</p>", *counted]
        parts += [f'<div class="layer">{inner}</div>' for inner in [*others, totals]]
        return "\n".join([*parts, *self._notes(shown.notes)])

    def total(self, params: Size, sizes: Mapping[str, Any], relation: str) -> str:
        at = ", ".join(f"{self.formula(Name(name))} = {_value(v)}" for name, v in sizes.items())
        return self.equations([(f"total ({at})" if at else "total", (tree(params),))], relation)

    def equations(self, shown: Iterable[tuple[str, Sequence[Node]]], relation: str = "=") -> str:
        """Equations, all equals signs below one another."""
        rows = []
        for left, sides in shown:
            for place, side in enumerate(dict.fromkeys(map(self.formula, sides))):
                cells = f"<td>{'' if place else left}</td><td>{relation}</td>"
                rows.append(f"<tr>{cells}<td{_classes(False, _is_long(side))}>{side}</td></tr>")
        inner = "\n".join(rows)
        return (
            '<div class="scroll" tabindex="0"><table class="sides" role="presentation">\n'
            f"{inner}\n</table></div>"
        )

    def glossary(self, meanings: Mapping[str, str]) -> str:
        return _list(
            (self.formula(Name(name)), self.written(said)) for name, said in meanings.items()
        )

    def _row(self, row: Sequence[Cell], shown: Table) -> str:
        first, *rest = row
        cells = [f'<th scope="row">{self.cell(first)}</th>']
        for entry, column in zip(rest, shown.columns[1:], strict=True):
            said = self.cell(entry)
            cells.append(f"<td{_classes(column.is_right, _is_long(said))}>{said}</td>")
        return "".join(cells)

    def _totals(self, footer: Sequence[tuple[str, Line]]) -> list[str]:
        lines = [(escape(name), self.line(value)) for name, value in footer]
        return [_list(lines)] if lines else []

    def _notes(self, lines: Sequence[Line]) -> list[str]:
        return [f'<p class="note">{self.line(note)}</p>' for note in lines]

    def layer(self, shown: Block) -> str:
        derived = self.equations((escape(one.left), one.sides) for one in shown.equations)
        derived = derived if shown.equations else f"<p>{''.join(bare([shown]))}.</p>"
        return (
            f'<div class="layer"><p><span class="name">{written(shown.name)}</span> '
            f"<code>{written(shown.layer)}</code></p>\n"
            f"<p>{f'{self.line(shown.standing)}: ' if shown.standing else ''}"
            f"{self.shape(shown.before)} → {self.shape(shown.after)}</p>\n{derived}</div>"
        )


def _is_long(said: str) -> bool:
    """Whether it has places where a line may break."""
    return said.count("<math") > 1


def _classes(is_right: bool, is_long: bool = False) -> str:
    names = ["right"] * is_right + ["long"] * is_long
    return f' class="{" ".join(names)}"' if names else ""


def _list(entries: Iterable[tuple[str, str]]) -> str:
    lines = "\n".join(f"<dt>{term}</dt><dd>{said}</dd>" for term, said in entries)
    return f"<dl>\n{lines}\n</dl>"


def _value(value: Any) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(map(str, value))}]"
    return f"{value:,}" if isinstance(value, int) else str(value)
