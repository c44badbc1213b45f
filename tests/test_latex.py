"""LaTeX: symbols, formulas, broken lines, tables; golden files of whole networks; KaTeX."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from functools import cache

import pytest
from conftest import ROOT

import symparam
from symparam.derivation import general_rule
from symparam.display import content, latex
from symparam.display.content import Code, Column, Count, Formula, Table, Written
from symparam.display.latex.commands import command
from symparam.display.latex.escape import escaped
from symparam.display.latex.formulas import Piece, pieces
from symparam.display.latex.lines import align, broken, rows
from symparam.display.latex.widths import EM, width
from symparam.display.latex.words import line
from symparam.display.tree import (
    Choice,
    Member,
    Name,
    Node,
    Number,
    Power,
    Product,
    Quotient,
    Rounded,
    Series,
    Sum,
    Term,
    formula,
    in_words,
    tree,
)
from symparam.errors import ArgumentError
from symparam.layers import catalogue
from symparam.network import Network
from symparam.sizes import symbol
from symparam.sources import zoo

NODE = ROOT / "tests/node"
NETWORKS = {
    "cnn": "Input(28, 28, 1) -> Conv2D(32, 3, relu) -> MaxPooling2D -> Conv2D(64, 3, relu) "
    "-> MaxPooling2D -> Flatten -> Dropout(0.5) -> Dense(10, softmax)",
    "gpt2": "zoo:gpt2",
    "resnet": "zoo:resnet",
    "mlp": "zoo:mlp",
    "moe": "zoo:mixtral",
}


@cache
def networks() -> Sequence[Network]:
    return [symparam.load(f"zoo:{name}") for name in zoo()]


def added(*nodes: Node) -> Sum:
    return Sum(tuple(Term(False, node) for node in nodes))


def times(*factors: Node) -> Product:
    return Product(factors)


A, B, N, LEN = Name("a"), Name("b"), Name("n"), Name("len")
ONE, TWO, THREE = Number(1), Number(2), Number(3)
HALF = Quotient(N, TWO)


@pytest.mark.parametrize(
    ("name", "set_as"),
    [
        ("d", "d"),
        ("alpha", r"\alpha"),
        ("Gamma", r"\Gamma"),
        ("varepsilon", r"\varepsilon"),
        ("lambda", r"\lambda"),
        ("omicron", "o"),
        ("α", r"\alpha"),
        ("Ω", r"\Omega"),
        ("d_model", r"d_{\mathrm{model}}"),
        ("n1", "n_{1}"),
        ("alpha_1", r"\alpha_{1}"),
        ("x_1_max", r"x_{1,\mathrm{max}}"),
        ("x_hat", r"\hat{x}"),
        ("x_hat_1", r"\hat{x}_{1}"),
        ("x_prime", "x'"),
        ("len", r"\mathrm{len}"),
        ("vocab_size", r"\mathrm{vocab\_size}"),
        ("hat", r"\mathrm{hat}"),
        ("x_", r"\mathrm{x\_}"),
        ("größe", r"\text{größe}"),
        ("日", r"\text{U+65E5}"),
        ("п", r"\text{U+043F}"),
    ],
)
def test_symbols(name: str, set_as: str) -> None:
    assert latex.Names()[name] == set_as


def test_no_two_symbols_look_alike() -> None:
    names = latex.Names({"m": r"\mu"}, ["n1", "n_1", "alpha", "α", "mu"])
    assert dict(names) == {
        "m": r"\mu",
        "n1": "n_{1}",
        "n_1": r"\text{n\_1}",
        "alpha": r"\alpha",
        "α": r"\text{U+03B1}",
        "mu": r"\text{mu}",
    }


@pytest.mark.parametrize(
    "said",
    [
        "d", "d_{m}", r"d_{\mathrm{model}}", r"\hat{x}_1^2", "x'", "x''_1", r"\mathcal{L}", r"\ell",
        r"d_\mathrm{m}", r"\text{model width}", r"N_{a,b}^{(1)}", "{ab}", r"\bar{\lambda}", r"d^\star",
    ],
)  # fmt: skip
def test_what_a_script_may_say(said: str) -> None:
    assert latex.checked(said) == said


@pytest.mark.parametrize(
    ("said", "because"),
    [
        ("", "is empty"),
        ("d" * 101, "more than 100 characters"),
        (r"\input{/etc/passwd}", r"no \input here"),
        (r"\write18{ls}", r"no \write here"),
        (r"\def\d{}", r"no \def here"),
        (r"\\", r"no \\ here"),
        (r"\begin{x}", r"no \begin here"),
        (r"\left(", r"no \left here"),
        ("$d$", "'$' is not allowed"),
        ("a&b", "'&' is not allowed"),
        ("a%b", "'%' is not allowed"),
        ("a#1", "'#' is not allowed"),
        ("a~b", "'~' is not allowed"),
        ("a<b", "'<' is not allowed"),
        ("é", "'é' is not allowed"),
        ("a\nb", "is not allowed"),
        ("{a", "a } is missing"),
        ("a}", "there is no { for a }"),
        ("^2", "something is missing before ^"),
        ("a_", "its end is missing"),
        ("a_b_c", "two _ on one letter"),
        ("a^b^c", "two ^ on one letter"),
        ("a^b'", "a prime behind a ^"),
        (r"\hat x", r"\hat needs braces"),
        (r"\mathrm", r"\mathrm needs braces"),
        (r"\text{a_b}", r"no _ in \text"),
        (r"\text{\input{x}}", r"no \input in \text"),
        ("{" * 12 + "a" + "}" * 12, "more than 10 braces"),
    ],
)
def test_what_a_script_may_not_say(said: str, because: str) -> None:
    with pytest.raises(ArgumentError, match=r".*") as caught:
        latex.Names({"d": said})
    assert because in str(caught.value)


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("a_b & c% #1 {$x$}", r"a\_b \& c\% \#1 \{\$x\$\}"),
        (r"\input{x}", r"\textbackslash{}input\{x\}"),
        (
            "<b> ~ ^ |",
            r"\textless{}b\textgreater{} \textasciitilde{} \textasciicircum{} \textbar{}",
        ),
        ("--- '' ,, ``", r"-{}-{}- '{}' ,{}, {\char96}{\char96}"),
        ('say "a"', r"say {\char34}a{\char34}"),
        ("naïve Größe, Łódź", "naïve Größe, Łódź"),
        ("α ≤ β², x₁", r"$\alpha$ $\le$ $\beta$$^{2}$, x$_{1}$"),
        ("– — … “a”", r"-- --- \ldots{} ``a''"),
        ("日\u202e\x00", "U+65E5U+202EU+0000"),
        ("a\n\t b", "a b"),
    ],
)
def test_words_of_the_user(text: str, printed: str) -> None:
    assert escaped(text) == printed


@pytest.mark.parametrize(
    ("node", "shown"),
    [
        (times(added(times(TWO, THREE, ONE), ONE), Number(32)), r"(2\cdot 3\cdot 1 + 1)\cdot 32"),
        (times(TWO, N), "2 n"),
        (times(ONE, N), r"1\cdot n"),
        (times(N, TWO), r"n\cdot 2"),
        (times(A, B), "a b"),
        (times(LEN, A), r"\mathrm{len}\,a"),
        (times(A, LEN, LEN), r"a\,\mathrm{len}\,\mathrm{len}"),
        (times(Name("d_ff"), Name("d_m")), r"d_{\mathrm{ff}}\,d_{m}"),
        (times(Name("d_ff"), added(A, ONE)), r"d_{\mathrm{ff}} (a + 1)"),
        (times(LEN, added(A, ONE)), r"\mathrm{len}\,(a + 1)"),
        (times(TWO, HALF), r"2\cdot \frac{n}{2}"),
        (times(A, HALF), r"a \frac{n}{2}"),
        (times(HALF, HALF), r"\frac{n}{2}\cdot \frac{n}{2}"),
        (times(A, added(HALF, ONE)), r"a \left(\frac{n}{2} + 1\right)"),
        (times(TWO, Power(Number(4), N)), r"2\cdot 4^{n}"),
        (Sum((Term(True, N), Term(False, ONE))), "-n + 1"),
        (Sum((Term(False, A), Term(True, N))), "a - n"),
        (Sum((Term(False, A), Term(True, added(B, ONE)))), "a - (b + 1)"),
        (Power(added(A, ONE), TWO), "(a + 1)^{2}"),
        (Power(Power(A, TWO), N), "(a^{2})^{n}"),
        (Power(Name("x_prime"), TWO), "(x')^{2}"),
        (Power(Member("w", TWO), TWO), "w_{2}^{2}"),
        (Member("w", Sum((Term(False, N), Term(True, ONE)))), "w_{n-1}"),
        (Member("d_model", Name("i")), r"d_{\mathrm{model},i}"),
        (Member("vocab_size", N), r"\mathrm{vocab\_size}_{n}"),
        (Quotient(times(TWO, N), THREE), r"\frac{2 n}{3}"),
        (Rounded("floor", HALF), r"\left\lfloor \frac{n}{2} \right\rfloor"),
        (times(A, Rounded("ceil", HALF)), r"a \left\lceil \frac{n}{2} \right\rceil"),
        (Choice("max", (N, THREE)), r"\max(n,\, 3)"),
        (Series(times(added(A, ONE), B), Name("i"), ONE, Name("L")), r"\sum_{i=1}^{L} (a + 1) b"),
        (Series(added(A, B), Name("i"), ONE, Name("L")), r"\sum_{i=1}^{L} (a + b)"),
        (added(Series(A, Name("i"), ONE, N), ONE), r"\left(\sum_{i=1}^{n} a\right) + 1"),
        (times(Series(A, Name("i"), ONE, N), B), r"\left(\sum_{i=1}^{n} a\right) b"),
        (times(Number(10816), N), r"10\,816 n"),
        (in_words(times(Name("in_channels"), TWO)), r"\text{in channels}\cdot 2"),
    ],
)  # fmt: skip
def test_formulas(node: Node, shown: str) -> None:
    assert latex.display(node, latex.Names()) == shown


@pytest.mark.parametrize(
    ("node", "shown"),
    [
        (HALF, "n/2"),
        (times(HALF, A), r"n/2\cdot a"),
        (Quotient(added(A, ONE), times(TWO, N)), "(a + 1)/(2 n)"),
        (Rounded("ceil", HALF), r"\lceil n/2 \rceil"),
        (times(A, added(HALF, ONE)), "a (n/2 + 1)"),
    ],
)
def test_formulas_in_a_line(node: Node, shown: str) -> None:
    assert latex.inline(node, latex.Names()) == shown


def test_a_script_sets_the_latex_of_a_symbol() -> None:
    names = latex.Names({"d": r"d_{\mathrm{m}}", "s": r"s^\star", "w": "w_a"})
    shown = times(Power(Name("d"), TWO), Power(Name("s"), TWO), Member("d", N), Member("w", N))
    assert latex.inline(shown, names) == (
        r"d_{\mathrm{m}}^{2} (s^\star)^{2} d_{\mathrm{m},n} {w_a}_{n}"
    )


def letters(count: int) -> Sum:
    return added(*(Name(chr(ord("a") + place)) for place in range(count)))


def test_sums_are_broken_at_their_outer_level() -> None:
    shown = added(times(TWO, letters(5)), times(THREE, letters(6)), N)
    assert broken(pieces(shown, latex.Names()), 15 * EM) == [
        "2 (a + b + c + d + e)",
        r"\quad {}+ 3 (a + b + c + d + e + f) + n",
    ]


def test_a_term_that_is_too_wide_is_broken_in_its_brackets() -> None:
    shown = added(N, times(TWO, added(HALF, *(term.node for term in letters(9).terms))), N)
    assert broken(pieces(shown, latex.Names()), 12 * EM) == [
        r"n + 2 \biggl(\frac{n}{2} + a + b + c + d",
        r"\quad\quad {}+ e + f + g + h + i\biggr)",
        r"\quad {}+ n",
    ]


def test_equations_that_say_the_same_are_one() -> None:
    sides = [pieces(node, latex.Names()) for node in (times(TWO, N), times(TWO, N), letters(12))]
    assert rows([Piece("P")], sides[:2]) == ["P &= 2 n"]
    assert rows([Piece("P")], sides, 16) == [
        "P &= 2 n",
        "&= a + b + c + d + e + f + g",
        r"&\quad {}+ h + i + j + k + l",
    ]


def test_no_line_is_wider_than_its_room() -> None:
    for network in networks():
        for text in broken(pieces(tree(network.params), latex.Names()), 19 * EM):
            assert width(text) <= 19 * EM, (network, text)


def test_the_total_at_sizes_and_its_letter() -> None:
    net = symparam.parse("Input(P) -> Dense(n)")
    shown = latex.total(net.params, latex.Names({}, net.symbols))
    assert shown == "\\begin{equation}\n  N = n (P + 1)\n\\end{equation}"
    assert r"P(d = 3,\, w = (2,\, 3)) = 7" in latex.total(7, latex.Names(), {"d": 3, "w": [2, 3]})
    assert r"P \sim n" in latex.total(symbol("n"), latex.Names(), relation=r"\sim")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("resnet50", "ResnetFifty"),
        ("ResNet-101", "ResNetOneHundredOne"),
        ("152", "OneHundredFiftyTwo"),
        ("llama-3.1-405b", "LlamaThreeOneFourHundredFiveB"),
        ("B/16 @ 007", "BSixteenZeroZeroSeven"),
        ("2024", "TwoZeroTwoFour"),
        (r"\input{x}", "InputX"),
        ("größe", "GrE"),
        ("日", ""),
    ],
)
def test_names_of_commands(text: str, name: str) -> None:
    assert command(text) == name


def test_macros_have_names_of_their_own() -> None:
    counts = {name: [("Total params", 7)] for name in ("", "a1", "a-1", "日", "本")}
    found = [macro.split("}")[0] for macro in latex.macros(counts, latex.Names()).splitlines()]
    assert found == [
        r"\newcommand{\TotalParams",
        r"\newcommand{\TotalParamsAOne",
        r"\newcommand{\TotalParamsAOneX",
        r"\newcommand{\TotalParamsX",
        r"\newcommand{\TotalParamsXX",
    ]


def test_the_glossary() -> None:
    names = latex.Names()
    assert latex.glossary({}, names) == ""
    assert latex.glossary({"d": "width"}, names) == r"\noindent where $d$ denotes width."
    three = {"d": "width", "L": "layers", "n": "classes, of images"}
    assert latex.glossary(three, names) == (
        r"\noindent where $d$ denotes width; $L$ layers; and $n$ classes, of images."
    )


def test_a_line_of_all_parts() -> None:
    parts = ("x ", Formula(N), ": ", Written("a_b"), " ", Code("nn.Linear"), " ", Count(12345))
    assert line(parts, latex.Names()) == r"$\times$\,$n$: a\_b nn.Linear 12\,345"


def test_columns_of_siunitx() -> None:
    net = symparam.load("zoo:gpt2")
    shown = latex.configs(net.config_content(), latex.Names(), is_siunitx=True)
    assert "lS[table-format=5.0]S[table-format=4.0]" in shown
    assert "small & 50257 & 1024 & 12 & 768 & 12 & 1024 & 124439808" in shown
    assert r"\usepackage{siunitx}" in latex.document([shown])


def test_long_rows_become_columns() -> None:
    shown = latex.configs(symparam.load("zoo:deepseek_v2").config_content(), latex.Names())
    assert r"$L$ & $27$ \\" in shown


def test_long_tables_go_over_pages() -> None:
    net = symparam.load("zoo:resnet")
    shown = latex.table(net.summary_content(), latex.Names())
    assert r"\begin{longtable}" in shown
    assert shown.index(r"\onecolumn") < shown.index(r"\begin{longtable}")
    assert shown.endswith(r"\symparamcolumns")


def test_a_table_without_rows() -> None:
    shown = latex.table(Table((), (Column(("A",)),), [], [], []), latex.Names())
    assert r"\begin{tabular}{@{}l@{}}" in shown


@pytest.mark.parametrize("name", NETWORKS)
def test_goldens(name: str, golden: Callable[[str, str], None]) -> None:
    source = NETWORKS[name]
    net = symparam.load(source) if source.startswith("zoo:") else symparam.parse(source)
    names = latex.Names({}, net.symbols)
    counts = {"": content.totals(net.trace)}
    parts = {
        "total": latex.total(net.params, names),
        "table": latex.table(net.summary_content(), names),
        "derivation": latex.derivation(content.derivation(net.trace), names),
    }
    if net.configs:
        counts |= {config: content.totals(net.at(config).trace) for config in net.configs}
        parts["glossary"] = latex.glossary(net.glossary, names)
        parts["configs"] = latex.configs(net.config_content(), names)
    parts["macros"] = latex.macros(counts, names)
    shown = "\n\n".join(f"% {title}\n{part}" for title, part in parts.items())
    golden(f"tests/goldens/latex/{name}.tex", shown + "\n")


def refused(formulas: Sequence[str]) -> str:
    """What KaTeX refuses of some formulas."""
    if shutil.which("node") is None or not (NODE / "node_modules/katex").exists():
        reason = "needs node and `npm ci` in tests/node"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    done = subprocess.run(
        ["node", NODE / "katex.mjs"], input="\n".join(map(json.dumps, formulas)),
        capture_output=True, check=True, text=True, timeout=60,
    )  # fmt: skip
    return done.stdout


def test_katex_reads_every_formula() -> None:
    formulas = []
    names = latex.Names()
    for net in networks():
        own = latex.Names({}, net.symbols)
        parts = pieces(tree(net.params), own)
        formulas += [latex.display(tree(net.params), own), latex.inline(tree(net.params), own)]
        shown = align(rows([Piece("P")], [parts]))
        formulas.append(shown.replace(r"\allowdisplaybreaks", ""))
    for cls in catalogue():
        if (rule := general_rule(cls)) is not None:
            formulas.append(latex.display(in_words(formula(rule)), names))
    formulas += [names[name] for name in ("größe", "α", "日", "x_1_max", "x_hat", "vocab_size")]
    assert refused(formulas) == ""


def test_katex_finds_what_is_wrong() -> None:
    assert json.loads(refused(["x", r"\frac{1}"]))["formula"] == r"\frac{1}"


def test_branches_are_marked_and_passes_are_not() -> None:
    net = symparam.parse(
        "Input(n) -> _ + Dense(n) -> (_ + Dense(n)) * L -> _ + Dense(n) -> Dense(n) * M"
    )
    shown = latex.table(net.summary_content(), latex.Names())
    labels = [row.split(" & ")[0] for row in shown.split("\\midrule\n")[1].splitlines()]
    assert labels == [
        r"--\enspace identity",
        r"--\enspace dense (Dense)",
        "add (Add)",
        r"$\times$\,$L$",
        r"\quad --\enspace identity",
        r"\quad --\enspace dense\_1 (Dense)",
        r"\quad add\_1 (Add)",
        r"--\enspace identity",
        r"--\enspace dense\_2 (Dense)",
        "add\\_2 (Add)",
        r"$\times$\,$M$",
        r"\quad dense\_3 (Dense)",
    ]
