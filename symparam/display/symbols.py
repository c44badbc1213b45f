"""How a name is set as a symbol: letters slanted, words upright, Greek, subscripts, accents."""

import re
import unicodedata
from typing import NamedTuple

_SPELLED = """
    alpha beta gamma delta varepsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho
    sigma tau upsilon varphi chi psi omega epsilon phi Gamma Delta Theta Lambda Xi Pi Sigma
    Upsilon Phi Psi Omega
"""
_CAPITALS = "ΓΔΘΛΞΠΣΥΦΨΩ"
GREEK = dict(zip(_SPELLED.split(), f"αβγδεζηθικλμνξοπρστυφχψωϵϕ{_CAPITALS}", strict=True))
ACCENTS = {"hat": "^", "bar": "¯", "tilde": "~", "dot": "˙", "ddot": "¨", "vec": "→"}
PRIMES = {"prime": "\u2032", "dprime": "\u2033"}


class Glyphs(NamedTuple):
    """A letter or a word, with what stands above, behind and below it."""

    base: str
    accent: str = ""
    prime: str = ""
    below: tuple[str, ...] = ()


def glyphs(name: str) -> Glyphs:
    """How a name is set.

    >>> glyphs("x_hat"), glyphs("vocab_size").base
    (Glyphs(base='x', accent='^', prime='', below=()), 'vocab_size')
    >>> [glyphs(name).below for name in ("k2", "d_model", "n_in_3")]
    [('2',), ('model',), ('in', '3')]

    What stands behind an underscore is a subscript of a letter; a word has only a letter or a
    number below it, and stays as it is otherwise.
    """
    base, *rest = name.split("_")
    if not all([base, *rest]):
        return Glyphs(name)
    if match := re.fullmatch(r"([^\W\d_]+)([0-9]+)", base):
        base, rest = match[1], [match[2], *rest]
    base = GREEK.get(base, base)
    accent = ACCENTS[rest.pop(0)] if rest and rest[0] in ACCENTS else ""
    prime = PRIMES[rest.pop(0)] if rest and rest[0] in PRIMES else ""
    parts = [GREEK.get(part, part) for part in rest]
    is_word = len(base) > 1
    if is_word and (accent or prime or not all(len(p) == 1 or p.isdecimal() for p in parts)):
        return Glyphs(name)
    return Glyphs(base, accent, prime, tuple(parts))


def is_capital(letter: str) -> bool:
    """Whether it is a Greek capital, which stands upright."""
    return len(letter) == 1 and letter in _CAPITALS


def visible(text: str) -> str:
    """A text of the user without what steers a terminal, a page or the direction of writing.

    >>> visible("a\\x1b[1mb") == "a\\ufffd[1mb"
    True
    """
    return "".join("\ufffd" if _steers(letter) else letter for letter in text)


def _steers(letter: str) -> bool:
    is_turning = "\u202a" <= letter <= "\u202e" or "\u2066" <= letter <= "\u2069"
    return is_turning or (unicodedata.category(letter) in ("Cc", "Cs", "Cn") and letter != "\n")
