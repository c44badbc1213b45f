"""What the commands share: SOURCE and its sizes, and how an answer is printed."""

import json
import os
import re
import shutil
import sys
from collections.abc import Callable
from typing import Any, TypeVar

import click

from symparam.algebra.forms import FORMS
from symparam.display import content, text
from symparam.errors import ParseError, SourceError, SymparamError
from symparam.language.sources import ZOO_PREFIX, from_file, from_text
from symparam.language.syntax import settings
from symparam.model.program import Program
from symparam.network import Network

F = TypeVar("F", bound=Callable[..., Any])

PRINTING = ("diagram", "html", "latex", "markdown")

_PATH = re.compile(r"[\w.~/\\:-]*(\.\w+|/[\w.-]+)")


class Commands(click.Group):
    """A group whose default command is the summary, and whose errors are ours.

    What prints for papers is loaded when it is asked for.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted([*super().list_commands(ctx), *PRINTING])

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name in PRINTING:
            from symparam.cli.printing import COMMANDS

            return COMMANDS[name]
        return super().get_command(ctx, name)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        known = (*self.list_commands(ctx), "--help", "--version")
        if args and args[0] not in known:
            args = ["summary", *args]
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except SymparamError as error:
            click.echo(str(error), err=True)
            ctx.exit(2 if isinstance(error, SourceError) else 1)


class _Sizes(click.ParamType[list[tuple[str, str]]]):
    """``d=768,f=4*d,w=[64,128]``: names with what is written for them."""

    name = "NAME=SIZE,..."

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> list[tuple[str, str]]:
        try:
            return [(setting.name, str(setting.value)) for setting in settings(value)]
        except ParseError:
            self.fail(f"{value!r} is not NAME=SIZE, as in d=768,L=12", param, ctx)


def network_of(
    source: str,
    at: tuple[list[tuple[str, str]], ...] = (),
    config: tuple[str, ...] = (),
    root: str | None = None,
    form: str = "shortest",
    collect: str | None = None,
) -> Network:
    """The network of the SOURCE argument as the options want it."""
    sizes: dict[str, str] = {}
    for name, value in (pair for option in at for pair in option):
        if name in sizes:
            raise click.UsageError(f"--at names {name} twice")
        sizes[name] = value
    if source == "-" or source.startswith(ZOO_PREFIX) or os.path.exists(source):
        program = Program(from_file(source, root))
    elif _PATH.fullmatch(source):
        raise SourceError(
            f"there is no file {source}", hint="a network is written like Input(4) -> Dense(7)"
        )
    else:
        program = Program(from_text(source, root))
    network = Network(program)
    for remark in network.remarks:
        click.echo(remark, err=True)
    if sizes or config:
        network = network.at(*config, **sizes)
    if form == "shortest" and collect is None:
        return network
    if collect and form not in ("shortest", "collected"):
        raise click.UsageError(f"--collect is a form of its own, beside --form {form}")
    return network.form("collected" if collect else form, collect)


def _load_layers(ctx: click.Context, param: click.Parameter, paths: tuple[str, ...]) -> None:
    """Make the layers of some Python files known before anything is read."""
    from symparam.layers.contract.plugins import load_file

    for path in paths:
        load_file(path)


layers_option = click.option(
    "--layers", "layer_files", multiple=True, metavar="FILE", expose_value=False, is_eager=True,
    callback=_load_layers, help="A Python file with layers of your own.",
)  # fmt: skip


def options(command: F) -> F:
    """What every command takes that prints what it finds, or all of it as JSON."""
    as_json = click.option("--json", "as_json", is_flag=True, help="Print the network as JSON.")
    return source_options(as_json(command))


def source_options(command: F) -> F:
    """What every command on a network takes."""
    for decorate in (
        layers_option,
        click.option(
            "--root",
            metavar="FOLDER",
            type=click.Path(exists=True, file_okay=False),
            help="Where the files that SOURCE uses must lie; its own folder if not given.",
        ),
        click.option(
            "--collect", metavar="NAME", help="Write the totals in powers of this symbol."
        ),
        click.option(
            "--form", type=click.Choice(FORMS), default="shortest", help="The form of the totals."
        ),
        click.option(
            "--config",
            metavar="NAME",
            multiple=True,
            help="Substitute the sizes of a config of SOURCE.",
        ),
        click.option(
            "--at", type=_Sizes(), multiple=True, help="Put numbers in, as in d=768,f=4*d."
        ),
        click.argument("source"),
    ):
        command = decorate(command)
    return command


def answer(network: Network, as_json: bool, text_of: Callable[[Network], str]) -> None:
    """Print the text of a command, or the document that every command has."""
    click.echo(json.dumps(network.to_json(), indent=2) if as_json else text_of(network))


def print_table(table: content.Table) -> None:
    """Print a table, through Rich on a terminal."""
    if sys.stdout.isatty():
        from symparam.display.terminal import show

        show(table)
    else:
        click.echo(text.table(table))


def width() -> int | None:
    """The width of the terminal, None when there is none."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None
