"""What a notebook shows: the same thing as plain text, as HTML and as LaTeX."""

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from symparam.algebra.formula import tree
from symparam.algebra.sizes import Size
from symparam.costs.steps import CountedStep
from symparam.display import content, html, latex, text
from symparam.display.content import Table
from symparam.display.mathnames import Names


class Rich(NamedTuple):
    """Something that a notebook shows in the best way that it knows; elsewhere it is text."""

    text: str
    html: str
    latex: str  # nothing where there is no formula to show

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        return self.html

    def _repr_latex_(self) -> str | None:
        return self.latex or None

    def _repr_mimebundle_(
        self, include: Collection[str] | None = None, exclude: Collection[str] | None = None
    ) -> dict[str, str]:
        """By type of content: those of ``include`` if given, and none of ``exclude``."""
        shown = {"text/plain": self.text, "text/html": self.html, "text/latex": self.latex}
        return {
            kind: said
            for kind, said in shown.items()
            if said and kind in (include or shown) and kind not in (exclude or ())
        }


def network(summary: Table, params: Size, names: Mapping[str, str], symbols: Iterable[str]) -> Rich:
    """A network: its table, or its total where only a formula can be shown.

    ``names`` is the LaTeX of some ``symbols``, as the script gives it.
    """
    symbols = list(symbols)
    formula = latex.display(tree(params), latex.Names(names, symbols))
    return table(summary, names, symbols)._replace(latex=rf"$\displaystyle {formula}$")


def table(shown: Table, names: Mapping[str, str], symbols: Iterable[str]) -> Rich:
    """A table, such as that of the configs."""
    inner = html.table(shown, Names(names, symbols))
    return Rich(text.table(shown), html.fragment(inner), "")


def step(shown: CountedStep) -> Rich:
    """A layer at work: its shapes and its derivation."""
    block = content.block(shown)
    names = latex.Names()
    sides = [latex.display(side, names) for one in block.equations[:1] for side in one.sides]
    formula = " = ".join(dict.fromkeys(sides)) or "0"
    return Rich(
        repr(shown), html.fragment(html.layer(block, Names())), rf"$\displaystyle {formula}$"
    )
