"""The value of a size expression: arithmetic on sizes, members of sequences, what enters."""

from fractions import Fraction
from typing import Any

from symparam.algebra import arithmetic
from symparam.algebra.conditions import required
from symparam.algebra.sizes import Tensors, indexed, settle
from symparam.errors import (
    ArgumentError,
    ShapeError,
    SizeError,
    Span,
    SymparamError,
    UnknownNameError,
    did_you_mean,
    shorten,
)
from symparam.language import records
from symparam.layers import find
from symparam.layers.contract.kinds import Bare
from symparam.layers.contract.signature import show_shape
from symparam.model.scope import (
    Function,
    NeedsNumberError,
    Scope,
    is_of_what_enters,
    members_stay_open,
)


def size_of(record: records.Expression, scope: Scope, bound: bool = False) -> Any:
    """The value of a size expression: an int, a fraction, a symbol or a pair.

    A ``bound`` value is a size of its own, no part of a larger one.
    """
    try:
        value = _evaluate(record, scope)
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


def _evaluate(record: records.Expression, scope: Scope) -> Any:
    if isinstance(record, records.Number):
        return arithmetic.number(record.text)
    if isinstance(record, records.Name):
        return scope.size(record.name, record.span)
    if isinstance(record, records.Pair):
        return tuple(_single(size, scope) for size in record.sizes)
    if isinstance(record, records.Parallel) and record.branches:
        return tuple(size_of(branch, scope) for branch in record.branches)
    if isinstance(record, records.Signed):
        value = _single(record.operand, scope)
        return -value if record.sign == "-" else value
    if isinstance(record, records.Power):
        return arithmetic.raised(_single(record.base, scope), _single(record.exponent, scope))
    if isinstance(record, records.Arithmetic) and not scope.is_network(record):
        return _arithmetic(record, scope)
    if isinstance(record, records.Call) and isinstance(record.function, records.Name):
        return _call(record.function, record, scope)
    if isinstance(record, records.Index) and isinstance(record.base, records.Name):
        return _size_in(
            member(record.base.name, place_of(record, scope), scope, record.span), record
        )
    if isinstance(record, records.Attribute | records.Index):
        return _of_what_enters(record, scope)
    raise SizeError(f"{shorten(str(record))} is not a size", record.span)


def member(name: str, index: Any, scope: Scope, span: Span) -> Any:
    """``w[i]``: a member of a list that is known, or of a sequence that is not.

    A list that is known may have words, and names that were passed to a function.
    """
    meaning = scope.lookup(name)
    if isinstance(meaning, Bare):
        return meaning.member(index)
    is_free = meaning is None
    if is_free:
        meaning = scope.sequence(name, span)
    if meaning is not None and not isinstance(meaning, tuple):
        raise SizeError(f"{name} is not a sequence here, so it has no members", span)
    if not isinstance(index, int) and meaning is not None:
        if not (is_free and members_stay_open.get()):
            raise NeedsNumberError(f"{name} is a list of numbers: only a number picks one", span)
        meaning = None
    if meaning is None:
        if not required(index, ">=", 0):
            raise SizeError(f"there is no {name}[{index}]: a sequence begins at {name}[0]", span)
        return indexed(name, index)
    if not 0 <= index < len(meaning):
        last = len(meaning) - 1
        raise SizeError(f"there is no {name}[{index}]: {name} ends at {name}[{last}]", span)
    return meaning[index]


def _size_in(entry: Any, record: records.Expression) -> Any:
    """An entry of a list as a size."""
    if isinstance(entry, Bare):
        return entry.size()
    if isinstance(entry, str):
        raise SizeError(f"{record} is the word {entry}, not a size", record.span)
    return entry


def place_of(record: records.Index, scope: Scope) -> Any:
    """The size in the brackets of an index."""
    if len(record.indices) != 1:
        raise SizeError("one size stands in the brackets of an index", record.span)
    place = size_of(record.indices[0], scope, bound=True)
    if isinstance(place, Fraction | tuple):
        raise SizeError(f"{record.indices[0]} is not a whole number", record.indices[0].span)
    return place


def _of_what_enters(record: records.Attribute | records.Index, scope: Scope) -> Any:
    """``_.channels`` and ``_.shape[0]``."""
    place = place_of(record, scope) if isinstance(record, records.Index) else None
    attribute = record.base if isinstance(record, records.Index) else record
    wanted = "channels" if place is None else "shape"
    if not is_of_what_enters(attribute, wanted):
        raise SizeError(f"{shorten(str(record))} is not a size", record.span)
    if scope.entering is None:
        raise SizeError(f"nothing enters here that {record} could be a size of", record.span)
    if isinstance(scope.entering, Tensors):
        raise SizeError("several tensors enter here, and _ is not one of them", record.span)
    if place is not None and not isinstance(place, int):
        raise SizeError("only a number picks an axis", record.span)
    index = -1 if place is None else place
    if not -len(scope.entering) <= index < len(scope.entering):
        raise ShapeError(f"there is no axis {index} in {show_shape(scope.entering)}", record.span)
    return scope.entering[index]


def _single(record: records.Expression, scope: Scope) -> Any:
    """The value of a size expression that must not be a pair."""
    value = size_of(record, scope)
    if isinstance(value, tuple):
        raise SizeError("a pair of sizes cannot be used in arithmetic", record.span)
    return value


def _arithmetic(record: records.Arithmetic, scope: Scope) -> Any:
    """``+ - * / // %`` of sizes."""
    values = [_single(operand, scope) for operand in record.operands]
    if record.operators[0] in "+-":
        return arithmetic.added(values, record.operators)
    places = [operand.span for operand in record.operands]
    return arithmetic.multiplied(values, record.operators, places)


def _call(function: records.Name, record: records.Call, scope: Scope) -> Any:
    """``floor ceil min max`` of sizes."""
    name = function.name
    meaning = scope.lookup(name)
    if isinstance(meaning, Function) and not scope.is_network(record):
        inside = scope.enter(meaning, record, size_of)
        return size_of(meaning.body, inside)
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
        values.append(_single(argument, scope))
    compute, arity = arithmetic.FUNCTIONS[name]
    if not values or len(values) != (arity or len(values)):
        takes = "one size" if arity else "at least one size"
        raise ArgumentError(f"{name} takes {takes}", record.span)
    return compute(*values)
