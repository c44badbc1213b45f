"""Networks as values: what a script builds and a trace runs.

A layer object is one set of weights, wherever and however often it stands.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, TypeVar

from symparam.algebra.conditions import Condition
from symparam.algebra.sizes import Shape, Size, Tensors, settle
from symparam.errors import SizeError, Span
from symparam.layers import Layer

if TYPE_CHECKING:
    from sympy import Expr

    from symparam.language.records import Expression
    from symparam.model.scope import Scope

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


class Entry(NamedTuple):
    """The Input of a network that is applied to something else: a check of its shape.

    Before those of several Inputs stands one with all their shapes, which checks their number.
    """

    shape: Shape | Tensors
    span: Span | None = None


class Same(NamedTuple):
    """``_``: whatever enters, unchanged."""

    span: Span


class Pick(NamedTuple):
    """``_[0]``: one of several tensors."""

    place: int
    span: Span


class Slot:
    """The place of a label: one object for ``as skip`` and for every use in its statement."""

    def __init__(self, name: str, is_indexed: bool = False) -> None:
        self.name = name
        self.is_indexed = is_indexed  # whether it has a tensor for each iteration of a repeat


class Mark(NamedTuple):
    """``as skip``: the tensor here has a name from now on."""

    slot: Slot
    is_carried: bool = False  # whether a repeat sets it anew in each iteration
    number: Size | None = None  # ``as skip[i]``: the iteration that it is the tensor of


class Recall(NamedTuple):
    """A use of a label: the tensor that passed there."""

    slot: Slot
    span: Span
    number: Size | None = None  # ``skip[i]``: the tensor of this iteration


class SideBySide(NamedTuple):
    """``Concatenate(a for i in 1..m)``: bodies that all take the same, and what joins them."""

    repeat: "Repeat"
    merge: "Stage"


class Body(NamedTuple):
    """A network as it is written and where: what is made anew, with new layers, each time."""

    record: "Expression"
    scope: "Scope"
    labels: "Mapping[str, Recall]"  # of the statement it stands in


@dataclass(frozen=True, eq=False, slots=True)
class Deferred:
    """A stage with sizes of what enters it: ``Dense(_.channels)``; made when that is known."""

    body: Body
    span: Span


class Transpose(NamedTuple):
    """``emb.T``: the kernel of a layer, transposed."""

    layer: Layer
    name: str
    span: Span


class Made(NamedTuple):
    """A network made from a body, and the objects made with it: those from one serial number on."""

    value: "Value"
    since: int
    until: int
    scope: "Scope | None" = (
        None  # of the body of an iteration, which knows whether its index is used
    )


@dataclass(frozen=True, eq=False, slots=True)
class Repeat:
    """``a * L`` and ``a for i in 1..L``: one body after another, each with new layers.

    ``generic`` is the body of iteration ``index + shift``, where the index is a symbol of the
    engine's own, which no text can name; an index that the script does not name changes nothing,
    and the body is that of the first iteration. What that body requires is in ``conditions``.
    """

    body: Body
    variable: str | None  # the name of the index in the script
    first: Size
    last: Size
    index: "Expr | None"
    generic: Made | None  # None where a body can be made for a number only
    conditions: tuple[Condition, ...]
    span: Span

    @property
    def shift(self) -> Size:
        """How far an index is from the engine's own, which begins at a number of at least 1."""
        if isinstance(self.first, int) and self.first >= 1:
            return 0
        return settle(self.first - 1)


class Frozen(NamedTuple):
    """``Frozen(net)``: a network that training leaves alone."""

    body: "Value"
    span: Span


@dataclass(frozen=True, eq=False, slots=True)
class Expert:
    """Experts of one kind: how many there are, and how many of them work at once."""

    count: Size
    active: Size
    made: Made


@dataclass(frozen=True, eq=False, slots=True)
class Experts:
    """``MoE(expert, experts=E, active=k)``: experts side by side, of which a router picks some."""

    router: "Stage"
    parts: tuple[Expert, ...]
    span: Span


class Distributed(NamedTuple):
    """``TimeDistributed(a -> b)``: a network on each step of a sequence, with the same weights."""

    body: "Value"
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
    applied: "Chain | None" = None  # the network for inputs of one's own, if it can have them
    is_label: bool = False  # what a label names: no output of its own


Value: TypeAlias = (
    Stage
    | Source
    | Entry
    | Same
    | Pick
    | Mark
    | Recall
    | Deferred
    | Transpose
    | Repeat
    | SideBySide
    | Frozen
    | Distributed
    | Experts
    | Branches
    | Chain
    | Tensor
)


class Remark(NamedTuple):
    """What a reader of the script should know of a place in it, though it is no error."""

    message: str
    span: Span
    hint: str


class Register:
    """The layers and networks of a script in the order they are made; it keeps them alive."""

    def __init__(self) -> None:
        self.objects: list[Any] = []
        self.remarks: dict[Remark, None] = {}
        self._ids: set[int] = set()

    def add(self, made: "T") -> "T":
        """Enter what was made just now."""
        self.objects.append(made)
        self._ids.add(id(made))
        return made

    def __contains__(self, made: object) -> bool:
        return id(made) in self._ids

    def __len__(self) -> int:
        return len(self.objects)


T = TypeVar("T")


def marks(value: "Value") -> "Iterator[Slot]":
    """The labels from outside that the body of a repeat sets anew."""
    stack: list[Value] = [value]
    while stack:
        part = stack.pop()
        if isinstance(part, Mark):
            if part.is_carried:
                yield part.slot
        elif isinstance(part, Chain):
            stack += part.stages
        elif isinstance(part, Branches):
            stack += part.branches
        elif isinstance(part, Frozen | Distributed):
            stack.append(part.body)
        elif isinstance(part, Repeat) and part.generic:
            stack.append(part.generic.value)


def has_recall(value: "Value") -> bool:
    """Whether tensors from elsewhere enter a value."""
    if isinstance(value, Chain):
        return any(map(has_recall, value.stages))
    if isinstance(value, Branches):
        return any(map(has_recall, value.branches))
    if isinstance(value, Frozen | Distributed):
        return has_recall(value.body)
    if isinstance(value, SideBySide):
        value = value.repeat
    if isinstance(value, Repeat):
        return value.generic is None or has_recall(value.generic.value)
    return isinstance(value, Recall | Tensor)


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


def named(value: "Value", span: Span | None = None, is_label: bool = False) -> Tensor:
    """The value, which brings its own input, as a tensor."""
    depth = depth_of(value)
    _bound(depth, MAX_DEPTH, "networks within networks", span)
    return Tensor(value, depth, None if is_label else applied(value), is_label)


def is_closed(value: "Value") -> bool:
    """Whether the value brings its own input."""
    if isinstance(value, Chain):
        value = value.stages[0]
    if isinstance(value, Frozen):
        return is_closed(value.body)
    return value.closed if isinstance(value, Branches) else isinstance(value, Source | Tensor)


def applied(value: "Value") -> "Chain | None":
    """A network with checks in the places of its Inputs; None unless it begins with all of them."""
    first, *rest = value.stages if isinstance(value, Chain) else (value,)
    if any(map(_has_tensor, rest)):
        return None
    if isinstance(first, Source):
        return Chain((Entry(first.shape, first.span), *rest))
    if not isinstance(first, Branches):
        return None
    shapes = []
    entries: list[Value] = []
    for place, branch in enumerate(first.branches):
        inner = applied(branch)
        if inner is None or not isinstance(entry := inner.stages[0], Entry):
            return None
        if isinstance(entry.shape, Tensors):
            return None
        shapes.append(entry.shape)
        entries.append(Chain((Pick(place, first.span), *inner.stages)))
    apart = first._replace(branches=tuple(entries), closed=False)
    return Chain((Entry(Tensors(shapes), first.span), apart, *rest))


def _has_tensor(value: "Value") -> bool:
    if isinstance(value, Chain):
        return any(map(_has_tensor, value.stages))
    if isinstance(value, Branches):
        return any(map(_has_tensor, value.branches))
    return isinstance(value, Tensor | Source)


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
    if isinstance(value, SideBySide):
        value = value.repeat
    if isinstance(value, Repeat):
        return 1 + (depth_of(value.generic.value) if value.generic else 0)
    if isinstance(value, Experts):
        return 1 + max(depth_of(part.made.value) for part in value.parts)
    if isinstance(value, Frozen | Distributed):
        return 1 + depth_of(value.body)
    return value.depth if isinstance(value, Branches | Tensor) else 0


def stages(value: "Value") -> "Iterator[Stage]":
    """The layers of a value in the order they are written, each object once."""
    seen: set[int] = set()
    stack: list[Value] = [value]
    while stack:
        part = stack.pop()
        if isinstance(part, SideBySide):
            stack += [part.merge, part.repeat]
        elif isinstance(part, Stage):
            yield part
        elif isinstance(part, Chain):
            stack.extend(reversed(part.stages))
        elif isinstance(part, Branches | Tensor | Repeat | Frozen | Distributed | Experts):
            if id(part) in seen:
                continue
            seen.add(id(part))
            if isinstance(part, Branches):
                stack.extend(reversed(part.branches))
            elif isinstance(part, Repeat):
                stack += [part.generic.value] if part.generic else []
            elif isinstance(part, Experts):
                stack += [expert.made.value for expert in reversed(part.parts)]
            else:
                stack.append(part.value if isinstance(part, Tensor) else part.body)


def _bound(number: int, most: int, what: str, span: Span | None) -> None:
    if number > most:
        raise SizeError(f"more than {most} {what}", span)
