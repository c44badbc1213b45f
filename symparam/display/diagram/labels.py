"""What stands in the boxes of a diagram: layers with their arguments, shapes and parameters."""

from typing import Any

from symparam.algebra.sizes import Shape, Size, Tensors
from symparam.costs.steps import CountedStep
from symparam.display import content
from symparam.display.content import Code, Count, Dims, Line, Written, joined
from symparam.display.text import TextPrinter
from symparam.layers import Layer
from symparam.layers.contract.aliases import WORDS
from symparam.layers.contract.kinds import SpatialKind
from symparam.layers.contract.signature import show_value
from symparam.trace.nodes import Expert
from symparam.trace.walk import Level

MAX_ARGUMENTS = 5  # more than that would be read in the script, not in a picture
_WORDS = {meaning: word for word, meaning in WORDS.items()}


class Labels(TextPrinter):
    """Lines as they stand in pictures."""

    times = "× "


def arguments(layer: Layer) -> list[Line]:
    """The arguments that say more than the defaults, as short as the language writes them.

    >>> from symparam.display import text
    >>> from symparam.layers import Dense
    >>> [text.line(line) for line in arguments(Dense(64, "relu", use_bias=False))]
    ['64', 'relu', 'nobias']
    """
    shown: list[Line] = []
    for name, field in layer.fields.items():
        value = layer.value(name)
        if not field.required and value == field.default:
            continue
        if isinstance(value, bool) and (name, value) in _WORDS:
            shown.append((_WORDS[name, value],))
        elif isinstance(field.kind, SpatialKind) and field.required:
            shown.append(_window(value))
        elif (field.kind.counts and field.required) or isinstance(value, str | Layer):
            shown.append(_value(value))
        else:
            is_even = isinstance(value, tuple) and value and all(v == value[0] for v in value)
            shown.append((f"{name}=", *_value(value[0] if is_even else value)))
    if len(shown) > MAX_ARGUMENTS:
        shown[MAX_ARGUMENTS:] = [("…",)]
    return shown


def called(layer: Layer) -> Line:
    """The arguments in brackets, nothing where there are none."""
    given = arguments(layer)
    return ("(", *joined(given), ")") if given else ()


def _value(value: Any) -> Line:
    if isinstance(value, Layer):
        return (Code(value.title), *called(value))
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return (Written(show_value(value)),)
    if isinstance(value, tuple):
        inner = joined(map(_value, value))
        return ("(", *inner, ",)" if len(value) == 1 else ")")
    is_size = isinstance(value, int) or hasattr(value, "is_Add")
    return (content.size(value),) if is_size else (Written(show_value(value)),)


def _window(sizes: Shape) -> Line:
    """One size for each spatial axis, as papers write it."""
    line: Line = ()
    for size in sizes:
        is_sum = not isinstance(size, int) and size.is_Add
        line += ("×",) * bool(line)
        line += ("(", content.size(size), ")") if is_sum else (content.size(size),)
    return line


def counts(step: CountedStep) -> Line:
    """The parameters of a step, of one iteration if it is repeated; nothing if it has none."""
    if not step.weights:
        return ()
    marks = []
    if not step.owned:
        return ("shared weights",)
    keys = {level.node.key for level in step.repeats}
    if any(owned and not keys <= owned.over for owned in step.step.owned):
        marks.append("one for all")
    if step.is_shared:
        marks.append("the rest shared")
    if not any(weight.trainable for weight in step.owned):
        marks.append("frozen")
    return (*_count(step.params_of_iteration), " params", *(f", {mark}" for mark in marks))


def _count(size: Size) -> Line:
    return (Count(size),) if isinstance(size, int) else (content.size(size),)


def shape(sizes: Shape | Tensors) -> Line:
    return (Dims(sizes),)


def caption(level: Level) -> Line:
    """How often a box is repeated; ``for i in 1..L`` where the sizes inside depend on i."""
    node = level.node
    if not isinstance(node, Expert) and node.progression is not None and node.progression.names:
        return content.ranging(level)
    return content.iterations(level)
