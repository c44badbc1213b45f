"""How each layer is checked, counted from the measured records and the judge's table."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import Any

from judge.table import ROWS
from places import DATA
from split_rows import ROWS as SPLIT_ROWS
from torch_rows import ROWS as TORCH_ROWS

from symparam.layers import catalogue

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
    if cls.title == "Split":
        return f"{len(SPLIT_ROWS)} configurations run beside keras.ops.split of Keras 3.15.1"
    framework, files = FILES[cls.framework]
    if cls.__module__.endswith(".parameters"):
        framework, files = MODULES
    measured = sum(_named(file, "records")[cls.__name__] for file in files)
    if cls.framework == "PyTorch":
        name = re.compile(rf"{re.escape(cls.title)}\b")
        measured += sum(name.search(program) is not None for program, *_ in TORCH_ROWS)
    refused = sum(_refused(file)[cls.__name__] for file in [*files, "keras_rejects.json"])
    rows = [f"{measured} configuration{'s' * (measured != 1)} measured on {framework}"]
    if cls.framework == "Keras 3" and refused:
        rows.append(f"{refused} that it refuses")
    if cls.framework == "Keras 3" and cls.__name__ in ROWS:
        rows.append("drawn at random beside it")
    return ", ".join(rows)


@cache
def _named(file: str, section: str) -> Counter[str]:
    """How often each layer is met in a file, inside others too, but once a record."""
    records = json.loads((DATA / file).read_text("utf-8")).get(section, [])
    return Counter(name for record in records for name in set(_names(record)))


def _refused(file: str) -> Counter[str]:
    return _named(file, "records" if file == "keras_rejects.json" else "rejects")


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
