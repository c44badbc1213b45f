"""A network as a small value, written in the language, run in Keras, written as Keras code."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias

from symparam.frameworks.keras import import_keras, takes_each


class Size(int):
    """A number in an argument or a shape that could be a symbol instead."""


@dataclass(frozen=True)
class Call:
    """A layer with its arguments: numbers, words, flags, tuples, layers."""

    name: str
    positional: tuple[Any, ...] = ()
    keywords: tuple[tuple[str, Any], ...] = ()

    @property
    def arguments(self) -> tuple[Any, ...]:
        """The values of all arguments."""
        return (*self.positional, *(value for _, value in self.keywords))


@dataclass(frozen=True)
class Named:
    """A layer or a tensor that is defined above the network."""

    name: str


@dataclass(frozen=True)
class Enter:
    """``Input(...)``."""

    shape: tuple[Any, ...]


@dataclass(frozen=True)
class Same:
    """``_``: what enters, unchanged."""


@dataclass(frozen=True)
class Pick:
    """``_[0]``: one of several tensors."""

    index: int


@dataclass(frozen=True)
class Fork:
    """``(a, b)``: chains side by side."""

    branches: "tuple[Chain, ...]"


Stage: TypeAlias = Call | Named | Enter | Same | Pick | Fork
Chain: TypeAlias = tuple[Stage, ...]


@dataclass(frozen=True)
class Case:
    """A network, and the layers and tensors that it names."""

    network: Chain
    definitions: tuple[tuple[str, Call | Chain], ...] = ()

    def text(self, lift: "Lift | None" = None) -> str:
        """The network in the language."""
        lines = [
            f"{name} = {_stage(value, lift) if isinstance(value, Call) else _chain(value, lift)}"
            for name, value in self.definitions
        ]
        return "\n".join([*lines, _chain(self.network, lift)])

    def code(self) -> str:
        """The network as Keras code, which prints the shapes and the counts of the run."""
        code = _Code()
        output = walk(self, code)
        return "\n".join(
            [
                "import os",
                'os.environ.setdefault("KERAS_BACKEND", "numpy")',
                "import numpy as np",
                "from keras import layers, tree",
                *code.lines,
                f"print(tree.map_structure(np.shape, {_several(output)}))",
                f"weights = {{id(w): w for layer in [{', '.join(code.layers)}] for w in layer.weights}}",
                "print([(w.path, w.shape, w.trainable) for w in weights.values()])",
            ]
        )

    def calls(self) -> Iterator[Call]:
        """All layers in it, inner ones too."""
        stack: list[Any] = [self.network, *(value for _, value in self.definitions)]
        while stack:
            part = stack.pop()
            if isinstance(part, Call):
                yield part
                stack += part.arguments
            elif isinstance(part, Fork):
                stack += part.branches
            elif isinstance(part, tuple | list):
                stack += part

    def names(self) -> set[str]:
        """The names of all layers in it."""
        return {call.name for call in self.calls()}


@dataclass
class Lift:
    """Numbers written as symbols, one spelling of the plan after the other.

    Spellings: 0 a new symbol, 1 the number itself, 2 a symbol that has this value already,
    3 twice a symbol, 4 a symbol plus one, 5 a symbol minus one.
    """

    plan: tuple[int, ...]
    numbers: dict[str, int] = field(default_factory=dict)
    count: int = 0

    def __call__(self, number: int) -> str:
        spelling = self.plan[self.count % len(self.plan)]
        self.count += 1
        if number < 1 or spelling == 1:
            return str(number)
        if spelling == 2:
            same = [name for name, value in self.numbers.items() if value == number]
            return same[0] if same else self.symbol(number)
        if spelling == 3 and number % 2 == 0:
            return f"2*{self.symbol(number // 2)}"
        if spelling == 4 and number > 1:
            return f"{self.symbol(number - 1)} + 1"
        if spelling == 5:
            return f"{self.symbol(number + 1)} - 1"
        return self.symbol(number)

    def symbol(self, number: int) -> str:
        """A new symbol for this number."""
        name = f"s{len(self.numbers)}"
        self.numbers[name] = number
        return name


def _chain(chain: Chain, lift: Lift | None) -> str:
    return " -> ".join(_stage(stage, lift) for stage in chain)


def _stage(stage: Stage, lift: Lift | None) -> str:
    if isinstance(stage, Enter):
        return f"Input(shape={written(stage.shape, lift)})"
    if isinstance(stage, Fork):
        return f"({', '.join(_chain(branch, lift) for branch in stage.branches)})"
    if isinstance(stage, Pick):
        return f"_[{stage.index}]"
    return "_" if isinstance(stage, Same) else written(stage, lift)


def written(value: Any, lift: Lift | None = None) -> str:
    """An argument as the language writes it."""
    if isinstance(value, Named):
        return value.name
    if isinstance(value, Call):
        arguments = [written(argument, lift) for argument in value.positional]
        arguments += [f"{name}={written(argument, lift)}" for name, argument in value.keywords]
        return f"{value.name}({', '.join(arguments)})" if arguments else value.name
    if isinstance(value, tuple):
        inner = ", ".join(written(entry, lift) for entry in value)
        return f"({inner},)" if len(value) == 1 else f"({inner})"
    if isinstance(value, list):
        return f"[{', '.join(written(entry, lift) for entry in value)}]"
    if isinstance(value, bool) or value is None:
        return str(value).lower()
    if isinstance(value, Size) and lift is not None:
        return lift(value)
    if isinstance(value, str) and not value.isidentifier():
        return f'"{value}"'
    return str(value)


class World(Protocol):
    """Where a network can be built: in Keras, or in the text of a program."""

    def enter(self, shape: tuple[int, ...]) -> Any:
        """A tensor that enters the network."""

    def make(self, name: str, positional: list[Any], keywords: dict[str, Any]) -> Any:
        """A layer; layers among its arguments are already made."""

    def apply(self, layer: Any, x: Any) -> Any:
        """What leaves a layer when a tensor, or a list of them, enters it."""

    def pick(self, x: Any, index: int) -> Any:
        """One of several tensors."""


def walk(case: Case, world: World) -> Any:
    """Build the network in a world; what leaves it."""
    known: dict[str, Any] = {}

    def value(argument: Any) -> Any:
        if isinstance(argument, Named):
            return known[argument.name]
        if isinstance(argument, Call):
            return made(argument)
        if isinstance(argument, tuple | list):
            return type(argument)(map(value, argument))
        return int(argument) if isinstance(argument, Size) else argument

    def made(call: Call) -> Any:
        keywords = {name: value(argument) for name, argument in call.keywords}
        return world.make(call.name, [value(argument) for argument in call.positional], keywords)

    def through(chain: Chain, x: Any) -> Any:
        for stage in chain:
            if isinstance(stage, Enter):
                x = world.enter(value(stage.shape))
            elif isinstance(stage, Fork):
                x = [through(branch, x) for branch in stage.branches]
            elif isinstance(stage, Pick):
                x = world.pick(x, stage.index)
            elif isinstance(stage, Call):
                x = world.apply(made(stage), x)
            elif isinstance(stage, Named):
                tensor = isinstance(dict(case.definitions)[stage.name], tuple)
                x = known[stage.name] if tensor else world.apply(known[stage.name], x)
        return x

    for name, definition in case.definitions:
        known[name] = (
            made(definition) if isinstance(definition, Call) else through(definition, None)
        )
    return through(case.network, None)


class _Code:
    """The world of Keras code: tensors and layers are the names of variables."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.made: dict[str, str] = {}  # the class of each layer
        self.layers: list[str] = []  # those at work
        self.tensors = 0

    def enter(self, shape: tuple[int, ...]) -> str:
        return self.tensor(f'np.zeros({(2, *shape)}, "float32")')

    def make(self, name: str, positional: list[Any], keywords: dict[str, Any]) -> "_Variable":
        arguments = [repr(argument) for argument in positional]
        arguments += [f"{name}={argument!r}" for name, argument in keywords.items()]
        layer = _Variable(f"layer_{len(self.made) + 1}")
        self.lines.append(f"{layer} = layers.{name}({', '.join(arguments)})")
        self.made[layer] = name
        return layer

    def apply(self, layer: "_Variable", x: Any) -> str:
        if layer not in self.layers:
            self.layers.append(layer)
        each = isinstance(x, list) and takes_each(getattr(import_keras().layers, self.made[layer]))
        return self.tensor(f"{layer}({', '.join(x) if each else _several(x)})")

    def pick(self, x: Any, index: int) -> Any:
        return x[index] if isinstance(x, list) else f"{x}[{index}]"

    def tensor(self, expression: str) -> str:
        self.tensors += 1
        self.lines.append(f"x{self.tensors} = {expression}")
        return f"x{self.tensors}"


class _Variable(str):
    """The name of a layer's variable, which stands unquoted among arguments."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def _several(x: Any) -> str:
    return f"[{', '.join(map(_several, x))}]" if isinstance(x, list) else x
