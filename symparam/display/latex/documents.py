"""Whole documents, and the small parts: the total and the glossary."""

from collections.abc import Iterable, Mapping
from typing import Any

from symparam.algebra.formula import tree
from symparam.algebra.sizes import Size
from symparam.display.latex.derivations import letter_beside, taken_by
from symparam.display.latex.escape import escaped, needs_t1
from symparam.display.latex.formulas import Piece, number, pieces
from symparam.display.latex.lines import COLUMN, align, rows
from symparam.display.latex.names import Names

_PACKAGES = (
    (r"\usepackage[T1]{fontenc}", needs_t1),
    (r"\usepackage{amsmath}", lambda body: True),
    (r"\usepackage{amssymb}", lambda body: r"\mathbb" in body),
    (r"\usepackage{array}", lambda body: "arraybackslash" in body),
    (r"\usepackage{booktabs}", lambda body: r"\toprule" in body),
    (r"\usepackage{longtable}", lambda body: "{longtable}" in body),
    (r"\usepackage{siunitx}", lambda body: "S[table-format" in body),
    (r"\usepackage{tikz}", lambda body: "{tikzpicture}" in body),
)


def total(
    params: Size,
    names: Names,
    sizes: Mapping[str, Any] | None = None,
    em: int = COLUMN,
    relation: str = "=",
) -> str:
    r"""The number of parameters as an equation; ``sizes`` are the numbers substituted.

    Of leading terms the ``relation`` is ``\sim``.

    >>> from symparam.algebra.sizes import symbol
    >>> print(total(2 * symbol("d") + 7, Names(), {"n": 3}))
    \begin{equation}
      P(n = 3) = 2 d + 7
    \end{equation}
    """
    shown = tree(params)
    letter = letter_beside(taken_by([shown], names) | {names[name] for name in sizes or {}})
    left = [Piece(letter)]
    for name, value in (sizes or {}).items():
        before = "(" if len(left) == 1 else r",\, "
        left[-1] = left[-1]._replace(text=left[-1].text + before)
        left.append(Piece(f"{names[name]} = {_value(value)}", 0))
    if sizes:
        left[-1] = left[-1]._replace(text=left[-1].text + ")")
    return align(rows(left, [pieces(shown, names)], em, relation))


def glossary(meanings: Mapping[str, str], names: Names) -> str:
    r"""What the symbols are, as the end of the sentence that the equation began.

    >>> print(glossary({"d": "model width", "L": "layers"}, Names()))
    \noindent where $d$ denotes model width and $L$ layers.
    """
    listed = [f"${names[name]}$ {escaped(what)}" for name, what in meanings.items()]
    if not listed:
        return ""
    first, *rest = listed
    listed = [first.replace("$ ", "$ denotes ", 1), *rest]
    mark = ";" if any("," in what for what in meanings.values()) else ","
    if len(listed) < 3 and mark == ",":
        return f"\\noindent where {' and '.join(listed)}."
    return f"\\noindent where {f'{mark} '.join(listed[:-1])}{mark} and {listed[-1]}."


def document(parts: Iterable[str], title: str = "", text: str = "") -> str:
    """A whole file that compiles, with the packages its parts need and no other.

    ``title`` and ``text`` are the user's words, as in the description of a script.
    """
    body = "\n\n".join(part for part in parts if part)
    if text:
        body = f"\\noindent {escaped(text)}\n\n{body}"
    if title:
        body = f"\\section*{{{escaped(title)}}}\n{body}"
    packages = "\n".join(line for line, is_needed in _PACKAGES if is_needed(body))
    return (
        f"\\documentclass[twocolumn]{{article}}\n\\usepackage[utf8]{{inputenc}}\n{packages}\n"
        f"\\begin{{document}}\n\n{body}\n\n\\end{{document}}\n"
    )


def _value(value: Any) -> str:
    if isinstance(value, tuple | list):
        listed = r",\, ".join(map(number, value))
        return f"({listed})"
    return number(value)
