"""Every script of the zoo through every part, and hostile names, compiled in two columns."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from places import unavailable
from shipped import zoo_network

import symparam
from symparam.display import content, latex
from symparam.language.sources import zoo
from symparam.network import Network

BATCHES = 4  # documents, of which each has some of the networks
NETWORKS = {
    "mnist": "Input(28, 28, 1) -> Conv2D(32, 3, relu) -> MaxPooling2D -> Conv2D(64, 3, relu) "
    "-> MaxPooling2D -> Flatten -> Dropout(0.5) -> Dense(10, softmax)",
    "rounded": "Input(h, w, c) -> Conv2D(f, 3x2, strides=2) -> Flatten -> Dense(n) -> Dense(max(n, 3))",
    "words": "Input(d_model) -> Dense(d_ff) -> Dense(length) -> Dense(2*x_hat) -> Dense(größe) -> Dense(β)",
    "open": "Dense(7) -> Conv2D(32, 3x2)",
    "inputs": "(Input(n, c), Input(m, c) -> Conv1D(c, 3, groups=g)) -> Add",
    "letters": "Input(P, N) -> Dense(k) -> Dense(j) -> Dense(m)",
}
HOSTILE = r"""
# <script>alert(1)</script> \input{/etc/passwd} $x$ & 100% #1 ~^_{}
# ``quotes'' --- "double" 'single' \write18{ls} %comment
where größe = "\input{/etc/passwd} naïve & ñ, Øre, ł, ş, ğ, č, ő", α = "<b>α ≤ β</b> ~ 日本"
where 日 = "\end{document} ^^M $$ \\ {}{ }} ", n1 = "---", n_1 = "<<>> ?` !` ,,"
where x_ = "\newpage\def\x{}", _y = "²₃½ – — … “a” ‘b’"
Input(größe, α) -> Dense(日) -> Dense(n1) -> Dense(n_1) -> Dense(x_) -> Dense(_y) -> Dense(д)
config "\input{/etc/passwd}": größe=2, α=3, 日=4, n1=2, n_1=3, x_=2, _y=2, д=3
config "<script>alert('$1')</script> % # & _ ^ ~ \": größe=2, α=3, 日=4, n1=2, n_1=3, x_=2, _y=2, д=3
config "[2pt] x": größe=2, α=3, 日=4, n1=2, n_1=3, x_=2, _y=2, д=3
config "*": größe=2, α=3, 日=4, n1=2, n_1=3, x_=2, _y=2, д=3
config "": größe=2, α=3, 日=4, n1=2, n_1=3, x_=2, _y=2, д=3
"""


def compiled(source: str, folder: Path, is_fitting: bool = True) -> Path:
    """Compile a document without an error and without anything that juts out."""
    if shutil.which("pdflatex") is None:
        unavailable("needs pdflatex (texlive-latex-base and texlive-latex-recommended)")
    (folder / "paper.tex").write_text(source, encoding="utf-8")
    done = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-no-shell-escape", "-recorder", "paper"],
        cwd=folder, capture_output=True, timeout=120, check=False,
        env={**os.environ, "max_print_line": "1000"},
    )  # fmt: skip
    log = (folder / "paper.log").read_text("utf-8", errors="replace")
    overfull = r"|^Overfull \\[hv]box.*\n?.*" if is_fitting else ""
    wrong = re.findall(rf"^!.*\n.*\n.*|Missing character.*{overfull}", log, re.MULTILINE)
    assert not wrong, "\n".join(wrong)
    assert done.returncode == 0, log[-2000:]
    return folder / "paper.pdf"


def parts(network: Network, name: str, given: dict[str, str] | None = None) -> Iterator[str]:
    """All that can be printed of a network, in symbols and at its first config."""
    names = latex.Names(given or {}, network.symbols)
    counts = {"": content.totals(network.counts)}
    yield rf"\clearpage\section*{{{name.replace('_', ' ')}}}"
    yield latex.total(network.params, names)
    yield latex.glossary(network.glossary, names)
    yield latex.table(network.summary_content(), names)
    yield latex.derivation(content.derivation(network.counts), names)
    for config, sizes in list(network.configs.items())[:1]:
        at = network.at(config)
        counts[config] = content.totals(at.counts)
        yield latex.total(at.params, names, sizes)
        yield latex.table(at.summary_content(), names, caption=config)
        yield latex.derivation(content.derivation(at.counts), names)
        yield latex.configs(network.config_content(), names)
    yield rf"\begingroup {latex.macros(counts, names)} $\TotalParams$\endgroup"


@pytest.mark.heavy
@pytest.mark.parametrize("batch", range(BATCHES))
def test_the_zoo_compiles(batch: int, tmp_path: Path) -> None:
    body = []
    for name in zoo()[batch::BATCHES]:
        body += parts(zoo_network(name), name)
    compiled(latex.document(body), tmp_path)


def test_networks_of_all_kinds_compile(tmp_path: Path) -> None:
    body = []
    for name, source in NETWORKS.items():
        body += parts(
            symparam.parse(source), name, {"k": r"k^\star", "P": r"\mathbb{P}_{\text{in}}"}
        )
    compiled(latex.document(body), tmp_path)


@pytest.mark.parametrize("encoding", ["OT1", "T1"])
def test_hostile_names_are_text(encoding: str, tmp_path: Path) -> None:
    network = symparam.parse(HOSTILE.lstrip())
    title, _, text = network.description.partition("\n")
    shown = latex.document(parts(network, "hostile"), title, text)
    paper = compiled(
        shown.replace(
            r"\usepackage{amsmath}", rf"\usepackage[{encoding}]{{fontenc}}\usepackage{{amsmath}}"
        ),
        tmp_path,
    )
    assert "/etc/passwd" not in (tmp_path / "paper.fls").read_text("utf-8")
    if shutil.which("pdftotext") is None:
        unavailable("needs pdftotext (poppler-utils) to read the page")
    printed = subprocess.run(["pdftotext", paper, "-"], capture_output=True, check=True).stdout
    text = "".join(printed.decode().replace("-\n", "").split())
    for word in ("<script>alert(1)</script>", r"\input{/etc/passwd}", r"\end{document}", "100%#1"):
        assert word in text


def test_every_letter_that_is_let_through_has_a_glyph(tmp_path: Path) -> None:
    letters = [
        chr(code) for code in (*range(0xA0, 0x250), *range(0x370, 0x400), *range(0x2010, 0x2300))
    ]
    compiled(
        latex.document(latex.glossary({"x": letter}, latex.Names()) for letter in letters), tmp_path
    )


def test_a_part_compiles_in_one_column_too(tmp_path: Path) -> None:
    network = symparam.load("zoo:llama")
    names = latex.Names({}, network.symbols)
    body = [
        latex.table(network.summary_content(), names, page=345),
        latex.configs(network.config_content(), names, page=345),
        latex.total(network.params, names),
        latex.derivation(content.derivation(network.counts), names),
    ]
    compiled(latex.document(body).replace("[twocolumn]", ""), tmp_path)


def test_what_no_column_can_hold_compiles_all_the_same(tmp_path: Path) -> None:
    source = f"Input({'9' * 60}) -> Dense({'very_' * 20}long) -> Dense(7)"
    body = latex.document(parts(symparam.parse(source), "long"))
    compiled(body, tmp_path, is_fitting=False)
