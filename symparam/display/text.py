"""Plain text: formulas the way the language writes them, tables, derivations."""

from collections.abc import Iterable, Sequence

from symparam.algebra.conditions import Condition
from symparam.algebra.formula import (
    ATOM,
    POWER,
    PRODUCT,
    Choice,
    Member,
    Name,
    Node,
    Number,
    Power,
    Product,
    Quotient,
    Rounded,
    Sum,
    Term,
    binding,
    tree,
)
from symparam.algebra.sizes import Shape, Size, Tensors
from symparam.display import content
from symparam.display.content import Cell, Derivation, Equation, Table
from symparam.display.lines import LinePrinter
from symparam.errors import printable


def size(value: Size) -> str:
    """A size the way the language writes it.

    >>> from symparam.algebra.sizes import ceildiv, symbol
    >>> size(ceildiv(symbol("h"), 2) * symbol("c"))
    'c*ceil(h/2)'
    """
    return str(value) if isinstance(value, int) else node(tree(value))


def shape(sizes: Shape | Tensors) -> str:
    """A shape as a tuple; several in brackets."""
    if isinstance(sizes, Tensors):
        return f"[{', '.join(map(shape, sizes))}]"
    inner = ", ".join(map(size, sizes))
    return f"({inner},)" if len(sizes) == 1 else f"({inner})"


def condition(relation: Condition) -> str:
    """A condition as one writes it: ``h >= 3``, ``g divides c``."""
    return _TEXT.part(content.related(relation))


def node(shown: Node) -> str:
    """A formula in the language."""
    if isinstance(shown, Number):
        return str(shown.value)
    if isinstance(shown, Name):
        return shown.name
    if isinstance(shown, Member):
        return f"{shown.name}[{node(shown.place)}]"
    if isinstance(shown, Sum):
        return _sum(shown.terms)
    if isinstance(shown, Product):
        return "*".join(_inside(factor, PRODUCT) for factor in shown.factors)
    if isinstance(shown, Quotient):
        return f"{_inside(shown.dividend, PRODUCT)}/{_inside(shown.divisor, POWER)}"
    if isinstance(shown, Power):
        return f"{_inside(shown.base, ATOM)}**{_inside(shown.exponent, POWER)}"
    if isinstance(shown, Rounded):
        dividend, divisor = shown.quotient
        above = f"({node(dividend)})" if _divides(dividend) else _inside(dividend, PRODUCT)
        return f"{shown.word}({above}/{_inside(divisor, POWER)})"
    if isinstance(shown, Choice):
        return f"{shown.word}({', '.join(map(node, shown.options))})"
    first, last = node(shown.first), node(shown.last)
    return f"Sum({node(shown.term)}, ({shown.variable.name}, {first}, {last}))"


def _sum(terms: Iterable[Term]) -> str:
    text = ""
    for is_negative, term in terms:
        sign = "-" if is_negative else "+"
        written = _inside(term, PRODUCT) if is_negative else node(term)
        text += f" {sign} {written}" if text else f"{'-' * is_negative}{written}"
    return text


def _inside(shown: Node, least: int) -> str:
    return node(shown) if binding(shown) >= least else f"({node(shown)})"


def _divides(shown: Node) -> bool:
    factors = shown.factors if isinstance(shown, Product) else (shown,)
    return any(isinstance(factor, Quotient) for factor in factors)


class TextPrinter(LinePrinter):
    """Lines as plain text, in the signs of the language."""

    times, dots, unchanged = "x ", "..", "_"

    def words(self, text: str) -> str:
        return text

    def written(self, text: str) -> str:
        return printable(text)

    def code(self, text: str) -> str:
        return printable(text)

    def shape(self, sizes: Shape | Tensors) -> str:
        return shape(sizes)

    def formula(self, shown: Node) -> str:
        return node(shown)

    def related(self, left: Node, relation: str, right: Node) -> str:
        said = "divides" if relation == "|" else relation
        return f"{self.formula(left)} {said} {self.formula(right)}"


_TEXT = TextPrinter()
line = _TEXT.line
part = _TEXT.part


def cell(shown: Cell) -> str:
    """A cell with its indent: a dash where a branch begins."""
    return "".join("- " if mark else "  " for mark in shown.marks) + line(shown.line)


def cells(shown: Table) -> list[tuple[str, ...]]:
    """The rows of a table as text."""
    return [tuple(map(cell, row)) for row in shown.rows]


def table(shown: Table) -> str:
    """A table in aligned columns."""
    rows = cells(shown)
    titles = tuple(line(column.title) for column in shown.columns)
    widths = [max(len(row[i]) for row in [titles, *rows]) for i in range(len(titles))]

    def aligned(texts: Sequence[str]) -> str:
        padded = (
            text.rjust(width) if column.is_right else text.ljust(width)
            for text, width, column in zip(texts, widths, shown.columns, strict=True)
        )
        return "  ".join(padded).rstrip()

    rule = "-" * len("  ".join("x" * width for width in widths))
    return "\n".join(
        [
            *([line(shown.title)] if shown.title else []),
            rule,
            aligned(titles),
            rule,
            *map(aligned, rows),
            rule,
            *(f"{name}: {line(value)}" for name, value in shown.footer),
            *map(line, shown.notes),
        ]
    )


def explain(shown: Derivation, width: int | None = None) -> str:
    """A derivation: rule = sizes substituted = value for every layer, then the total.

    With a width, an equation that is wider continues on lines of its own.
    """
    blocks = [line(shown.title)]
    for block in shown.blocks:
        standing = f"{line(block.standing)}: " if block.standing else ""
        head = (
            f"{block.name}: {block.layer}\n{standing}{shape(block.before)} -> {shape(block.after)}"
        )
        equations = [equation(one, width) for one in block.equations]
        if not equations:
            equations = [f"params = 0{block.remark and ', '}{block.remark}"]
        blocks.append("\n".join([head, *equations]))
    blocks.append("\n".join(equation(one, width) for one in shown.totals))
    return "\n\n".join([*blocks, "\n".join(map(line, shown.notes))])


def equation(shown: Equation, width: int | None = None) -> str:
    """An equation on one line, or broken before its equals signs where it is too wide."""
    sides = [shown.left]
    for side in map(node, shown.sides):
        if side.replace(" ", "") != sides[-1].replace(" ", ""):  # neighbours that say the same
            sides.append(side)
    whole = " = ".join(sides)
    if width is None or len(whole) <= width:
        return whole
    first, *rest = sides
    indent = " " * len(first)
    lines = [f"{first} = {rest[0]}", *(f"{indent} = {side}" for side in rest[1:])]
    return "\n".join(_wrapped(text, len(first) + 3, width) for text in lines)


def _wrapped(text: str, indent: int, width: int) -> str:
    """A long line broken before a plus sign, the rest under the right side."""
    lines = []
    while len(text) > width:
        cut = text.rfind(" + ", indent + 1, width)
        if cut < 0:
            break
        lines.append(text[:cut])
        text = " " * (indent - 2) + text[cut + 1 :]
    return "\n".join([*lines, text])
