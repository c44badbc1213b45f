"""The commands that print for papers: what they take, and what they write."""

import os
import subprocess
from pathlib import Path

import pytest
import warm

import symparam
from symparam import SymparamError

CNN = "Input(8, 8, 1) -> Conv2D(32, 3x2) -> Flatten -> Dense(n)"


def run(*arguments: str, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*warm.command(), *arguments],
        cwd=folder, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "begins"),
    [
        (["latex", CNN], r"\begin{equation}"),
        (["latex", CNN, "--part", "table"], r"\begin{table"),
        (["latex", CNN, "--document"], r"\documentclass"),
        (["latex", CNN, "--part", "macros", "--at", "n=3"], r"\newcommand{\TotalParams}"),
        (["latex", "zoo:llama", "--part", "configs", "--siunitx"], r"\begin{table"),
        (["markdown", CNN], "```math"),
        (["html", CNN], "<!DOCTYPE html>"),
        (["diagram", CNN, "--to", "mermaid"], "%%{init"),
        (["diagram", CNN, "--to", "dot"], "digraph"),
        (["diagram", CNN, "--to", "tikz"], "%"),
    ],
)
def test_prints(arguments: list[str], begins: str) -> None:
    done = run(*arguments)
    assert done.stderr == ""
    assert done.returncode == 0
    assert done.stdout.startswith(begins)


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["latex", CNN, "--part", "configs"], 1, "the script has no configs"),
        (["latex", CNN, "--part", "glossary"], 1, "the script has no glossary"),
        (["latex", CNN, "--part", "tables"], 2, "'tables' is not one of"),
        (["html", CNN, "--part", "macros"], 2, "'macros' is not one of"),
        (["latex", CNN, "--part", "table", "--document"], 2, "--document has all parts"),
        (["latex", CNN, "--siunitx"], 2, "--siunitx is for --part configs"),
        (["latex", CNN, "--json"], 2, "No such option"),
        (["latex", CNN, "-o", "missing/a.tex"], 2, "missing/a.tex cannot be written"),
        (["latex", CNN, "-o", "."], 2, ". cannot be written"),
        (["latex", "Input(8) -> Nonsense"], 1, "there is no layer named Nonsense"),
        (["latex", "where n = 'x' as '\\input{a}'; Input(n)"], 1, "ArgumentError"),
        (["params", CNN, "--collect", "zz"], 1, "there is no symbol named zz"),
        (["params", CNN, "--form", "pretty"], 2, "'pretty' is not one of"),
        (["params", CNN, "--form", "factored", "--collect", "n"], 2, "--collect"),
    ],
)
def test_refused(arguments: list[str], status: int, message: str, tmp_path: Path) -> None:
    done = run(*arguments, folder=tmp_path)
    assert done.returncode == status, done.stderr
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_written_whole(tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    file.write_text("before")
    assert run("html", CNN, "-o", str(file)).stdout == ""
    assert file.read_text("utf-8") == symparam.parse(CNN).html()
    assert [path.name for path in tmp_path.iterdir()] == ["page.html"]
    assert os.stat(file).st_mode & 0o600 == 0o600


def test_parts_in_python() -> None:
    net = symparam.parse(CNN)
    with pytest.raises(symparam.UnknownNameError, match="html has no part macros"):
        net.html("macros")
    with pytest.raises(SymparamError, match="the script has no configs"):
        net.latex("configs")
    assert net.form("leading").latex().splitlines()[1].startswith(r"  P \sim")
