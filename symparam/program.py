"""A script as a program: called with sizes, it gives the network at those sizes."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from symparam import records
from symparam.build import Builder
from symparam.conditions import Condition, collecting
from symparam.errors import ArgumentError, SizeError, Span, shorten
from symparam.layers import Layer
from symparam.scope import Scope, later
from symparam.sizes import bounded
from symparam.syntax import parse
from symparam.wiring import Value, is_closed


class Model(NamedTuple):
    """What a script says: its network, the symbols it uses, and what must hold for them."""

    network: Value
    is_closed: bool
    names: Mapping[str, None]  # grows while the network runs, where sizes depend on what enters
    given: frozenset[str]
    conditions: tuple[Condition, ...]
    serials: Mapping[
        int, tuple[int, Layer]
    ]  # when each layer was made, for what a repeat makes anew


class Program:
    """A source text, read once; called with sizes, it gives the model at those sizes.

    >>> Program("Input(n) -> Dense(m)")({"n": 4}).network.stages[0].shape
    (4,)
    """

    def __init__(self, source: str) -> None:
        self.source = source
        self.script = parse(source)

    def __call__(self, sizes: Mapping[str, int]) -> Model:
        builder = Builder(Scope(sizes))
        network: records.Expression | None = None
        with collecting() as conditions:
            for statement in self.script.statements:
                if isinstance(statement, records.Assumption):
                    later("assume", statement.span)
                elif isinstance(statement, records.Config):
                    later("config", statement.span)
                elif isinstance(statement, records.Definition):
                    builder.define(statement)
                elif network is not None:
                    later("a script of several networks", statement.span)
                else:
                    network = statement
            if network is None:
                end = self.script.span.end
                raise ArgumentError(
                    "the script names sizes but has no network",
                    Span(end - 1, end),
                    hint="for example Input(4) -> Dense(7)",
                )
            value = builder.network(network)
        scope = builder.scope
        closed, given = is_closed(value), frozenset(scope.names)
        return Model(value, closed, scope.used, given, tuple(conditions), scope.serials)


def size_at(name: str, value: Any) -> int:
    """A number to put in for a symbol; raises SizeError."""
    try:
        number = value.__index__()
    except AttributeError:
        number = None
    if number is None or isinstance(value, bool) or number < 1:
        raise SizeError(f"{name} must be a positive whole number, got {shorten(str(value))}")
    return int(bounded(number))
