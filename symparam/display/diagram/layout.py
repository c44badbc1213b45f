"""Where the parts of a diagram go on a page: branches side by side, everything else in a column.

Lengths are whole tenths of a millimetre, to the right and down. The branches and boxes of the
graph are rectangles within rectangles, so that nothing overlaps, however large a network is.
Lines run along the axes: from above to below through the gaps between items, and beside a
column where a tensor passes by (a lane) or is called from far away (a detour).
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeAlias

from symparam.display.content import Line
from symparam.display.diagram.flow import Detour, Flow, Hop
from symparam.display.diagram.graph import Box, Fork, Graph, Item, Lane, Strand, Vertex

GAP = 45  # between items of a column
SPREAD = 70  # the same where lines part or meet
COLUMN = 60  # between branches
LANE = 50  # between lines that run side by side
PADDING = 40  # inside a box
PORT = 12  # between lines that end at the same side

Point: TypeAlias = tuple[int, int]
Port: TypeAlias = tuple[int, str]  # a line, by its id, and which of its ends


class Extent(NamedTuple):
    """The room of a part: to the left and the right of its axis, and its height."""

    left: int
    right: int
    height: int


class Frame(NamedTuple):
    caption: Line
    left: int
    top: int
    right: int
    bottom: int


class Route(NamedTuple):
    """A line with its corners; a label stands at its last long side."""

    points: list[Point]
    has_arrow: bool
    label: str | None


class Page(NamedTuple):
    """Where everything is: vertices by their centres."""

    centres: dict[str, Point]
    frames: list[Frame]
    routes: list[Route]


class Sizes(NamedTuple):
    """The room that texts take, which only a format knows."""

    vertex: Callable[[Vertex], tuple[int, int]]  # width and height
    caption: Callable[[Line], tuple[int, int]]


class _Columns(NamedTuple):
    """The branches of a fork: their axes, counted from that of the fork, and their room."""

    axes: list[int]
    extents: list[Extent]
    extent: Extent


class _Layout:
    def __init__(self, graph: Graph, sizes: Sizes) -> None:
        self.sizes = sizes
        self.flow = Flow(graph)
        self.extents: dict[int, Extent] = {}
        self.columns: dict[int, _Columns] = {}
        self.centres: dict[str, Point] = {}
        self.rooms: dict[str, tuple[int, int]] = {}  # widths and heights
        self.lanes: dict[int, tuple[int, int, int]] = {}  # its place, its top, its bottom
        self.tops: dict[int, int] = {}  # of forks
        self.aside: set[int] = set()  # lanes that run beside the one column there is
        self.gaps: dict[int, int] = {}  # the height of the line through the gap a hop crosses
        self.frames: list[Frame] = []
        self.detours: dict[int, int] = {}  # where each of them runs

    # How large things are.

    def strand(self, strand: Strand) -> Extent:
        left = right = height = 0
        for place, item in enumerate(strand):
            after = strand[place + 1] if place + 1 < len(strand) else None
            extent = self.item(item, after)
            left, right = max(left, extent.left), max(right, extent.right)
            height += extent.height + (sum(self._gap(strand, place)) if after is not None else 0)
        detours = self.flow.detours.get(id(strand), [])
        left += LANE * max((1 + d.place for d in detours if d.side == -1), default=0)
        right += LANE * max((1 + d.place for d in detours if d.side == 1), default=0)
        return Extent(left, right, height)

    def item(self, item: Item, after: Item | None) -> Extent:
        if isinstance(item, Vertex):
            width, height = self.rooms[item.key] = self.sizes.vertex(item)
            extent = Extent(width // 2, width // 2, height)
        elif isinstance(item, Box):
            inner, caption = self.strand(item.strand), self.sizes.caption(item.caption)
            left = max(inner.left + PADDING, caption[0] + PADDING)
            height = inner.height + 2 * PADDING + caption[1]
            extent = Extent(left, inner.right + PADDING, height)
        elif isinstance(item, Fork):
            self.columns[id(item)] = columns = self._columns(item, after)
            extent = columns.extent
        else:
            extent = Extent(0, 0, 0)
        self.extents[id(item)] = extent
        return extent

    def _columns(self, fork: Fork, after: Item | None) -> _Columns:
        extents = [self.strand(branch) for branch in fork.branches]
        height = max(extent.height for extent in extents)
        if id(fork) not in self.flow.mains:
            return _side_by_side(extents, height)
        left, right = extents[0].left, extents[0].right
        if isinstance(after, Vertex):
            right = max(right, self.sizes.vertex(after)[0] // 2)
        axes = [0]
        for branch, extent in zip(fork.branches[1:], extents[1:], strict=True):
            if isinstance(branch[0], Lane) and isinstance(after, Vertex):
                self.aside.add(id(branch[0]))
                right += LANE
                axes.append(right)
            else:
                axes.append(right + COLUMN + extent.left)
                right = axes[-1] + extent.right
        return _Columns(axes, extents, Extent(left, right, height))

    def _gap(self, strand: Strand, place: int) -> tuple[int, int]:
        """The height of the gap below an item: for hops, and for detours above the next one."""
        levels = self._levels(strand, place)
        if len(levels) == 1 and (len(levels[0]) == 1 or _is_point(strand[place])):
            gap = GAP
        else:
            gap = SPREAD + LANE * max(0, len(levels) - 1) // 2
        below = strand[place + 1] if place + 1 < len(strand) else None
        return gap, PORT * len(self.flow.above.get(id(below), []))

    def _levels(self, strand: Strand, place: int) -> list[list[Hop]]:
        """The hops through a gap, those together that all their sources share."""
        targets: dict[int, tuple[list[int], list[Hop]]] = {}
        for hop in self.flow.hops.get((id(strand), place), []):
            if not self._is_aside(hop):
                ends, hops = targets.setdefault(id(hop.source), ([], []))
                ends.append(id(hop.target))
                hops.append(hop)
        levels: dict[tuple[int, ...], list[Hop]] = {}
        for ends, hops in targets.values():
            levels.setdefault(tuple(sorted(ends)), []).extend(hops)
        return list(levels.values())

    def _is_aside(self, hop: Hop) -> bool:
        """Whether it comes from a lane beside a column, into the side of what is below."""
        return id(hop.source) in self.aside

    # Where they go.

    def put_strand(self, strand: Strand, axis: int, top: int) -> None:
        for place, item in enumerate(strand):
            self.put(item, axis, top)
            top += self.extents[id(item)].height
            (gap, above), levels = self._gap(strand, place), self._levels(strand, place)
            for level, hops in enumerate(levels, start=1):
                for hop in hops:
                    self.gaps[id(hop)] = top + gap * level // (len(levels) + 1)
                    if _is_point(item):
                        self.gaps[id(hop)] = top - self.extents[id(item)].height // 2
            top += gap + above
        left = axis - max(self.extents[id(item)].left for item in strand)
        right = axis + max(self.extents[id(item)].right for item in strand)
        for detour in self.flow.detours.get(id(strand), []):
            edge = right if detour.side == 1 else left
            self.detours[id(detour)] = edge + detour.side * LANE * (1 + detour.place)

    def put(self, item: Item, axis: int, top: int) -> None:
        extent = self.extents[id(item)]
        if isinstance(item, Vertex):
            self.centres[item.key] = axis, top + extent.height // 2
        elif isinstance(item, Box):
            bottom = top + extent.height
            frame = Frame(item.caption, axis - extent.left, top, axis + extent.right, bottom)
            self.frames.append(frame)
            caption = self.sizes.caption(item.caption)[1]
            self.put_strand(item.strand, axis, top + PADDING + caption)
        elif isinstance(item, Fork):
            columns = self.columns[id(item)]
            self.tops[id(item)] = top
            for n, branch in enumerate(item.branches):
                x = axis + columns.axes[n]
                if isinstance(branch[0], Lane):
                    self.lanes[id(branch[0])] = x, top, top + extent.height
                else:
                    free = extent.height - columns.extents[n].height
                    self.put_strand(branch, x, top + free // 2)

    # The lines between them.

    def routes(self) -> list[Route]:
        ports = self._ports()
        routes = []
        for edge, hops, detour in self.flow.ways:
            points: list[Point] = []
            for hop in hops:
                points += self._hop(hop, ports)
            if detour is not None:
                x = self.detours[id(detour)]
                start = self._side(detour.source, ports[id(detour), "out"], detour.side)
                points = [start, (x, start[1]), *self._arrival(detour, x, ports)]
            routes.append(Route(_straightened(points), edge.target[0] != "p", edge.label))
        return routes

    def _hop(self, hop: Hop, ports: Mapping[Port, int]) -> list[Point]:
        """From below its source to above its target; or into its side, from a lane beside it."""
        if isinstance(hop.source, Lane):
            x, _, bottom = self.lanes[id(hop.source)]
            if self._is_aside(hop):
                assert isinstance(hop.target, Vertex)
                end = self._side(hop.target.key, ports[id(hop), "in"])
                return [(x, end[1]), end]
        else:
            x, y = self.centres[hop.source.key]
            bottom = y if _is_point(hop.source) else y + self.rooms[hop.source.key][1] // 2
        if isinstance(hop.target, Lane):
            to, top, _ = self.lanes[id(hop.target)]
        else:
            to, y = self.centres[hop.target.key]
            top = y if _is_point(hop.target) else y - self.rooms[hop.target.key][1] // 2
        middle = self.gaps[id(hop)]
        return [(x, bottom), (x, middle), (to, middle), (to, top)]

    def _arrival(self, detour: Detour, x: int, ports: Mapping[Port, int]) -> list[Point]:
        """From its place beside the column into the side of the target, or from above."""
        if detour.above is None:
            end = self._side(detour.target, ports[id(detour), "in"], detour.side)
            return [(x, end[1]), end]
        level = self.flow.above[detour.above].index(detour.source)
        y = self.tops[detour.above] - PORT * (level + 1)
        to, centre = self.centres[detour.target]
        to += detour.side * 2 * PORT
        return [(x, y), (to, y), (to, centre - self.rooms[detour.target][1] // 2)]

    def _side(self, key: str, down: int, side: int = 1) -> Point:
        x, y = self.centres[key]
        return x + side * (self.rooms[key][0] // 2), y + down

    def _ports(self) -> dict[Port, int]:
        """How far below its middle each line touches the right side of a vertex."""
        touching: dict[tuple[str, int], list[Port]] = {}
        for edge, hops, detour in self.flow.ways:
            if detour is not None:
                touching.setdefault((edge.source, detour.side), []).append((id(detour), "out"))
                if detour.above is None:
                    touching.setdefault((edge.target, detour.side), []).append((id(detour), "in"))
            elif self._is_aside(hops[-1]):
                touching.setdefault((edge.target, 1), []).append((id(hops[-1]), "in"))
        ports = {}
        for lines in touching.values():
            for place, port in enumerate(sorted(lines, key=lambda port: port[1])):
                ports[port] = PORT * (2 * place - len(lines) + 1) // 2
        return ports


def _is_point(item: Item) -> bool:
    return isinstance(item, Vertex) and item.kind == "point"


def _side_by_side(extents: list[Extent], height: int) -> _Columns:
    """Columns in their order, the axis in the middle between the first and the last."""
    axes = []
    right = 0
    for extent in extents:
        axes.append(right + extent.left)
        right = axes[-1] + extent.right + COLUMN
    middle = (axes[0] + axes[-1]) // 2
    extent = Extent(middle, right - COLUMN - middle, height)
    return _Columns([x - middle for x in axes], extents, extent)


def _straightened(points: list[Point]) -> list[Point]:
    """Without corners where a line runs straight on."""
    kept: list[Point] = []
    for point in points:
        if kept and kept[-1] == point:
            continue
        if len(kept) > 1 and (
            kept[-2][0] == kept[-1][0] == point[0] or kept[-2][1] == kept[-1][1] == point[1]
        ):
            kept.pop()
        kept.append(point)
    return kept


def layout(graph: Graph, sizes: Sizes) -> Page:
    """A place for everything."""
    page = _Layout(graph, sizes)
    extent = page.strand(graph.strand)
    page.put_strand(graph.strand, extent.left, 0)
    return Page(page.centres, page.frames, page.routes())
