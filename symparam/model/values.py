"""Networks as values: what a script builds and a trace runs.

A layer object is one set of weights, wherever and however often it stands.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, TypeAlias

from symparam.algebra.sizes import Shape, Size, Tensors
from symparam.errors import SizeError, Span
from symparam.layers import Layer

MAX_STAGES = 200_000
MAX_DEPTH = 100


class Stage(NamedTuple):
    """A layer and where it is written."""

    layer: Layer
    span: Span | None = None


class Source(NamedTuple):
    """``Input(...)``: a tensor that enters the network here."""

    shape: Shape
    span: Span | None = None


class Same(NamedTuple):
    """``_``: whatever enters, unchanged."""

    span: Span


class Pick(NamedTuple):
    """``_[0]``: one of several tensors."""

    place: int
    span: Span


class Slot:
    """The place of a label: one object for ``as skip`` and for every use of it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.tensor: Tensor | None = None  # of the statement it stands in, run when it is needed


class Mark(NamedTuple):
    """``as skip``: what passes here has a name from now on."""

    slot: Slot


class Recall(NamedTuple):
    """A use of a label: the tensor that passed there."""

    slot: Slot
    span: Span


class Deferred(NamedTuple):
    """A stage with sizes of what enters it: ``Dense(_.channels)``; made when that is known."""

    make: "Callable[[Shape | Tensors], Value]"
    span: Span


class Transpose(NamedTuple):
    """``emb.T``: the kernel of a layer the other way round."""

    layer: Layer
    name: str
    span: Span


class Repeat(NamedTuple):
    """``a * L`` and ``a for i in 1..L``: one body after another, each with new layers."""

    make: "Callable[[Size], Value]"  # the body of the pass with this number
    variable: str  # the name of that number
    is_named: bool  # whether the script has the name
    first: Size
    last: Size
    sample: "Value"  # the body of some pass
    span: Span


class Frozen(NamedTuple):
    """``Frozen(net)``: a network that training leaves alone."""

    body: "Value"
    span: Span


class Experts(NamedTuple):
    """``MoE(expert, experts=E, active=k)``: experts side by side, of which a router picks some."""

    make: "Callable[[], Value]"  # one expert
    router: Stage
    parts: tuple[tuple[Size, Size], ...]  # how many experts, and how many of them work at once
    sample: "Value"
    span: Span


class Branches(NamedTuple):
    """``(a, b)``: the same input goes through each; several tensors come out."""

    branches: "tuple[Value, ...]"
    span: Span
    depth: int  # how deeply branches stand within branches, from 1
    closed: bool  # whether a branch brings its own input


class Chain(NamedTuple):
    """``a -> b``: one after the other."""

    stages: "tuple[Value, ...]"


class Tensor(NamedTuple):
    """``x = Input(n) -> a``: a named tensor, computed once however often it is used."""

    value: "Value"
    depth: int


Value: TypeAlias = (
    Stage
    | Source
    | Same
    | Pick
    | Mark
    | Recall
    | Deferred
    | Transpose
    | Repeat
    | Frozen
    | Experts
    | Branches
    | Chain
    | Tensor
)


def chain(values: "Sequence[Value]") -> "Value":
    """The values one after the other, chains within chains laid flat."""
    flat: list[Value] = []
    for value in values:
        flat += value.stages if isinstance(value, Chain) else [value]
        _bound(len(flat), MAX_STAGES, "layers in a chain", None)
    return flat[0] if len(flat) == 1 else Chain(tuple(flat))


def branches(values: "Sequence[Value]", span: Span) -> Branches:
    """The values side by side."""
    depth = 1 + max(map(depth_of, values))
    _bound(depth, MAX_DEPTH, "branches within branches", span)
    # A tensor beside what enters is no input of the network; Input is.
    closed = all(map(is_closed, values)) or any(map(_begins_with_input, values))
    return Branches(tuple(values), span, depth, closed)


def is_closed(value: "Value") -> bool:
    """Whether the value brings its own input."""
    if isinstance(value, Chain):
        value = value.stages[0]
    if isinstance(value, Frozen):
        return is_closed(value.body)
    return value.closed if isinstance(value, Branches) else isinstance(value, Source | Tensor)


def _begins_with_input(value: "Value") -> bool:
    value = value.stages[0] if isinstance(value, Chain) else value
    return is_closed(value) and not isinstance(value, Tensor)


def is_tensor(value: "Value") -> bool:
    """Whether the value is a tensor, to which nothing can enter."""
    if isinstance(value, Chain):
        value = value.stages[0]
    if isinstance(value, Frozen):
        return is_tensor(value.body)
    return isinstance(value, Source | Tensor | Recall)


def depth_of(value: "Value") -> int:
    """How deeply branches stand within branches, 0 when there are none."""
    if isinstance(value, Chain):
        return max(map(depth_of, value.stages))
    if isinstance(value, Repeat | Experts):
        return 1 + depth_of(value.sample)
    if isinstance(value, Frozen):
        return 1 + depth_of(value.body)
    return value.depth if isinstance(value, Branches | Tensor) else 0


def stages(value: "Value") -> "Iterator[Stage]":
    """The layers of a value in the order they are written, each object once."""
    seen: set[int] = set()
    stack: list[Value] = [value]
    while stack:
        part = stack.pop()
        if isinstance(part, Stage):
            yield part
        elif isinstance(part, Chain):
            stack.extend(reversed(part.stages))
        elif isinstance(part, Branches | Tensor | Repeat | Frozen | Experts):
            if id(part) in seen:
                continue
            seen.add(id(part))
            if isinstance(part, Branches):
                stack.extend(reversed(part.branches))
            elif isinstance(part, Repeat | Experts):
                stack.append(part.sample)
            else:
                stack.append(part.body if isinstance(part, Frozen) else part.value)


def _bound(number: int, most: int, what: str, span: Span | None) -> None:
    if number > most:
        raise SizeError(f"more than {most} {what}", span)
