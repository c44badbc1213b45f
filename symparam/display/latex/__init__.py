"""LaTeX that a paper can take as it is: formulas, tables, derivations, whole documents."""

from symparam.display.latex.commands import macros
from symparam.display.latex.derivations import derivation
from symparam.display.latex.documents import document, glossary, total
from symparam.display.latex.formulas import display, inline
from symparam.display.latex.names import Names
from symparam.display.latex.safe import checked
from symparam.display.latex.tables import configs, table

__all__ = [
    "Names",
    "checked",
    "configs",
    "derivation",
    "display",
    "document",
    "glossary",
    "inline",
    "macros",
    "table",
    "total",
]
