"""Networks made in Python, tensor by tensor, for programs that build architectures."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from symparam.algebra.assumptions import Assumptions
from symparam.algebra.conditions import collecting, evaluated, required
from symparam.algebra.sizes import Shape, Size, Tensors
from symparam.errors import ArgumentError, ShapeError, SizeError, Span, SymparamError, shorten
from symparam.language.sources import from_text
from symparam.layers import Input, Layer
from symparam.layers.contract.signature import show_value
from symparam.model.program import Model, Program
from symparam.model.scope import Numbers, Scope
from symparam.model.values import (
    Branches,
    Mark,
    Pick,
    Recall,
    Register,
    Slot,
    Source,
    Stage,
    Tensor,
    Value,
    applied,
    chain,
    is_closed,
)
from symparam.network.network import Network
from symparam.trace.run import trace

NOWHERE = Span(0, 0)  # what is made in Python has no place in a text


class Use(NamedTuple):
    """A tensor as something uses it: which one of the graph, and which of its parts."""

    number: int
    picks: tuple[int, ...] = ()


class Node(NamedTuple):
    """A layer or a network, and the tensors that enter it."""

    part: Layer | Network | Program
    inputs: tuple[Use, ...] = ()


class GraphTensor:
    """A tensor of a ``Graph``: what a layer gave, with its shape.

    >>> import symparam
    >>> graph = symparam.Graph()
    >>> x = graph.add("LSTM(u, return_state=true)", graph.input("t", "d"))
    >>> x[0].shape
    (u,)

    ``x[0]`` is one of several tensors. Made by ``Graph.input`` and ``Graph.add``.
    """

    def __init__(self, graph: "Graph", use: Use, shape: Shape | Tensors) -> None:
        self.graph = graph
        self.use = use
        self.shape = shape

    def __getitem__(self, place: int) -> "GraphTensor":
        if not isinstance(self.shape, Tensors):
            raise ShapeError(f"there is one tensor here, nothing to pick: {show_value(self.shape)}")
        if not -len(self.shape) <= place < len(self.shape):
            raise ShapeError(f"there is no tensor {place} among {len(self.shape)}")
        use = self.use._replace(picks=(*self.use.picks, place))
        return GraphTensor(self.graph, use, self.shape[place])

    def __iter__(self) -> Iterator["GraphTensor"]:
        several = len(self.shape) if isinstance(self.shape, Tensors) else 0
        if not several:
            raise ShapeError(f"there is one tensor here: {show_value(self.shape)}")
        return (self[place] for place in range(several))

    def __repr__(self) -> str:
        return f"<GraphTensor {show_value(self.shape)}>"


class Graph:
    """Builds a network in Python, tensor by tensor.

    >>> import symparam
    >>> graph = symparam.Graph()
    >>> x = graph.input("h", "w", 3)
    >>> for width in (16, 32):
    ...     y = graph.add(f"Conv2D({width}, 3, same)", x)
    ...     x = graph.add("Concatenate", x, y)
    >>> x.shape
    (h, w, 51)
    >>> graph.network(x).params
    5952

    What is added is a layer or a network in the language, a ``Network``, or a layer object. One
    object added twice is one set of weights:

    >>> from symparam.layers.keras import Dense
    >>> graph, encode = symparam.Graph(), Dense(symparam.symbol("d"))
    >>> a, b = (graph.add(encode, graph.input("n")) for _ in range(2))
    >>> graph.network(graph.add("Concatenate", a, b)).params
    d*(n + 1)

    A shape that does not fit is refused where it is added.
    """

    def __init__(self) -> None:
        self._nodes: list[Node] = []

    def input(self, *sizes: "Size | str") -> GraphTensor:
        """A tensor that enters the network, by its sizes without the batch axis.

        A size is a number, a name or an expression. Raises a SymparamError for anything else.
        """
        names = Scope({})
        shape = tuple(names.size(s, NOWHERE) if isinstance(s, str) else s for s in sizes)
        return self._entered(Node(Input(shape)), shape)

    def add(self, part: "Layer | Network | str", *inputs: GraphTensor) -> GraphTensor:
        """What a layer or a network gives for these tensors.

        Raises a SymparamError where they do not fit.
        """
        self._check(inputs, "a layer is added with tensors of this graph")
        if not isinstance(part, Layer | Network | str) or isinstance(part, Input):
            raise ArgumentError(f"{shorten(str(part))} is neither a layer nor a network to add")
        made = Program(from_text(part)) if isinstance(part, str) else part
        shapes = Tensors(tensor.shape for tensor in inputs)
        x = shapes[0] if len(inputs) == 1 else shapes
        return self._entered(Node(made, tuple(tensor.use for tensor in inputs)), _after(made, x))

    def network(self, *outputs: GraphTensor) -> Network:
        """The network with these outputs."""
        self._check(outputs, "the outputs of a network are tensors of its graph")
        return Network(Built(tuple(self._nodes), tuple(tensor.use for tensor in outputs)))

    def _check(self, tensors: tuple[GraphTensor, ...], message: str) -> None:
        if not tensors or any(getattr(tensor, "graph", None) is not self for tensor in tensors):
            raise ArgumentError(message)

    def _entered(self, node: Node, shape: Shape | Tensors) -> GraphTensor:
        self._nodes.append(node)
        return GraphTensor(self, Use(len(self._nodes) - 1), shape)


def _after(part: Layer | Network | Program, x: Shape | Tensors) -> Shape | Tensors:
    """The shape that leaves a layer or a network that ``x`` enters."""
    if isinstance(part, Layer):
        return part.after(x)
    shapes = x if isinstance(x, Tensors) else (x,)
    inputs = tuple(Node(Input.with_values({"shape": shape})) for shape in shapes)
    uses = tuple(map(Use, range(len(inputs))))
    graph = Built((*inputs, Node(part, uses)), (Use(len(inputs)),))
    try:
        return trace(graph({})).output
    except SymparamError as error:
        definition = part if isinstance(part, Program) else part.definition
        raise definition.located(error) from None


class Built:
    """The nodes of a graph as a definition of a network; called with sizes, it gives the model."""

    def __init__(self, nodes: tuple[Node, ...], outputs: tuple[Use, ...]) -> None:
        needed = _needed(nodes, outputs)
        places = {number: place for place, number in enumerate(needed)}

        def moved(uses: tuple[Use, ...]) -> tuple[Use, ...]:
            return tuple(use._replace(number=places[use.number]) for use in uses)

        self.nodes = tuple(Node(nodes[n].part, moved(nodes[n].inputs)) for n in needed)
        self.outputs = moved(outputs)

    @property
    def identity(self) -> Any:
        """What two networks have alike that are the same."""
        objects: dict[int, int] = {}
        numbers = tuple(objects.setdefault(id(n.part), len(objects)) for n in self.nodes)
        return self.nodes, numbers, self.outputs

    def located(self, error: SymparamError) -> SymparamError:
        """An error with its place, of which there is none in a text."""
        error.span = None
        return error

    def place_of(self, table: str, name: str) -> None:
        """Where a table has a name: nowhere."""

    def __str__(self) -> str:
        return f"of {len(self.nodes)} layers made in Python"

    def __call__(self, sizes: Numbers, register: Register | None = None) -> Model:
        return _Making(self, sizes, Register() if register is None else register).model()


def _needed(nodes: tuple[Node, ...], outputs: tuple[Use, ...]) -> list[int]:
    """The numbers of the nodes that the outputs depend on, and of all inputs."""
    found = {number for number, node in enumerate(nodes) if isinstance(node.part, Input)}
    waiting = [use.number for use in outputs]
    while waiting:
        number = waiting.pop()
        if number not in found:
            found.add(number)
            waiting += [use.number for use in nodes[number].inputs]
    return sorted(found)


class _Making:
    """The model of a graph at some sizes, each layer and each network made once."""

    def __init__(self, built: Built, sizes: Numbers, register: Register) -> None:
        self.built = built
        self.sizes = sizes
        self.register = register
        self.names: dict[str, bool] = {}  # of the sizes of layers
        self.layers: dict[int, Layer] = {}
        self.models: dict[int, tuple[Numbers, Model]] = {}  # each with sizes of its own

    def model(self) -> Model:
        """The network as one chain: each tensor that is used later has a label."""
        slots = {use.number: Slot("") for use in self._uses()}
        stages: list[Value] = []
        with collecting() as conditions:
            for number, node in enumerate(self.built.nodes):
                if node.inputs:
                    stages += _several([_used(slots, use) for use in node.inputs])
                stages += [self._value(node.part), Mark(slots[number])] if number in slots else []
        stages += _several([_used(slots, use) for use in self.built.outputs])
        parts = list(self.models.values())
        return Model(
            network=chain(stages),
            outputs=(),
            is_closed=True,
            names=_Names(self.names, parts),
            given={k: v for _, model in parts for k, v in model.given.items()},
            conditions=(*conditions, *(c for _, model in parts for c in model.conditions)),
            assumptions=Assumptions(c for _, m in parts for c in m.assumptions.conditions),
            register=self.register,
            configs={},
            glossary={k: v for _, model in parts for k, v in model.glossary.items()},
            latex={k: v for _, model in parts for k, v in model.latex.items()},
            description="",
        )

    def _uses(self) -> Iterator[Use]:
        for node in self.built.nodes:
            yield from node.inputs
        yield from self.built.outputs

    def _value(self, part: Layer | Network | Program) -> Value:
        if isinstance(part, Input):
            return Source(tuple(map(self._size, part.shape)))
        if isinstance(part, Layer):
            return Stage(self._layer(part))
        if id(part) not in self.models:
            definition, fixed = (
                (part, {}) if isinstance(part, Program) else (part.definition, part.sizes)
            )
            model = definition({**self.sizes, **fixed}, self.register)
            self.models[id(part)] = fixed, model
        return _open(part, self.models[id(part)][1])

    def _layer(self, layer: Layer) -> Layer:
        """The layer with the numbers in the place of its symbols, in each use the same."""
        if id(layer) not in self.layers:
            made = layer.changed(
                lambda v: self._layer(v) if isinstance(v, Layer) else self._size(v)
            )
            made.check()
            self.layers[id(layer)] = self.register.add(made)
        return self.layers[id(layer)]

    def _size(self, size: Any) -> Any:
        """A size with the numbers that are given; what is no size stays."""
        if not hasattr(size, "free_symbols"):
            return size
        numbers = {}
        for free in sorted(size.free_symbols, key=str):
            name = str(free)
            self.names.setdefault(name, False)
            if isinstance(number := self.sizes.get(name), tuple):
                raise SizeError(f"{name} is one size and takes one number, not a list")
            if number is not None:
                numbers[free] = number
        (result,) = evaluated((size,), numbers)
        if not isinstance(result, int):
            dividend, divisor = result.as_numer_denom()
            if not required(divisor, "|", dividend):
                raise SizeError(f"{size} is not a whole number")
        return result


class _Names(Mapping[str, bool]):
    """The symbols of a graph; those of its networks may become more while they run."""

    def __init__(self, own: dict[str, bool], parts: list[tuple[Numbers, Model]]) -> None:
        self._own = own
        self._parts = parts

    def _all(self) -> dict[str, bool]:
        found = dict(self._own)
        for fixed, model in self._parts:
            found |= {k: v for k, v in model.names.items() if k not in fixed}
        return found

    def __getitem__(self, name: str) -> bool:
        return self._all()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())


def _open(part: Network | Program, model: Model) -> Value:
    """The network for an input of one's own."""
    value = model.network
    if is_closed(value):
        value = value.value if isinstance(value, Tensor) else value
        found = applied(value)
        if found is None:
            raise ArgumentError(f"{shorten(str(part))} brings its own inputs and cannot be applied")
        return found
    return value


def _used(slots: dict[int, Slot], use: Use) -> Value:
    """A tensor that is used."""
    picks = (Pick(place, NOWHERE) for place in use.picks)
    return chain([Recall(slots[use.number], NOWHERE), *picks])


def _several(values: list[Value]) -> list[Value]:
    """Tensors that enter something together."""
    if len(values) == 1:
        return values
    return [Branches(tuple(values), NOWHERE, 1, True)]
