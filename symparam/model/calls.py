"""Calls of layers: their arguments, and the layer they make."""

from collections.abc import Iterable
from typing import Any, NoReturn

from symparam.algebra import arithmetic
from symparam.algebra.sizes import Size
from symparam.errors import (
    ArgumentError,
    Span,
    SymparamError,
    UnknownNameError,
    did_you_mean,
    shorten,
)
from symparam.language import records
from symparam.layers import Argument, Layer, find, known_names
from symparam.layers.contract import keras1
from symparam.layers.contract.functions import FUNCTIONS as ACTIVATIONS
from symparam.layers.contract.kinds import Bare
from symparam.layers.contract.plugins import find_anywhere
from symparam.layers.keras.input import Input
from symparam.model import words
from symparam.model.expressions import member, place_of, size_of
from symparam.model.scope import CONSTANTS, Scope, Sequence, is_value, layer_name
from symparam.model.values import Remark, Source, Stage, Value


class _Name(Bare):
    """A bare name in a script: a word where a layer knows it as one, else a size or a layer."""

    __slots__ = ("builder", "is_named", "span")

    builder: "LayerCalls"
    span: Span
    is_named: bool  # whether it was passed to a function by the name of a parameter

    @classmethod
    def at(cls, name: str, span: Span, builder: "LayerCalls", is_named: bool = False) -> "_Name":
        """The name at its place in a script."""
        made = cls(name)
        made.builder, made.span, made.is_named = builder, span, is_named
        return made

    def size(self) -> Any:
        return self.builder.scope.size(str(self), self.span)

    def member(self, index: Size) -> Any:
        return member(str(self), index, self.builder.scope, self.span)

    def layer(self) -> Layer | None:
        return self.builder.named_layer(str(self), self.span)

    def named(self) -> "_Name":
        return self.at(str(self), self.span, self.builder, is_named=True)

    def is_word(self) -> bool:
        return self.builder.scope.lookup(self) is None and words.is_word(self)

    def reads_like_a_word(self) -> bool:
        scope = self.builder.scope
        is_free = not self.is_named and scope.lookup(self) is None and self not in scope.sized
        return is_free and words.reads_like_a_word(self)


class LayerCalls:
    """Layers from records, in a scope; ``Builder`` adds what is made of layers."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    def stage(self, record: records.Expression) -> Value:
        """One stage of a chain."""
        raise NotImplementedError

    def named(self, record: records.Name) -> Value | None:
        """The network of this name."""
        raise NotImplementedError

    def without_input_shape(self, call: records.Call) -> "tuple[records.Call, Source | None]":
        """The call but for ``input_shape=``, which Keras reads as an Input before the layer.

        Older code says it with the batch axis, or with ``input_dim=`` and ``input_length=``.
        """
        if not any(isinstance(argument, records.Keyword) for argument in call.arguments):
            return call, None
        cls = find_anywhere(layer_name(call.function) or "")
        is_input = cls is Input
        rest: list[records.Expression | records.Keyword] = []
        shapes: list[records.Keyword] = []
        sizes: dict[str, records.Keyword] = {}
        for argument in call.arguments:
            if not isinstance(argument, records.Keyword):
                rest.append(argument)
                continue
            name = argument.name
            if name == "batch_input_shape" or (name == "batch_shape" and is_input):
                shapes.append(_without_batch(argument))
            elif name == "input_shape":
                shapes.append(argument)
            elif name in _SIZES and cls and not (name in cls.fields or cls.is_ignored(name)):
                sizes[name] = argument
            else:
                rest.append(argument)
        if cls and sizes:
            shapes.append(_shape(cls, sizes, call.span))
        if is_input:
            rest += [shape._replace(name="shape") for shape in shapes]
            shapes = []
        if len(shapes) > 1:
            raise ArgumentError("the shape of the input is given twice", shapes[1].span)
        source = None
        for shape in shapes:
            value = Argument(self.argument(shape.value), "shape", shape.span)
            source = Source(Input.of([value]).shape, shape.span)
        return call._replace(arguments=tuple(rest)), source

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
        keywords = [one.name for one in arguments if isinstance(one, records.Keyword)]
        is_old = keras1.is_old(cls, name, keywords)
        ignored = keras1.IGNORED if is_old else frozenset()
        given: list[Argument] = []
        for argument in arguments:
            if not isinstance(argument, records.Keyword):
                given.append(Argument(self.argument(argument), None, argument.span))
            elif not (cls.is_ignored(argument.name) or argument.name in ignored):
                value = self.argument(argument.value)
                given.append(Argument(value, argument.name, argument.span))
        if is_old:
            given = keras1.translated(cls, given)
        if cls.lists_sizes:
            given = _one_shape(cls.title, given)
        if name.startswith(_OLD) and (remark := _on_old_kernel(cls, name, given, span)):
            self.scope.register.remarks[remark] = None
        try:
            made = cls.of(given)
        except SymparamError as error:
            error.span = error.span or record.span
            raise
        return self.scope.register.add(made)

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
            return _Name.at(CONSTANTS.get(record.name, record.name), record.span, self)
        if isinstance(record, records.Text):
            return record.value
        if (entry := self.entry(record)) is not None:
            return entry
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

    def entry(self, record: records.Expression) -> Any:
        """``p[i]`` of a list that is known: a size or a word; None for any other argument."""
        if not isinstance(record, records.Index) or not isinstance(record.base, records.Name):
            return None
        listed = self.scope.lookup(record.base.name)
        if not isinstance(listed, Sequence) and type(listed) is not tuple:
            return None
        return member(record.base.name, place_of(record, self.scope), self.scope, record.span)

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
        if name in keras1.GONE:
            hint: str | None = keras1.GONE[name]
        elif name.lower() in ACTIVATIONS:
            hint = f"write Activation({name.lower()})"
        else:
            hint = did_you_mean(name, known_names())
        raise UnknownNameError(f"there is no layer named {shorten(name)}", span, hint)


_OLD = ("Convolution", "SeparableConvolution", "Deconvolution")


def _on_old_kernel(
    cls: type[Layer], name: str, arguments: Iterable[Argument], span: Span
) -> Remark | None:
    """``Convolution2D(32, 5, 5)``: in Keras 1 a 5 by 5 kernel, here a stride of 5."""
    loose = [str(one.value) for one in arguments if one.keyword is None]
    rank = cls.spatial_rank()
    if rank < 2 or len(loose) <= rank or any(words.is_word(text) for text in loose[: rank + 1]):
        return None
    kernel = " x ".join(loose[1 : rank + 1])
    if any(text.startswith(("(", "[")) for text in loose[1 : rank + 1]):
        return None
    return Remark(
        f"{name}: {loose[2]} is the stride, as in Keras 2 and 3",
        span,
        f"for the {kernel} kernel of Keras 1 write {name}({loose[0]}, {kernel})",
    )


_SIZES = ("input_length", "input_dim")


def _without_batch(argument: records.Keyword) -> records.Keyword:
    """``batch_input_shape=(none, 28, 28, 1)`` as ``input_shape=(28, 28, 1)``."""
    value = argument.value
    if isinstance(value, records.Parallel) and value.branches:
        value = value._replace(branches=value.branches[1:])
    elif isinstance(value, records.Listing) and value.entries:
        value = value._replace(entries=value.entries[1:])
    else:
        raise ArgumentError(
            f"{argument.name} is a tuple of the batch axis and the others",
            argument.span,
            hint="write shape=(28, 28, 1), without the batch axis",
        )
    return argument._replace(name="input_shape", value=value)


def _shape(cls: type[Layer], sizes: dict[str, records.Keyword], span: Span) -> records.Keyword:
    """``input_length=16, input_dim=8`` as ``input_shape=(16, 8)``."""
    given = [sizes[name] for name in _SIZES if name in sizes]
    is_sequence = cls.takes in ("t c", "t n")
    if is_sequence and "input_length" not in sizes:
        width = sizes["input_dim"].value
        raise ArgumentError(
            f"{cls.title}: input_dim leaves the length of the sequence open",
            given[0].span,
            hint=f"begin with Input(t, {width}), or give input_length, too",
        )
    shape = records.Parallel(tuple(one.value for one in given), given[0].span)
    return records.Keyword("input_shape", shape, given[0].span)


def of_mode(call: records.Call) -> records.Call:
    """``Merge(mode="concat")`` as the layer that it is."""
    known = list(keras1.MERGES)
    mode, rest = "sum", []
    for argument in call.arguments:
        if not isinstance(argument, records.Keyword) or argument.name == "layers":
            raise ArgumentError(
                "Merge joins the tensors that enter it",
                argument.span,
                hint="write (a, b) -> Add, (a, b) -> Concatenate, ...",
            )
        if argument.name == "mode":
            value = argument.value
            mode = value.value if isinstance(value, records.Text) else str(value)
            if mode not in keras1.MERGES:
                raise ArgumentError(
                    f"Merge has no mode {shorten(mode)}",
                    value.span,
                    did_you_mean(mode, known) or f"there are {', '.join(known)}",
                )
        else:
            rest.append(argument)
    if keras1.MERGES[mode] == "Dot" and not any(one.name == "dot_axes" for one in rest):
        last = records.Signed("-", records.Number("1", call.span), call.span)
        rest.append(records.Keyword("axes", last, call.span))
    if mode == "cos":
        rest.append(records.Keyword("normalize", records.Name("true", call.span), call.span))
    function = records.Name(keras1.MERGES[mode], call.function.span)
    return call._replace(function=function, arguments=tuple(rest))


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
