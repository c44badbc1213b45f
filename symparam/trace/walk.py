"""Reading a trace: every node once, with the repeats around it and in the sizes that are shown.

In a repeat a step is shown for iteration i, in the name that the script gives to the index and
in numbers as the script counts them; first iterations that differ come before it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from symparam.algebra.sizes import Shape, Size, Tensors, positive, settle, symbol
from symparam.layers import Layer
from symparam.trace.nodes import Expert, Fork, Mixture, Node, Repeat, Step, Through, Trace
from symparam.trace.repeats import substituted

if TYPE_CHECKING:
    from sympy import Expr

Path: TypeAlias = tuple[tuple[int, int], ...]  # which fork, and which of its branches


@dataclass(frozen=True)
class Level:
    """A repeat around a row, or the experts it is one of, and how its index is shown."""

    node: Repeat | Expert
    number: Size | None  # of a first iteration that stands by itself
    name: str  # that the index is shown by
    outer: tuple["Level", ...]  # those around it, in whose sizes its bounds are shown

    @property
    def first(self) -> Size:
        """The number of the first iteration; experts are numbered from 1."""
        return 1 if isinstance(self.node, Expert) else self._around(self.node.first)

    @property
    def last(self) -> Size:
        """The number of the last iteration, or of the last expert."""
        node = self.node
        return self._around(node.count if isinstance(node, Expert) else node.last)

    @property
    def count(self) -> Size:
        """How many iterations or experts there are."""
        return settle(self.last - self.first + 1)

    @property
    def active(self) -> Size:
        """How many experts work at once; all iterations do."""
        return self._around(self.node.active) if isinstance(self.node, Expert) else self.count

    def _around(self, size: Size) -> Size:
        shape: Any = (size,)
        for level in reversed(self.outer):
            shape = level.shown(shape)
        shown: Size = shape[0]
        return shown

    @property
    def index(self) -> "Expr | None":
        """The symbol that the number of the iteration is shown by, if anything depends on it."""
        node = self.node
        if self.number is not None or isinstance(node, Expert) or node.index is None:
            return None
        if isinstance(node.first, int):
            return symbol(self.name, node.first)
        return symbol(self.name, 1 if positive(node.first) else -1)

    def shown(self, shape: Any) -> Any:
        """Shapes of the body in the sizes of the iteration that is shown."""
        node = self.node
        if isinstance(node, Expert) or (index := self.index) is None:
            return shape
        assert node.progression is not None
        number = settle(index - node.shift)
        return substituted(shape, {**node.progression.before(number), node.index: number})


class Row(NamedTuple):
    """A node at its place; shapes are shown in the sizes of ``levels``, from the outside in."""

    node: Step | Through | Repeat | Mixture | Expert
    path: Path
    levels: tuple[Level, ...]
    branch: tuple[int, int] = (0, 0)  # the branch of ``path`` that its body stands in
    head: Level | None = None  # of the rows of its body

    def shown(self, shape: Any) -> Any:
        """A shape of the node as it is shown."""
        for level in reversed(self.levels):
            shape = level.shown(shape)
        return shape

    @property
    def y(self) -> Shape | Tensors:
        """What leaves the node."""
        y: Shape | Tensors = self.shown(self.node.y)
        return y

    def layer(self) -> Layer:
        """The layer of a step in the sizes that are shown."""
        assert isinstance(self.node, Step)
        if any(level.index is not None for level in self.levels):
            return _resized(self.node.layer, self)
        return self.node.layer


def _resized(layer: Layer, row: Row) -> Layer:
    """A layer with the sizes that are shown in its arguments."""

    def shown(value: Any) -> Any:
        if isinstance(value, Layer):
            return _resized(value, row)
        return row.shown((value,))[0] if hasattr(value, "free_symbols") else value

    return layer.changed(shown)


class _Walk:
    def __init__(self, trace: Trace) -> None:
        self.taken = set(trace.symbols)
        self.forks = 0

    def rows(self, body: Iterable[Node], path: Path, levels: tuple[Level, ...]) -> Iterator[Row]:
        for node in body:
            if isinstance(node, Fork):
                self.forks += 1
                fork = self.forks
                for place, branch in enumerate(node.branches):
                    yield from self.rows(branch, (*path, (fork, place)), levels)
            elif isinstance(node, Repeat):
                yield from self._repeat(node, path, levels)
            elif isinstance(node, Mixture):
                yield from self._mixture(node, path, levels)
            else:
                yield Row(node, path, levels)

    def _repeat(self, node: Repeat, path: Path, levels: tuple[Level, ...]) -> Iterator[Row]:
        name = self._name(node, levels)
        for place, body in enumerate(node.peeled):
            number = settle(node.first - len(node.peeled) + place)
            yield from self.rows(body, path, (*levels, Level(node, number, name, levels)))
        branch = self._fork()
        level = Level(node, None, name, levels)
        yield Row(node, path, levels, branch, level)
        yield from self.rows(node.body, (*path, branch), (*levels, level))

    def _mixture(self, node: Mixture, path: Path, levels: tuple[Level, ...]) -> Iterator[Row]:
        fork = self._fork()
        yield Row(node, path, levels, fork)
        inner = (*path, fork)
        yield from self.rows(node.router, inner, levels)
        for expert in node.experts:
            branch = self._fork()
            level = Level(expert, None, "", levels)
            yield Row(expert, inner, levels, branch, level)
            yield from self.rows(expert.body, (*inner, branch), (*levels, level))

    def _fork(self) -> tuple[int, int]:
        self.forks += 1
        return self.forks, 0

    def _name(self, node: Repeat, levels: tuple[Level, ...]) -> str:
        """The name of an index, which is nobody else's here."""
        taken = self.taken | {level.name for level in levels}
        name, number = node.variable or "i", 0
        while name in taken:
            number += 1
            name = f"{node.variable or 'i'}_{number}"
        return name


def walk(trace: Trace) -> Iterator[Row]:
    """Every step, branch and repeat of a trace, in the order they are written."""
    return _Walk(trace).rows(trace.body, (), ())
