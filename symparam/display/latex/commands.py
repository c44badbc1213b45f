"""Commands that stand for counts, so that a text cites no number by hand."""

import re
from collections.abc import Mapping, Sequence

from symparam.algebra.formula import tree
from symparam.algebra.sizes import Size
from symparam.display.latex.formulas import inline
from symparam.display.latex.names import Names

_DIGITS = ["Zero", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine"]
_TEENS = ["Ten", "Eleven", "Twelve", "Thirteen", "Fourteen", "Fifteen", "Sixteen", "Seventeen"]
_TEENS += ["Eighteen", "Nineteen"]
_TENS = ["Twenty", "Thirty", "Forty", "Fifty", "Sixty", "Seventy", "Eighty", "Ninety"]


def macros(counts: Mapping[str, Sequence[tuple[str, Size]]], names: Names) -> str:
    r"""A command for each count: of the network itself under ``""``, and of each config.

    >>> print(macros({"": [("Total params", 21)], "resnet-50": [("Total params", 7000)]}, Names()))
    \newcommand{\TotalParams}{\ensuremath{21}}
    \newcommand{\TotalParamsResnetFifty}{\ensuremath{7\,000}}
    """
    lines = []
    taken: set[str] = set()
    for config, values in counts.items():
        suffix = command(config)
        names_of = [(command(title), value) for title, value in values]
        while any(title + suffix in taken for title, _ in names_of):
            suffix += "X"
        for title, value in names_of:
            taken.add(title + suffix)
            grouped = f"{value:,}".replace(",", r"\,") if isinstance(value, int) else None
            shown = grouped or inline(tree(value), names)
            lines.append(rf"\newcommand{{\{title}{suffix}}}{{\ensuremath{{{shown}}}}}")
    return "\n".join(lines)


def command(text: str) -> str:
    """A text as the name of a command, which has letters and nothing else.

    >>> command("llama-3.1-405b"), command("Non-trainable params")
    ('LlamaThreeOneFourHundredFiveB', 'NonTrainableParams')
    """
    words = re.findall(r"[A-Za-z]+|[0-9]+", text)
    return "".join(_number(w) if w.isdecimal() else w[0].upper() + w[1:] for w in words)


def _number(digits: str) -> str:
    """A number in words, digit by digit where it is long or begins with 0."""
    if len(digits) > 3 or (digits[0] == "0" and len(digits) > 1):
        return "".join(_DIGITS[int(digit)] for digit in digits)
    value = int(digits)
    hundreds, rest = divmod(value, 100)
    said = f"{_DIGITS[hundreds]}Hundred" if hundreds else ""
    if rest >= 20:
        return said + _TENS[rest // 10 - 2] + (_DIGITS[rest % 10] if rest % 10 else "")
    if rest >= 10:
        return said + _TEENS[rest - 10]
    return said + (_DIGITS[rest] if rest or not hundreds else "")
