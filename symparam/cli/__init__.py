"""The command line: ``symparam`` and ``python -m symparam``."""

import json
import sys
from collections.abc import Callable
from typing import Any

import click
from click.shell_completion import CompletionItem

from symparam import __version__
from symparam.cli.options import (
    Commands,
    answer,
    layers_option,
    network_of,
    options,
    print_table,
    width,
)
from symparam.costs.work import work_convention, work_conventions
from symparam.display import text, work
from symparam.errors import ArgumentError, UnknownNameError, did_you_mean
from symparam.language.scripts import Scripts
from symparam.layers import catalogue, known_names
from symparam.network import Network

_ZOO_COLUMN = 20  # the longest name of the zoo


@click.group(cls=Commands, no_args_is_help=True)
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
@options
def summary(as_json: bool, **asked: Any) -> None:
    """The table of layers with shapes, formulas and parameters (the default)."""
    network = network_of(**asked)
    if as_json:
        answer(network, as_json, Network.summary)
    else:
        print_table(network.summary_content())


@main.command()
@options
def params(as_json: bool, **asked: Any) -> None:
    """One line: the number of parameters, a formula while sizes are free."""
    answer(network_of(**asked), as_json, lambda network: text.size(network.params))


def _counting(unit: str, usual: str) -> Callable[..., None]:
    @options
    @click.option(
        "--convention", metavar="NAME", default=usual,
        help=f"Whose rules: a name that conventions lists, or a TOML file; {usual} if not given.",
    )  # fmt: skip
    def command(convention: str, as_json: bool, **asked: Any) -> None:
        rules = work_convention(convention)
        if rules.unit != unit:
            hint = f"ask for symparam {rules.unit.lower()} --convention {convention}"
            raise ArgumentError(f"{convention} counts {rules.unit}, not {unit}", hint=hint)
        network = network_of(**asked)
        if as_json:
            click.echo(json.dumps(work.document(network.counts, network.symbols, rules), indent=2))
        else:
            click.echo(work.sentence(network.counts, rules))

    return command


main.command("macs", help="One line: the multiply-accumulates of a forward pass on one input.")(
    _counting("MACs", "macs")
)
main.command("flops", help="One line: the operations of a forward pass on one input.")(
    _counting("FLOPs", "flops")
)


@main.command()
@options
def conventions(as_json: bool, **asked: Any) -> None:
    """What each convention counts in a forward pass, and why it is not the exact count."""
    network = network_of(**asked)
    if as_json:
        rows = [
            work.document(network.counts, network.symbols, work_convention(name))
            for name in work_conventions()
        ]
        click.echo(json.dumps(rows, indent=2))
    else:
        click.echo(work.comparison(network.counts))


@main.command()
@options
def shape(as_json: bool, **asked: Any) -> None:
    """One line: the shape that leaves the network."""
    answer(network_of(**asked), as_json, lambda network: text.shape(network.output_shape))


@main.command()
@options
def explain(as_json: bool, **asked: Any) -> None:
    """The derivation: rule = sizes substituted = value for every layer, then the total."""
    answer(network_of(**asked), as_json, lambda network: network.explain(width()))


@main.command()
@options
def configs(as_json: bool, **asked: Any) -> None:
    """The configs of a script: their sizes and the parameters at each."""
    network = network_of(**asked)
    if as_json or not network.configs:
        answer(network, as_json, lambda _: "the script has no configs")
    else:
        print_table(network.config_content())


@main.command()
def zoo() -> None:
    """The published architectures that come with symparam; zoo:NAME is a SOURCE anywhere."""
    from symparam.language.sources import from_zoo, zoo

    for name in zoo():
        title = Scripts(from_zoo(name)).main.description.partition("\n")[0]
        click.echo(f"{name.ljust(_ZOO_COLUMN)}  {title}")


def _complete_layer(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    names = (cls.title for cls in catalogue())
    return [CompletionItem(name) for name in names if name.lower().startswith(incomplete.lower())]


@main.command()
@layers_option
@click.argument("name", required=False, shell_complete=_complete_layer)
def layers(name: str | None) -> None:
    """The catalogue of layers, or one layer with its rule."""
    from symparam.display.catalogue import entry, listing
    from symparam.layers.contract.plugins import find_anywhere, load_installed

    if name is None:
        load_installed()
        click.echo(listing(width()))
        return
    cls = find_anywhere(name)
    if cls is None:
        raise UnknownNameError(
            f"there is no layer named {name}", hint=did_you_mean(name, known_names())
        )
    click.echo(entry(cls))
