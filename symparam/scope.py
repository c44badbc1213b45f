"""What names mean while a script is read, and the value of a size expression."""

import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any, NamedTuple, NoReturn, get_args

from symparam import arithmetic, records
from symparam.conditions import required
from symparam.errors import (
    ArgumentError,
    ParseError,
    ShapeError,
    SizeError,
    Span,
    SymparamError,
    UnknownNameError,
    UnsupportedError,
    did_you_mean,
    shorten,
)
from symparam.layers import Layer, find
from symparam.layers.aliases import NAMESPACES
from symparam.layers.arguments import Bare
from symparam.layers.outside import find_anywhere
from symparam.layers.signature import show_shape
from symparam.sizes import Shape, Tensors, settle, symbol
from symparam.wiring import Value

CONSTANTS = {word: word.lower() for word in ("True", "False", "None", "true", "false", "none")}

MAX_CALLS = 100  # of functions within functions
MAX_WORK = 200_000  # calls of functions, and layers made in them

_LIKE_A_PAIR = re.compile(r"[^\W\dx]\d*(x([^\W\dx]\d*|\d+))+")


class Function(NamedTuple):
    """``Block(c, k=3) = ...``: evaluated anew at every call, where it was written."""

    name: str
    parameters: tuple[tuple[str, records.Expression | None], ...]  # each with its default
    body: records.Expression
    scope: "Scope"
    is_network: bool  # as far as the body alone says

    @property
    def usage(self) -> str:
        """How it is called."""
        shown = [
            name if default is None else f"{name}={default}" for name, default in self.parameters
        ]
        return f"write {self.name}({', '.join(shown)})"


class Scope:
    """What names mean at one place of a script; a call of a function is a place within another.

    A name stands for a size, a network, a function, or for an argument as it was passed.
    """

    def __init__(self, numbers: Mapping[str, int], outer: "Scope | None" = None) -> None:
        self.numbers = numbers  # put in from outside for symbols
        self.outer = outer
        self.names: dict[str, Any] = {}
        self.entering: Shape | Tensors | None = None  # what ``_`` stands for in a size
        self.depth: int = outer.depth + 1 if outer else 0
        self.indices: frozenset[str] = outer.indices if outer else frozenset()  # of repeats around
        # Symbols in the order they are met, and the work done so far, are the script's.
        self.used: dict[str, None] = outer.used if outer else {}
        self.calls: list[int] = outer.calls if outer else [0]
        # When each layer was made; it is kept, so that no other gets its id.
        self.serials: dict[int, tuple[int, Layer]] = outer.serials if outer else {}

    def lookup(self, name: str) -> Any:
        """What a name stands for, None when it is free."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names:
                return scope.names[name]
            scope = scope.outer
        return None

    def claim(self, target: records.Expression) -> str:
        """The name that a definition may give a value to."""
        if not isinstance(target, records.Name):
            raise ArgumentError("only a name can stand before =", target.span)
        return self.claim_name(target.name, target.span)

    def claim_name(self, name: str, span: Span) -> str:
        """The same for a name that is none of an expression."""
        if name in self.names:
            raise ArgumentError(f"{name} already has a value", span)
        if name in self.used:
            raise ArgumentError(f"{name} is used as a symbol above", span, hint="name sizes first")
        if find(name) or name in arithmetic.FUNCTIONS or name in NAMESPACES or name == "_":
            raise ArgumentError(f"{name} already means something else", span)
        return name

    def function(self, statement: records.Definition) -> None:
        """``Block(c, k=3) = ...``."""
        target = statement.target
        assert isinstance(target, records.Call)
        name = self.claim(target.function)
        parameters: dict[str, records.Expression | None] = {}
        for parameter in target.arguments:
            default = parameter.value if isinstance(parameter, records.Keyword) else None
            if not isinstance(parameter, records.Name | records.Keyword):
                raise ArgumentError(
                    "a parameter is a name, or a name with a default", parameter.span
                )
            if parameter.name in parameters or parameter.name == "_" or find(parameter.name):
                raise ArgumentError(f"{parameter.name} cannot be a parameter here", parameter.span)
            parameters[parameter.name] = default
        body = statement.value
        self.names[name] = Function(
            name, tuple(parameters.items()), body, self, self.is_network(body)
        )

    def enter(
        self,
        function: Function,
        call: records.Call | records.Name,
        evaluate: Callable[[records.Expression, "Scope"], Any],
    ) -> "Scope":
        """The place inside a call, its parameters bound to the arguments."""
        self.spend(call.span)
        if self.depth >= MAX_CALLS:
            raise ArgumentError(f"{function.name} is called more than {MAX_CALLS} deep", call.span)
        inside = Scope(self.numbers, function.scope)
        inside.depth = self.depth + 1
        names = [name for name, _ in function.parameters]
        for i, argument in enumerate(call.arguments if isinstance(call, records.Call) else ()):
            if isinstance(argument, records.Keyword):
                name, value = argument.name, argument.value
            elif i >= len(names):
                raise ArgumentError(
                    f"{function.name} takes {len(names)} argument{'s' * (len(names) != 1)} at most",
                    argument.span,
                    function.usage,
                )
            else:
                name, value = names[i], argument
            if name not in names:
                raise UnknownNameError(
                    f"{function.name} has no argument {shorten(name)}",
                    argument.span,
                    did_you_mean(name, names) or function.usage,
                )
            if name in inside.names:
                raise ArgumentError(f"{function.name} is given {name} twice", argument.span)
            inside.names[name] = evaluate(value, self)
        for name, default in function.parameters:
            if name in inside.names:
                continue
            if default is None:
                raise ArgumentError(f"{function.name} needs {name}", call.span, function.usage)
            inside.names[name] = evaluate(default, inside)
        return inside

    def spend(self, span: Span) -> None:
        """Count a call, or a layer inside one; a short script can ask for very many."""
        self.calls[0] += 1
        if self.calls[0] > MAX_WORK:
            raise SizeError(f"the functions of the script make more than {MAX_WORK} layers", span)

    def is_network(self, record: records.Expression) -> bool:
        """Whether the record writes a network rather than a size."""
        if isinstance(record, records.Call):
            name = layer_name(record.function)
            if name is not None and name not in arithmetic.FUNCTIONS:
                meaning = self.lookup(name)
                if isinstance(meaning, Function):
                    given = (
                        a.value if isinstance(a, records.Keyword) else a for a in record.arguments
                    )
                    return meaning.is_network or any(map(self.is_network, given))
                return meaning is not None or find_anywhere(name) is not None
            record = record.function
        if isinstance(record, records.Index):
            base = record.base
            return not isinstance(base, records.Attribute) and self.is_network(base)
        if isinstance(record, records.Name):
            meaning = self.lookup(record.name)
            if isinstance(meaning, Function):
                return meaning.is_network
            return record.name == "_" or find(record.name) is not None or is_value(meaning)
        if isinstance(record, records.Attribute):
            return layer_name(record) is not None or record.name == "T"
        if isinstance(record, records.Parallel):
            return any(map(self.is_network, record.branches))
        if isinstance(record, records.Arithmetic):
            return any(map(self.is_network, record.operands))
        return isinstance(record, records.Chain | records.Label | records.Indexed)

    def size(self, name: str, span: Span) -> Any:
        """What a name stands for as a size: a named size, a number put in, or a symbol."""
        meaning = self.lookup(name)
        if isinstance(meaning, Bare):
            return meaning.size()
        if isinstance(meaning, str):
            raise ArgumentError(f"{name} is the word {meaning} here, not a size", span)
        if is_value(meaning) or isinstance(meaning, Function) or find(name) is not None:
            raise ArgumentError(f"{name} is a layer, not a size", span)
        if meaning is not None:
            return meaning
        if name == "_":
            raise SizeError(
                "_ is no size", span, "_.channels is its last one, _.shape[0] its first"
            )
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
        if isinstance(record, records.Attribute | records.Index):
            return self._of_what_enters(record)
        refuse_later(record)
        raise SizeError(f"{shorten(str(record))} is not a size", record.span)

    def _of_what_enters(self, record: records.Attribute | records.Index) -> Any:
        """``_.channels`` and ``_.shape[0]``."""
        place = None
        attribute: records.Expression = record
        if isinstance(record, records.Index):
            attribute = record.base
            place = (
                self.size_of(record.indices[0], bound=True) if len(record.indices) == 1 else None
            )
        wanted = "channels" if place is None else "shape"
        if not is_of_what_enters(attribute, wanted):
            refuse_later(record)
            raise SizeError(f"{shorten(str(record))} is not a size", record.span)
        if self.entering is None:
            raise SizeError(f"{record} has no meaning outside a layer", record.span)
        if isinstance(self.entering, Tensors):
            raise SizeError("several tensors enter here, and _ is not one of them", record.span)
        if place is not None and not isinstance(place, int):
            raise SizeError("only a number picks an axis", record.span)
        index = -1 if place is None else place
        if not -len(self.entering) <= index < len(self.entering):
            raise ShapeError(
                f"there is no axis {index} in {show_shape(self.entering)}", record.span
            )
        return self.entering[index]

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
        meaning = self.lookup(name)
        if isinstance(meaning, Function) and not self.is_network(record):
            inside = self.enter(meaning, record, lambda size, scope: scope.size_of(size))
            return inside.size_of(meaning.body)
        if name not in arithmetic.FUNCTIONS:
            if find(name) is not None or meaning is not None:
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


def is_value(meaning: Any) -> bool:
    """Whether a name stands for a network."""
    return isinstance(meaning, get_args(Value))


def is_of_what_enters(record: records.Expression, name: str) -> bool:
    """Whether the record is ``_.name``."""
    return (
        isinstance(record, records.Attribute)
        and record.name == name
        and isinstance(record.base, records.Name)
        and record.base.name == "_"
    )


def refuse_later(record: records.Expression) -> None:
    """Refuse by name what the language has and nothing evaluates yet."""
    if isinstance(record, records.Index):
        later("an indexed symbol", record.span)


def later(feature: str, span: Span) -> NoReturn:
    raise UnsupportedError(
        f"{feature} is part of the language, but this version does not evaluate it yet", span
    )
