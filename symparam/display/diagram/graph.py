"""The plain graph behind every diagram: vertices, edges, and boxes around what is repeated."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Literal, NamedTuple, TypeAlias

from symparam.costs.steps import CountedStep, Counts
from symparam.display.content import Code, Line
from symparam.display.diagram import labels
from symparam.trace.nodes import Mixture, Origin, Origins, Through
from symparam.trace.walk import Path, Row


class Vertex(NamedTuple):
    """An input, a layer at work, the point where a line enters a box, or the sum of experts."""

    key: str
    kind: Literal["input", "layer", "point", "sum"]
    title: Line = ()
    called: Line = ()  # its arguments
    lines: tuple[Line, ...] = ()  # what stands below: shape, parameters
    is_shared: bool = False  # whether its weights are those of an earlier vertex


class Edge(NamedTuple):
    """A tensor on its way; ``label`` is the name that the script calls it by."""

    source: str
    target: str
    label: str | None = None


class Lane(NamedTuple):
    """A branch without a layer: a line on which the tensor of that vertex passes by."""

    source: str


class Fork:
    """Branches side by side."""

    def __init__(self) -> None:
        self.branches: list[Strand] = []


class Box:
    """What is drawn in a frame, with words on it."""

    def __init__(self, caption: Line) -> None:
        self.caption = caption
        self.strand: Strand = []


Item: TypeAlias = Vertex | Lane | Fork | Box
Strand: TypeAlias = list[Item]  # one below the other


class Graph(NamedTuple):
    """The vertices as they stand in branches and boxes, and the edges between them."""

    strand: Strand
    edges: list[Edge]


class _Frame:
    """A box while it is filled: what enters it, and what leaves it if it is gathered."""

    def __init__(self, box: Box, entry: Origins, number: int, is_gathered: bool) -> None:
        self.box = box
        self.entry = entry.number if isinstance(entry, Origin) else None
        self.point = f"p{number}"
        self.sum = f"s{number}" if is_gathered else None


class _Builder:
    def __init__(self, counts: Counts) -> None:
        self.counts = counts
        self.inputs = counts.trace.inputs
        self.root: Strand = []
        self.strands: dict[Path, Strand] = {(): self.root}
        self.forks: dict[int, Fork] = {}
        self.around: dict[Path, tuple[_Frame, ...]] = {(): ()}  # the boxes a place stands in
        self.mixtures: dict[Path, Fork] = {}  # where experts stand side by side
        self.frames: list[_Frame] = []
        self.framing: dict[str, tuple[_Frame, ...]] = {}  # the boxes a vertex stands in
        self.edges: list[Edge] = []

    def build(self) -> Graph:
        lanes: list[tuple[Strand, Path, Through]] = []
        for row in self.counts.rows:
            strand = self._strand(row.path)
            if isinstance(row, CountedStep):
                strand.append(self._vertex(row))
            elif isinstance(row.node, Through):
                lanes.append((strand, row.path, row.node))
            elif isinstance(row.node, Mixture):
                self._mixture(row, row.node, strand)
            else:
                self._repetition(row, strand)
        for step in self.counts.steps:
            for origin in _flat(step.origin):
                self._edge(origin, f"n{step.number}")
        self._gather()
        self._points()
        for strand, path, passage in lanes:
            for origin in _flat(passage.origin):
                source = self._passes(self._seen_from(origin, self.around[path]))
                alone = source[0] == "i" and not self.around[path]
                alone = alone and (passage.word == "Input" or self._uses(source) == 1)
                strand.append(self._input(origin.number) if alone else Lane(source))
        self._leaving: dict[str, set[str]] = defaultdict(set)
        for edge in self.edges:
            self._leaving[edge.source].add(edge.target)
        self.root = _tidied(self.root)
        self._lift(self.root)
        self._inputs()
        return Graph(_tidied(self.root), self.edges)

    def _strand(self, path: Path) -> Strand:
        """The place of a row; its branches move below whatever came between their rows."""
        if path in self.mixtures:
            branch: Strand = []
            self.mixtures[path].branches.append(branch)
            return branch
        if path not in self.strands:
            number, index = path[-1]
            parent = self._strand(path[:-1])
            if number not in self.forks:
                self.forks[number] = Fork()
                parent.append(self.forks[number])
            fork = self.forks[number]
            while len(fork.branches) <= index:
                fork.branches.append([])
            self.strands[path] = fork.branches[index]
            self.around[path] = self.around[path[:-1]]
        for depth in range(len(path)):
            inner = self.forks.get(path[depth][0])
            parent = self.strands[path[:depth]]
            if inner is not None and parent[-1] is not inner:
                parent.remove(inner)
                parent.append(inner)
        return self.strands[path]

    def _vertex(self, step: CountedStep) -> Vertex:
        key = f"n{step.number}"
        self.framing[key] = self.around[step.path]
        lines = (labels.shape(step.output_shape), labels.counts(step))
        return Vertex(
            key,
            "layer",
            (Code(step.layer.title),),
            labels.called(step.layer),
            tuple(line for line in lines if line),
            step.is_shared and not step.owned,
        )

    def _input(self, number: int) -> Vertex:
        shape = self.inputs[-number - 1]
        return Vertex(f"i{-number}", "input", ("Input",), (), (labels.shape(shape),))

    def _frame(self, box: Box, path: Path, entry: Origins, is_gathered: bool = False) -> _Frame:
        frame = _Frame(box, entry, len(self.frames) + 1, is_gathered)
        self.frames.append(frame)
        around = self.around[path[:-1]]
        self.framing[frame.point] = around
        self.around[path] = (*around, frame)
        if frame.sum:
            self.framing[frame.sum] = self.around[path]
        return frame

    def _repetition(self, row: Row, strand: Strand) -> None:
        assert row.head is not None
        path = (*row.path, row.branch)
        box = Box(labels.caption(row.head))
        self._frame(box, path, row.head.node.origin)
        self.strands[path] = box.strand
        strand.append(box)

    def _mixture(self, row: Row, mixture: Mixture, strand: Strand) -> None:
        path = (*row.path, row.branch)
        box, fork = Box(("MoE",)), Fork()
        frame = self._frame(box, path, mixture.origin, is_gathered=True)
        assert frame.sum
        box.strand += [fork, Vertex(frame.sum, "sum")]
        self.mixtures[path] = fork
        self.strands[path] = box.strand
        strand.append(box)

    def _edge(self, origin: Origin, target: str) -> None:
        source = self._seen_from(origin, self.framing[target])
        self.edges.append(Edge(source, target, origin.label))

    def _seen_from(self, origin: Origin, around: tuple[_Frame, ...]) -> str:
        """The vertex whose tensor it is, as it is met inside these boxes."""
        key = f"n{origin.number}" if origin.number > 0 else f"i{-origin.number}"
        for frame in self.framing.get(key, ()):
            if frame.sum and frame not in around:
                return frame.sum
        for frame in around:
            if frame.entry == origin.number:
                key = frame.point
        return key

    def _gather(self) -> None:
        """What leaves the experts and their router is added up."""
        going = {edge.source for edge in self.edges}
        members: dict[_Frame, list[str]] = {frame: [] for frame in self.frames}
        for key, around in self.framing.items():
            for frame in around:
                members[frame].append(key)
        for frame in reversed(self.frames):
            if frame.sum:
                ends = [key for key in members[frame] if key not in going and key[0] != "p"]
                ends = [key for key in ends if key != frame.sum]
                self.edges += [Edge(key, frame.sum) for key in ends]
                going.update(ends)

    def _points(self) -> None:
        """A line that enters a box parts inside of it, if it goes to several places there."""
        number = {frame.point: 0 for frame in self.frames}
        for edge in self.edges:
            if edge.source in number:
                number[edge.source] += 1
        self.dissolved: dict[str, str] = {}
        for frame in reversed(self.frames):
            if frame.entry is None or number[frame.point] == 0:
                continue
            outer = self._seen_from(Origin("", frame.entry), self.framing[frame.point])
            if number[frame.point] == 1:
                self.dissolved[frame.point] = outer
            else:
                frame.box.strand.insert(0, Vertex(frame.point, "point"))
                self.edges.append(Edge(outer, frame.point))
            if outer in number:
                number[outer] += 1
        self.edges = [edge._replace(source=self._passes(edge.source)) for edge in self.edges]

    def _passes(self, key: str) -> str:
        while key in self.dissolved:
            key = self.dissolved[key]
        return key

    def _uses(self, source: str) -> int:
        return sum(edge.source == source for edge in self.edges)

    def _lift(self, strand: Strand) -> None:
        """A named tensor that several branches use stands above them, not in the first of them."""
        for item in list(strand):
            if isinstance(item, Box):
                self._lift(item.strand)
            for branch in item.branches if isinstance(item, Fork) else []:
                self._lift(branch)
                others = _keys([item]) - _keys(branch)
                last = max(
                    (n for n, part in enumerate(branch) if self._feed(part, others)), default=-1
                )
                above = strand[: strand.index(item)] if last >= 0 else []
                if last >= 0 and not any(self._feed(part, others) for part in above):
                    strand[len(above) : len(above)] = branch[: last + 1]
                    del branch[: last + 1]

    def _feed(self, item: Item, targets: set[str]) -> bool:
        """Whether a line goes from the item to one of the targets."""
        return any(self._leaving[key] & targets for key in _keys([item]))

    def _inputs(self) -> None:
        """Inputs stand right above what takes them, if nothing else comes from above there."""
        placed = _keys(self.root)
        for number in range(len(self.inputs), 0, -1):
            key = f"i{number}"
            if key in placed:
                continue
            takers = {edge.target for edge in self.edges if edge.source == key}
            strand, place = self._home(self.root, takers)
            above, inside = _keys(strand[:place]), strand[place : place + 1]
            enters = any(f.box in inside and f.entry == -number for f in self.frames)
            others = {edge.target for edge in self.edges if edge.source in above}
            if others & _keys(inside) and not enters:
                place = 0
            strand.insert(place, self._input(-number))

    def _home(self, strand: Strand, takers: set[str]) -> tuple[Strand, int]:
        """The innermost strand outside of boxes with all takers, and the first that has one."""
        for place, item in enumerate(strand):
            for inner in item.branches if isinstance(item, Fork) else []:
                if takers and takers <= _keys(inner):
                    return self._home(inner, takers)
            if takers & _keys([item]):
                return strand, place
        return strand, 0


def graph(counts: Counts) -> Graph:
    """The graph of a network, in time that grows with its rows."""
    return _Builder(counts).build()


def vertices(strand: Strand) -> Iterator[Vertex]:
    """All vertices, from above to below."""
    for item in strand:
        if isinstance(item, Vertex):
            yield item
        elif isinstance(item, Box):
            yield from vertices(item.strand)
        elif isinstance(item, Fork):
            for branch in item.branches:
                yield from vertices(branch)


def _keys(strand: Strand) -> set[str]:
    return {vertex.key for vertex in vertices(strand)}


def _flat(origins: Origins) -> Iterator[Origin]:
    if isinstance(origins, Origin):
        yield origins
    else:
        for origin in origins:
            yield from _flat(origin)


def _tidied(strand: Strand) -> Strand:
    """Without boxes and branches in which nothing stands."""
    kept: Strand = []
    for item in strand:
        if isinstance(item, Box):
            item.strand = _tidied(item.strand)
            kept += [item] if item.strand else []
        elif isinstance(item, Fork):
            item.branches = [branch for branch in map(_tidied, item.branches) if branch]
            kept += [item] if item.branches else []
        else:
            kept.append(item)
    return kept
