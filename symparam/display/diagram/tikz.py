"""Diagrams as TikZ: a picture that compiles with the library arrows.meta alone."""

from collections.abc import Mapping

from symparam.algebra.formula import tree
from symparam.algebra.sizes import Shape, Tensors
from symparam.display.content import Line
from symparam.display.diagram.graph import Graph, Vertex, vertices
from symparam.display.diagram.layout import Frame, Page, Point, Route, Sizes, layout
from symparam.display.latex.escape import escaped
from symparam.display.latex.formulas import inline, number
from symparam.display.latex.names import Names
from symparam.display.latex.widths import width
from symparam.display.latex.words import LatexPrinter
from symparam.errors import SizeError

MAX_VERTICES = 400  # TeX knows no length beyond some five metres

_HEAD = r"""% \usepackage{amsmath, tikz}
% \usetikzlibrary{arrows.meta}
\begin{tikzpicture}[
  x=1mm, y=-1mm, font=\footnotesize, line width=0.4pt,
  layer/.style={draw, fill=white, rounded corners=1.5pt, align=center, inner sep=2pt},
  shared/.style={layer, dashed},
  input/.style={align=center, inner sep=2pt},
  point/.style={circle, fill, inner sep=0pt, minimum size=2.5pt},
  sum/.style={draw, fill=white, circle, inner sep=0.5pt},
  frame/.style={draw=black!50, fill=black!4, rounded corners=3pt},
  caption/.style={anchor=north west, inner sep=3pt},
  line/.style={rounded corners=2pt},
  arrow/.style={line, -{Stealth[length=4pt, width=3.5pt]}},
  label/.style={fill=white, inner sep=1pt, font=\scriptsize\itshape},
]"""

_TITLE, _BELOW, _BOLD = 8, 7, 118  # sizes in points; how much wider bold is, in per cent


def tikz(graph: Graph, symbols: Mapping[str, str]) -> str:
    """A graph as a picture in TikZ; ``symbols`` is the LaTeX that the script gives to some."""
    number = sum(1 for _ in vertices(graph.strand))
    if number > MAX_VERTICES:
        raise SizeError(
            f"a picture of {number} layers is too large for TeX, which takes {MAX_VERTICES}",
            hint="a repeat, (...) * L, is one box",
        )
    return _Picture(Names(symbols)).drawn(graph)


class _Labels(LatexPrinter):
    """Shapes in brackets, as the framework writes them."""

    times, dots = escaped("×") + " ", ".."

    def count(self, value: int) -> str:
        return number(value)

    def shape(self, sizes: Shape | Tensors) -> str:
        return f"${self._dims(sizes)}$"

    def _dims(self, sizes: Shape | Tensors) -> str:
        if isinstance(sizes, Tensors):
            return f"[{', '.join(map(self._dims, sizes))}]"
        inner = ", ".join(inline(tree(size), self.names) for size in sizes)
        return f"({inner},)" if len(sizes) == 1 else f"({inner})"


class _Picture:
    """A picture whose symbols look the same in all its parts."""

    def __init__(self, names: Names) -> None:
        self._labels = _Labels(names)

    def drawn(self, graph: Graph) -> str:
        page = layout(graph, Sizes(self._room, self._caption_room))
        lines = [_HEAD]
        for frame in page.frames:
            lines += self._frame(frame)
        for route in page.routes:
            lines += self._route(route)
        lines += [self._vertex(vertex, page) for vertex in vertices(graph.strand)]
        return "\n".join([*lines, r"\end{tikzpicture}", ""])

    def _frame(self, frame: Frame) -> list[str]:
        corner = frame.left, frame.top
        return [
            rf"  \draw[frame] {_at(corner)} rectangle {_at((frame.right, frame.bottom))};",
            rf"  \node[caption] at {_at(corner)} {{{self._labels.line(frame.caption)}}};",
        ]

    def _route(self, route: Route) -> list[str]:
        style = "arrow" if route.has_arrow else "line"
        lines = [rf"  \draw[{style}] {' -- '.join(map(_at, route.points))};"]
        if route.label:
            *_, a, b = route.points if len(route.points) < 3 else route.points[:-1]
            middle = (a[0] + b[0]) // 2, (a[1] + b[1]) // 2
            turned = ", rotate=90" if a[0] == b[0] else ""
            lines.append(
                rf"  \node[label{turned}] at {_at(middle)} {{{self._labels.line((route.label,))}}};"
            )
        return lines

    def _vertex(self, vertex: Vertex, page: Page) -> str:
        place = _at(page.centres[vertex.key])
        if vertex.kind == "point":
            return rf"  \node[point] at {place} {{}};"
        if vertex.kind == "sum":
            return rf"  \node[sum] at {place} {{$+$}};"
        style = "shared" if vertex.is_shared else vertex.kind
        width, height = self._room(vertex)
        first = rf"\textbf{{{self._labels.line(vertex.title)}}}{self._labels.line(vertex.called)}"
        shown = r"\\ ".join(
            [first, *(rf"\scriptsize {self._labels.line(line)}" for line in vertex.lines)]
        )
        size = f"minimum width={_mm(width)}mm, minimum height={_mm(height)}mm"
        return rf"  \node[{style}, {size}] ({vertex.key}) at {place} {{{shown}}};"

    def _room(self, vertex: Vertex) -> tuple[int, int]:
        """The width and height of a vertex, in tenths of a millimetre, a little too wide."""
        if vertex.kind == "point":
            return 10, 10
        if vertex.kind == "sum":
            return 36, 36
        first = self._width(vertex.title, _TITLE) * _BOLD // 100 + self._width(
            vertex.called, _TITLE
        )
        width = max([first, *(self._width(line, _BELOW) for line in vertex.lines)])
        return width + 34, 34 + 29 * len(vertex.lines) + 16

    def _caption_room(self, caption: Line) -> tuple[int, int]:
        return self._width(caption, _TITLE) + 20, 25

    def _width(self, line: Line, points: int) -> int:
        """Of a text of a size in points, in tenths of a millimetre: a point has 3.51 of them."""
        return width(self._labels.line(line), is_text=True) * points * 351 // 10_000


def _at(point: Point) -> str:
    return f"({_mm(point[0])},{_mm(point[1])})"


def _mm(tenths: int) -> str:
    return f"{tenths / 10:g}"
