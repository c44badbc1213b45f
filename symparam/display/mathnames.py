"""Symbols in MathML: as their names suggest, or as the LaTeX that a script gives says."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from html import escape
from typing import NamedTuple

from symparam.display.latex.safe import checked
from symparam.display.symbols import GREEK, Glyphs, glyphs, is_capital

_NOTHING: Mapping[str, str] = {}
_ACCENTS = {
    "hat": "^", "widehat": "^", "bar": "¯", "overline": "¯", "tilde": "~", "widetilde": "~",
    "vec": "→", "dot": "˙", "ddot": "¨", "check": "ˇ", "breve": "˘",
}  # fmt: skip
_FONTS = {
    "mathbf": "BOLD", "mathit": "ITALIC", "mathsf": "SANS-SERIF", "mathtt": "MONOSPACE",
    "mathcal": "SCRIPT", "mathbb": "DOUBLE-STRUCK",
}  # fmt: skip
_LETTERS = {
    **GREEK,
    "vartheta": "ϑ", "varpi": "ϖ", "varrho": "ϱ", "varsigma": "ς",
    "ell": "ℓ", "hbar": "ℏ", "imath": "ı", "jmath": "ȷ", "infty": "∞", "min": "min", "max": "max",
}  # fmt: skip
_SIGNS = {
    "prime": "\u2032", "star": "⋆", "ast": "*", "circ": "∘", "dagger": "†", "ddagger": "‡",
    "times": "×", "cdot": "⋅", "-": "\u2212",
}  # fmt: skip
_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|.")


class Setting(NamedTuple):
    """A symbol, what stands below and above it, and whether it needs room beside letters."""

    base: str
    below: str = ""
    above: str = ""
    is_word: bool = False

    def __str__(self) -> str:
        return scripts(self.base, self.below, self.above)


class Names(dict[str, Setting]):
    """How each symbol is set. No two of a network look alike.

    >>> print(Names({"m": "d_{m}"})["m"])
    <msub><mi>d</mi><mi>m</mi></msub>
    """

    def __init__(self, latex: Mapping[str, str] = _NOTHING, symbols: Iterable[str] = ()) -> None:
        super().__init__({name: from_latex(said) for name, said in latex.items()})
        for name in symbols:
            self[name]

    def __missing__(self, name: str) -> Setting:
        setting = _from_glyphs(glyphs(name))
        if setting in self.values():  # n1 beside n_1
            literal = "".join(c if c.isascii() else f"U+{ord(c):04X}" for c in name)
            setting = Setting(token(literal), is_word=len(literal) > 1)
        self[name] = setting
        return setting


def token(word: str) -> str:
    """One identifier: a letter slants, a word stands upright."""
    if word.isascii() and word.isdecimal():
        return f"<mn>{word}</mn>"
    upright = ' mathvariant="normal"' if is_capital(word) else ""
    return f"<mi{upright}>{escape(word)}</mi>"


def row(inner: str) -> str:
    """Several elements where one is wanted."""
    return inner if inner.count("<") == 2 else f"<mrow>{inner}</mrow>"


def scripts(base: str, below: str, above: str) -> str:
    """A base with what stands below and above it."""
    if below and above:
        return f"<msubsup>{base}{row(below)}{row(above)}</msubsup>"
    if above:
        return f"<msup>{base}{row(above)}</msup>"
    return f"<msub>{base}{row(below)}</msub>" if below else base


def accented(base: str, accent: str) -> str:
    return f'<mover accent="true">{base}<mo>{accent}</mo></mover>'


def _from_glyphs(shown: Glyphs) -> Setting:
    base = token(shown.base)
    if shown.accent:
        base = accented(base, shown.accent)
    below = "<mo>,</mo>".join(map(token, shown.below))
    above = f"<mo>{shown.prime}</mo>" if shown.prime else ""
    return Setting(base, below, above, len(shown.base) > 1)


def from_latex(latex: str) -> Setting:
    r"""A symbol as a script says it in LaTeX.

    >>> print(from_latex(r"\bar{\lambda}_{\text{in}}").base)
    <mover accent="true"><mi>λ</mi><mo>¯</mo></mover>
    """
    atoms = _atoms(_TOKEN.findall(checked(latex)))
    if len(atoms) == 1:
        return atoms[0]
    return Setting(row("".join(map(str, atoms))))


def _atoms(tokens: list[str]) -> list[Setting]:
    """What stands side by side up to a closing brace; the tokens are used up."""
    atoms: list[Setting] = []
    while _next(tokens) not in ("", "}"):
        base = _atom(tokens)
        marks = {"_": "", "^": ""}
        while (mark := _next(tokens)) and mark in "_^'":
            tokens.pop(0)
            prime = f"<mo>{_SIGNS['prime']}</mo>"
            marks["_" if mark == "_" else "^"] += prime if mark == "'" else _atom(tokens)
        is_word = base.startswith("<mi>") and len(base) > len("<mi>x</mi>")
        atoms.append(Setting(base, marks["_"], marks["^"], is_word))
    return atoms


def _next(tokens: list[str]) -> str:
    """The next token that is not a blank, nothing at the end."""
    while tokens and tokens[0].isspace():
        tokens.pop(0)
    return tokens[0] if tokens else ""


def _atom(tokens: list[str]) -> str:
    first = _next(tokens)
    del tokens[:1]
    name = first.removeprefix("\\")
    if first == "{":
        inner = "".join(map(str, _atoms(tokens)))
        del tokens[:1]
        return row(inner)
    if name in ("text", "textrm", "mathrm") and name != first:
        return f'<mi mathvariant="normal">{escape(_plain(tokens))}</mi>'
    if name in _FONTS and name != first:
        return f"<mi>{''.join(_lettered(letter, _FONTS[name]) for letter in _plain(tokens))}</mi>"
    if name in _ACCENTS and name != first:
        return accented(_atom(tokens), _ACCENTS[name])
    if name in _LETTERS and name != first:
        return token(_LETTERS[name])
    if first == r"\,":
        return '<mspace width="0.167em"></mspace>'
    if first.isalnum():
        return token(first)
    return f"<mo>{escape(_SIGNS.get(name, first))}</mo>"


def _plain(tokens: list[str]) -> str:
    """What stands in the braces of a font, its own braces and commands left out."""
    depth, inside = 0, ""
    _next(tokens)
    while tokens:
        first = tokens.pop(0)
        depth += (first == "{") - (first == "}")
        if depth == 0:
            break
        inside += "" if first in "{}" else _LETTERS.get(first.removeprefix("\\"), first)
    return inside


def _lettered(letter: str, font: str) -> str:
    """A letter in another alphabet, where there is one."""
    case = "CAPITAL" if letter.isupper() else "SMALL"
    for name in (f"MATHEMATICAL {font} {case} {letter}", f"{font} {case} {letter}"):
        try:
            return unicodedata.lookup(name.upper())
        except KeyError:
            continue
    return escape(letter)
