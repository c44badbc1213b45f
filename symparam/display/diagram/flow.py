"""How tensors run through the columns of a diagram: from item to item, past others, or far."""

from typing import NamedTuple, TypeAlias

from symparam.display.diagram.graph import Box, Edge, Fork, Graph, Item, Lane, Strand, Vertex

End: TypeAlias = Vertex | Lane
Gap: TypeAlias = tuple[int, int]  # a column, by its id, and the item above the gap


class Hop:
    """A line through the gap between two items of a column."""

    def __init__(self, source: End, target: End, gap: Gap) -> None:
        self.source = source
        self.target = target
        self.gap = gap


class Detour:
    """A line beside a column, past the items between its ends.

    ``side`` is 1 to the right of the column, -1 to the left. Where other branches stand between
    it and its target, it comes from above them: ``above`` is that fork, by its id.
    """

    def __init__(self, edge: Edge, first: int, last: int, side: int, above: int | None) -> None:
        self.source, self.target = edge.source, edge.target
        self.first, self.last = first, last
        self.side, self.above = side, above
        self.place = 0  # counted from the inside out


class Way(NamedTuple):
    """How an edge is drawn: in hops from above to below, or as a detour."""

    edge: Edge
    hops: tuple[Hop, ...]
    detour: Detour | None


class _Live(NamedTuple):
    """A tensor that waits below an item for whoever takes it."""

    key: str
    end: End
    hops: tuple[Hop, ...]
    gap: Gap
    depth: int  # in how many branches the gap stands


class _Place(NamedTuple):
    """An item of a column; of a fork, also a branch and how many stand on either side of it."""

    column: int
    place: int
    fork: int | None = None
    left: int = 0
    right: int = 0


class Flow:
    """The ways of all edges; branches that nothing runs through are taken out of the graph."""

    def __init__(self, graph: Graph) -> None:
        self.ways: list[Way] = []
        self.hops: dict[Gap, list[Hop]] = {}  # by the gap that they cross
        self.detours: dict[int, list[Detour]] = {}  # by the id of the column they pass
        self.above: dict[int, list[str]] = {}  # what comes from above a fork, by its id
        self.mains: set[int] = set()  # forks whose first branch is the column of all the rest
        self._fed: set[int] = set()
        self._branches: list[int] = []  # around this place
        self._entering: dict[str, list[Edge]] = {}
        for edge in graph.edges:
            self._entering.setdefault(edge.target, []).append(edge)
        self._far: list[Edge] = []
        self._strand(graph.strand, [])
        self._places: dict[str, list[_Place]] = {}
        self._find(graph.strand, [])
        for edge in self._far:
            self._detour(edge)
        for detours in self.detours.values():
            for side in (1, -1):
                _place([detour for detour in detours if detour.side == side])

    def _strand(self, strand: Strand, live: list[_Live]) -> list[_Live]:
        kept: Strand = []
        for item in strand:
            if isinstance(item, Fork) and not self._is_drawn(item, live):
                continue
            gap, depth = (id(strand), len(kept)), len(self._branches)
            kept.append(item)
            live = [one._replace(gap=gap, depth=depth) for one in self._item(item, live)]
        strand[:] = kept
        return live

    def _is_drawn(self, fork: Fork, live: list[_Live]) -> bool:
        """Whether there are branches; a line that nothing stands beside just runs on."""
        keys = {one.key for one in live}
        fork.branches = [
            branch
            for branch in fork.branches
            if not isinstance(branch[0], Lane) or branch[0].source in keys
        ]
        lanes = sum(isinstance(branch[0], Lane) for branch in fork.branches)
        return len(fork.branches) > lanes or lanes > 1

    def _item(self, item: Item, live: list[_Live]) -> list[_Live]:
        if isinstance(item, Box):
            return self._strand(item.strand, live)
        if isinstance(item, Fork):
            leaving = []
            for branch in item.branches:
                self._branches.append(id(branch))
                leaving += self._strand(branch, live)
                self._branches.pop()
            self._order(item)
            return leaving
        if isinstance(item, Lane):
            one = next(one for one in live if one.key == item.source)
            hop = self._hop(one, item)
            return [one._replace(end=item, hops=(*one.hops, hop))]
        used: list[_Live] = []
        for edge in self._entering.get(item.key, []):
            found = [one for one in live if one.key == edge.source]
            found.sort(key=lambda one: one in used)
            if found:
                used.append(found[0])
                hop = self._hop(found[0], item)
                self.ways.append(Way(edge, (*found[0].hops, hop), None))
            else:
                self._far.append(edge)
        return [_Live(item.key, item, (), (0, 0), 0)]

    def _order(self, fork: Fork) -> None:
        """The only branch that is entered from above goes first, the lines past it next to it."""
        lanes = [branch for branch in fork.branches if isinstance(branch[0], Lane)]
        rest = [branch for branch in fork.branches if branch not in lanes]
        fed = [branch for branch in rest if id(branch) in self._fed]
        main = fed if len(fed) == 1 else lanes[:1] if not fed else []
        if main:
            lanes = [branch for branch in lanes if branch is not main[0]]
            fork.branches = [*main, *lanes, *(b for b in rest if b is not main[0])]
            self.mains.add(id(fork))

    def _hop(self, one: _Live, target: End) -> Hop:
        hop = Hop(one.end, target, one.gap)
        self.hops.setdefault(one.gap, []).append(hop)
        self._fed.update(self._branches[one.depth :])
        return hop

    def _find(self, strand: Strand, around: "list[_Place]") -> None:
        """The columns that each vertex stands in, from the outside in."""
        for place, item in enumerate(strand):
            here = [*around, _Place(id(strand), place)]
            if isinstance(item, Vertex):
                self._places[item.key] = here
            elif isinstance(item, Box):
                self._find(item.strand, here)
            elif isinstance(item, Fork):
                last = len(item.branches) - 1
                for n, branch in enumerate(item.branches):
                    here[-1] = _Place(id(strand), place, id(item), n, last - n)
                    self._find(branch, list(here))

    def _detour(self, edge: Edge) -> None:
        """Past the innermost column that both ends stand in, on the side where less is between."""
        source, target = self._places[edge.source], self._places[edge.target]
        common = 0
        while common + 1 < min(len(source), len(target)) and (
            source[common + 1].column == target[common + 1].column
        ):
            common += 1
        first, last = sorted((source[common].place, target[common].place))
        inner = [*source[common:], *target[common:]]
        left, right = sum(place.left for place in inner), sum(place.right for place in inner)
        beside = self.detours.setdefault(source[common].column, [])
        known = [detour.side for detour in beside if detour.source == edge.source]
        side = known[0] if known else 1 if right <= left else -1
        near = target[-2] if len(target) > common + 1 and target[-1].place == 0 else target[0]
        above = near.fork if (near.right if side == 1 else near.left) else None
        if above is not None and edge.source not in self.above.setdefault(above, []):
            self.above[above].append(edge.source)
        detour = Detour(edge, first, last, side, above)
        beside.append(detour)
        self.ways.append(Way(edge, (), detour))


def _place(detours: list[Detour]) -> None:
    """Short ones inside, and none upon another."""
    placed: list[list[Detour]] = []
    for detour in sorted(detours, key=lambda detour: detour.last - detour.first):
        for place, others in enumerate([*placed, []]):
            if all(detour.last < other.first or other.last < detour.first for other in others):
                detour.place = place
                if place == len(placed):
                    placed.append([])
                placed[place].append(detour)
                break
