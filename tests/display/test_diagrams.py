"""Diagrams: what is drawn, and that the programs that draw it read it as it is meant."""

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

import pytest
from places import NODE, unavailable

import symparam
from symparam.display import text
from symparam.display.content import Written
from symparam.display.diagram import diagram
from symparam.display.diagram.dot import dot, svg
from symparam.display.diagram.graph import Box, Edge, Fork, Graph, Strand, Vertex, graph, vertices
from symparam.display.diagram.labels import Labels
from symparam.display.diagram.layout import Page, layout
from symparam.display.diagram.mermaid import mermaid
from symparam.display.diagram.tikz import tikz
from symparam.errors import SizeError, SymparamError, UnknownNameError
from symparam.language.sources import zoo

NETWORKS = {
    "residual": "Input(h, w, c) -> Conv2D(d, 1)"
    " -> _ + (BN -> ReLU -> Conv2D(d, 3, same, nobias) -> BN) -> ReLU",
    "inception": """
Conv(f, k=1) = nn.LazyConv2d(f, k, 1, same, bias=false) -> nn.LazyBatchNorm2d -> nn.ReLU
Inception(a, b3r, b3, b5r, b5, p) =
  (Conv(a), Conv(b3r) -> Conv(b3, 3), Conv(b5r) -> Conv(b5, 5), nn.MaxPool2d(3, 1, 1) -> Conv(p))
  -> Concatenate(axis=1)
Input(192, 28, 28) -> Inception(64, 96, 128, 16, 32, 32)
""",
    "unet": """
Double(c) = Conv2D(c, 3, same, relu) -> Conv2D(c, 3, same, relu)
Up(c, skip) = Conv2DTranspose(c, 2, 2) -> (skip, _) -> Concatenate -> Double(c)
assume H % 4 == 0, W % 4 == 0
Input(H, W, I)
  -> Double(c) as first -> MaxPooling2D -> Double(2*c) as second -> MaxPooling2D -> Double(4*c)
  -> Up(2*c, second) -> Up(c, first) -> Conv2D(K, 1)
""",
    "transformer": """
Block(d, h) = _ + (LayerNormalization -> MultiHeadAttention(h, d/h))
  -> _ + (LayerNormalization -> Dense(4*d, gelu) -> Dense(d))
tokens = Embedding(V, d)
Input(s) -> tokens -> Block(d, h) * L -> LayerNormalization -> tokens.T
""",
    "experts": """
Gated(d, f) = Dense(f, silu, nobias) * Dense(f, nobias) -> Dense(d, nobias)
Input(s, d)
  -> (_ + (RMSNormalization -> MoE(Gated(d, f), experts=E, active=k, shared=1))) * L
""",
}
SIAMESE = """
tower = Conv2D(16, 3, relu) -> Dense(d)
left = Input(28, 28, 1) -> tower
right = Input(28, 28, 1) -> tower
(left, right) -> Subtract
"""
HOSTILE = [
    '<script>alert("1")</script>',
    r"\input{/etc/passwd} $x_1^2$ 100% #1 & ~ \\ {",
    "\"]; n9 --> n8 %% `x` 'y' --> |z| #quot; <b>",
    "1. größe *α* _λ_ 日本 \u202e\x00 -- e^{i}",
]


def needs(program: str, *files: Path) -> None:
    """Skip where a program is missing, but not in CI, which has all of them."""
    if shutil.which(program) is None or not all(file.exists() for file in files):
        unavailable(f"needs {program}" + (" and `npm ci` in tests/node" if files else ""))


@cache
def graph_of(source: str) -> Graph:
    net = symparam.load(source) if source.startswith("zoo:") else symparam.parse(source)
    return graph(net.counts)


def title(vertex: Vertex) -> str:
    return text.line((*vertex.title, *vertex.called))


def sketch(strand: Strand) -> str:
    """Items one after the other; branches between bars, boxes in square brackets."""
    parts = []
    for item in strand:
        if isinstance(item, Fork):
            parts.append(f"({' | '.join(map(sketch, item.branches))})")
        elif isinstance(item, Box):
            parts.append(f"{Labels().line(item.caption)} [{sketch(item.strand)}]")
        elif isinstance(item, Vertex):
            shown = title(item) if item.kind == "layer" else item.kind
            parts.append(shown + "'" * item.is_shared)
        else:
            parts.append("_")
    return ", ".join(parts)


def lines(source: str) -> list[str]:
    """The edges by the titles of their ends, in the order of the script."""
    drawn = graph_of(source)
    titles = {
        vertex.key: title(vertex) if vertex.kind == "layer" else vertex.kind
        for vertex in vertices(drawn.strand)
    }
    return [
        f"{titles[source]} -> {titles[target]}" + (f" {label}" if label else "")
        for source, target, label in drawn.edges
    ]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("Input(n) -> Dense(m) -> Dense(3)", "input, Dense(m), Dense(3)"),
        ("Dense(m)", "input, Dense(m)"),
        ("Input(n, d) -> _ + Dense(d)", "input, (_ | Dense(d)), Add"),
        ("Input(d) -> Dense(d) * L", "input, × L [Dense(d)]"),
        ("Input(d) -> (Dense(d) * 2 -> ReLU) * L", "input, × L [× 2 [Dense(d)], ReLU]"),
        ("Input(d) -> (_ + Dense(d)) * L", "input, × L [point, (_ | Dense(d)), Add]"),
        ("Input(d) -> (_ * L -> Dense(d))", "input, Dense(d)"),
        ("Input(8, 8, 3) -> Conv2D(c*2**i, 3, same) for i in 1..L", "input, Conv2D(2*c, 3×3, same), for i in 2..L [Conv2D(2**i*c, 3×3, same)]"),
        ("Input(h, c) -> ((_, Conv1D(k, 3, same)) -> Concatenate) * L", "input, for i in 1..L [point, (_ | Conv1D(k, 3, same)), Concatenate]"),
        ("(Input(n), Input(m) -> Dense(n)) -> Add", "(input | input, Dense(n)), Add"),
        (SIAMESE, "(input, Conv2D(16, 3×3, relu), Dense(d) | input, Conv2D(16, 3×3, relu)', Dense(d)'), Subtract"),
        ("h = Input(n) -> Dense(5); a = h -> Dense(2); b = h -> Dense(3)", "input, Dense(5), (Dense(2) | Dense(3))"),
        ("m = Input(s, d) -> ReLU; Input(t, d) -> ((_, m) -> MultiHeadAttention(h, k)) * L", "input, ReLU, input, × L [(_ | _), MultiHeadAttention(h, k)]"),
        ("Input(s, d) -> MoE(Dense(d), experts=E, active=k)", "input, MoE [point, (Dense(E, nobias) | × E, k active [Dense(d)]), sum]"),
        ("Input(t, h, w, c) -> TimeDistributed(Conv2D(f, 3, same))", "input, TimeDistributed(Conv2D(f, 3×3, same))"),
        ("Input(h, w, 3) -> Conv2D(f, (k + 1, 2), strides=2)", "input, Conv2D(f, (k + 1)×2, strides=2)"),
    ],
)  # fmt: skip
def test_what_stands_where(source: str, expected: str) -> None:
    assert sketch(graph_of(source).strand) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("Input(n) -> Dense(m)", ["input -> Dense(m)"]),
        ("Input(n) -> Dense(n) as a -> ReLU -> (a, _) -> Add", ["input -> Dense(n)", "Dense(n) -> ReLU", "Dense(n) -> Add a", "ReLU -> Add"]),
        ("Input(t, d) -> LSTM(u, return_state=true) -> (_[0], _[2]) -> Concatenate", ["input -> LSTM(u, return_state=true)", *["LSTM(u, return_state=true) -> Concatenate"] * 2]),
        ("Input(d) -> (_ + Dense(d)) * L -> ReLU", ["point -> Dense(d)", "point -> Add", "Dense(d) -> Add", "Add -> ReLU", "input -> point"]),
        ("Input(s, d) -> MoE(Dense(d), experts=E, active=k) -> ReLU", ["point -> Dense(E, nobias)", "point -> Dense(d)", "sum -> ReLU", "Dense(E, nobias) -> sum", "Dense(d) -> sum", "input -> point"]),
        (SIAMESE, ["input -> Conv2D(16, 3×3, relu)", "Conv2D(16, 3×3, relu) -> Dense(d)"] * 2 + ["Dense(d) -> Subtract"] * 2),
    ],
)  # fmt: skip
def test_edges(source: str, expected: list[str]) -> None:
    assert lines(source) == expected


def test_the_uses_of_a_shared_layer_are_told_apart() -> None:
    """Its tensors have the same name, but come from different steps."""
    net = symparam.parse(SIAMESE)
    subtract = net.steps[-1]
    assert subtract.inputs == ("dense", "dense")
    assert [edge.source for edge in graph(net.counts).edges[-2:]] == ["n2", "n4"]
    drawn = vertices(graph(net.counts).strand)
    first, second = (vertex for vertex in drawn if title(vertex) == "Dense(d)")
    assert text.line(first.lines[1]) == "17*d params"
    assert text.line(second.lines[1]) == "shared weights"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("Input(n) -> Dense(9)", "9*n + 9 params"),
        ("Input(2999) -> Dense(9)", "27,000 params"),
        ("e = Dense(d); Input(d) -> e * L", "d*(d + 1) params, one for all"),
        ("Input(d) -> Frozen(Dense(d))", "d*(d + 1) params, frozen"),
        ("e = Embedding(V, d); Input(s) -> e -> e.T", "shared weights"),
    ],
)
def test_parameters(source: str, expected: str) -> None:
    *_, last = vertices(graph_of(source).strand)
    assert text.line(last.lines[-1]) == expected


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("kind", ["dot", "mermaid", "tikz"])
def test_golden(golden: Callable[[str, str], None], name: str, kind: str) -> None:
    ending = {"dot": "dot", "mermaid": "mmd", "tikz": "tex"}[kind]
    printed = diagram(symparam.parse(NETWORKS[name]).counts, kind)
    golden(f"tests/goldens/diagrams/{name}.{ending}", printed)


def test_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    trace = symparam.parse("Input(n) -> Dense(m)").counts
    with pytest.raises(UnknownNameError, match="did you mean mermaid"):
        diagram(trace, "mermade")
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(SymparamError, match="install the package graphviz"):
        diagram(trace, "svg")
    long = symparam.parse(f"Input(n) -> {' -> '.join(['ReLU'] * 501)}").counts
    assert diagram(long, "dot").count("->") == 501
    for kind in ("mermaid", "tikz"):
        with pytest.raises(SizeError, match=r"\(\.\.\.\) \* L, is one box"):
            diagram(long, kind)


# The page of a picture in TikZ is laid out here.


def page_of(drawn: Graph) -> tuple[Page, dict[str, tuple[int, int, int, int]]]:
    """A page, and the rectangles of its vertices."""
    rooms = {vertex.key: (200 + 10 * len(title(vertex)), 90) for vertex in vertices(drawn.strand)}
    from symparam.display.diagram.layout import Sizes

    page = layout(drawn, Sizes(lambda vertex: rooms[vertex.key], lambda _: (100, 25)))
    return page, {
        key: (x - rooms[key][0] // 2, y - 45, x + rooms[key][0] // 2, y + 45)
        for key, (x, y) in page.centres.items()
    }


def meet(a: tuple[int, int, int, int], b: tuple[int, int, int, int]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


@pytest.mark.parametrize("source", [*NETWORKS.values(), SIAMESE, *(f"zoo:{n}" for n in zoo())])
def test_nothing_overlaps(source: str) -> None:
    """Vertices lie apart, boxes hold their own and no others, lines end where they should."""
    net = symparam.load(source) if source.startswith("zoo:") else symparam.parse(source)
    drawn = graph(net.counts)
    shown = {vertex.key for vertex in vertices(drawn.strand)}
    assert {key for key in shown if key[0] == "n"} == {f"n{step.number}" for step in net.steps}
    assert {end for edge in drawn.edges for end in edge[:2]} <= shown
    page, places = page_of(drawn)
    assert set(places) == shown
    rows = sorted(places.items(), key=lambda item: item[1][1])
    for n, (key, place) in enumerate(rows):
        for other, below in rows[n + 1 :]:
            if below[1] >= place[3]:
                break
            assert not meet(place, below), (key, other)
    for frame in page.frames:
        edge = frame.left, frame.top, frame.right, frame.bottom
        for place in places.values():
            inside = edge[0] < place[0] and place[2] < edge[2] and edge[1] < place[1]
            assert (inside and place[3] < edge[3]) or not meet(edge, place)
    assert len(page.routes) == len(drawn.edges)
    for route in page.routes:
        corners = zip(route.points, route.points[1:], strict=False)
        assert all(a != b and (a[0] == b[0] or a[1] == b[1]) for a, b in corners)


# What the programs make of it.


def hostile() -> Graph:
    """A graph all of whose words are somebody else's."""
    words = [(Written(word),) for word in HOSTILE]
    inner: Strand = [
        Vertex(f"n{n}", "layer", word, word, (word, word)) for n, word in enumerate(words)
    ]
    box = Box(words[0])
    box.strand = inner[:2]
    edges = [Edge(f"n{n}", f"n{n + 1}", HOSTILE[n]) for n in range(3)]
    return Graph([box, *inner[2:]], edges)


def visible(word: str) -> str:
    """Steering characters are shown by their number."""
    return word.replace("\u202e", r"\x202e").replace("\x00", r"\x00")


SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("name", [*NETWORKS, "hostile"])
def test_graphviz_draws_all(name: str) -> None:
    needs("dot")
    drawn = hostile() if name == "hostile" else graph_of(NETWORKS[name])
    picture = ElementTree.fromstring(svg(drawn))
    classes = [group.get("class") for group in picture.iter(f"{SVG}g")]
    boxes = dot(drawn).count("subgraph")
    assert classes.count("node") == len(list(vertices(drawn.strand)))
    assert classes.count("edge") == len(drawn.edges)
    assert classes.count("cluster") == boxes
    assert {element.tag for element in picture.iter()} <= {
        f"{SVG}{tag}" for tag in ("svg", "g", "title", "polygon", "path", "ellipse", "text")
    }
    said = "".join(text or "" for text in picture.itertext()).replace("\u00a0", " ")
    for vertex in vertices(drawn.strand):
        for line in (vertex.title, vertex.called, *vertex.lines):
            assert visible(text.line(line)) in said


def test_mermaid_reads_all() -> None:
    needs("node", NODE / "node_modules/mermaid", NODE / "node_modules/jsdom")
    graphs = [*(graph_of(source) for source in NETWORKS.values()), hostile()]
    done = subprocess.run(
        ["node", "mermaid.mjs"], cwd=NODE, input=json.dumps(list(map(mermaid, graphs))).encode(),
        capture_output=True, check=True, timeout=120,
    )  # fmt: skip
    for drawn, found in zip(graphs, json.loads(done.stdout), strict=True):
        assert "error" not in found
        edges = [(start, end, label or None) for start, end, label in found["edges"]]
        labels = [label and visible(label) for _, _, label in drawn.edges]
        assert edges == [
            (*edge[:2], label) for edge, label in zip(drawn.edges, labels, strict=True)
        ]
        shown = dict(found["vertices"])
        assert set(shown) == {vertex.key for vertex in vertices(drawn.strand)}
        for vertex in vertices(drawn.strand):
            if vertex.kind in ("input", "layer"):
                said = re.sub("^<b>|</b>", "", shown[vertex.key].replace("<br>", "\n"), count=2)
                expected = "\n".join([title(vertex), *map(text.line, vertex.lines)])
                assert said == visible(expected)
        assert len(found["boxes"]) == mermaid(drawn).count("subgraph ")


def test_tex_compiles_all(tmp_path: Path) -> None:
    """In an article of two columns, with the packages that the picture names."""
    needs("pdflatex")
    pictures = [tikz(graph_of(source), {}) for source in NETWORKS.values()]
    pictures += [tikz(hostile(), {})]
    uses = "\n".join(line[2:] for line in pictures[0].splitlines() if line.startswith(r"% \use"))
    body = "\n".join(
        rf"\begin{{figure*}}\resizebox{{!}}{{\ifdim\height>.8\textheight .8\textheight\else\height\fi}}"
        rf"{{\resizebox{{.8\textwidth}}{{!}}{{{picture}}}}}\end{{figure*}}\clearpage"
        for picture in pictures
    )
    (tmp_path / "all.tex").write_text(
        f"\\documentclass[twocolumn]{{article}}\n{uses}\n\\begin{{document}}\n{body}\n\\end{{document}}\n",
        encoding="utf-8",
    )
    done = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "all.tex"],
        cwd=tmp_path, capture_output=True, check=False, timeout=120,
    )  # fmt: skip
    log = done.stdout.decode(errors="replace")
    assert done.returncode == 0, log[-2000:]
    assert "Overfull" not in log
    assert f"({len(pictures)} pages" in log
