"""Networks in the cells of a notebook: ``%load_ext symparam.notebook``, then ``%%symparam``.

A cell that begins with ``%%symparam --at d=768`` is a network in the language. Its value is the
``Network``, which the notebook shows as a table; ``_`` is it in the next cell. The options are
those of the command line.
"""

import shlex
from typing import Any

import click

from symparam.cli.options import network_of, options
from symparam.errors import SymparamError


def load_ipython_extension(shell: Any) -> None:
    """Make ``%%symparam`` known; IPython calls it."""
    shell.register_magic_function(cell, "cell", "symparam")


def cell(line: str, text: str) -> Any:
    """The network of a cell, with the options of its first line.

    >>> cell("--at n=4", "Input(n) -> Dense(3)").params
    15

    With ``--json`` it is the document that the command line prints.
    """
    try:
        arguments = [*shlex.split(line), "--", text.strip()]
        return _command.main(arguments, prog_name="%%symparam", standalone_mode=False)
    except SymparamError as error:
        raise _said(str(error)) from None
    except click.ClickException as error:
        raise _said(error.format_message()) from None
    except ValueError as error:  # a quote that is never closed
        raise _said(str(error)) from None


@click.command(add_help_option=False)
@options
def _command(as_json: bool, **asked: Any) -> Any:
    if asked["source"] == "-":
        raise click.UsageError("a cell is a network, and - is none")
    network = network_of(**asked)
    return network.to_json() if as_json else network


def _said(message: str) -> Exception:
    """An error that a notebook shows without the way through our code."""
    from IPython.core.error import UsageError

    error: Exception = UsageError(message)
    return error
