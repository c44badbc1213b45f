"""HTML and MathML: how formulas read, pages that stand alone, and what a browser makes of them."""

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest
from pages import BLOCK, CNN, HARMFUL, MARK, STEERING, document, hostile, parts
from places import unavailable
from shipped import zoo_network

import symparam
from symparam.algebra.formula import Name, Node, Number, Power, Product, Quotient, Sum, Term, tree
from symparam.display import html
from symparam.display.mathml import MINUS, MathML
from symparam.display.mathnames import Names, from_latex
from symparam.errors import ArgumentError
from symparam.language.sources import zoo


def read(markup: str) -> str:
    """MathML on one line: ``d_(model)``, ``x^2``, ``[a / b]``; words stand in quotes."""
    root = ElementTree.fromstring(f"<math>{markup}</math>")
    return (
        "".join(map(_read, root)).replace("\u2062", " ").replace("\u2061", "").replace(MINUS, "-")
    )


def _read(element: ElementTree.Element) -> str:
    inner = [_read(child) for child in element]
    said = element.text or ""
    if element.tag == "mi":
        return f"'{said}'" if len(said) > 1 or "mathvariant" in element.attrib else said
    if element.tag == "mo":
        return f" {said} " if said in ("+", MINUS, "⋅", "=", "×") else said
    if element.tag == "msub":
        return f"{inner[0]}_({inner[1]})"
    if element.tag == "msup":
        return f"{inner[0]}^({inner[1]})"
    if element.tag == "msubsup":
        return f"{inner[0]}_({inner[1]})^({inner[2]})"
    if element.tag == "mfrac":
        return f"[{inner[0]} / {inner[1]}]"
    if element.tag == "munderover":
        return f"{inner[0]}_({inner[1]})^({inner[2]}) "
    if element.tag == "mover":
        return f"{inner[0]}{inner[1]}"
    return said + "".join(inner)


@pytest.mark.parametrize(
    ("size", "shown"),
    [
        ("n", "n"),
        ("2*n", "2 n"),
        ("1000*n", "1,000 n"),
        ("heads*d", "d ⋅ 'heads'"),
        ("d_model", "d_('model')"),
        ("k2", "k_(2)"),
        ("n_in_3", "n_('in',3)"),
        ("vocab_size", "'vocab_size'"),
        ("conv1", "'conv'_(1)"),
        ("lambda", "λ"),
        ("Sigma", "'Σ'"),
        ("sigma_max", "σ_('max')"),
        ("größe", "'größe'"),
        ("x_hat", "x^"),
        ("x_prime", "x^(′)"),
        ("x_prime_2 ** 2", "(x_(2)^(′))^(2)"),
        ("n ** 3", "n^(3)"),
        ("d_model ** 2", "d_('model')^(2)"),
        ("2 ** (L - 1)", "2^(L - 1)"),
        ("(n + 1) ** 2", "(n + 1)^(2)"),
        ("n/2", "[n / 2]"),
        ("(n + 1)//5", "⌊[n + 1 / 5]⌋"),
        ("ceil(n/2) * m", "m ⌈[n / 2]⌉"),
        ("n * (m + 1)", "n (m + 1)"),
        ("n * max(1000, m)", "n ⋅ 'max'(1000,m)"),
        ("max(n/2, 3)", "'max'(3,n/2)"),
        ("1 + w[3]", "w_(3) + 1"),
        ("w_a[3] ** 2", "w_(a,3)^(2)"),
    ],
)
def test_sizes(size: str, shown: str) -> None:
    net = symparam.parse(f"Input(1) -> Dense({size}, nobias)")
    assert read(MathML().node(tree(net.params))).replace("  ", " ") == shown


a, b, c = map(Name, "abc")


@pytest.mark.parametrize(
    ("node", "shown"),
    [
        (Product((Sum((Term(False, Product((Number(2), Number(3)))), Term(False, Number(1)))), Number(32))), "(2 ⋅ 3 + 1) ⋅ 32"),
        (Product((a, a)), "a ⋅ a"),
        (Product((Quotient(a, b), Quotient(b, c))), "[a / b] ⋅ [b / c]"),
        (Product((Quotient(a, b), c)), "[a / b] c"),
        (Sum((Term(True, a), Term(True, Sum((Term(False, b), Term(False, c)))))), " - a - (b + c)"),
        (Quotient(Quotient(a, b), c), "[[a / b] / c]"),
        (Power(Quotient(a, b), Number(2)), "([a / b])^(2)"),
        (Power(a, Quotient(b, Number(2))), "a^(b/2)"),
        (Power(Power(a, b), c), "(a^(b))^(c)"),
    ],
)  # fmt: skip
def test_nodes(node: Node, shown: str) -> None:
    assert read(MathML().node(node)) == shown


def test_series_are_not_misread() -> None:
    net = symparam.parse("Input(w[0]) -> Dense(w[i], nobias) for i in 1..L")
    series = tree(net.params)
    shown = "∑_(i = 1)^(L) w_(i - 1) w_(i)"
    assert read(MathML().node(series)) == shown
    assert read(MathML().node(Product((series, a)))) == f"({shown}) a"
    assert read(MathML().node(Product((a, series)))) == f"a {shown}"
    assert read(MathML().node(Sum((Term(False, series), Term(False, a))))) == f"({shown}) + a"
    assert read(MathML().node(Sum((Term(False, a), Term(False, series))))) == f"a + {shown}"


def test_shapes_lie_flat() -> None:
    net = symparam.parse("Input(h, 1024, 3) -> Conv2D(f, 3, 2, same)")
    assert read(MathML().shape(net.output_shape)[1:].partition(">")[2][:-7]) == "⌈h/2⌉ × 512 × f"


@pytest.mark.parametrize(
    ("latex", "shown"),
    [
        ("d", "d"),
        ("d_{m}", "d_(m)"),
        (r"\mathrm{FF}", "'FF'"),
        (r"d_{\text{key value}}", "d_('key value')"),
        (r"\hat{x}_i'", "x^_(i)^(′)"),
        (r"\mathcal{L}", "ℒ"),
        (r"\mathbf{W}_{12}", "𝐖_(12)"),
        (r"\lambda_\text{a}^{2}", "λ_('a')^(2)"),
        (r"d_{m}+d_{n}", "d_(m) + d_(n)"),
    ],
)
def test_symbols_as_the_script_says(latex: str, shown: str) -> None:
    assert read(str(from_latex(latex))) == shown


def test_symbols_as_the_script_does_not_say() -> None:
    with pytest.raises(ArgumentError, match="LaTeX of a symbol"):
        Names({"d": r"\href{javascript:x}{d}"})


def test_no_two_symbols_look_alike() -> None:
    names = Names(symbols=["n1", "n_1", "alpha", "α", "d_model"])
    assert len({str(names[name]) for name in names}) == 5


def test_a_long_sum_may_break_before_its_signs() -> None:
    net = symparam.parse(
        "Input(alpha) -> Dense(beta) -> Dense(gamma) -> Dense(delta) -> Dense(eta)"
    )
    shown = MathML().math(tree(net.params))
    assert shown.count("<math ") == shown.count("</math> <math ") + 1 == 4
    assert shown.count('form="infix"') == 3


@pytest.mark.parametrize(("name", "source"), [("cnn", CNN), ("block", BLOCK)])
@pytest.mark.parametrize("part", ["total", "glossary", "table", "derivation", "configs"])
def test_parts(golden: Callable[[str, str], None], name: str, source: str, part: str) -> None:
    inner = parts(symparam.parse(source), "html").get(part)
    if inner:
        golden(f"tests/goldens/html/{name}.{part}.html", f"{inner}\n")


def test_a_page(golden: Callable[[str, str], None]) -> None:
    golden("tests/goldens/html/cnn.html", document(symparam.parse(f"# A network\n{CNN}"), "html"))


ELEMENTS = """
    html head meta title style body section h1 h2 p div span dl dt dd table caption thead tbody
    tr th td code bdi math mrow mi mn mo mfrac msub msup msubsup mover munderover mspace
"""


class Page(HTMLParser):
    """Checks that elements nest, and that none of them loads or runs anything."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in ELEMENTS.split()
        for name, value in attrs:
            assert not name.startswith("on")
            assert name not in ("src", "href", "action", "data", "srcdoc")
            assert name != "style", value
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" in self.open:
            assert "@import" not in data
            assert "url(" not in data
        self.text += data


def read_page(page: str) -> Page:
    reader = Page()
    reader.feed(page)
    reader.close()
    assert reader.open == []
    return reader


@pytest.mark.parametrize("part", ["glossary", "table", "configs", "document"])
def test_names_that_mean_harm_are_text(part: str) -> None:
    source = hostile().html(part)
    text = read_page(source).text
    steering = STEERING.replace("\x1b", "\ufffd").replace("\u202e", "\ufffd")
    assert text.count("document.title=") == source.count("document.title=") > 0
    assert text.count(HARMFUL) == text.count(MARK) / 2
    assert text.count(steering) == text.count("https:") > 0


@pytest.fixture(scope="module")
def browse(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], tuple[str, str]]:
    """What Chromium makes of a page, and what its console says."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        unavailable("needs chromium")

    def load(page: str) -> tuple[str, str]:
        folder = tmp_path_factory.mktemp("page")
        file = folder / "page.html"
        file.write_text(page, encoding="utf-8")
        done = subprocess.run(
            [
                program, "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr",
                "--window-size=500,900", f"--user-data-dir={folder / 'profile'}", "--dump-dom", file.as_uri(),
            ],
            capture_output=True, check=True, timeout=120,
        )  # fmt: skip
        said = [line for line in done.stderr.decode().splitlines() if "CONSOLE" in line]
        return done.stdout.decode(), "\n".join(said)

    return load


MEASURE = """
<script>
const all = [...document.querySelectorAll("math, mfrac, msub, msup, msubsup, munderover")];
const flat = all.filter(e => { const r = e.getBoundingClientRect(); return !r.width || !r.height; });
const low = [...document.querySelectorAll("mfrac")].filter(e =>
  e.children[1].getBoundingClientRect().top < e.children[0].getBoundingClientRect().bottom - 1);
const unknown = [...document.querySelectorAll("math, math *")].filter(e =>
  e.namespaceURI !== "http://www.w3.org/1998/Math/MathML");
const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
const found = {formulas: all.length, flat: flat.length, low: low.length,
  unknown: unknown.length, wide: wide, title: document.title};
document.body.textContent = JSON.stringify(found);
</script>
"""
POLICY = re.compile(r"<meta http-equiv=.*>\n")


@pytest.mark.heavy
def test_a_browser_lays_out_the_zoo(browse: Callable[[str], tuple[str, str]]) -> None:
    """Every script on one page: formulas have a size, and nothing is wider than the page."""
    sections = {}
    for name in zoo():
        net = zoo_network(name)
        sections[name] = net.html("table") + net.html("derivation")
        root = ElementTree.fromstring(f"<div>{sections[name]}</div>")
        assert {element.tag for element in root.iter()} <= set(ELEMENTS.split())
    page = html.document(sections, "The zoo")
    dom, console = browse(POLICY.sub("", page).replace("</body>", f"{MEASURE}</body>"))
    assert console == ""
    found = json.loads(re.search(r"\{.*\}", dom[dom.index("<body") :])[0])
    assert found.pop("formulas") > 10_000
    assert found == {"flat": 0, "low": 0, "unknown": 0, "wide": 0, "title": "The zoo"}


@pytest.mark.parametrize("is_open", [False, True])
def test_a_browser_runs_nothing(browse: Callable[[str], tuple[str, str]], is_open: bool) -> None:
    """Neither as it is, nor without the policy that forbids scripts."""
    page = document(hostile(), "html")
    dom, console = browse(POLICY.sub("", page) if is_open else page)
    assert console == ""
    assert "<script" not in dom
    assert f"<title>{HARMFUL.replace('<', '&lt;').replace('>', '&gt;')}</title>" in dom
    assert MARK in dom


def test_leading_terms_are_not_equal() -> None:
    net = symparam.parse("Input(n) -> Dense(n)")
    assert "<td>=</td>" in html.total(net.params, html.Names(), {"n": 3})
    assert "<td>∼</td>" in html.total(net.params, html.Names(), relation=r"\sim")


def test_the_policy_is_there() -> None:
    assert POLICY.search(document(symparam.parse(CNN), "html"))


def test_a_page_is_written_and_read_as_utf8(tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    file.write_text(document(hostile(), "html"), encoding="utf-8")
    assert "größe" in file.read_text(encoding="utf-8")
