"""Diagrams as DOT, the language of Graphviz, and as SVG through its program."""

import html
import shutil
import subprocess
from collections import Counter

from symparam.display.content import Line
from symparam.display.diagram.graph import Box, Edge, Fork, Graph, Strand, Vertex, vertices
from symparam.display.diagram.labels import Labels
from symparam.errors import SymparamError, printable

MAX_SECONDS = 120

_LABELS = Labels()

_HEAD = """\
digraph network {
  graph [fontname="Helvetica", fontsize=11, nodesep=0.35, ranksep=0.3];
  node [fontname="Helvetica", fontsize=11, shape=box, style="rounded,filled", fillcolor=white,
        color="#404040", margin="0.12,0.06", height=0.3];
  edge [fontname="Helvetica", fontsize=10, color="#404040", arrowsize=0.7];"""


def dot(graph: Graph) -> str:
    """A graph in DOT."""
    points = {vertex.key for vertex in vertices(graph.strand) if vertex.kind == "point"}
    lines = [_HEAD, *_items(graph.strand, "  ", [])]
    straight = _straight(graph.edges)
    lines += [f"  {_edge(edge, edge.target in points, edge in straight)}" for edge in graph.edges]
    return "\n".join([*lines, "}", ""])


def svg(graph: Graph) -> str:
    """A graph as Graphviz lays it out."""
    program = shutil.which("dot")
    if program is None:
        raise SymparamError(
            "an SVG is drawn by Graphviz, whose program dot is not on the path",
            hint="install the package graphviz; DOT, Mermaid and TikZ need nothing",
        )
    try:
        done = subprocess.run(
            [program, "-Tsvg"], input=dot(graph).encode(), capture_output=True,
            check=False, timeout=MAX_SECONDS,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise SymparamError(f"Graphviz took more than {MAX_SECONDS} seconds") from None
    if done.returncode:
        raise SymparamError(f"Graphviz failed: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout.decode()


def _items(strand: Strand, indent: str, boxes: list[Box]) -> list[str]:
    """The vertices, in a cluster where they stand in a box; ``boxes`` are those so far."""
    lines = []
    for item in strand:
        if isinstance(item, Vertex):
            lines.append(f"{indent}{item.key} [{_vertex(item)}];")
        elif isinstance(item, Box):
            boxes.append(item)
            lines += [
                f"{indent}subgraph cluster_{len(boxes)} {{",
                f"{indent}  graph [label=<{_html(item.caption)}>, labeljust=l, margin=10,",
                f'{indent}         style="rounded,filled", fillcolor="#f4f4f4", color="#909090"];',
                *_items(item.strand, indent + "  ", boxes),
                f"{indent}}}",
            ]
        elif isinstance(item, Fork):
            for branch in item.branches:
                lines += _items(branch, indent, boxes)
    return lines


def _vertex(vertex: Vertex) -> str:
    if vertex.kind == "point":
        return 'shape=point, width=0.06, fillcolor="#404040"'
    if vertex.kind == "sum":
        return "label=<+>, shape=circle, margin=0, width=0.25"
    lines = [f"<b>{_html(vertex.title)}</b>{_html(vertex.called)}"]
    lines += [f'<font point-size="10">{_html(line)}</font>' for line in vertex.lines]
    shown = f"label=<{'<br/>'.join(lines)}>"
    if vertex.kind == "input":
        return f"{shown}, shape=plain"
    return f'{shown}, style="rounded,filled,dashed"' if vertex.is_shared else shown


def _straight(edges: list[Edge]) -> set[Edge]:
    """The edges of a column: whatever else leaves or enters their ends only passes by."""
    leaving = Counter(edge.source for edge in edges)
    entering = Counter(edge.target for edge in edges)
    beginning = Counter(edge.source for edge in edges if entering[edge.target] == 1)
    ending = Counter(edge.target for edge in edges if leaving[edge.source] == 1)
    return {
        edge
        for edge in edges
        if (leaving[edge.source] == 1 or entering[edge.target] == beginning[edge.source] == 1)
        and (entering[edge.target] == 1 or leaving[edge.source] == ending[edge.target] == 1)
    }


def _edge(edge: Edge, to_point: bool, is_straight: bool) -> str:
    marks = [f"label=< {_html((edge.label,))} >"] if edge.label else []
    marks += ["arrowhead=none"] if to_point else []
    marks += ["weight=9"] if is_straight else []
    marked = f" [{', '.join(marks)}]" if marks else ""
    return f"{edge.source} -> {edge.target}{marked};"


def _html(line: Line) -> str:
    """Words in a label: nothing in them is read as a tag or an escape."""
    return html.escape(printable(_LABELS.line(line)).replace("\n", " ")).replace("\\", r"\\")
