"""The summary on a terminal, through Rich."""

from rich import box
from rich.console import Console, RenderableType
from rich.table import Table as RichTable
from rich.text import Text

from symparam.display import text
from symparam.display.content import Table

_WHOLE = 15  # the width up to which a column of numbers is not folded
_LEAST = 12  # what any other column is left with


def _hanging(label: str) -> RenderableType:
    """A label whose folded lines keep the indent and bullets of its first."""
    name = label.lstrip(" -")
    if name == label:
        return Text(label)
    cell = RichTable.grid()
    cell.add_column(no_wrap=True)
    cell.add_column(overflow="fold")
    cell.add_row(Text(label.removesuffix(name)), Text(name))
    return cell


def show(table: Table) -> None:
    """Print a table to the terminal; long cells fold, nothing is cut off."""
    console = Console(highlight=False)
    rows = text.cells(table)
    grid = RichTable(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    titles = [text.line(column.title) for column in table.columns]
    widths = [max(map(len, column)) for column in zip(titles, *rows, strict=True)]
    whole = [
        column.is_right and width <= _WHOLE
        for column, width in zip(table.columns, widths, strict=True)
    ]
    needed = sum(width + 2 if kept else _LEAST for width, kept in zip(widths, whole, strict=True))
    for title, column, kept in zip(titles, table.columns, whole, strict=True):
        grid.add_column(
            title,
            justify="right" if column.is_right else "left",
            overflow="fold",
            no_wrap=kept and needed < console.width,
        )
    for label, *cells in rows:
        grid.add_row(_hanging(label), *map(Text, cells))
    if table.title:
        console.print(Text(text.line(table.title), style="bold"))
    console.print(grid)
    for name, value in table.footer:
        console.print(Text.assemble((f"{name}: ", "bold"), text.line(value)))
    for note in table.notes:
        console.print(Text(text.line(note), style="dim"))
