"""What names mean while a script is read, and the value of a size expression."""

import re
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from fractions import Fraction
from typing import Any, NamedTuple, TypeAlias, get_args

from symparam.algebra import arithmetic
from symparam.algebra.sizes import Shape, Tensors, symbol
from symparam.errors import (
    ArgumentError,
    ParseError,
    SizeError,
    Span,
    UnknownNameError,
    did_you_mean,
    shorten,
)
from symparam.language import records
from symparam.layers import find
from symparam.layers.contract.aliases import NAMESPACES
from symparam.layers.contract.kinds import Bare
from symparam.layers.contract.plugins import find_anywhere
from symparam.model.annotations import Annotations, Kind, Meaning
from symparam.model.values import Recall, Register, Value
from symparam.model.words import used_as_sizes

CONSTANTS = {word: word.lower() for word in ("True", "False", "None", "true", "false", "none")}

MAX_CALLS = 100  # of functions within functions
MAX_WORK = 200_000  # calls of functions, and layers made in them

MAX_LISTED = 10_000  # iterations that run one by one because they pick from a list

# Whether a symbol may pick from a list of numbers, as a repeat of unknown length has to.
members_stay_open: ContextVar[bool] = ContextVar("members_stay_open", default=False)

_LIKE_A_PAIR = re.compile(r"[^\W\dx]\d*(x([^\W\dx]\d*|\d+))+")


Numbers: TypeAlias = Mapping[str, "int | Fraction | tuple[int, ...]"]


class NeedsNumberError(SizeError):
    """A symbol picks from a list of numbers, so the iterations of a repeat run one by one."""

    title = "SizeError"


class Sequence(tuple[Any, ...]):
    """``w = [64, 128]``: sizes that ``w[i]`` picks one of."""

    __slots__ = ()


class Function(NamedTuple):
    """``Block(c, k=3) = ...``: evaluated anew at every call, where it was written."""

    name: str
    parameters: tuple[tuple[str, records.Expression | None], ...]  # each with its default
    body: records.Expression
    scope: "Scope"
    kinds: dict[tuple[Kind, ...], Kind]  # of the body, by those of the arguments
    earlier: Mapping[str, frozenset[str]]  # the parameters that a default speaks of

    def kind(self, given: "dict[int | str, Kind]") -> Kind:
        """What a call writes whose arguments, by place or name, have these kinds."""
        bound: dict[str, Kind] = {}
        for place, (name, default) in enumerate(self.parameters):
            fallback = Kind.SIZE
            if default is not None:
                fallback = self.scope_of(name, bound).kinds(default)
            bound[name] = given.get(place, given.get(name, fallback))
        kinds = tuple(bound.values())
        if kinds not in self.kinds:
            self.kinds[kinds] = Kind.SIZE  # of a call of itself, which is refused when it is made
            inside = Scope(self.scope.numbers, self.scope)
            inside.names.update(bound)
            self.kinds[kinds] = inside.kinds(self.body)
        return self.kinds[kinds]

    def scope_of(self, parameter: str, values: Mapping[str, Any]) -> "Scope":
        """Where a default is evaluated: where the function is, with earlier parameters it names."""
        if not self.earlier.get(parameter):
            return self.scope
        scope = Scope(self.scope.numbers, self.scope)
        scope.names.update({name: values[name] for name in self.earlier[parameter]})
        return scope

    @property
    def usage(self) -> str:
        """How it is called."""
        shown = [
            name if default is None else f"{name}={default}" for name, default in self.parameters
        ]
        return f"write {self.name}({', '.join(shown)})"

    def given(self, call: records.Call | records.Name) -> dict[str, records.Expression]:
        """The arguments of a call by the names of the parameters."""
        names = [name for name, _ in self.parameters]
        given: dict[str, records.Expression] = {}
        for i, argument in enumerate(call.arguments if isinstance(call, records.Call) else ()):
            if isinstance(argument, records.Keyword):
                name, value = argument.name, argument.value
            elif i >= len(names):
                raise ArgumentError(
                    f"{self.name} takes {len(names)} argument{'s' * (len(names) != 1)} at most",
                    argument.span,
                    self.usage,
                )
            else:
                name, value = names[i], argument
            if name not in names:
                raise UnknownNameError(
                    f"{self.name} has no argument {shorten(name)}",
                    argument.span,
                    did_you_mean(name, names) or self.usage,
                )
            if name in given:
                raise ArgumentError(f"{self.name} is given {name} twice", argument.span)
            given[name] = value
        for name, default in self.parameters:
            if default is None and name not in given:
                raise ArgumentError(f"{self.name} needs {name}", call.span, self.usage)
        return given


def _form(name: str, **parameters: records.Expression | None) -> Function:
    body = records.Name("_", Span(0, 0))
    return Function(name, tuple(parameters.items()), body, Scope({}), {}, {})


class Scope:
    """What names mean at one place of a script; a call of a function is a place within another.

    A name stands for a size, a network, a function, or for an argument as it was passed.
    """

    def __init__(
        self,
        numbers: Numbers,
        outer: "Scope | None" = None,
        register: Register | None = None,
    ) -> None:
        self.numbers = numbers  # substituted for symbols
        self.outer = outer
        self.names: dict[str, Any] = {}
        self.kinds = Annotations(self._meaning)
        # Labels of the statement that is read, or that a body stands in, which is run with it.
        self.labels: dict[str, Recall] = {}
        self.entering: Shape | Tensors | None = None  # what ``_`` stands for in a size
        self.is_iteration = False  # whether it is the body of a repeat
        self.script: records.Script | None = None  # which it is the outermost scope of
        self.called: Function | None = outer.called if outer else None  # which it is inside of
        self.depth: int = outer.depth + 1 if outer else 0
        # The names that are free in this script, and those that anybody looked up.
        self.free: set[str] = outer.free if outer else set()
        self.looked_up: set[str] = set()
        self._sized: frozenset[str] | None = None
        self.may_be_zero: frozenset[str] = outer.may_be_zero if outer else frozenset()
        # The symbols, and the work done so far, are those of all scripts together.
        self._used: dict[str, bool] = {}
        if outer:
            register = outer.register
        self.calls: list[int] = outer.calls if outer else [0]
        self.register: Register = Register() if register is None else register

    @property
    def sized(self) -> frozenset[str]:
        """The names that stand somewhere in the script where only a size can."""
        if self.outer:
            return self.outer.sized
        if self._sized is None:
            self._sized = used_as_sizes(self.script) if self.script else frozenset()
        return self._sized

    @property
    def used(self) -> dict[str, bool]:
        """The symbols in the order they are met; True for a sequence."""
        return self.outer.used if self.outer else self._used

    def note_in(self, used: dict[str, bool]) -> None:
        """Enter symbols there from now on, also those of functions that are called later."""
        self._used = used

    def beside(self, script: records.Script) -> "Scope":
        """A scope of its own for another script of the same program."""
        scope = Scope(self.numbers)
        scope.script, scope.may_be_zero = script, self.may_be_zero
        scope._used, scope.calls, scope.register = self._used, self.calls, self.register
        return scope

    def lookup(self, name: str) -> Any:
        """What a name stands for, None when it is free."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names:
                scope.looked_up.add(name)
                return scope.names[name]
            if name in scope.labels:
                return scope.labels[name]
            scope = scope.outer
        return None

    def is_open(self, label: str) -> bool:
        """Whether a label is of the statement that is read."""
        scope: Scope | None = self
        while scope is not None and label not in scope.labels:
            scope = scope.outer
        return scope is not None

    def claim(self, target: records.Expression) -> str:
        """The name that a definition may give a value to."""
        if not isinstance(target, records.Name):
            raise ArgumentError("only a name can stand before =", target.span)
        return self.claim_name(target.name, target.span)

    def claim_name(self, name: str, span: Span) -> str:
        """The same for a name that is none of an expression."""
        if name in self.names:
            raise ArgumentError(f"{name} is already defined", span)
        if name in self.free:
            raise ArgumentError(f"{name} is used as a symbol above", span, hint="name sizes first")
        taken = (arithmetic.FUNCTIONS, NAMESPACES, FORMS, "_")
        if find(name) or any(name in names for names in taken):
            raise ArgumentError(f"{name} is already defined", span)
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
        earlier = {
            parameter: self._earlier(parameter, default, list(parameters))
            for parameter, default in parameters.items()
            if default is not None
        }
        self.names[name] = Function(
            name, tuple(parameters.items()), statement.value, self, {}, earlier
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
        inside.called = function
        given = function.given(call)
        arguments = call.arguments if isinstance(call, records.Call) else ()
        keywords = {one.name for one in arguments if isinstance(one, records.Keyword)}
        for name, argument in given.items():
            value = evaluate(argument, self)
            if isinstance(value, Bare) and (name in keywords or value == name):
                value = value.named()
            inside.names[name] = value
        for name, default in function.parameters:
            if default is not None and name not in given:
                inside.names[name] = evaluate(default, function.scope_of(name, inside.names))
        return inside

    def _earlier(
        self, parameter: str, default: records.Expression, parameters: list[str]
    ) -> frozenset[str]:
        """The earlier parameters that a default speaks of, where nothing above has their names."""
        found = set()
        for name in records.names(default):
            if self.lookup(name.name) is not None:
                continue
            if name.name not in parameters:
                self.free.add(name.name)  # what is defined later is another thing
            elif parameters.index(name.name) < parameters.index(parameter):
                found.add(name.name)
            else:
                raise ArgumentError(
                    f"the default of {parameter} names {name.name}, which has no value yet",
                    name.span,
                    hint="a default may use what stands above the function and the parameters "
                    "before it",
                )
        return frozenset(found)

    def spend(self, span: Span) -> None:
        """Count a call, or a layer inside one; a short script can ask for very many."""
        self.calls[0] += 1
        if self.calls[0] > MAX_WORK:
            raise SizeError(f"the functions of the script make more than {MAX_WORK} layers", span)

    def is_network(self, record: records.Expression) -> bool:
        """Whether the record writes a network rather than a size or a word."""
        return self.kinds(record) is Kind.NETWORK

    def _meaning(self, record: records.Expression) -> Meaning:
        """What a name is, alone or called."""
        if isinstance(record, records.Attribute):
            is_layer = layer_name(record) is not None or record.name == "T"
            return Kind.NETWORK if is_layer else Kind.SIZE
        if not isinstance(record, records.Name):
            return self.kinds(record)
        name = record.name
        meaning = self.lookup(name)
        if isinstance(meaning, Function):
            return meaning.kind
        if meaning is not None:
            if isinstance(meaning, Kind):
                return meaning
            if isinstance(meaning, str):
                return Kind.WORD
            return Kind.NETWORK if is_value(meaning) else Kind.SIZE
        if name in arithmetic.FUNCTIONS:
            return Kind.SIZE
        is_network = name == "_" or name in FORMS or find_anywhere(name) is not None
        return Kind.NETWORK if is_network else Kind.SIZE

    def size(self, name: str, span: Span) -> Any:
        """What a name stands for as a size: a named size, a number, or a symbol."""
        meaning = self.lookup(name)
        if isinstance(meaning, Bare):
            return meaning.size()
        if isinstance(meaning, str):
            raise ArgumentError(f"{name} is the word {meaning} here, not a size", span)
        if is_value(meaning) or isinstance(meaning, Function) or find(name) is not None:
            raise ArgumentError(f"{name} is a layer, not a size", span)
        if isinstance(meaning, Sequence):
            raise SizeError(f"{name} is a list of sizes; {name}[0] is one", span)
        if meaning is not None:
            return meaning
        if name == "_":
            raise SizeError(
                "_ is no size", span, "_.channels is its last one, _.shape[0] its first"
            )
        if name in CONSTANTS.values():
            open_ = "a size that is left open has a name, as in Input(t, 3)"
            raise ArgumentError(
                f"{name} is not a size", span, hint=open_ if name.lower() == "none" else None
            )
        if not name.isidentifier():
            raise ParseError(f"{name} is not a name", span, "names are letters, digits and _")
        if _LIKE_A_PAIR.fullmatch(name):
            spaced = " x ".join(name.split("x"))
            raise UnknownNameError(
                f"{name} is one name, and too much like a pair", span, f"write {spaced}"
            )
        number = self._given(name, False, span)
        if isinstance(number, tuple):
            raise SizeError(f"{name} is one size and takes one number, not a list", span)
        return symbol(name, int(name not in self.may_be_zero)) if number is None else number

    def sequence(self, name: str, span: Span) -> "tuple[int, ...] | None":
        """The numbers given for a sequence, None when there are none."""
        if find(name) is not None or name == "_" or not name.isidentifier():
            raise SizeError(f"{name} is not a sequence, so it has no members", span)
        numbers = self._given(name, True, span)
        if isinstance(numbers, int | Fraction):
            raise SizeError(f"{name} is a sequence and takes a list, as in {name}=[1, 2]", span)
        return numbers

    def _given(
        self, name: str, is_sequence: bool, span: Span
    ) -> "int | Fraction | tuple[int, ...] | None":
        """The number given for a free name, which is used here."""
        self.free.add(name)
        if self.used.setdefault(name, is_sequence) is not is_sequence:
            raise ArgumentError(f"{name} is a sequence in one place, a size in another", span)
        return self.numbers.get(name)


_NONE = records.Name("none", Span(0, 0))

# Networks made of networks, which are no layers: called like functions.
FORMS = {
    "Frozen": _form("Frozen", network=None),
    "Weights": _form("Weights"),  # of any keywords
    "MoE": _form("MoE", expert=None, experts=None, active=None, shared=_NONE),
}


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
