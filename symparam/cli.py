"""The command line: ``symparam`` and ``python -m symparam``."""

import json
import os
import re
import shutil
import sys
from collections.abc import Callable
from typing import Any, TypeVar

import click
from click.shell_completion import CompletionItem

from symparam import __version__
from symparam.display import content, text
from symparam.errors import SizeError, SourceError, SymparamError, UnknownNameError, did_you_mean
from symparam.layers import catalogue, known_names
from symparam.network import Network
from symparam.program import Program
from symparam.sources import ZOO_PREFIX, from_file, from_text

F = TypeVar("F", bound=Callable[..., Any])

_ZOO_COLUMN = 20  # the longest name of the zoo
_PATH = re.compile(r"[\w.~/\\:-]*(\.\w+|/[\w.-]+)")
_SIZE = re.compile(r"\s*([^\W\d]\w*)\s*=\s*([^=]*?)\s*")


class _Commands(click.Group):
    """A group whose default command is the summary, and whose errors are ours."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0] not in ("--help", "--version"):
            args = ["summary", *args]
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except SymparamError as error:
            click.echo(str(error), err=True)
            ctx.exit(2 if isinstance(error, SourceError) else 1)


class _Sizes(click.ParamType[list[tuple[str, str]]]):
    """``d=768,L=12,w=[64,128]``."""

    name = "NAME=SIZE,..."

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> list[tuple[str, str]]:
        pairs = []
        for part in re.split(r",(?![^\[]*\])", value):
            match = _SIZE.fullmatch(part)
            if match is None:
                self.fail(f"{part!r} is not NAME=SIZE, as in d=768,L=12", param, ctx)
            pairs.append((match[1], match[2]))
        return pairs


def _network(
    source: str,
    at: tuple[list[tuple[str, str]], ...] = (),
    config: str | None = None,
    root: str | None = None,
) -> Network:
    """The network of the SOURCE argument with the sizes of ``--config`` and ``--at`` put in."""
    sizes: dict[str, Any] = {}
    for name, value in (pair for option in at for pair in option):
        if name in sizes:
            raise click.UsageError(f"--at names {name} twice")
        numbers = value[1:-1].split(",") if value[:1] == "[" else [value]
        for number in numbers:
            if not re.fullmatch(r"\s*[+-]?[0-9]{1,1000}\s*", number):
                raise SizeError(
                    f"{name} must be a positive whole number, got {number.strip() or 'nothing'}"
                )
        sizes[name] = [int(number) for number in numbers] if value[:1] == "[" else int(value)
    if source == "-" or source.startswith(ZOO_PREFIX) or os.path.exists(source):
        program = Program(from_file(source, root))
    elif _PATH.fullmatch(source):
        raise SourceError(
            f"there is no file {source}", hint="a network is written like Input(4) -> Dense(7)"
        )
    else:
        program = Program(from_text(source, root))
    network = Network(program)
    return network.at(config, **sizes) if sizes or config else network


def _load_layers(ctx: click.Context, param: click.Parameter, paths: tuple[str, ...]) -> None:
    """Make the layers of some Python files known before anything is read."""
    from symparam.layers.outside import load_file

    for path in paths:
        load_file(path)


_layers_option = click.option(
    "--layers", "layer_files", multiple=True, metavar="FILE", expose_value=False, is_eager=True,
    callback=_load_layers, help="A Python file with layers of your own.",
)  # fmt: skip


def _options(command: F) -> F:
    """What every command on a network takes."""
    for decorate in (
        _layers_option,
        click.option("--json", "as_json", is_flag=True, help="Print the network as JSON."),
        click.option(
            "--root",
            metavar="FOLDER",
            type=click.Path(exists=True, file_okay=False),
            help="Where the files that SOURCE uses must lie; its own folder if not given.",
        ),
        click.option("--config", metavar="NAME", help="Put in the sizes of a config of SOURCE."),
        click.option(
            "--at", type=_Sizes(), multiple=True, help="Put numbers in, as in d=768,w=[64,128]."
        ),
        click.argument("source"),
    ):
        command = decorate(command)
    return command


def _answer(network: Network, as_json: bool, text_of: Callable[[Network], str]) -> None:
    """Print the text of a command, or the document that every command has."""
    click.echo(json.dumps(network.to_json(), indent=2) if as_json else text_of(network))


def _print(table: content.Table) -> None:
    """Print a table, through Rich on a terminal."""
    if sys.stdout.isatty():
        from symparam.display.terminal import show

        show(table)
    else:
        click.echo(text.table(table))


def _width() -> int | None:
    """The width of the terminal, None when there is none."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


@click.group(cls=_Commands, no_args_is_help=True)
@click.version_option(__version__, prog_name="symparam")
def main() -> None:
    """Closed-form formulas for neural networks.

    SOURCE is a network, a file that holds one, or - for standard input:

        symparam "Input(h, w, c) -> Conv2D(f, 3x2) -> Flatten -> Dense(n)"

    Exit status: 0 fine, 1 the network or its sizes are wrong, 2 the command line is wrong
    or SOURCE cannot be read.
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


@main.command()
@_options
def summary(as_json: bool, **asked: Any) -> None:
    """The table of layers with shapes, formulas and parameters (the default)."""
    network = _network(**asked)
    if as_json:
        _answer(network, as_json, Network.summary)
    else:
        _print(network.summary_content())


@main.command()
@_options
def params(as_json: bool, **asked: Any) -> None:
    """One line: the number of parameters, a formula while sizes are free."""
    _answer(_network(**asked), as_json, lambda network: text.size(network.params))


@main.command()
@_options
def shape(as_json: bool, **asked: Any) -> None:
    """One line: the shape that leaves the network."""
    _answer(_network(**asked), as_json, lambda network: text.shape(network.output_shape))


@main.command()
@_options
def explain(as_json: bool, **asked: Any) -> None:
    """The derivation: rule = sizes put in = value for every layer, then the total."""
    _answer(_network(**asked), as_json, lambda network: network.explain(_width()))


@main.command()
@_options
def configs(as_json: bool, **asked: Any) -> None:
    """The configs of a script: their sizes and the parameters at each."""
    network = _network(**asked)
    if as_json or not network.configs:
        _answer(network, as_json, lambda _: "the script has no configs")
    else:
        _print(network.config_content())


@main.command()
def zoo() -> None:
    """The published architectures that come with symparam; zoo:NAME is a SOURCE anywhere."""
    from symparam.sources import from_zoo, zoo

    for name in zoo():
        title = Program(from_zoo(name)).description.partition("\n")[0]
        click.echo(f"{name.ljust(_ZOO_COLUMN)}  {title}")


def _complete_layer(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    names = (cls.title for cls in catalogue())
    return [CompletionItem(name) for name in names if name.lower().startswith(incomplete.lower())]


@main.command()
@_layers_option
@click.argument("name", required=False, shell_complete=_complete_layer)
def layers(name: str | None) -> None:
    """The catalogue of layers, or one layer with its rule."""
    from symparam.display.catalogue import entry, listing
    from symparam.layers.outside import find_anywhere, load_installed

    if name is None:
        load_installed()
        click.echo(listing(_width()))
        return
    cls = find_anywhere(name)
    if cls is None:
        raise UnknownNameError(
            f"there is no layer named {name}", hint=did_you_mean(name, known_names())
        )
    click.echo(entry(cls))
