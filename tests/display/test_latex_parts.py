"""The parts of a paper in LaTeX, and KaTeX as a second reader of its formulas."""

import json
import shutil
import subprocess
from collections.abc import Callable, Sequence

import pytest
from places import NODE, unavailable
from shipped import zoo_network

import symparam
from symparam.algebra.formula import (
    Name,
    tree,
)
from symparam.algebra.sizes import symbol
from symparam.display import content, latex
from symparam.display.content import Code, Column, Count, Table, Times, Written
from symparam.display.latex.commands import command
from symparam.display.latex.formulas import Piece, pieces
from symparam.display.latex.lines import align, broken, rows
from symparam.display.latex.widths import EM, width
from symparam.display.latex.words import line
from symparam.language.sources import zoo
from symparam.layers import catalogue
from symparam.layers.contract.rules import general_rule

NETWORKS = {
    "cnn": "Input(28, 28, 1) -> Conv2D(32, 3, relu) -> MaxPooling2D -> Conv2D(64, 3, relu) "
    "-> MaxPooling2D -> Flatten -> Dropout(0.5) -> Dense(10, softmax)",
    "gpt2": "zoo:gpt2",
    "resnet": "zoo:resnet",
    "mlp": "zoo:mlp",
    "moe": "zoo:mixtral",
}


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
    parts = (
        Times(Name("n")),
        ": ",
        Written("a_b"),
        " ",
        Code("nn.Linear"),
        " ",
        Count(12345),
    )
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
    counts = {"": content.totals(net.counts)}
    parts = {
        "total": latex.total(net.params, names),
        "table": latex.table(net.summary_content(), names),
        "derivation": latex.derivation(content.derivation(net.counts), names),
    }
    if net.configs:
        counts |= {config: content.totals(net.at(config).counts) for config in net.configs}
        parts["glossary"] = latex.glossary(net.glossary, names)
        parts["configs"] = latex.configs(net.config_content(), names)
    parts["macros"] = latex.macros(counts, names)
    shown = "\n\n".join(f"% {title}\n{part}" for title, part in parts.items())
    golden(f"tests/goldens/latex/{name}.tex", shown + "\n")


def refused(formulas: Sequence[str]) -> str:
    """What KaTeX refuses of some formulas."""
    if shutil.which("node") is None or not (NODE / "node_modules/katex").exists():
        unavailable("needs node and `npm ci` in tests/node")
    done = subprocess.run(
        ["node", NODE / "katex.mjs"], input="\n".join(map(json.dumps, formulas)),
        capture_output=True, check=True, text=True, timeout=60,
    )  # fmt: skip
    return done.stdout


def test_katex_reads_every_formula() -> None:
    formulas = []
    names = latex.Names()
    for net in map(zoo_network, zoo()):
        own = latex.Names({}, net.symbols)
        parts = pieces(tree(net.params), own)
        formulas += [latex.display(tree(net.params), own), latex.inline(tree(net.params), own)]
        shown = align(rows([Piece("P")], [parts]))
        formulas.append(shown.replace(r"\allowdisplaybreaks", ""))
    ours = [cls for cls in catalogue() if cls.__module__.startswith("symparam.")]
    for cls in ours:  # and none that another test has brought in
        if (rule := general_rule(cls)) is not None:
            formulas.append(latex.display(rule, names))
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


def test_no_line_is_wider_than_its_room() -> None:
    for network in map(zoo_network, zoo()):
        for text in broken(pieces(tree(network.params), latex.Names()), 19 * EM):
            assert width(text) <= 19 * EM, (network, text)
