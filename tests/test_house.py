"""The house rules: imports run one way, layers are complete, the wheel stands alone."""

import ast
import doctest
import importlib
import pkgutil
import re
import subprocess
import sys
import venv
from collections.abc import Callable
from pathlib import Path

import pytest
from checks import sentences
from conftest import ROOT

import symparam
from symparam.display.catalogue import markdown
from symparam.layers import catalogue, find
from symparam.layers.aliases import KEYWORDS, LAYERS, WORDS

# A module may import from the rows above its own, and from its own row.
ROOMS = [
    ["errors", "conventions"],
    ["records", "slips", "syntax"],
    ["sources"],
    ["scripts"],
    ["sizes", "floors", "forms", "conditions", "facts"],
    ["arithmetic"],
    ["layers"],
    ["derivation", "terms", "sums", "series"],
    ["wiring"],
    ["steps"],
    ["depth", "trace", "scope"],
    ["opening", "expressions"],
    ["calls"],
    ["build"],
    ["program"],
    ["display"],
    ["printable"],
    ["network"],
    ["frameworks"],
    ["__init__"],
    ["cli"],
    ["notebook"],
    ["__main__"],
]
CHECKS = sentences()
CATALOGUE = [
    ("Layers", "docs/layers.md", "Keras 3"),
    ("PyTorch's modules", "docs/torch-layers.md", "PyTorch"),
]
PACKAGE = Path(symparam.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))


def room(module: str) -> int:
    """The row of a module such as ``symparam.layers.conv``."""
    part = module.split(".")[1] if "." in module else "__init__"
    return next(i for i, row in enumerate(ROOMS) if part in row)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_run_one_way(path: Path) -> None:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    own = room(".".join(parts[:2])) if len(parts) > 1 else 0
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("symparam"):
            whole = node.module == "symparam"
            modules = [f"symparam.{alias.name}" for alias in node.names] if whole else [node.module]
            for module in modules:
                if module not in ("symparam.__version__", None):
                    assert room(module) <= own, f"{path.name} imports {module}"


def test_one_file_knows_the_parser_and_one_line_makes_symbols() -> None:
    texts = {path: path.read_text("utf-8") for path in MODULES}
    assert [p.name for p, text in texts.items() if "from lark" in text] == ["syntax.py"]
    makers = [text.count("Symbol(") for text in texts.values()]
    assert sum(makers) == 1
    for text in texts.values():
        for call in ("eval(", "exec(", "sympify(", "parse_expr("):
            assert f" {call}" not in text.replace("def eval(", "")


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_files_stay_readable(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= 400


@pytest.mark.parametrize("cls", list(catalogue()), ids=lambda cls: cls.title)
def test_every_layer_is_complete(cls: type) -> None:
    """A sentence, an example that runs, a measured row and a row in the docs."""
    first, _, example = (cls.__doc__ or "").partition("\n\n")
    assert first.endswith(".")
    assert any(find(word) is cls for word in re.findall(r"(?:nn\.)?\w+", example))
    assert ">>>" in example
    assert cls.title == "Input" or not CHECKS[cls.title].startswith("0 ")
    title, page, _ = next(entry for entry in CATALOGUE if entry[2] == cls.framework)
    assert f"### {cls.title}\n" in (ROOT / page).read_text("utf-8"), title


def test_aliases_lead_somewhere() -> None:
    assert all(find(name) for name in LAYERS.values())
    assert not set(LAYERS) & {cls.title for cls in catalogue()}
    fields = {name for cls in catalogue() for name in cls.fields}
    assert set(KEYWORDS.values()) <= fields
    assert {name for name, _ in WORDS.values()} <= fields


@pytest.mark.parametrize(("title", "page", "framework"), CATALOGUE)
def test_docs_list_the_layers(
    title: str, page: str, framework: str, golden: Callable[[str, str], None]
) -> None:
    golden(page, markdown(title, framework, CHECKS))


def test_docstring_examples_run() -> None:
    names = [info.name for info in pkgutil.walk_packages([str(PACKAGE)], "symparam.")]
    examples = 0
    for name in ["symparam", *names]:
        if name.endswith("__main__"):
            continue
        module = importlib.import_module(name)
        known = {"parse": symparam.parse} if ".layers" in name else {}
        result = doctest.testmod(module, extraglobs=known)
        assert result.failed == 0
        examples += result.attempted
    assert examples > 80


def test_the_wheel_stands_alone(tmp_path: Path) -> None:
    """Built, installed into an empty environment, run from an empty folder."""
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    subprocess.run(
        [*pip, "wheel", "--quiet", "--no-deps", "--wheel-dir", tmp_path, ROOT], check=True
    )
    (wheel,) = tmp_path.glob("*.whl")
    home, empty = tmp_path / "home", tmp_path / "empty"
    venv.create(home, with_pip=True)
    empty.mkdir()
    subprocess.run([home / "bin/pip", "install", "--quiet", wheel], check=True)
    for arguments, printed in [
        (["Input(8, 8, 1) -> Conv2D(32, 3x2)"], b"224\n"),
        (["zoo:lenet5", "--config", "mnist"], b"61706\n"),
        (['use SwiGLU from "zoo:blocks/attention"; Input(s, d) -> SwiGLU(d, f)'], b"3*d*f\n"),
    ]:
        done = subprocess.run(
            [home / "bin/symparam", "params", *arguments],
            cwd=empty, env={}, capture_output=True, check=True,
        )  # fmt: skip
        assert done.stdout == printed
