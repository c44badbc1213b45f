"""The LaTeX of symbols: letters, Greek, subscripts, accents, words upright."""

import re
from collections.abc import Iterable, Mapping

from symparam.display.latex.escape import GREEK, escaped
from symparam.display.latex.safe import checked
from symparam.display.symbols import Glyphs, glyphs

_ACCENTS = {"^": "hat", "¯": "bar", "~": "tilde", "˙": "dot", "¨": "ddot", "→": "vec"}
_PRIMES = {"": "", "′": "'", "″": "''"}
_BELOW = re.compile(r"([^_]*)_\{((?:[^{}]|\{[^{}]*\})*)\}")  # x_{...}
_MAPPING: Mapping[str, str] = {}


class Names(dict[str, str]):
    r"""The LaTeX of each symbol: what the script says, or what its name suggests.

    >>> names = Names({"m": r"\bar{m}"})
    >>> print(*(names[name] for name in ("m", "d_model", "alpha", "x_hat", "len", "k1")))
    \bar{m} d_{\mathrm{model}} \alpha \hat{x} \mathrm{len} k_{1}

    No two symbols look alike; with the ``symbols`` of a network, they look the same in all its
    parts. Raises ArgumentError where the script says what is no symbol.
    """

    def __init__(self, given: Mapping[str, str] = _MAPPING, symbols: Iterable[str] = ()) -> None:
        super().__init__({name: checked(latex) for name, latex in given.items()})
        for name in symbols:
            self[name]

    def __missing__(self, name: str) -> str:
        latex = _spelled(glyphs(name))
        if latex in self.values():  # n1 beside n_1
            latex = rf"\text{{{_literally(name)}}}"
        self[name] = latex
        return latex

    def member(self, name: str, place: str) -> str:
        """A member of a sequence: its place stands behind what is below the name."""
        latex = self[name]
        if match := _BELOW.fullmatch(latex):
            return f"{match[1]}_{{{match[2]},{place}}}"
        return (
            f"{{{latex}}}_{{{place}}}"
            if re.search(r"(?<!\\)[_^]", latex)
            else f"{latex}_{{{place}}}"
        )


def word(name: str) -> str:
    r"""A word of a rule.

    >>> print(word("kernel_height"))
    \text{kernel height}
    """
    return rf"\text{{{escaped(name.replace('_', ' '))}}}"


def _spelled(shown: Glyphs) -> str:
    latex = _base(shown.base)
    if shown.accent:
        latex = rf"\{_ACCENTS[shown.accent]}{{{latex}}}"
    latex += _PRIMES[shown.prime]
    below = ",".join(map(_base, shown.below))
    return f"{latex}_{{{below}}}" if below else latex


def _base(text: str) -> str:
    if text in GREEK:
        return GREEK[text]
    if not text.isascii():
        return rf"\text{{{escaped(text)}}}"
    if len(text) == 1 or text.isdecimal():
        return escaped(text)
    return rf"\mathrm{{{escaped(text)}}}"


def _literally(name: str) -> str:
    return "".join(escaped(c) if c.isascii() else f"U+{ord(c):04X}" for c in name)
