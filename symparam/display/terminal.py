"""The summary on a terminal, through Rich."""

from rich import box
from rich.console import Console, RenderableType
from rich.table import Table as RichTable
from rich.text import Text

from symparam.display import text
from symparam.display.content import Table


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
    grid = RichTable(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for column in table.columns:
        title = text.line(column.title)
        grid.add_column(title, justify="right" if column.is_right else "left", overflow="fold")
    for label, *cells in text.cells(table):
        grid.add_row(_hanging(label), *map(Text, cells))
    if table.title:
        console.print(Text(text.line(table.title), style="bold"))
    console.print(grid)
    for name, value in table.footer:
        console.print(Text.assemble((f"{name}: ", "bold"), text.line(value)))
    for note in table.notes:
        console.print(Text(text.line(note), style="dim"))
