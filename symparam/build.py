"""Records to networks: layers and their arguments, chains, branches, names for them."""

from collections.abc import Iterable
from fractions import Fraction
from typing import Any, NoReturn

from symparam import arithmetic, records
from symparam.errors import (
    ArgumentError,
    SizeError,
    Span,
    SymparamError,
    UnknownNameError,
    did_you_mean,
    shorten,
)
from symparam.expressions import member, size_of
from symparam.layers import Argument, Layer, find, known_names
from symparam.layers.arguments import Bare
from symparam.layers.functions import FUNCTIONS as ACTIVATIONS
from symparam.layers.input import Input
from symparam.layers.merging import Add, Multiply
from symparam.layers.outside import find_anywhere
from symparam.scope import (
    CONSTANTS,
    MAX_CALLS,
    Function,
    Scope,
    Sequence,
    is_of_what_enters,
    is_value,
    layer_name,
)
from symparam.sizes import Shape, Size, Tensors, product, settle, symbol
from symparam.wiring import (
    Chain,
    Deferred,
    Mark,
    Pick,
    Recall,
    Repeat,
    Same,
    Slot,
    Source,
    Stage,
    Tensor,
    Transpose,
    Value,
    branches,
    chain,
    depth_of,
    is_tensor,
)
from symparam.wiring import is_closed as brings_input


class _Name(Bare):
    """A bare name in a script: a word where a layer knows it as one, else a size or a layer."""

    __slots__ = ("builder", "span")

    builder: "Builder"
    span: Span

    def size(self) -> Any:
        return self.builder.scope.size(str(self), self.span)

    def member(self, index: Size) -> Any:
        return member(str(self), index, self.builder.scope, self.span)

    def layer(self) -> Layer | None:
        return self.builder.named_layer(str(self), self.span)


class Builder:
    """Networks from records, in a scope."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self._slots: list[Slot] = []  # of labels in the statement being read

    def define(self, statement: records.Definition) -> None:
        """``d = 64``, ``enc = Dense(64)``, ``x = Input(n, d)``, ``Block(c) = ...``."""
        target, value = statement.target, statement.value
        if isinstance(target, records.Call):
            self.scope.function(statement)
            return
        name = self.scope.claim(target)
        if isinstance(value, records.Listing):
            sizes = [size_of(entry, self.scope, bound=True) for entry in value.entries]
            self.scope.names[name] = Sequence(sizes)
            return
        if not self.scope.is_network(value):
            self.scope.names[name] = size_of(value, self.scope, bound=True)
            return
        network = self.network(value)
        if is_tensor(network) or brings_input(network):
            network = Tensor(network, depth_of(network))
            self.keep_labels(network)
        self.scope.names[name] = network

    def keep_labels(self, network: Value) -> bool:
        """Make the labels of a finished statement known to those below; False without any."""
        slots, self._slots = self._slots, []
        if not slots or not isinstance(network, Tensor):
            return False
        for slot in slots:
            slot.tensor = network
        return True

    def network(self, record: records.Expression) -> Value:
        """The network that an expression writes."""
        flat: list[Value] = []
        stack = [record]
        while stack:
            expression = stack.pop()
            if isinstance(expression, records.Chain):
                stack.extend(reversed(expression.stages))
            else:
                flat.append(self.stage(expression))
        for value in flat[1:]:
            if isinstance(value, Chain) and isinstance(value.stages[0], Source):
                raise ArgumentError(
                    "input_shape can only stand in the first layer", value.stages[0].span
                )
            if isinstance(value, Source):
                raise ArgumentError("Input can only stand first in a chain", value.span)
            if is_tensor(value):
                raise ArgumentError("a tensor can only stand first in a chain", record.span)
        return chain(flat)

    def stage(self, record: records.Expression) -> Value:
        """One stage of a chain: a layer, a named network, branches, ``_``."""
        if isinstance(record, records.Name):
            if record.name == "_":
                return Same(record.span)
            if (named := self.named(record)) is not None:
                return named
        if isinstance(record, records.Parallel) and record.branches:
            return branches([self.network(branch) for branch in record.branches], record.span)
        if isinstance(record, records.Index) and self.scope.is_network(record.base):
            return self.picked(record)
        if isinstance(record, records.Arithmetic) and self.scope.is_network(record):
            return self.merged(record)
        if isinstance(record, records.Label):
            return self.labelled(record)
        if isinstance(record, records.Indexed):
            first, last = self.whole(record.first), self.whole(record.last)
            return self.repeated(record.body, record.variable, first, last, record.span)
        if isinstance(record, records.Attribute) and record.name == "T":
            return self.transposed(record)
        call = record if isinstance(record, records.Call) else None
        if call and self.scope.entering is None and speaks_of_what_enters(call.arguments):
            return Deferred(lambda x: self.knowing(x).stage(call), call.span)
        name = layer_name(call.function if call else record)
        if call and name and isinstance(self.scope.lookup(name), Function):
            return self.called(self.scope.lookup(name), call)
        if name is None:
            raise ArgumentError(
                f"{shorten(str(record))} is not a layer", record.span, hint="for example Dense(10)"
            )
        arguments, source = self.without_input_shape(call) if call else ((), None)
        made = self.layer(name, record, arguments)
        if isinstance(made, Input):
            return Source(made.shape, record.span)
        stage = Stage(made, record.span)
        return stage if source is None else chain([source, stage])

    def named(self, record: records.Name) -> Value | None:
        """The network of this name; an argument of a function may be one that was passed."""
        meaning = self.scope.lookup(record.name)
        if isinstance(meaning, Function):
            return self.called(meaning, record)
        if isinstance(meaning, Stage | Recall):
            return meaning._replace(span=record.span)
        return meaning if is_value(meaning) else None

    def called(self, function: Function, call: records.Call | records.Name) -> Value:
        """What a call of a function writes: new layers at every call."""
        inside = self.scope.enter(function, call, lambda r, scope: Builder(scope).passed(r))
        return Builder(inside).network(function.body)

    def passed(self, record: records.Expression) -> Any:
        """The value of an argument of a function: a network, a size, or a word as it stands."""
        return self.network(record) if self.scope.is_network(record) else self.argument(record)

    def whole(self, record: records.Expression) -> Size:
        """A number of passes, or the number of one."""
        value = size_of(record, self.scope, bound=True)
        if isinstance(value, Fraction | tuple):
            raise SizeError(f"{shorten(str(record))} is not a whole number", record.span)
        return settle(value)

    def repeated(
        self, body: records.Expression, variable: str | None, first: Size, last: Size, span: Span
    ) -> Value:
        """``a * L`` and ``a for i in 1..L``; the body is made anew for every pass."""
        if variable is not None and (find(variable) or variable in arithmetic.FUNCTIONS):
            raise ArgumentError(f"{variable} already means something else", span)

        def make(number: Size) -> Value:
            inside = Scope(self.scope.numbers, self.scope)
            inside.depth = self.scope.depth + 1
            if inside.depth > MAX_CALLS:
                raise ArgumentError(f"more than {MAX_CALLS} repeats within repeats", span)
            inside.indices = self.scope.indices | {name}
            if variable is not None:
                inside.names[variable] = number
            return Builder(inside).network(body)

        name = variable or "i"
        while True:
            sample = make(symbol(name) if variable else first)
            taken = self.scope.used.keys() | self.scope.indices
            if name not in taken and self.scope.lookup(name) is None:
                break
            name += "_"
        if is_tensor(sample) or brings_input(sample):
            raise ArgumentError("a tensor cannot be repeated", span)
        return Repeat(make, name, variable is not None, first, last, sample, span)

    def labelled(self, record: records.Label) -> Value:
        """``a as skip``."""
        body = self.network(record.body)
        name = self.scope.claim_name(record.name, record.span)
        slot = Slot(name)
        self._slots.append(slot)
        self.scope.names[name] = Recall(slot, record.span)
        return chain([body, Mark(slot)])

    def transposed(self, record: records.Attribute) -> Value:
        """``emb.T``."""
        base = record.base
        meaning = self.scope.lookup(base.name) if isinstance(base, records.Name) else None
        if not isinstance(meaning, Stage) or not meaning.layer.transposes:
            raise ArgumentError(
                f"{shorten(str(record))}: only a named Dense or Embedding has a transpose",
                record.span,
                hint="emb = Embedding(V, d), and then emb.T",
            )
        return Transpose(meaning.layer, str(base), record.span)

    def knowing(self, x: Shape | Tensors) -> "Builder":
        """The same place of the script, with ``_`` known."""
        inside = Scope(self.scope.numbers, self.scope)
        inside.depth = self.scope.depth
        inside.entering = x
        return Builder(inside)

    def without_input_shape(
        self, call: records.Call
    ) -> "tuple[tuple[records.Expression | records.Keyword, ...], Source | None]":
        """The arguments but ``input_shape=``, which Keras reads as an Input before the layer."""
        rest = []
        source = None
        for argument in call.arguments:
            if isinstance(argument, records.Keyword) and argument.name == "input_shape":
                shape = Argument(self.argument(argument.value), "shape", argument.span)
                source = Source(Input.of([shape]).shape, argument.span)
            else:
                rest.append(argument)
        return tuple(rest), source

    def picked(self, record: records.Index) -> Value:
        """``_[0]``, ``pair[1]``."""
        if len(record.indices) != 1:
            raise ArgumentError("one number picks one tensor", record.span)
        index = size_of(record.indices[0], self.scope, bound=True)
        if not isinstance(index, int):
            raise SizeError("only a number picks a tensor", record.indices[0].span)
        return chain([self.stage(record.base), Pick(index, record.span)])

    def merged(self, record: records.Arithmetic) -> Value:
        """``a + b`` and ``a * b`` of networks, and ``a * L``."""
        operators = set(record.operators)
        if all(map(self.scope.is_network, record.operands)) and operators in ({"+"}, {"*"}):
            merge = Add() if operators == {"+"} else Multiply()
            sides = [self.network(operand) for operand in record.operands]
            return chain([branches(sides, record.span), Stage(merge, record.span)])
        body, *counts = record.operands
        if operators == {"*"} and not any(map(self.scope.is_network, counts)):
            last = product(map(self.whole, counts))
            return self.repeated(body, None, 1, last, record.span)
        raise ArgumentError("networks can be added and multiplied with networks", record.span)

    def layer(
        self,
        name: str,
        record: records.Expression,
        arguments: "tuple[records.Expression | records.Keyword, ...]",
    ) -> Layer:
        """The layer of this name with these arguments."""
        span = record.function.span if isinstance(record, records.Call) else record.span
        if self.scope.depth:
            self.scope.spend(span)
        cls = find_anywhere(name) if self.scope.lookup(name) is None else None
        if cls is None:
            self.refuse_unknown_layer(name, span)
        given: list[Argument] = []
        for argument in arguments:
            if not isinstance(argument, records.Keyword):
                given.append(Argument(self.argument(argument), None, argument.span))
            elif not cls.is_ignored(argument.name):
                value = self.argument(argument.value)
                given.append(Argument(value, argument.name, argument.span))
        if cls.lists_sizes:
            given = _one_shape(cls.title, given)
        try:
            made = cls.of(given)
        except SymparamError as error:
            error.span = error.span or record.span
            raise
        self.scope.serials[id(made)] = len(self.scope.serials), made
        return made

    def named_layer(self, name: str, span: Span) -> Layer | None:
        """The layer that a bare name stands for inside an argument."""
        network = self.named(records.Name(name, span))
        if isinstance(network, Stage):
            return network.layer
        if network is not None:
            raise ArgumentError(f"{name} is a network, not one layer", span)
        cls = find(name)
        return None if cls is None else self.layer(name, records.Name(name, span), ())

    def argument(self, record: records.Expression) -> Any:
        """The value of an argument, with bare names left to the layer."""
        if isinstance(record, records.Name):
            meaning = self.scope.lookup(record.name)
            if isinstance(meaning, str | bool | Layer):
                return meaning  # a word or a layer that was passed to the function
            name = _Name(CONSTANTS.get(record.name, record.name))
            name.builder, name.span = self, record.span
            return name
        if isinstance(record, records.Text):
            return record.value
        if isinstance(record, records.Parallel):
            return tuple(self.argument(branch) for branch in record.branches)
        if isinstance(record, records.Listing):
            return tuple(self.argument(entry) for entry in record.entries)
        call = record if isinstance(record, records.Call) else None
        layer = layer_name(call.function if call else record)
        if layer is not None and find(layer) is not None:
            return self.layer(layer, record, call.arguments if call else ())
        if call and self.scope.is_network(call):
            made = self.stage(call)
            if isinstance(made, Stage):
                return made.layer
            raise ArgumentError(f"{shorten(str(call))} is a network, not one layer", call.span)
        if isinstance(record, records.Chain):
            raise ArgumentError("a layer takes sizes, words and layers, but no chain", record.span)
        return size_of(record, self.scope, bound=True)

    def refuse_unknown_layer(self, name: str, span: Span) -> NoReturn:
        meaning = self.scope.lookup(name)
        if is_value(meaning):
            raise ArgumentError(
                f"{name} is one object and takes no arguments",
                span,
                hint=f"a function makes new layers at each call: {name}() = ...",
            )
        if meaning is not None:
            raise ArgumentError(f"{name} is a size, not a layer", span)
        if name in arithmetic.FUNCTIONS:
            raise ArgumentError(f"{name} is a function of sizes, not a layer", span)
        if name.lower() in ACTIVATIONS:
            hint: str | None = f"write Activation({name.lower()})"
        else:
            hint = did_you_mean(name, known_names())
        raise UnknownNameError(f"there is no layer named {shorten(name)}", span, hint)


def speaks_of_what_enters(arguments: Iterable[records.Expression]) -> bool:
    """Whether a size of ``_`` stands among the arguments, at any depth."""
    stack: list[Any] = list(arguments)
    while stack:
        part = stack.pop()
        if is_of_what_enters(part, "channels") or is_of_what_enters(part, "shape"):
            return True
        if isinstance(part, tuple) and not isinstance(part, Span):
            stack.extend(part)
    return False


def _one_shape(name: str, arguments: Iterable[Argument]) -> list[Argument]:
    """``Input(h, w, c)`` as ``Input((h, w, c))``."""
    loose = [argument for argument in arguments if argument.keyword is None]
    named = [argument for argument in arguments if argument.keyword is not None]
    if not loose or (len(loose) == 1 and isinstance(loose[0].value, tuple)):
        return [*loose, *named]
    for argument in loose:
        if isinstance(argument.value, tuple):
            raise ArgumentError(
                f"{name} takes its sizes one by one or as one tuple, not both",
                argument.span,
                hint="other arguments are written with their names",
            )
    spans = [argument.span for argument in loose if argument.span is not None]
    span = Span(spans[0].start, spans[-1].end) if spans else None
    return [Argument(tuple(argument.value for argument in loose), None, span), *named]
