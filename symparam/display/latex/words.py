"""The parts of a line of text: words of ours, words of the user, formulas and shapes."""

from collections.abc import Mapping

from symparam.algebra.formula import PRODUCT, binding, tree
from symparam.algebra.sizes import Shape, Tensors
from symparam.display import content
from symparam.display.content import Code, Count, Dims, Line, Part, Related, Written
from symparam.display.latex.escape import escaped
from symparam.display.latex.formulas import inline
from symparam.display.latex.names import Names

RELATIONS = {"=": "=", "!=": r"\ne", ">=": r"\ge", "|": r"\mid"}
_OURS: Mapping[str, str] = {"x ": r"$\times$\,", "..": r"\,\ldots\,", "_": "identity"}


def line(parts: Line, names: Names) -> str:
    r"""A line of text.

    >>> from symparam.display.content import size
    >>> from symparam.algebra.sizes import symbol
    >>> print(line(("x ", size(symbol("n") - 1), " of ", Written("A & B")), Names()))
    $\times$\,$(n - 1)$ of A \& B
    """
    shown = ""
    for place, one in enumerate(parts):
        if place and parts[place - 1] == "x " and isinstance(one, content.Formula):
            is_whole = binding(one.node) >= PRODUCT
            shown += part(one, names) if is_whole else f"$({inline(one.node, names)})$"
        else:
            shown += part(one, names)
    return shown


def part(shown: Part, names: Names) -> str:
    if isinstance(shown, str):
        return _OURS.get(shown, escaped_words(shown))
    if isinstance(shown, Written):
        return escaped_words(shown.text)
    if isinstance(shown, Code):
        return escaped(shown.text)
    if isinstance(shown, Dims):
        return shape(shown.shape, names)
    if isinstance(shown, Count):
        return f"{shown.value:,}".replace(",", r"\,")
    if isinstance(shown, Related):
        left, right = inline(shown.left, names), inline(shown.right, names)
        return f"${left} {RELATIONS[shown.relation]} {right}$"
    return f"${inline(shown.node, names)}$"


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
