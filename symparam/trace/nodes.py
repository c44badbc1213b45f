"""What a trace is made of: a tree of records, each fixed once it is made.

A step keeps the shapes and weights of its own iteration. What stands around it, a repeat or a
mixture of experts, says how often it runs and how its sizes change.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from symparam.algebra.assumptions import Assumptions
from symparam.algebra.conditions import Condition
from symparam.algebra.sizes import Shape, Size, Tensors
from symparam.errors import Span
from symparam.layers import Layer, Weight

if TYPE_CHECKING:
    from sympy import Expr

    from symparam.algebra.depth.recurrences import Progression


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a tensor comes from: the layer and its number among all uses of layers.

    Inputs are numbered down from -1. ``label`` is the name by which a label calls the tensor.
    """

    name: str
    number: int
    label: str | None = None


Origins: TypeAlias = "Origin | tuple[Origins, ...]"  # as the tensors nest


class Flow(NamedTuple):
    """What goes from layer to layer: shapes, and where they come from."""

    x: Shape | Tensors
    origin: Origins


class Owned(NamedTuple):
    """A weight that is counted at a step; each of the repeats ``over`` which it is new has its own.

    A weight that is made outside of a repeat is the same in all its iterations.
    """

    weight: Weight
    over: frozenset[int]


@dataclass(frozen=True, slots=True)
class Step:
    """One layer at work, in the sizes of its iteration: what enters, what leaves, its weights."""

    layer: Layer
    name: str
    number: int
    span: Span | None
    origin: Origins
    x: Shape | Tensors
    y: Shape | Tensors
    weights: tuple[Weight, ...]
    owned: tuple[Owned | None, ...]  # beside each weight; None where it is counted elsewhere
    buffers: tuple[Owned, ...]  # what is stored and is no parameter, at the first use of a layer


IDENTITY = "_"


@dataclass(frozen=True, slots=True)
class Through:
    """A branch without a layer: an input or ``_``."""

    word: str
    y: Shape | Tensors
    origin: Origins


@dataclass(frozen=True, slots=True)
class Fork:
    """Branches side by side, each a sequence of nodes."""

    branches: tuple[tuple["Node", ...], ...]


EACH_STEP = "TimeDistributed"


@dataclass(frozen=True, slots=True)
class Repeat:
    """A body for all its iterations, from ``first`` to ``last``, on the sizes of one of them.

    That one is iteration ``index + shift``; the index is a symbol of the engine's own. Sizes
    that change from iteration to iteration are symbols in the body, too: the ``progression``
    says what each of them is before an iteration. First iterations that differ are ``peeled``:
    bodies by themselves, in sizes of their own. Each takes what the one before gives; where ``by``
    names a layer that joins them or applies one to each step, all take what enters the first.
    """

    key: int  # the same wherever the same network is used
    variable: str | None  # the name of the index in the script
    index: "Expr | None"
    shift: Size
    first: Size
    last: Size
    y: Shape | Tensors
    progression: "Progression | None"  # None where all iterations are alike
    peeled: tuple[tuple["Node", ...], ...]
    body: tuple["Node", ...]
    origin: Origins  # of what enters the first iteration
    by: str = ""


@dataclass(frozen=True, slots=True)
class Expert:
    """Experts of one kind: one of them, how many there are, and how many work at once."""

    key: int
    count: Size
    active: Size
    y: Shape | Tensors
    origin: Origins
    body: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Mixture:
    """A router and the experts it chooses among, side by side."""

    router: tuple["Node", ...]
    experts: tuple[Expert, ...]
    y: Shape | Tensors
    origin: Origins


Node: TypeAlias = Step | Through | Fork | Repeat | Mixture


@dataclass(frozen=True, slots=True)
class Trace:
    """What a network does to its inputs, as a value.

    The ``conditions`` must hold for the network to exist. Formulas over repeats hold for the
    sizes that fulfil ``domain``, too; outside of it the network is run at numbers.
    """

    body: tuple[Node, ...]
    inputs: tuple[Shape, ...]
    output: Shape | Tensors
    conditions: tuple[Condition, ...]
    domain: tuple[Condition, ...]
    assumptions: Assumptions
    symbols: tuple[str, ...]  # the names that the script gives to sizes
    inferred: tuple[str, ...]  # those of an input that nobody wrote
    is_inferred: bool  # whether nobody wrote the input

    @property
    def input_shape(self) -> Shape | Tensors:
        """The shape that enters, or the shapes of several inputs."""
        return self.inputs[0] if len(self.inputs) == 1 else Tensors(self.inputs)
