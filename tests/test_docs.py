"""Every example in the README and the docs is run."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import warm
from places import ROOT

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(page: Path, language: str) -> list[str]:
    return [body for kind, body in FENCE.findall(page.read_text("utf-8")) if kind == language]


def shell(command: str, folder: Path, found: Path | None = None) -> str:
    """What a command prints, with our symparam first on the path, and this Python next."""
    places = [found or warm.folder(), Path(sys.executable).parent, os.environ["PATH"]]
    path = os.pathsep.join(map(str, places))
    done = subprocess.run(
        ["bash", "-c", command], cwd=folder, env={**os.environ, "PATH": path},
        capture_output=True, check=False, timeout=60,
    )  # fmt: skip
    return (done.stdout + done.stderr).decode()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_python_examples(page: Path) -> None:
    """In a process of their own, for some of them add layers to the catalogue."""
    program = (
        "import doctest, sys, symparam\n"
        "names = {'parse': symparam.parse}\n"
        "test = doctest.DocTestParser().get_doctest(sys.stdin.read(), names, 'page', None, 0)\n"
        "sys.exit(doctest.DocTestRunner().run(test).failed)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], input="\n".join(blocks(page, "python")),
        capture_output=True, check=False, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_console_examples(page: Path, tmp_path: Path) -> None:
    for block in blocks(page, "console"):
        for example in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, printed = re.fullmatch(
                r"(.*?\n(?:>(?: [^\n]*)?\n)*)(.*)", example, re.DOTALL
            ).groups()
            command = re.sub(r"\n> ?", "\n", command)
            assert shell(command, tmp_path).rstrip() == printed.rstrip(), command


def test_the_first_command_of_the_readme() -> None:
    readme = ROOT / "README.md"
    install, test = blocks(readme, "sh")
    arguments = shlex.split(install.split("&&")[-1])
    assert arguments[0] == ".venv/bin/symparam"
    printed = shell(shlex.join(["symparam", *arguments[1:]]), ROOT, Path(sys.executable).parent)
    assert printed == blocks(readme, "text")[0]
    assert test.strip() in (
        'python3 -m venv .venv && .venv/bin/pip install --quiet --editable ".[test]"'
        " && .venv/bin/pytest"
    )


def test_links_lead_somewhere() -> None:
    for page in PAGES:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text("utf-8")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_every_kind_of_page_has_examples() -> None:
    run = [len(blocks(page, "python")) + len(blocks(page, "console")) for page in PAGES]
    assert sum(run) > 25
