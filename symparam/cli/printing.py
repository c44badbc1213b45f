"""The commands whose output goes into a paper, a page or a picture."""

import contextlib
import os
import tempfile
from typing import Any

import click

from symparam.cli.options import network_of, source_options
from symparam.display.diagram import KINDS
from symparam.display.papers import PARTS
from symparam.errors import SourceError, shorten

_output = click.option(
    "-o", "--output", metavar="FILE", help="Write to this file instead of standard output."
)


def _printing(form: str, usual: str, sentence: str) -> click.Command:
    parts = [part for part in PARTS if part != "macros" or form == "latex"]

    @click.command(form, help=sentence)
    @_output
    @click.option("--document", is_flag=True, help="A whole file, with all parts there are.")
    @click.option("--part", type=click.Choice(parts), help=f"The {usual} if not given.")
    @source_options
    def command(
        part: str | None,
        document: bool,
        output: str | None,
        siunitx: bool = False,
        **asked: Any,
    ) -> None:
        if part and document:
            raise click.UsageError("--document has all parts, so --part means nothing with it")
        wanted = "document" if document else part or usual
        if siunitx and wanted != "configs":
            raise click.UsageError("--siunitx is for --part configs")
        more = {"siunitx": True} if siunitx else {}
        write(getattr(network_of(**asked), form)(wanted, **more), output)

    if form == "latex":
        columns = "Columns of the siunitx package for --part configs."
        command = click.option("--siunitx", is_flag=True, help=columns)(command)
    return command


@click.command()
@_output
@click.option(
    "--to", "kind", type=click.Choice(list(KINDS)), default="svg", help="svg if not given."
)
@source_options
def diagram(kind: str, output: str | None, **asked: Any) -> None:
    """A picture: SVG (through Graphviz), DOT, Mermaid or TikZ."""
    write(network_of(**asked).diagram(kind), output)


COMMANDS = {
    "diagram": diagram,
    "html": _printing("html", "document", "A page of HTML that needs nothing else, or a part."),
    "latex": _printing("latex", "total", "LaTeX of the total, another part, or a document."),
    "markdown": _printing("markdown", "total", "Markdown of the total, or of another part."),
}


def write(text: str, path: str | None) -> None:
    """Print a text, or write it to a file: all of it or nothing."""
    if path is None:
        click.echo(text.removesuffix("\n"))
        return
    folder = os.path.dirname(os.path.abspath(path))
    try:
        descriptor, unfinished = tempfile.mkstemp(dir=folder, prefix=".symparam-")
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text if text.endswith("\n") else f"{text}\n")
            os.chmod(unfinished, 0o666 & ~_umask())
            os.replace(unfinished, path)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(unfinished)
            raise
    except OSError as error:
        raise SourceError(f"{shorten(path)} cannot be written: {error.strerror}") from None


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
