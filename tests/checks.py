"""How each layer is checked, counted from the measured records and the judge's table."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from judge.table import ROWS
from torch_rows import ROWS as TORCH_ROWS

from symparam.layers import catalogue

DATA = Path(__file__).parent / "data"
FILES = {
    "Keras 3": ("Keras 3.15.1", ["keras_layers.json", "keras_preprocessing.json"]),
    "PyTorch": ("PyTorch 2.13.0", ["torch_layers.json"]),
}
# What Keras has no layer for is held against modules that have such weights.
MODULES = ("KerasHub 0.32.0 and transformers 5.23.0", ["learned_parameters.json"])


def sentences() -> dict[str, str]:
    """For each layer of the catalogue, what it was held against."""
    return {cls.title: _sentence(cls) for cls in catalogue() if cls.framework in FILES}


def _sentence(cls: Any) -> str:
    framework, files = FILES[cls.framework]
    if cls.__module__.endswith(".parameters"):
        framework, files = MODULES
    measured = Counter(name for file in files for name in _named(file, "records"))[cls.__name__]
    if cls.framework == "PyTorch":
        name = re.compile(rf"{re.escape(cls.title)}\b")
        measured += sum(name.search(program) is not None for program, *_ in TORCH_ROWS)
    refused = Counter(name for file in [*files, "keras_rejects.json"] for name in _refused(file))
    rows = [f"{measured} configuration{'s' * (measured != 1)} measured on {framework}"]
    if cls.framework == "Keras 3" and refused[cls.__name__]:
        rows.append(f"{refused[cls.__name__]} that it refuses")
    if cls.framework == "Keras 3" and cls.__name__ in ROWS:
        rows.append("drawn at random beside it")
    return ", ".join(rows)


def _named(file: str, section: str) -> Iterator[str]:
    """The layers of a file, those inside others too, each once a record."""
    for record in json.loads((DATA / file).read_text("utf-8")).get(section, []):
        yield from set(_names(record))


def _refused(file: str) -> Iterator[str]:
    yield from _named(file, "records" if file == "keras_rejects.json" else "rejects")


def _names(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key in ("layer", "module"):
            if isinstance(value.get(key), str):
                yield value[key]
        yield from re.findall(r"\w+", value.get("program", ""))
        for inner in value.values():
            yield from _names(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _names(inner)
