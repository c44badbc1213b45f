"""Layers from outside the package: from Python, from a file, from an installed package."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import symparam
from symparam import SymparamError
from symparam.algebra.sizes import Tensors
from symparam.layers import Count, Dense, Layer, layer
from symparam.layers.contract import registry
from symparam.layers.contract.plugins import load_file
from symparam.layers.contract.registry import find

SCALE = '''
from symparam.layers import Layer, Weight, layer

@layer
class {name}(Layer):
    """Multiply every feature by a learned number."""
    takes = "... n"

    def weights(self, x):
        return (Weight("scale", (x[-1],)),)
'''


@pytest.fixture(autouse=True)
def _own_catalogue(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test adds to the catalogue goes with it."""
    monkeypatch.setattr(registry, "_REGISTRY", dict(registry._REGISTRY))


def run(
    *arguments: str, folder: Path, path: Path | None = None
) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **({"PYTHONPATH": str(path)} if path else {})}
    return subprocess.run(
        [sys.executable, "-m", "symparam", *arguments],
        cwd=folder, env=environment, capture_output=True, check=False, text=True, timeout=60,
    )  # fmt: skip


def test_a_class_marked_as_a_layer_is_known() -> None:
    @layer
    class Twice(Layer):
        """Give the input twice."""

        def output_shape(self, x: tuple[int, ...]) -> Tensors:
            return Tensors((x, x))

    assert find("Twice") is Twice
    assert symparam.parse("Input(3) -> Twice -> Add").output_shape == (3,)


def test_a_name_that_is_taken_stays_what_it_was() -> None:
    with pytest.raises(TypeError, match="already a layer named Dense"):
        layer(type("Dense", (Layer,), {}))
    assert find("Dense") is Dense


def test_a_file_of_layers(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(SCALE.format(name="ScaleOfFile"))
    done = run(
        "params", "--layers", "mine.py", "Input(t, d) -> ScaleOfFile -> Dense(m)", folder=tmp_path
    )
    assert (done.stdout, done.stderr, done.returncode) == ("d + m*(d + 1)\n", "", 0)
    done = run("layers", "--layers", "mine.py", "ScaleOfFile", folder=tmp_path)
    assert "params = in_features" in done.stdout
    done = run("--layers", "mine.py", "Input(d) -> ScaleOfFile", "--json", folder=tmp_path)
    assert '"layer": "ScaleOfFile"' in done.stdout


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "there is no file mine.py"),
        ("1/0", "mine.py cannot be loaded: ZeroDivisionError: division by zero"),
        ("def", "mine.py cannot be loaded: SyntaxError"),
        (
            "from symparam.layers import *\n@layer\nclass Dense(Layer): pass",
            "there is already a layer named Dense",
        ),
        (
            "from symparam.layers import *\n@layer\nclass A(Layer):\n    size: int = 3",
            "A.size needs a kind",
        ),
    ],
)
def test_a_file_that_cannot_be_loaded(content: str | None, message: str, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "mine.py").write_text(content)
    done = run("params", "--layers", "mine.py", "Input(d) -> Dense(3)", folder=tmp_path)
    assert message in done.stderr
    assert (done.stdout, done.returncode) == ("", 2)
    assert "Traceback" not in done.stderr


def test_a_file_of_layers_from_python(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(SCALE.format(name="ScaleFromPython"))
    load_file(file)
    assert str(symparam.parse("Input(t, d) -> ScaleFromPython").params) == "d"


def test_an_installed_package_offers_layers(tmp_path: Path) -> None:
    (tmp_path / "offering.py").write_text(SCALE.format(name="ScaleOfPackage"))
    info = tmp_path / "offering-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: offering\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[symparam.layers]\nmine = offering\n")
    for source in ("Input(d) -> ScaleOfPackage", "s = ScaleOfPackage(); Input(d) -> s"):
        done = run("params", source, folder=tmp_path, path=tmp_path)
        assert (done.stdout, done.stderr, done.returncode) == ("d\n", "", 0)
    done = run("layers", folder=tmp_path, path=tmp_path)
    assert "ScaleOfPackage" in done.stdout


@pytest.mark.parametrize(
    ("output_shape", "message"),
    [
        (lambda layer, x: 1 / 0, "Broken failed: ZeroDivisionError"),
        (lambda layer, x: (1.5,), "Broken failed: AttributeError"),
        (lambda layer, x: x[7], "Broken failed: IndexError"),
        (lambda layer, x: (-x[0],), "Broken would turn (3,) into (-3,)"),
    ],
)
def test_a_layer_that_fails_is_an_error_with_its_place(
    output_shape: Callable[..., object], message: str
) -> None:
    layer(type("Broken", (Layer,), {"output_shape": output_shape, "__module__": "outside"}))
    with pytest.raises(SymparamError, match="Broken") as caught:
        symparam.parse("Input(3) -> Broken")
    assert message in caught.value.message
    assert caught.value.span is not None


def test_a_field_cannot_have_a_name_that_layers_use_themselves() -> None:
    for name in ("check", "inputs", "order", "fields", "weights", "takes"):
        with pytest.raises(TypeError, match=rf"{name}: layers use this name themselves; {name}_"):
            type("Mine", (Layer,), {"__annotations__": {name: Count}})
    mine = type("Mine", (Layer,), {"__annotations__": {"order_": Count}})
    assert mine(3).order_ == 3
    assert list(mine.fields) == ["trainable", "order"]
