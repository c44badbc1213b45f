"""How wide a piece of LaTeX is set, in hundredths of an em: estimated, rather too wide."""

import re
from collections.abc import Iterator
from functools import lru_cache

EM = 100

_TOKEN = re.compile(r"\\[A-Za-z]+ ?|\\.|.", re.DOTALL)
_SMALLER = 75  # a script, in hundredths of its size elsewhere
_LETTERS = {
    **dict.fromkeys("ijltf", 36),
    **dict.fromkeys("rs", 46),
    **dict.fromkeys("mw", 88),
    **dict.fromkeys("MW", 105),
    **dict.fromkeys("I.,:;'", 40),
    **dict.fromkeys("()[]", 40),
}
_COMMANDS = {
    r"\,": 17, r"\;": 28, r"\ ": 34, r"\quad": 100, r"\enspace": 50, r"\ldots": 130,
    r"\cdot": 74, r"\times": 124, r"\div": 124, r"\pm": 124,
    r"\ge": 136, r"\le": 136, r"\ne": 136, r"\mid": 86, r"\to": 158, r"\sum": 145,
    r"\lfloor": 46, r"\rfloor": 46, r"\lceil": 46, r"\rceil": 46, r"\max": 190, r"\min": 175,
    r"\left": 35, r"\right": 35, r"\biggl": 35, r"\biggr": 35, r"\_": 52, r"\textbackslash": 52,
}  # fmt: skip
_WITHOUT_WIDTH = """
    allowbreak mathrm mathbf mathit mathsf mathtt mathcal mathbb hat bar
    tilde vec dot ddot check breve widehat widetilde overline emph textbf textit
"""
_NOTHING = {rf"\{name}" for name in _WITHOUT_WIDTH.split()}
_TEXT = {r"\text", r"\textrm", r"\texttt"}


@lru_cache(maxsize=10_000)
def width(latex: str, is_text: bool = False) -> int:
    r"""The width of a formula, or of a text with formulas between dollar signs.

    >>> width("d^{2}") < width("2d") < width(r"2\cdot d") < width("d + 2")
    True
    """
    return sum(_widths(_Tokens(latex), is_text))


class _Tokens:
    def __init__(self, latex: str) -> None:
        self._tokens = [token if token == r"\ " else token.rstrip() or " "
                        for token in _TOKEN.findall(latex)]  # fmt: skip
        self._place = 0

    @property
    def next(self) -> str | None:
        return self._tokens[self._place] if self._place < len(self._tokens) else None

    def take(self) -> str:
        self._place += 1
        return self._tokens[self._place - 1]


def _widths(tokens: _Tokens, is_text: bool) -> Iterator[int]:
    """The widths of what stands side by side, to the end or to a closing brace."""
    while tokens.next not in (None, "}"):
        if tokens.next == "$":
            tokens.take()
            is_text = not is_text
            continue
        is_big = tokens.next == r"\sum"
        base = _atom(tokens, is_text)
        scripts = 0
        while not is_text and tokens.next in ("^", "_"):
            tokens.take()
            scripts = max(scripts, _atom(tokens, False) * _SMALLER // EM + 5)
        yield max(base, scripts) + 17 if is_big else base + scripts


def _atom(tokens: _Tokens, is_text: bool) -> int:
    if tokens.next is None:
        return 0
    token = tokens.take()
    if token == "{":
        inside = sum(_widths(tokens, is_text))
        if tokens.next is not None:
            tokens.take()
        return inside
    if token == r"\frac":
        return max(_atom(tokens, False), _atom(tokens, False)) + 24
    if token in _TEXT:
        return _atom(tokens, True)
    if token in _NOTHING:
        return 0
    if token in _COMMANDS:
        return _COMMANDS[token]
    if token.startswith("\\"):
        return 65
    if token == " ":
        return 34 if is_text else 0
    if token in "+-=<>" and not is_text:
        return 128
    if token in _LETTERS:
        return _LETTERS[token]
    if token.isupper():
        return 76
    return 52
