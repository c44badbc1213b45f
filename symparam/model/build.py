"""Records to networks: layers and their arguments, chains, branches, names for them."""

import dataclasses
from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from symparam.algebra import arithmetic
from symparam.algebra.conditions import collecting, required
from symparam.algebra.sizes import Shape, Size, Tensors, own_symbol, positive, product, settle
from symparam.errors import ArgumentError, SizeError, Span, SymparamError, shorten
from symparam.language import records
from symparam.layers import Layer, find
from symparam.layers.contract.kinds import Bare, FlagKind
from symparam.layers.contract.own import OwnLayer
from symparam.layers.contract.words import Words
from symparam.layers.keras.dense import Dense
from symparam.layers.keras.input import Input
from symparam.layers.keras.merging import Add, Multiply
from symparam.layers.keras.wrappers import TimeDistributed
from symparam.model import labels
from symparam.model.calls import LayerCalls, of_mode
from symparam.model.expressions import size_of
from symparam.model.scope import (
    FORMS,
    MAX_CALLS,
    Function,
    NeedsNumberError,
    Scope,
    Sequence,
    is_of_what_enters,
    is_value,
    layer_name,
)
from symparam.model.values import (
    Body,
    Branches,
    Chain,
    Deferred,
    Distributed,
    Entry,
    Expert,
    Experts,
    Frozen,
    Made,
    Mark,
    Pick,
    Recall,
    Repeat,
    Same,
    SideBySide,
    Slot,
    Source,
    Stage,
    Tensor,
    Transpose,
    Value,
    applied,
    branches,
    chain,
    is_tensor,
    named,
)
from symparam.model.values import is_closed as brings_input
from symparam.model.words import is_word


class Builder(LayerCalls):
    """Networks from records, in a scope."""

    def define(self, statement: records.Definition) -> None:
        """``d = 64``, ``enc = Dense(64)``, ``x = Input(n, d)``, ``Block(c) = ...``."""
        target, value = statement.target, statement.value
        if isinstance(target, records.Call):
            self.scope.function(statement)
            return
        name = self.scope.claim(target)
        if isinstance(value, records.Listing):
            self.scope.names[name] = Sequence(map(self.size_or_word, value.entries))
            return
        if not self.scope.is_network(value):
            self.scope.names[name] = self.size_or_word(value)
            return
        network = self.network(value)
        if is_tensor(network) or brings_input(network):
            network = self.finished(network, value.span)
        self.scope.names[name] = network

    def size_or_word(self, record: records.Expression) -> Any:
        """What a definition names that is no network: a size, or a word such as ``same``."""
        if isinstance(record, records.Text):
            return record.value
        if isinstance(record, records.Name):
            meaning = self.scope.lookup(record.name)
            if isinstance(meaning, str):
                return meaning
            if meaning is None and is_word(record.name):
                return record.name.lower()
        return size_of(record, self.scope, bound=True)

    def finished(self, network: Value, span: Span) -> Tensor:
        """A statement as a tensor; its labels are tensors for the statements below."""
        scope = self.scope
        value, tensors = labels.apart(network, [recall.slot for recall in scope.labels.values()])
        for slot, tensor in tensors.items():
            del scope.labels[slot.name]
            if tensor is not None:
                scope.names[slot.name] = tensor
        return named(value, span)._replace(applied=applied(network))

    def body(self, record: records.Expression) -> Body:
        """What is made anew each time it runs."""
        return Body(record, self.scope, dict(self.scope.labels))

    def network(self, record: records.Expression) -> Value:
        """The network that an expression writes."""
        flat: list[Value] = []
        spans: list[Span] = []
        stack = [record]
        while stack:
            expression = stack.pop()
            if isinstance(expression, records.Chain):
                stack.extend(reversed(expression.stages))
            else:
                flat.append(self.stage(expression))
                spans.append(expression.span)
        for place, value in enumerate(flat):
            if place == 0:
                continue
            value = flat[place] = applicable(value, spans[place])
            if isinstance(value, Chain) and isinstance(first := value.stages[0], Source):
                # The input_shape of a layer that is not the first is a check of what enters.
                flat[place] = Chain((Entry(first.shape, first.span), *value.stages[1:]))
                continue
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
            return self.recalled(record) or self.picked(record)
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
        name = layer_name(call.function if call else record)
        if name == "Weights":
            return self.own_layer(record)
        if name in FORMS:
            return self.form(name, record)
        if call and (inner := self.of_each_step(name, call)) is not None:
            return inner
        is_function = name is not None and isinstance(self.scope.lookup(name), Function)
        repeat = next(iter(call.arguments), None) if call and not is_function else None
        if call and isinstance(repeat, records.Indexed):
            return self.side_by_side(call, repeat)
        source = None
        if call and not is_function:
            if name == "Merge" and self.scope.lookup(name) is None:
                return self.stage(of_mode(call))
            call, source = self.without_input_shape(call)
        if call and self.scope.entering is None and speaks_of_what_enters(call.arguments):
            if find(name or "") is Input:
                raise ArgumentError("nothing enters Input, so _ has no sizes here", call.span)
            deferred = self.scope.register.add(Deferred(self.body(call), call.span))
            return deferred if source is None else chain([source, deferred])
        if call and name and is_function:
            return self.called(self.scope.lookup(name), call)
        if name is None:
            raise ArgumentError(
                f"{shorten(str(record))} is not a layer", record.span, hint="for example Dense(10)"
            )
        made = self.layer(name, record, call.arguments if call else ())
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
        """A number of iterations, or the number of one."""
        value = size_of(record, self.scope, bound=True)
        if isinstance(value, Fraction | tuple):
            raise SizeError(f"{shorten(str(record))} is not a whole number", record.span)
        return settle(value)

    def repeated(
        self, body: records.Expression, variable: str | None, first: Size, last: Size, span: Span
    ) -> Value:
        """``a * L`` and ``a for i in 1..L``; the body is made anew for every iteration."""
        if variable is not None and (find(variable) or variable in arithmetic.FUNCTIONS):
            raise ArgumentError(
                f"{variable} is already defined: it is a word of the language", span
            )

        if self.scope.depth + 1 > MAX_CALLS:
            raise ArgumentError(f"more than {MAX_CALLS} repeats within repeats", span)
        index = None if variable is None else own_symbol(variable)
        repeat = Repeat(self.body(body), variable, first, last, index, None, (), span)
        try:
            with collecting() as conditions:  # what an iteration requires is asked when it runs
                generic = iteration(repeat, index_of(repeat))
        except NeedsNumberError:
            generic = None
        except SymparamError:
            if required(last, ">=", first):
                raise
            generic = None  # of no iteration at all
        if generic and (is_tensor(generic.value) or brings_input(generic.value)):
            raise ArgumentError("a tensor cannot be repeated", span)
        made = dataclasses.replace(
            repeat, body=self.body(body), generic=generic, conditions=tuple(conditions)
        )
        return self.scope.register.add(made)

    def form(self, name: str, call: records.Expression) -> Value:
        """``Frozen(net)`` and ``MoE(expert, experts=E, active=k)``."""
        assert isinstance(call, records.Call | records.Name)
        given = FORMS[name].given(call)
        if name == "Frozen":
            return Frozen(self.network(given["network"]), call.span)
        if not self.scope.is_network(expert := given["expert"]):
            raise ArgumentError("an expert is a network", expert.span, "for example Dense(d)")
        numbers: dict[str, Size] = {}
        for key, argument in given.items():
            if argument is expert or str(argument) == "none":
                continue
            numbers[key] = self.whole(argument)
            if key == "shared" and numbers[key] == 0:
                continue
            if positive(numbers[key]) is False:
                raise SizeError(f"MoE: {key} must be at least 1", argument.span)
        count, active, shared = numbers["experts"], numbers["active"], numbers.get("shared", 0)
        if not required(count, ">=", active):
            raise SizeError(f"MoE: there are only {count} experts", given["active"].span)
        router = self.scope.register.add(Dense(count, use_bias=False))
        sizes = [(count, active), *([(shared, shared)] if shared else [])]
        parts = []
        for number, working in sizes:
            since = len(self.scope.register)
            network = applicable(self.inner(expert), expert.span)
            made = Made(network, since, len(self.scope.register))
            parts.append(Expert(number, working, made))
        experts = Experts(Stage(router, call.span), tuple(parts), call.span)
        return self.scope.register.add(experts)

    def labelled(self, record: records.Label) -> Value:
        """``a as skip``."""
        body = self.network(record.body)
        if record.number is not None:
            return chain([body, self.labelled_each(record)])
        outer = self.scope.lookup(record.name)
        is_new = not self.scope.is_iteration or record.name in self.scope.names
        if not is_new and isinstance(outer, Recall):
            return chain([body, Mark(outer.slot, True)])  # each iteration passes it on
        name = self.scope.claim_name(record.name, record.span)
        slot = Slot(name)
        self.scope.names[name] = self.scope.labels[name] = Recall(slot, record.span)
        return chain([body, Mark(slot)])

    def labelled_each(self, record: records.Label) -> Mark:
        """``as skip[i]``: a label for the tensor of each iteration of a repeat.

        It is known outside of the repeat, where its tensors are used.
        """
        assert record.number is not None
        number, scope = self.whole(record.number), self.scope
        variable = record.number.name if isinstance(record.number, records.Name) else None
        if not scope.is_iteration or variable not in scope.names or scope.outer is None:
            raise ArgumentError(
                f"{record.name}[{record.number}]: a label is numbered by the index of the repeat "
                "it stands in",
                record.span,
                hint="(Dense(n) as a[i]) for i in 1..L",
            )
        known = scope.lookup(record.name)
        if not isinstance(known, Recall) or not known.slot.is_indexed:
            name = scope.outer.claim_name(record.name, record.span)
            known = Recall(Slot(name, is_indexed=True), record.span)
            scope.outer.names[name] = scope.outer.labels[name] = known
        return Mark(known.slot, number=number)

    def recalled(self, record: records.Index) -> Value | None:
        """``skip[i]``: the tensor that a label has for one iteration."""
        base = record.base
        known = self.scope.lookup(base.name) if isinstance(base, records.Name) else None
        if not isinstance(known, Recall) or not known.slot.is_indexed:
            return None
        if len(record.indices) != 1:
            raise ArgumentError("one number picks one tensor", record.span)
        if not self.scope.is_open(known.slot.name):
            raise ArgumentError(
                f"the tensors {known.slot.name}[...] are known in their own statement only",
                record.span,
                hint="begin the next line with -> to go on",
            )
        return Recall(known.slot, record.span, self.whole(record.indices[0]))

    def own_layer(self, record: records.Expression) -> Value:
        """``Weights(output=f, kernel=(_.channels, f))``: a layer by the shapes of its weights."""
        arguments = record.arguments if isinstance(record, records.Call) else ()
        if self.scope.entering is None and speaks_of_what_enters(arguments):
            assert isinstance(record, records.Call)
            return self.scope.register.add(Deferred(self.body(record), record.span))
        trainable = True
        given: dict[str, records.Expression] = {}
        for argument in arguments:
            if not isinstance(argument, records.Keyword) or argument.name in given:
                raise ArgumentError(
                    "a layer of your own names each weight once, with its shape",
                    argument.span,
                    hint="Weights(output=f, kernel=(_.channels, f), bias=f)",
                )
            if argument.name == "trainable":
                trainable = FlagKind().take(self.argument(argument.value), OwnLayer)
            else:
                given[argument.name] = argument.value
        function, outer = self.scope.called, self.scope
        sizes = {}
        for name, _ in function.parameters if function else ():
            meaning = outer.lookup(name)
            value = meaning.size() if isinstance(meaning, Bare) else meaning
            if isinstance(value, int) or hasattr(value, "free_symbols"):
                sizes[name] = value
        shapes = {name: shape_of(value, outer) for name, value in given.items()}
        layer = OwnLayer.made(
            trainable,
            title=function.name if function else "Weights",
            output=shapes.pop("output", None),
            shapes=tuple(shapes.items()),
            arguments=tuple(sizes.values()),
            entered=outer.entering,
        )
        words = Words()
        inside = Scope(outer.numbers, outer)
        inside.names |= {name: words.symbol(name, size) for name, size in sizes.items()}
        if outer.entering is not None:
            inside.entering = layer.inputs_in_words(outer.entering, words)
        with collecting():  # words stand for sizes of which all has been asked
            worded = tuple((name, shape_of(given[name], inside)) for name in shapes)
        layer = layer.having(worded=worded, meaning=tuple(words.meaning.items()))
        return Stage(self.scope.register.add(layer), record.span)

    def of_each_step(self, name: str | None, call: records.Call) -> Value | None:
        """``TimeDistributed(a -> b)``; None where a single layer is in it, as the layer has it."""
        if name is None or find(name) is not TimeDistributed or len(call.arguments) != 1:
            return None
        (argument,) = call.arguments
        if isinstance(argument, records.Keyword):
            if argument.name != "layer":
                return None
            argument = argument.value
        if self._is_layer(argument):
            return None
        return Distributed(applicable(self.inner(argument), argument.span), call.span)

    def inner(self, record: records.Expression) -> Value:
        """A network that runs on something else than what enters here: its labels are its own."""
        inside = Scope(self.scope.numbers, self.scope)
        inside.depth = self.scope.depth
        return Builder(inside).network(record)

    def _is_layer(self, argument: records.Expression) -> bool:
        """Whether an argument writes one layer, or nothing that could be a network."""
        if not isinstance(argument, records.Call):
            named = isinstance(argument, records.Name) and self.scope.lookup(argument.name)
            return isinstance(named, Stage) or not self.scope.is_network(argument)
        name = layer_name(argument.function)
        if name is None or self.scope.lookup(name) is not None:
            return False
        first = next(iter(argument.arguments), None)
        holds_network = find(name) is TimeDistributed and first and not self._is_layer(first)
        return not (isinstance(first, records.Indexed) or holds_network)

    def side_by_side(self, call: records.Call, repeat: records.Indexed) -> Value:
        """``Concatenate(Dense(k) for i in 1..m)``: as many branches, and what joins them."""
        cls = find(layer_name(call.function) or "")
        made = self.stage(call._replace(arguments=call.arguments[1:])) if joins(cls) else None
        if not isinstance(made, Stage):
            raise ArgumentError(
                f"{call.function} does not join a number of tensors",
                call.function.span,
                hint="Concatenate(Dense(k) for i in 1..m), Add(...)",
            )
        first, last = self.whole(repeat.first), self.whole(repeat.last)
        body = self.repeated(repeat.body, repeat.variable, first, last, repeat.span)
        assert isinstance(body, Repeat)
        return SideBySide(body, made)

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


def applicable(value: Value, span: Span) -> Value:
    """A network with an Input of its own as a layer, which checks the shape that enters here."""
    if not isinstance(value, Tensor) or value.applied is None:
        return value

    def moved(value: Value) -> Value:
        if isinstance(value, Entry):
            return value._replace(span=span)
        if isinstance(value, Chain):
            return Chain(tuple(map(moved, value.stages)))
        return value

    first, *rest = value.applied.stages
    assert isinstance(first, Entry)
    if isinstance(first.shape, Tensors):
        apart = rest[0]
        assert isinstance(apart, Branches)
        rest[0] = apart._replace(branches=tuple(map(moved, apart.branches)))
    return Chain((moved(first), *rest))


def shape_of(record: records.Expression, scope: Scope) -> Shape:
    """The shape of a weight: a size, or several."""
    if isinstance(record, records.Parallel) and not record.branches:
        return ()
    value = size_of(record, scope, bound=True)
    shape = value if isinstance(value, tuple) else (value,)
    for size in shape:
        if isinstance(size, Fraction | tuple) or positive(size) is False:
            raise SizeError(f"{shorten(str(record))} is not a shape", record.span)
    return tuple(map(settle, shape))


def joins(cls: type[Layer] | None) -> bool:
    """Whether the layers of a class make one tensor of any number of them."""
    return cls is not None and cls.inputs.endswith("...")


def index_of(repeat: Repeat) -> Size:
    """The number of an iteration of which nothing is known but that it is one of them."""
    number: Size = repeat.first if repeat.index is None else repeat.index + repeat.shift
    return number


def iteration(repeat: Repeat, number: Size) -> Made:
    """The body of the iteration with this number, with layers of its own."""
    outer = repeat.body.scope
    inside = Scope(outer.numbers, outer)
    inside.depth = outer.depth + 1
    inside.is_iteration = True
    inside.labels = dict(repeat.body.labels)
    if repeat.variable is not None:
        inside.names[repeat.variable] = number
    since = len(outer.register)
    value = applicable(Builder(inside).network(repeat.body.record), repeat.span)
    return Made(value, since, len(outer.register), inside)


def known(deferred: Deferred, x: Shape | Tensors) -> Made:
    """A stage with sizes of what enters it, now that ``x`` does."""
    outer = deferred.body.scope
    inside = Scope(outer.numbers, outer)
    inside.depth = outer.depth
    inside.entering = x
    inside.labels = dict(deferred.body.labels)
    since = len(outer.register)
    value = Builder(inside).stage(deferred.body.record)
    return Made(value, since, len(outer.register))


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
