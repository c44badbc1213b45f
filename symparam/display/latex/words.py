"""The parts of a line of text: words of ours, words of the user, formulas and shapes."""

from symparam.algebra.formula import PRODUCT, Node, binding, tree
from symparam.algebra.sizes import Shape, Tensors
from symparam.display.content import Line
from symparam.display.latex.escape import escaped
from symparam.display.latex.formulas import inline
from symparam.display.latex.names import Names
from symparam.display.lines import LinePrinter

RELATIONS = {"=": "=", "!=": r"\ne", ">=": r"\ge", "|": r"\mid"}


def line(parts: Line, names: Names) -> str:
    r"""A line of text.

    >>> from symparam.display.content import Times, Written
    >>> from symparam.algebra.sizes import symbol
    >>> print(line((Times(tree(symbol("n") - 1)), " of ", Written("A & B")), Names()))
    $\times$\,$(n - 1)$ of A \& B
    """
    return LatexPrinter(names).line(parts)


class LatexPrinter(LinePrinter):
    """Lines in LaTeX, with the names that symbols have there."""

    times, dots = r"$\times$\,", r"\,\ldots\,"

    def __init__(self, names: Names) -> None:
        self.names = names

    def words(self, text: str) -> str:
        return escaped_words(text)

    def written(self, text: str) -> str:
        return escaped_words(text)

    def code(self, text: str) -> str:
        return escaped(text)

    def shape(self, sizes: Shape | Tensors) -> str:
        return shape(sizes, self.names)

    def formula(self, shown: Node) -> str:
        return f"${inline(shown, self.names)}$"

    def fenced(self, shown: Node) -> str:
        return f"$({inline(shown, self.names)})$"

    def count(self, value: int) -> str:
        return super().count(value).replace(",", r"\,")

    def related(self, left: Node, relation: str, right: Node) -> str:
        sides = inline(left, self.names), inline(right, self.names)
        return f"${sides[0]} {RELATIONS[relation]} {sides[1]}$"


def escaped_words(text: str) -> str:
    """The text escaped, with the blanks at its ends, which part it from its neighbours."""
    inner = escaped(text)
    before = " " if text[:1].isspace() else ""
    return before + inner + (" " if inner and text[-1:].isspace() else "")


def shape(sizes: Shape | Tensors, names: Names) -> str:
    r"""A shape: ``$8 \times 8 \times 3$``, and several with commas between them."""
    if isinstance(sizes, Tensors):
        return ", ".join(shape(inner, names) for inner in sizes)
    if not sizes:
        return "()"
    nodes = [tree(size) for size in sizes]
    shown = [
        inline(node, names) if binding(node) >= PRODUCT or len(nodes) == 1 else
        f"({inline(node, names)})"
        for node in nodes
    ]  # fmt: skip
    joined = r" \times ".join(shown)
    return f"${joined}$"
