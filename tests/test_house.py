"""The house rules: imports run one way, layers are complete, the wheel stands alone."""

import ast
import doctest
import importlib
import pkgutil
import re
import subprocess
import sys
import venv
from collections.abc import Callable, Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest
from checks import sentences
from places import ROOT

import symparam
from symparam.display.catalogue import markdown
from symparam.layers import catalogue, find
from symparam.layers.contract.aliases import KEYWORDS, LAYERS, WORDS

# A room may import from those above it, and from itself.
ROOMS = [
    *("errors", "language", "algebra", "layers", "model", "trace", "costs", "display"),
    *("network", "frameworks", "__init__", "cli", "notebook", "__main__"),
]
MOST_LINES = 70  # of a function, below its docstring
CHECKS = sentences()
CATALOGUE = [
    ("Layers", "docs/layers.md", "Keras 3"),
    ("PyTorch's modules", "docs/torch-layers.md", "PyTorch"),
]
PACKAGE = Path(symparam.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))


def imported(path: Path) -> Iterator[str]:
    """The modules of the package that a file imports."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("symparam"):
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                yield whole if is_module(whole) else node.module or ""


def is_module(name: str) -> bool:
    path = PACKAGE.parent / name.replace(".", "/")
    return path.is_dir() or path.with_suffix(".py").is_file()


def name_of(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts).removesuffix(".__init__")


def room(module: str) -> int:
    """The place of a module such as ``symparam.layers.keras.conv`` in the list of rooms."""
    return ROOMS.index(module.split(".")[1] if "." in module else "__init__")


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_run_one_way(path: Path) -> None:
    for module in imported(path):
        if name_of(path) != "symparam.errors" or module != "symparam":
            assert room(module) <= room(name_of(path)), f"{name_of(path)} imports {module}"


def test_no_module_imports_itself_through_others() -> None:
    """What is imported when a module is; not what a function imports when it runs."""
    graph: dict[str, set[str]] = {}
    for path in MODULES:
        tree = ast.parse(path.read_text("utf-8"))
        graph[name_of(path)] = {
            whole if is_module(whole := f"{node.module}.{alias.name}") else node.module or ""
            for node in tree.body
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("symparam.")
            for alias in node.names
        }
    order = list(TopologicalSorter(graph).static_order())  # raises CycleError
    assert len(order) >= len(MODULES)


def test_two_files_know_the_parser_and_one_line_makes_symbols() -> None:
    texts = {path: path.read_text("utf-8") for path in MODULES}
    assert [p.name for p, text in texts.items() if "from lark" in text] == [
        "syntax.py",
        "tables.py",
    ]
    makers = [path.name for path, text in texts.items() if "Symbol(" in text]
    assert makers == ["sizes.py"]
    for text in texts.values():
        for call in ("eval(", "exec(", "sympify(", "parse_expr("):
            assert f" {call}" not in text.replace("def eval(", "")


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_functions_stay_readable(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef):
            said = node.body[0] if ast.get_docstring(node) else None
            lines = (node.end_lineno or 0) - (said.end_lineno or 0 if said else node.lineno)
            assert lines <= MOST_LINES, f"{node.name} has {lines} lines"


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


def test_test_files_do_not_import_each_other() -> None:
    """What they share is a module beside the folders, and every folder but the judge's is a room."""
    files = sorted((ROOT / "tests").glob("*/test_*.py"))
    assert {file.parent.name for file in files} <= {*ROOMS, "zoo", "judge"}
    for file in files:
        assert not re.search(r"^(from|import) [\w.]*\btest_", file.read_text("utf-8"), re.M), file


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
    venv.create(home)
    empty.mkdir()
    # Compiling all of sympy takes longer than the rest; what is imported is compiled then.
    install = ["--python", home / "bin/python", "install", "--quiet", "--no-compile", wheel]
    subprocess.run([*pip, *install], check=True)
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
