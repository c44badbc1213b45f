"""The words of others as text that LaTeX prints, whatever they contain."""

import re
import unicodedata

from symparam.display import symbols

# The marks that letters of every font encoding can carry.
_MARKS = "\u0300\u0301\u0302\u0303\u0304\u0306\u0307\u0308\u030a\u030b\u030c\u0327"
_LETTERS = "ßæÆœŒøØłŁ"
_LETTERS_OF_T1 = "ąĄęĘįĮųŲðÐþÞđĐŋŊ"  # and these need the encoding T1
_TEX = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"{\char34}",
    "`": r"{\char96}",
    "\u00a0": "~",
    "–": "--",
    "—": "---",
    "‘": "`",
    "’": "'",
    "“": "``",
    "”": "''",
    "…": r"\ldots{}",
    "§": r"\S{}",
    "©": r"\copyright{}",
    "°": r"$^{\circ}$",
}
_SIGNS = {
    "×": r"\times",
    "·": r"\cdot",
    "÷": r"\div",
    "±": r"\pm",
    "−": "-",
    "≤": r"\le",
    "≥": r"\ge",
    "≠": r"\ne",
    "≈": r"\approx",
    "→": r"\to",
    "←": r"\leftarrow",
    "∞": r"\infty",
    "∑": r"\sum",
    "√": r"\surd",
    "∈": r"\in",
}
GREEK = {
    **{letter: rf"\{name}" for name, letter in symbols.GREEK.items()},
    **{"ο": "o", "µ": r"\mu", "ϑ": r"\vartheta", "ϖ": r"\varpi", "ϱ": r"\varrho"},
    "ς": r"\varsigma",
}
_RUN = "-',"  # two of these become a dash or a quotation mark


def escaped(text: str) -> str:
    r"""A text as LaTeX that prints it; a character that no font has is its number.

    >>> print(escaped(r"50% of \input{x} -- größer, Ω, 日"))
    50\% of \textbackslash{}input\{x\} -{}- größer, $\Omega$, U+65E5
    """
    text = " ".join(unicodedata.normalize("NFC", text).split())
    characters = zip(" " + text, text, strict=False)
    return "".join(
        "{}" * (after == before and after in _RUN) + _character(after)
        for before, after in characters
    )


def code(text: str) -> str:
    r"""A piece of the language, which may break where a very long word has a joint.

    >>> print(code("Dense(n_1)"))
    \texttt{Dense(n\_1)}
    """
    return rf"\texttt{{{' '.join(_jointed(word) for word in text.split())}}}"


def needs_t1(latex: str) -> bool:
    """Whether a text has letters that only the font encoding T1 has."""
    return any(letter in latex for letter in _LETTERS_OF_T1)


_LONG = 24  # characters of a word of code that may stand without a joint


def _jointed(word: str) -> str:
    if len(word) <= _LONG:
        return escaped(word)
    return r"\allowbreak{}".join(map(escaped, re.split(r"(?<=[_=.,(\[])", word)))


def _character(character: str) -> str:
    if character in _TEX:
        return _TEX[character]
    if " " <= character <= "~" or character in _LETTERS or character in _LETTERS_OF_T1:
        return character
    if sign := _SIGNS.get(character) or GREEK.get(character):
        return f"${sign}$"
    if "\u00c0" <= character <= "\u017f":
        base, *marks = list(unicodedata.normalize("NFD", character))
        if len(marks) == 1 and marks[0] in _MARKS and base.isascii():
            return character
    kind, _, number = unicodedata.decomposition(character).partition(" ")
    if kind in ("<super>", "<sub>") and (digit := chr(int(number.split()[0], 16))).isdecimal():
        return f"$^{{{digit}}}$" if kind == "<super>" else f"$_{{{digit}}}$"
    return f"U+{ord(character):04X}"
