r"""Tables with the rules of booktabs, in one column, on a page, or over several pages.

A table over several pages stands in one column even where the article has two, for
``longtable`` knows nothing else.
"""

from collections.abc import Iterator, Sequence

from symparam.algebra.formula import Number
from symparam.display.content import Bounds, Cell, Column, Count, Formula, Line, Table, Times
from symparam.display.latex.escape import escaped
from symparam.display.latex.fitting import GAP, PAGE, Fit, Text, fit, text
from symparam.display.latex.names import Names
from symparam.display.latex.words import line

_LINES = 40  # of a table that stands on one page
_RAGGED = r">{\raggedright\arraybackslash\hangindent=1em }"
_FLUSH = r">{\raggedleft\arraybackslash}"
_ONE_COLUMN = r"""\makeatletter
\if@twocolumn\def\symparamcolumns{\twocolumn\relax}\onecolumn\else\def\symparamcolumns{}\fi
\makeatother"""


def table(shown: Table, names: Names, caption: str = "", page: int = PAGE) -> str:
    """A table with its totals below, on a page of so many points; ``caption`` is the user's."""
    return _Table(shown, names, page).whole(caption)


def configs(
    shown: Table, names: Names, caption: str = "", page: int = PAGE, is_siunitx: bool = False
) -> str:
    """A table of sizes, one row a config, or one column where its rows would be too long.

    With ``is_siunitx`` a column of numbers is one of that package.
    """
    upright = _Table(shown, names, page, is_siunitx)
    if upright.is_folded:
        columns = [Column(row[0].line, is_right=True) for row in shown.rows]
        rows = [
            (Cell(column.title), *(row[place] for row in shown.rows))
            for place, column in enumerate(shown.columns)
        ]
        turned = shown._replace(columns=(Column(rows[0][0].line), *columns), rows=rows[1:])
        lying = _Table(turned, names, page, is_siunitx)
        if not lying.is_folded:
            upright = lying
    return upright.whole(caption)


class _Table:
    def __init__(self, shown: Table, names: Names, page: int, is_siunitx: bool = False) -> None:
        self._page = page
        self._shown = shown
        self._names = names
        self._counted = [
            max(map(len, digits)) if is_siunitx and (digits := _digits(shown.rows, place)) else 0
            for place in range(len(shown.columns))
        ]
        self._titles = [text(line(column.title, names)) for column in shown.columns]
        self._footer = [(text(title), text(line(value, names))) for title, value in shown.footer]
        self._fit, self._rows = self._fitted()
        self._lines = sum(map(self._fit.lines, self._rows)) + len(self._footer)

    @property
    def is_folded(self) -> bool:
        """Whether its cells have more than one line."""
        return self._fit.is_folded

    def _fitted(self) -> tuple[Fit, list[list[Text]]]:
        """The widths of the columns and the cells in them: with joints where they are folded."""
        rows = self._cells(False)
        fitted = fit(list(zip(self._titles, *rows, strict=True)), self._page)
        if fitted.is_folded:
            rows = self._cells(True)
            fitted = fit(list(zip(self._titles, *rows, strict=True)), self._page)
        if self._is_spanned(fitted) and not fitted.is_folded:
            # A total that is wider than its column stands below several, on one line if it can.
            needed = max(value.wide for _, value in self._footer) - sum(fitted.widths[1:])
            if needed > 0:
                first, *middle, last = self._titles
                wider = last._replace(wide=fitted.widths[-1] + needed)
                wide = fit(list(zip([first, *middle, wider], *rows, strict=True)), self._page)
                fitted = fitted if wide.is_folded else wide
        return fitted, rows

    def _cells(self, is_jointed: bool) -> list[list[Text]]:
        rows = []
        for row, marks in zip(self._shown.rows, _marks(self._shown.rows), strict=True):
            shown = [line(cell.line, self._names) for cell in row]
            if is_jointed:
                shown[0] = shown[0].replace(r"\_", r"\_\allowbreak ")
            for place, digits in enumerate(self._counted):
                if digits:
                    shown[place] = shown[place].strip("$").replace(r"\,", "")
            if shown[0].startswith(("[", "*")):
                shown[0] = "{}" + shown[0]  # or it would belong to the end of the row before
            cells = list(map(text, shown))
            cells[0] = _indented(cells[0], marks, is_jointed)
            rows.append(cells)
        return rows

    def whole(self, title: str) -> str:
        said = [escaped(title), line(self._shown.title, self._names)]
        caption = " ".join(f"{one}." for one in said if one)
        if self._lines > _LINES:
            return self._over_pages(caption)
        name = "table*" if self._fit.is_page else "table"
        parts = [
            f"\\begin{{{name}}}[t]",
            r"\centering",
            self._font(),
            *([rf"\caption{{{caption}}}"] if caption else []),
        ]
        tabular = [
            f"\\begin{{tabular}}{{{self._columns()}}}",
            *(r"\toprule", self._head(), r"\midrule"),
            *self._body(),
            *(r"\bottomrule", r"\end{tabular}"),
        ]
        if self._shown.notes:
            room = r"\linewidth"
            if self._fit.is_page:  # the table is set to see how wide it is
                room = r"\wd0"
                tabular = [r"\sbox0{%", *tabular, r"}\usebox0"]
            notes = rf"\medskip\parbox{{{room}}}{{\footnotesize\raggedright {self._notes()}}}"
            tabular += ["", notes]
        return "\n".join([*parts, *tabular, f"\\end{{{name}}}"])

    def _over_pages(self, caption: str) -> str:
        continued = rf"\multicolumn{{{len(self._titles)}}}{{@{{}}l@{{}}}}{{\emph{{continued}}}} \\"
        parts = [
            _ONE_COLUMN,
            r"\begingroup",
            self._font(),
            rf"\begin{{longtable}}{{{self._columns()}}}",
            *([rf"\caption{{{caption}}} \\"] if caption else []),
            *(r"\toprule", self._head(), r"\midrule", r"\endfirsthead"),
            *(continued, r"\toprule", self._head(), r"\midrule", r"\endhead"),
            *(r"\bottomrule", r"\endfoot"),
            *self._body(),
            r"\end{longtable}",
        ]
        if self._shown.notes:
            parts.append(rf"{{\noindent\footnotesize\raggedright {self._notes()}\par}}")
        return "\n".join([*parts, r"\endgroup", r"\symparamcolumns"])

    def _font(self) -> str:
        return rf"{self._fit.font}\setlength{{\tabcolsep}}{{{GAP}pt}}"

    def _columns(self) -> str:
        if not self._fit.is_folded:
            kinds = [
                f"S[table-format={digits}.0]" if digits else "r" if column.is_right else "l"
                for column, digits in zip(self._shown.columns, self._counted, strict=True)
            ]
            return f"@{{}}{''.join(kinds)}@{{}}"
        folded = [
            f"{_FLUSH if column.is_right else _RAGGED}p{{{self._fit.share(place, place + 1)}}}"
            for place, column in enumerate(self._shown.columns)
        ]
        return "\n  ".join(["@{}", *folded, "@{}"])

    def _head(self) -> str:
        titles = (
            f"{{{title.latex}}}" if digits else title.latex
            for title, digits in zip(self._titles, self._counted, strict=True)
        )
        return rf"{' & '.join(titles)} \\"

    def _body(self) -> Iterator[str]:
        for row in self._rows:
            yield rf"{' & '.join(cell.latex for cell in row)} \\"
        if self._footer:
            yield r"\midrule"
        last = len(self._titles) - 1
        is_spanned = self._is_spanned(self._fit)
        is_kept = self._lines > _LINES  # the totals stay on one page
        for place, (title, value) in enumerate(self._footer, 1):
            end = r"\\*" if is_kept and place < len(self._footer) else r"\\"
            if not is_spanned:
                yield rf"\multicolumn{{{last}}}{{@{{}}l}}{{{title.latex}}} & {value.latex} {end}"
                continue
            kind = "r"
            if value.wide > sum(self._fit.widths[1:]) * 9 // 10:
                kind = rf">{{\raggedright\arraybackslash}}p{{{self._fit.share(1, last + 1)}}}"
            yield rf"{title.latex} & \multicolumn{{{last}}}{{{kind}@{{}}}}{{{value.latex}}} {end}"

    def _is_spanned(self, fitted: Fit) -> bool:
        return any(value.wide > fitted.widths[-1] for _, value in self._footer)

    def _notes(self) -> str:
        return " ".join(line(note, self._names) for note in self._shown.notes)


def _marks(rows: Sequence[Sequence[Cell]]) -> Iterator[list[bool]]:
    """The indent of each row, True where a branch begins; the rows of a repeat are no branch."""
    repeats: dict[int, bool] = {}  # their levels, and whether a row of the body was there
    for first, *_ in rows:
        level = len(first.marks)
        repeats = {
            repeat: True
            for repeat, is_begun in repeats.items()
            if repeat < level and not (is_begun and first.marks[repeat])
        }
        yield [mark and place not in repeats for place, mark in enumerate(first.marks)]
        if _is_repeat(first.line):
            repeats[level] = False


def _is_repeat(shown: Line) -> bool:
    return any(isinstance(part, Times | Bounds) for part in shown)


def _indented(cell: Text, marks: Sequence[bool], is_folded: bool) -> Text:
    if not marks:
        return cell
    latex = "".join(r"--\enspace " if mark else r"\quad " for mark in marks) + cell.latex
    if is_folded:
        latex = rf"\hangindent={len(marks) + 1}em {latex}"
    indent = len(marks) * 100
    return Text(latex, cell.wide + indent, cell.least + indent + 100 * is_folded)


def _digits(rows: Sequence[Sequence[Cell]], place: int) -> list[str]:
    """The numbers in a column; none where there is anything else."""
    found = []
    for row in rows:
        match row[place].line:
            case (Count(value),) | (Formula(Number(value)),):
                found.append(str(value))
            case ():
                pass
            case _:
                return []
    return found
