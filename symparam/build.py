"""Records to layers: scopes, names, arithmetic and the refusals of what comes later."""

import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Any, NamedTuple, NoReturn

from symparam import arithmetic, records
from symparam.errors import (
    ArgumentError,
    ParseError,
    SizeError,
    Span,
    SymparamError,
    UnknownNameError,
    UnsupportedError,
    did_you_mean,
    shorten,
)
from symparam.layers import Argument, Layer, find, known_names
from symparam.layers.arguments import Bare
from symparam.layers.functions import FUNCTIONS as ACTIVATIONS
from symparam.layers.input import Input
from symparam.sizes import Shape, bounded, settle, symbol
from symparam.syntax import parse
from symparam.trace import Stage

_LIKE_A_PAIR = re.compile(r"[^\W\dx]\d*(x([^\W\dx]\d*|\d+))+")


_CONSTANTS = {word: word.lower() for word in ("True", "False", "None", "true", "false", "none")}


class Model(NamedTuple):
    """What a script says: where it starts, its layers, and the symbols it uses."""

    input_shape: Shape | None
    stages: tuple[Stage, ...]
    names: tuple[str, ...]
    given: frozenset[str]


class Program:
    """A source text, read once; called with sizes, it gives the model at those sizes.

    >>> Program("Input(n) -> Dense(m)")({"n": 4}).input_shape
    (4,)
    """

    def __init__(self, source: str) -> None:
        self.source = source
        self.script = parse(source)

    def __call__(self, sizes: Mapping[str, int]) -> Model:
        scope = _Scope(sizes)
        chain: records.Expression | None = None
        for statement in self.script.statements:
            if isinstance(statement, records.Assumption):
                _later("assume", statement.span)
            elif isinstance(statement, records.Config):
                _later("config", statement.span)
            elif isinstance(statement, records.Definition):
                scope.define(statement)
            elif chain is not None:
                _later("a script of several networks", statement.span)
            else:
                chain = statement
        if chain is None:
            end = self.script.span.end
            raise ArgumentError(
                "the script names sizes but has no network",
                Span(end - 1, end),
                hint="for example Input(4) -> Dense(7)",
            )
        start, stages = scope.chain(chain)
        return Model(start, stages, tuple(scope.used), frozenset(scope.values))


class _Name(Bare):
    """A bare name in a scope: a word where a layer knows it as one, else a size."""

    __slots__ = ("scope", "span")

    scope: "_Scope"
    span: Span

    def size(self) -> Any:
        return self.scope.size(str(self), self.span)


class _Scope:
    """What names mean while a script is read."""

    def __init__(self, sizes: Mapping[str, int]) -> None:
        self.sizes = sizes
        self.values: dict[str, Any] = {}
        self.used: dict[str, None] = {}  # symbols in the order they are met

    # Networks.

    def define(self, statement: records.Definition) -> None:
        """``d = 64``."""
        target = statement.target
        if isinstance(target, records.Call):
            _later("a function", statement.span)
        if not isinstance(target, records.Name):
            raise ArgumentError("only a name can stand before =", target.span)
        if target.name in self.values:
            raise ArgumentError(f"{target.name} already has a value", target.span)
        if target.name in self.used:
            raise ArgumentError(
                f"{target.name} is used as a symbol above", target.span, hint="name sizes first"
            )
        if find(target.name) is not None or target.name in arithmetic.FUNCTIONS:
            raise ArgumentError(f"{target.name} already means something else", target.span)
        if self.is_network(statement.value):
            _later("a shared layer", statement.span)
        self.values[target.name] = self.size_of(statement.value, bound=True)

    def chain(self, record: records.Expression) -> tuple[Shape | None, tuple[Stage, ...]]:
        """The input shape, if there is one, and the layers of a chain."""
        stages: list[Stage] = []
        stack = [record]
        while stack:
            expression = stack.pop()
            if isinstance(expression, records.Chain):
                stack.extend(reversed(expression.stages))
            else:
                stages.append(self.stage(expression))
        first = stages[0].layer
        for stage in stages[1:]:
            if isinstance(stage.layer, Input):
                raise ArgumentError("Input can only stand first in a chain", stage.span)
        if isinstance(first, Input):
            return first.shape, tuple(stages[1:])
        return None, tuple(stages)

    def stage(self, record: records.Expression) -> Stage:
        """The layer that a stage of a chain writes."""
        if isinstance(record, records.Name):
            return Stage(self.layer(record, ()), record.span)
        if isinstance(record, records.Call) and isinstance(record.function, records.Name):
            return Stage(self.layer(record.function, record.arguments), record.span)
        self.refuse_later(record)
        raise ArgumentError(
            f"{shorten(str(record))} is not a layer", record.span, hint="for example Dense(10)"
        )

    def layer(
        self, name: records.Name, arguments: "tuple[records.Expression | records.Keyword, ...]"
    ) -> Layer:
        """The layer of this name with these arguments."""
        cls = find(name.name)
        if cls is None:
            self.refuse_unknown_layer(name)
        given: list[Argument] = []
        for argument in arguments:
            if not isinstance(argument, records.Keyword):
                given.append(Argument(self.argument(argument), None, argument.span))
            elif not cls.is_ignored(argument.name):
                value = self.argument(argument.value)
                given.append(Argument(value, argument.name, argument.span))
        if cls.lists_sizes:
            given = _one_shape(cls.__name__, given)
        try:
            return cls.of(given)
        except SymparamError as error:
            first, last = name.span, arguments[-1].span if arguments else name.span
            error.span = error.span or Span(first.start, last.end)
            raise

    def refuse_unknown_layer(self, name: records.Name) -> NoReturn:
        if name.name == "_":
            _later("_", name.span)
        if name.name in self.values:
            raise ArgumentError(f"{name.name} is a size, not a layer", name.span)
        if name.name in arithmetic.FUNCTIONS:
            raise ArgumentError(f"{name.name} is a function of sizes, not a layer", name.span)
        if name.name.lower() in ACTIVATIONS:
            hint: str | None = f"write Activation({name.name.lower()})"
        else:
            hint = did_you_mean(name.name, known_names())
        raise UnknownNameError(f"there is no layer named {shorten(name.name)}", name.span, hint)

    def refuse_later(self, record: records.Expression) -> None:
        """Refuse by name what the language has and nothing evaluates yet."""
        if isinstance(record, records.Indexed):
            _later("repetition with `for`", record.span)
        if isinstance(record, records.Label):
            _later("a label (`as`)", record.span)
        if isinstance(record, records.Index):
            _later("an indexed symbol", record.span)
        if isinstance(record, records.Attribute):
            _later(f"`.{record.name}`", record.span)
        if isinstance(record, records.Parallel) and record.branches:
            _later("a tuple of branches", record.span)
        if isinstance(record, records.Call) and isinstance(record.function, records.Call):
            _later("a function", record.span)
        if isinstance(record, records.Arithmetic):
            networks = [operand for operand in record.operands if self.is_network(operand)]
            if len(networks) == len(record.operands):
                _later(f"`{record.operators[0]}` of networks", record.span)
            if networks and record.operators[0] == "*":
                _later("repetition with `*`", record.span)

    def is_network(self, record: records.Expression) -> bool:
        """Whether the record writes a network rather than a size."""
        if isinstance(record, records.Call):
            record = record.function
        if isinstance(record, records.Name):
            return record.name == "_" or find(record.name) is not None
        return isinstance(record, records.Chain | records.Label | records.Indexed)

    # Arguments and sizes.

    def argument(self, record: records.Expression) -> Any:
        """The value of an argument, with bare names left to the layer."""
        if isinstance(record, records.Name):
            name = _Name(_CONSTANTS.get(record.name, record.name))
            name.scope, name.span = self, record.span
            return name
        if isinstance(record, records.Text):
            return record.value
        if isinstance(record, records.Parallel):
            return tuple(self.argument(branch) for branch in record.branches)
        if isinstance(record, records.Listing):
            return tuple(self.argument(entry) for entry in record.entries)
        return self.size_of(record, bound=True)

    def size(self, name: str, span: Span) -> Any:
        """What a name stands for as a size: a named size, a number put in, or a symbol."""
        if name in self.values:
            return self.values[name]
        if name == "_":
            _later("_", span)
        if find(name) is not None:
            raise ArgumentError(f"{name} is a layer, not a size", span)
        if name in _CONSTANTS.values():
            raise ArgumentError(f"{name} is not a size", span)
        if not name.isidentifier():
            raise ParseError(f"{name} is not a name", span, "names are letters, digits and _")
        if _LIKE_A_PAIR.fullmatch(name):
            spaced = " x ".join(name.split("x"))
            raise UnknownNameError(
                f"{name} is one name, and too much like a pair", span, f"write {spaced}"
            )
        self.used[name] = None
        return self.sizes.get(name) or symbol(name)

    def size_of(self, record: records.Expression, bound: bool = False) -> Any:
        """The value of a size expression: an int, a fraction, a symbol or a pair."""
        try:
            value = self._evaluate(record)
            return settle(value) if bound and not isinstance(value, Fraction | tuple) else value
        except SymparamError as error:
            error.span = error.span or record.span
            raise

    def _evaluate(self, record: records.Expression) -> Any:
        if isinstance(record, records.Number):
            return arithmetic.number(record.text)
        if isinstance(record, records.Name):
            return self.size(record.name, record.span)
        if isinstance(record, records.Pair):
            return tuple(self.single(size) for size in record.sizes)
        if isinstance(record, records.Parallel) and record.branches:
            return tuple(self.size_of(branch) for branch in record.branches)
        if isinstance(record, records.Signed):
            value = self.single(record.operand)
            return -value if record.sign == "-" else value
        if isinstance(record, records.Power):
            return arithmetic.raised(self.single(record.base), self.single(record.exponent))
        if isinstance(record, records.Arithmetic) and not any(
            map(self.is_network, record.operands)
        ):
            return self.arithmetic(record)
        if isinstance(record, records.Call) and isinstance(record.function, records.Name):
            return self.call(record.function, record)
        self.refuse_later(record)
        raise SizeError(f"{shorten(str(record))} is not a size", record.span)

    def single(self, record: records.Expression) -> Any:
        """The value of a size expression that must not be a pair."""
        value = self.size_of(record)
        if isinstance(value, tuple):
            raise SizeError("a pair of sizes cannot be used in arithmetic", record.span)
        return value

    def arithmetic(self, record: records.Arithmetic) -> Any:
        """``+ - * / // %`` of sizes."""
        values = [self.single(operand) for operand in record.operands]
        if record.operators[0] in "+-":
            return arithmetic.added(values, record.operators)
        places = [operand.span for operand in record.operands]
        return arithmetic.multiplied(values, record.operators, places)

    def call(self, function: records.Name, record: records.Call) -> Any:
        """``floor ceil min max`` of sizes."""
        name = function.name
        if name not in arithmetic.FUNCTIONS:
            if find(name) is not None:
                raise ArgumentError(f"{name} is a layer, not a size", function.span)
            raise UnknownNameError(
                f"there is no function of sizes named {shorten(name)}",
                function.span,
                did_you_mean(name, list(arithmetic.FUNCTIONS)) or "there are floor, ceil, min, max",
            )
        values = []
        for argument in record.arguments:
            if isinstance(argument, records.Keyword):
                raise ArgumentError(f"{name} takes no names", argument.span)
            values.append(self.single(argument))
        compute, arity = arithmetic.FUNCTIONS[name]
        if not values or len(values) != (arity or len(values)):
            takes = "one size" if arity else "at least one size"
            raise ArgumentError(f"{name} takes {takes}", record.span)
        return compute(*values)


def _one_shape(name: str, arguments: list[Argument]) -> list[Argument]:
    """``Input(h, w, c)`` as ``Input((h, w, c))``."""
    loose = [argument for argument in arguments if argument.keyword is None]
    if not loose or (len(loose) == 1 and isinstance(loose[0].value, tuple)):
        return arguments
    for argument in loose:
        if isinstance(argument.value, tuple):
            raise ArgumentError(
                f"{name} takes its sizes one by one or as one tuple, not both",
                argument.span,
                hint="other arguments are written with their names",
            )
    spans = [argument.span for argument in loose if argument.span is not None]
    span = Span(spans[0].start, spans[-1].end) if spans else None
    shape = Argument(tuple(argument.value for argument in loose), None, span)
    return [shape, *(argument for argument in arguments if argument.keyword is not None)]


def _later(feature: str, span: Span) -> NoReturn:
    raise UnsupportedError(
        f"{feature} is part of the language, but this version does not evaluate it yet", span
    )


def size_at(name: str, value: Any) -> int:
    """A number to put in for a symbol; raises SizeError."""
    try:
        number = value.__index__()
    except AttributeError:
        number = None
    if number is None or isinstance(value, bool) or number < 1:
        raise SizeError(f"{name} must be a positive whole number, got {shorten(str(value))}")
    return int(bounded(number))
