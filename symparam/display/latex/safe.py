"""What a script may say of the LaTeX of a symbol: letters with marks, and nothing that acts."""

import re
from collections.abc import Iterator

from symparam.errors import ArgumentError, shorten

_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|.", re.DOTALL)
_GREEK = (
    "alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi "
    "pi varpi rho varrho sigma varsigma tau upsilon phi varphi chi psi omega "
    "Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega"
)
_SIGNS = "ell prime star ast circ dagger ddagger infty hbar imath jmath max min times cdot"
_FONTS = "mathrm mathbf mathit mathsf mathtt mathcal mathbb"
_ACCENTS = "hat bar tilde vec dot ddot check breve widehat widetilde overline"
_PLAIN = {"\\" + name for name in f"{_GREEK} {_SIGNS}".split()} | {r"\,"}
_WITH_ONE = {"\\" + name for name in f"{_FONTS} {_ACCENTS}".split()}
_MAX = 100  # characters
_DEPTH = 10  # of braces


def checked(latex: str) -> str:
    r"""The LaTeX itself, where it is a symbol and cannot be anything else.

    >>> print(checked(r"d_{\mathrm{m}}"))
    d_{\mathrm{m}}

    Letters, digits, ``^ _ { } ' , . ( ) + - = *``, Greek, fonts, accents and ``\text{...}`` are
    allowed. Raises ArgumentError for anything else, and where braces do not match.
    """
    if not latex.strip():
        raise ArgumentError("the LaTeX of a symbol is empty")
    if len(latex) > _MAX:
        raise ArgumentError(f"the LaTeX of a symbol has more than {_MAX} characters")
    tokens = _Tokens(latex)
    _formula(tokens, 0)
    if tokens.next is not None:
        raise tokens.wrong(f"there is no {{ for a {tokens.next}")
    return latex


class _Tokens:
    """The tokens of a formula, one at a time; blanks mean nothing in one."""

    def __init__(self, latex: str) -> None:
        self._latex = latex
        self._rest: Iterator[str] = iter(_TOKEN.findall(latex))
        self.next: str | None = None
        self.take()

    def take(self, blanks: bool = False) -> str | None:
        """The next token; what follows it is looked at already."""
        taken, self.next = self.next, next(self._rest, None)
        while self.next == " " and not blanks:
            self.next = next(self._rest, None)
        return taken

    def wrong(self, what: str) -> ArgumentError:
        return ArgumentError(
            f"{shorten(self._latex)} cannot be the LaTeX of a symbol: {what}",
            hint=r"letters, digits, ^ _ { }, Greek, accents, \mathrm, \text and the like are fine",
        )


def _formula(tokens: _Tokens, depth: int) -> None:
    if depth > _DEPTH:
        raise tokens.wrong(f"more than {_DEPTH} braces inside braces")
    while tokens.next not in (None, "}"):
        _atom(tokens, depth)
        scripts = set()
        while tokens.next in ("^", "_", "'"):
            mark = tokens.take()
            if (kind := "_" if mark == "_" else "^") in scripts and mark != "'":
                raise tokens.wrong(f"two {mark} on one letter")
            if mark == "'" and "^" in scripts:
                raise tokens.wrong("a prime behind a ^")
            if mark == "'":
                while tokens.next == "'":
                    tokens.take()
            else:
                _atom(tokens, depth)
            scripts.add(kind)


def _atom(tokens: _Tokens, depth: int) -> None:
    """A character, a command with what it applies to, or something in braces."""
    token = tokens.next
    if token is None or token in "}^_'":
        raise tokens.wrong(
            f"something is missing before {token}" if token else "its end is missing"
        )
    if token == "{":
        tokens.take()
        _formula(tokens, depth + 1)
        _close(tokens)
    elif token in (r"\text", r"\textrm"):
        tokens.take()
        _text(tokens)
    elif token in _WITH_ONE:
        tokens.take()
        if tokens.next != "{":
            raise tokens.wrong(f"{token} needs braces behind it")
        _atom(tokens, depth)
    elif token in _PLAIN or re.fullmatch(r"[A-Za-z0-9,.()+=*-]", token):
        tokens.take()
    else:
        raise tokens.wrong(f"{token!r} is not allowed" if len(token) == 1 else f"no {token} here")


def _text(tokens: _Tokens) -> None:
    if tokens.next != "{":
        raise tokens.wrong(r"\text needs braces behind it")
    tokens.take(blanks=True)
    while tokens.next not in (None, "}"):
        token = tokens.take(blanks=True) or ""
        if not re.fullmatch(r"[A-Za-z0-9,.()+= -]", token):
            raise tokens.wrong(f"no {token} in \\text")
    _close(tokens)


def _close(tokens: _Tokens) -> None:
    if tokens.take() is None:
        raise tokens.wrong("a } is missing")
