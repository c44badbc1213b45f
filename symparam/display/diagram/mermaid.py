"""Diagrams as Mermaid, which GitHub and others draw from the text of a page."""

from symparam.display.content import Line
from symparam.display.diagram.graph import Box, Edge, Fork, Graph, Strand, Vertex, vertices
from symparam.display.diagram.labels import Labels
from symparam.errors import SizeError, printable

MAX_EDGES = 500  # what Mermaid draws unless a page is configured otherwise
MAX_TEXT = 50_000
_PLAIN = frozenset(" (),.=:/+-…×")  # beside letters and digits, what Mermaid reads as itself

_LABELS = Labels()

_HEAD = """\
%%{init: {"flowchart": {"wrappingWidth": 500, "subGraphTitleMargin": {"bottom": 12}}}}%%
flowchart TB"""
_STYLES = {
    "input": "fill:none,stroke:none",
    "point": "fill:#808080,stroke:none",
    "shared": "stroke-dasharray:4 3",
}


def mermaid(graph: Graph) -> str:
    """A graph as a flowchart of Mermaid."""
    kinds = {vertex.key: vertex.kind for vertex in vertices(graph.strand)}
    lines = [_HEAD, *_items(graph.strand, "  ", [])]
    lines += [f"  {_edge(edge, kinds[edge.target] == 'point')}" for edge in graph.edges]
    marked = {
        "input": [key for key, kind in kinds.items() if kind == "input"],
        "point": [key for key, kind in kinds.items() if kind == "point"],
        "shared": [vertex.key for vertex in vertices(graph.strand) if vertex.is_shared],
    }
    for name, keys in marked.items():
        if keys:
            lines += [f"  classDef {name} {_STYLES[name]}", f"  class {','.join(keys)} {name}"]
    result = "\n".join([*lines, ""])
    if len(graph.edges) > MAX_EDGES or len(result) > MAX_TEXT:
        raise SizeError(
            f"Mermaid draws at most {MAX_EDGES} lines and {MAX_TEXT} characters; here are "
            f"{len(graph.edges)} and {len(result)}",
            hint="a repeat, (...) * L, is one box; DOT has no such bound",
        )
    return result


def _items(strand: Strand, indent: str, boxes: list[Box]) -> list[str]:
    lines = []
    for item in strand:
        if isinstance(item, Vertex):
            lines.append(f"{indent}{item.key}{_shape(item)}")
        elif isinstance(item, Box):
            boxes.append(item)
            lines += [
                f'{indent}subgraph b{len(boxes)}["{_escaped(item.caption)}"]',
                *_items(item.strand, indent + "  ", boxes),
                f"{indent}end",
            ]
        elif isinstance(item, Fork):
            for branch in item.branches:
                lines += _items(branch, indent, boxes)
    return lines


def _shape(vertex: Vertex) -> str:
    if vertex.kind == "point":
        return '((" "))'
    if vertex.kind == "sum":
        return '(("#43;"))'
    lines = [f"<b>{_escaped(vertex.title)}</b>{_escaped(vertex.called)}"]
    shown = "<br/>".join([*lines, *map(_escaped, vertex.lines)])
    return f'["{shown}"]'


def _edge(edge: Edge, to_point: bool) -> str:
    arrow = "---" if to_point else "-->"
    label = f'|"{_escaped((edge.label,))}"|' if edge.label else ""
    return f"{edge.source} {arrow}{label} {edge.target}"


def _escaped(line: Line) -> str:
    """Words in a label; whatever could be Mermaid, Markdown or HTML goes by its number."""
    return "".join(
        char if char.isalnum() or char in _PLAIN else f"#{ord(char)};"
        for char in printable(_LABELS.line(line)).replace("\n", " ")
    )
