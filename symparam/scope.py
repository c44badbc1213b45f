"""What names mean while a script is read, and the value of a size expression."""

import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Any, NoReturn

from symparam import arithmetic, records
from symparam.conditions import required
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
from symparam.layers import find
from symparam.layers.aliases import NAMESPACES
from symparam.layers.outside import find_anywhere
from symparam.sizes import settle, symbol
from symparam.wiring import Value

CONSTANTS = {word: word.lower() for word in ("True", "False", "None", "true", "false", "none")}

_LIKE_A_PAIR = re.compile(r"[^\W\dx]\d*(x([^\W\dx]\d*|\d+))+")


class Scope:
    """The sizes, layers and networks that a script has named so far."""

    def __init__(self, numbers: Mapping[str, int]) -> None:
        self.numbers = numbers  # put in from outside for symbols
        self.sizes: dict[str, Any] = {}
        self.networks: dict[str, Value] = {}
        self.used: dict[str, None] = {}  # symbols in the order they are met

    def claim(self, target: records.Expression) -> str:
        """The name that a definition may give a value to."""
        if not isinstance(target, records.Name):
            raise ArgumentError("only a name can stand before =", target.span)
        name = target.name
        if name in self.sizes or name in self.networks:
            raise ArgumentError(f"{name} already has a value", target.span)
        if name in self.used:
            raise ArgumentError(
                f"{name} is used as a symbol above", target.span, hint="name sizes first"
            )
        if find(name) or name in arithmetic.FUNCTIONS or name in NAMESPACES or name == "_":
            raise ArgumentError(f"{name} already means something else", target.span)
        return name

    def is_network(self, record: records.Expression) -> bool:
        """Whether the record writes a network rather than a size."""
        if isinstance(record, records.Call):
            name = layer_name(record.function)
            if name is not None and name not in arithmetic.FUNCTIONS:
                return name in self.networks or find_anywhere(name) is not None
            record = record.function
        if isinstance(record, records.Index):
            record = record.base
        if isinstance(record, records.Name):
            name = record.name
            return name == "_" or find(name) is not None or name in self.networks
        if isinstance(record, records.Attribute):
            return self.is_network(record.base) or layer_name(record) is not None
        if isinstance(record, records.Parallel):
            return any(map(self.is_network, record.branches))
        if isinstance(record, records.Arithmetic):
            return any(map(self.is_network, record.operands))
        return isinstance(record, records.Chain | records.Label | records.Indexed)

    def size(self, name: str, span: Span) -> Any:
        """What a name stands for as a size: a named size, a number put in, or a symbol."""
        if name in self.sizes:
            return self.sizes[name]
        if name == "_":
            later("_ inside a size", span)
        if find(name) is not None or name in self.networks:
            raise ArgumentError(f"{name} is a layer, not a size", span)
        if name in CONSTANTS.values():
            raise ArgumentError(f"{name} is not a size", span)
        if not name.isidentifier():
            raise ParseError(f"{name} is not a name", span, "names are letters, digits and _")
        if _LIKE_A_PAIR.fullmatch(name):
            spaced = " x ".join(name.split("x"))
            raise UnknownNameError(
                f"{name} is one name, and too much like a pair", span, f"write {spaced}"
            )
        self.used[name] = None
        return self.numbers.get(name) or symbol(name)

    def size_of(self, record: records.Expression, bound: bool = False) -> Any:
        """The value of a size expression: an int, a fraction, a symbol or a pair.

        A ``bound`` value is a size of its own, no part of a larger one.
        """
        try:
            value = self._evaluate(record)
            if not bound or isinstance(value, Fraction | tuple):
                return value
            value = settle(value)
            if not isinstance(value, int):
                dividend, divisor = value.as_numer_denom()
                if not required(divisor, "|", dividend):
                    raise SizeError(f"{record} is not a whole number")
            return value
        except SymparamError as error:
            error.span = error.span or record.span
            raise

    def _evaluate(self, record: records.Expression) -> Any:
        if isinstance(record, records.Number):
            return arithmetic.number(record.text)
        if isinstance(record, records.Name):
            return self.size(record.name, record.span)
        if isinstance(record, records.Pair):
            return tuple(self._single(size) for size in record.sizes)
        if isinstance(record, records.Parallel) and record.branches:
            return tuple(self.size_of(branch) for branch in record.branches)
        if isinstance(record, records.Signed):
            value = self._single(record.operand)
            return -value if record.sign == "-" else value
        if isinstance(record, records.Power):
            return arithmetic.raised(self._single(record.base), self._single(record.exponent))
        if isinstance(record, records.Arithmetic) and not self.is_network(record):
            return self._arithmetic(record)
        if isinstance(record, records.Call) and isinstance(record.function, records.Name):
            return self._call(record.function, record)
        refuse_later(record)
        raise SizeError(f"{shorten(str(record))} is not a size", record.span)

    def _single(self, record: records.Expression) -> Any:
        """The value of a size expression that must not be a pair."""
        value = self.size_of(record)
        if isinstance(value, tuple):
            raise SizeError("a pair of sizes cannot be used in arithmetic", record.span)
        return value

    def _arithmetic(self, record: records.Arithmetic) -> Any:
        """``+ - * / // %`` of sizes."""
        values = [self._single(operand) for operand in record.operands]
        if record.operators[0] in "+-":
            return arithmetic.added(values, record.operators)
        places = [operand.span for operand in record.operands]
        return arithmetic.multiplied(values, record.operators, places)

    def _call(self, function: records.Name, record: records.Call) -> Any:
        """``floor ceil min max`` of sizes."""
        name = function.name
        if name not in arithmetic.FUNCTIONS:
            if find(name) is not None or name in self.networks:
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
            values.append(self._single(argument))
        compute, arity = arithmetic.FUNCTIONS[name]
        if not values or len(values) != (arity or len(values)):
            takes = "one size" if arity else "at least one size"
            raise ArgumentError(f"{name} takes {takes}", record.span)
        return compute(*values)


def layer_name(record: records.Expression) -> str | None:
    """The name of a layer as the catalogue has it: ``Dense``, ``nn.Linear``.

    ``keras.layers.Dense`` and ``torch.nn.Linear`` are these too.
    """
    if isinstance(record, records.Name):
        return record.name
    if not isinstance(record, records.Attribute):
        return None
    prefix = NAMESPACES.get(str(record.base))
    return None if prefix is None else prefix + record.name


def refuse_later(record: records.Expression) -> None:
    """Refuse by name what the language has and nothing evaluates yet."""
    if isinstance(record, records.Indexed):
        later("repetition with `for`", record.span)
    if isinstance(record, records.Label):
        later("a label (`as`)", record.span)
    if isinstance(record, records.Index):
        later("an indexed symbol", record.span)
    if isinstance(record, records.Attribute):
        later(f"`.{record.name}`", record.span)
    if isinstance(record, records.Call) and isinstance(record.function, records.Call):
        later("a function", record.span)


def later(feature: str, span: Span) -> NoReturn:
    raise UnsupportedError(
        f"{feature} is part of the language, but this version does not evaluate it yet", span
    )
