"""How wide the columns of a table are: as wide as what is in them, or folded to fit a page."""

from collections.abc import Sequence
from typing import NamedTuple

from symparam.display.latex.widths import EM, width

GAP = 4  # points on each side between columns
PAGE, _COLUMN = 410, 200  # points: the page of a two-column article, and a column of it
_FILLED = 97  # hundredths of the room that are used
# What 100 em measure, in points; small letters are wider than their size says.
_FONTS = {r"\small": 920, r"\footnotesize": 850, r"\scriptsize": 800}


class Text(NamedTuple):
    """What is in a cell: how wide it is, and how wide the widest piece that cannot be broken."""

    latex: str
    wide: int
    least: int


class Fit(NamedTuple):
    """The font of a table, the points it may fill, and the widths of its columns."""

    font: str
    points: int
    widths: list[int]
    is_folded: bool

    @property
    def is_page(self) -> bool:
        """Whether it stands across all columns of a page."""
        return self.points > _COLUMN

    def share(self, first: int, stop: int) -> str:
        """The width of some neighbouring columns in LaTeX's words."""
        share = sum(self.widths[first:stop]) * _FONTS[self.font] // (10 * self.points)
        gaps = (stop - first - 1) * 2
        room = rf"0.{share:03}\linewidth" if share < 1000 else r"\linewidth"
        return rf"\dimexpr {room}+{gaps}\tabcolsep\relax" if gaps else room

    def lines(self, cells: Sequence[Text]) -> int:
        """How many lines a row has."""
        return max(-(-cell.wide // wide) for cell, wide in zip(cells, self.widths, strict=True))


def text(latex: str) -> Text:
    """A cell, measured."""
    pieces = unbroken(latex)
    return Text(latex, width(latex, True), max((width(piece, True) for piece in pieces), default=0))


def fit(columns: Sequence[Sequence[Text]], page: int) -> Fit:
    """The largest font in which the columns fit, in a column of the page or on all of it."""
    natural = [max(cell.wide for cell in column) for column in columns]
    least = [max(cell.least for cell in column) for column in columns]
    for font, points in ((r"\small", _COLUMN), (r"\small", page), (r"\footnotesize", page)):
        if sum(natural) <= _room(font, points, len(columns)):
            return Fit(font, points, natural, False)
    for font in (r"\footnotesize", r"\scriptsize"):
        room = _room(font, page, len(columns))
        for most in range(max(natural), 0, -EM // 4):
            widths = [
                max(minimum, min(wide, most)) for minimum, wide in zip(least, natural, strict=True)
            ]
            if sum(widths) <= room:
                return Fit(font, page, widths, True)
    return Fit(r"\scriptsize", page, [room * wide // sum(least) for wide in least], True)


def unbroken(latex: str) -> list[str]:
    r"""What no line can end in: words, and in formulas what stands between signs.

    >>> print(*unbroken(r"two words $a^{1 + 2} b + c \times d$"), sep=" / ")
    two / words / $a^{1 + 2} b + $ / $c \times $ / $d$
    """
    pieces = [""]
    depth = 0
    is_math = False
    for place, character in enumerate(latex):
        depth += {"{": 1, "}": -1}.get(character, 0)
        if character == "$":
            is_math = not is_math
        pieces[-1] += character
        if depth or character != " ":
            continue
        if not is_math:
            pieces[-1] = pieces[-1][:-1]
            pieces.append("")
        elif latex[:place].endswith((" +", " -", r"\cdot", r"\times")):
            pieces[-1] += "$"
            pieces.append("$")
    return [piece for piece in pieces if piece]


def _room(font: str, points: int, columns: int) -> int:
    return (points - (columns - 1) * 2 * GAP) * _FILLED * EM // _FONTS[font]
