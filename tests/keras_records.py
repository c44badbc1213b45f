"""Measured Keras configurations as programs of the language, in numbers and in symbols."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from symparam.layers import find

DATA = Path(__file__).parent / "data"

# Arguments that are sizes: each number of theirs can be a symbol instead.
SIZES = {
    *("filters", "units", "kernel_size", "pool_size", "strides", "dilation_rate", "groups"),
    *("depth_multiplier", "input_dim", "output_dim", "n", "size", "padding", "cropping"),
    *("output_padding", "target_shape", "lora_rank"),
}


def records(name: str) -> list[dict[str, Any]]:
    """The records of a data file whose layer is in the catalogue."""
    every = json.loads((DATA / name).read_text(encoding="utf-8"))["records"]
    return [record for record in every if find(record["layer"]) is not None]


def label(record: dict[str, Any]) -> str:
    """A readable test id."""
    arguments = ",".join(f"{k}={v}" for k, v in record["kwargs"].items())
    return f"{record['layer']}({arguments}) on {record['input_shape']}".replace(" ", "")


@dataclass
class Lift:
    """Numbers replaced by symbols, each with the number it stood for."""

    numbers: dict[str, int] = field(default_factory=dict)

    def __call__(self, number: int) -> str:
        if number < 1:  # a symbol is a positive integer
            return str(number)
        name = f"s{len(self.numbers)}"
        self.numbers[name] = number
        return name


def written(value: Any, lift: Lift | None = None) -> str:
    """A JSON value as the language writes it."""
    if isinstance(value, list):
        inner = ", ".join(written(entry, lift) for entry in value)
        return f"({inner},)" if len(value) == 1 else f"({inner})"
    if isinstance(value, bool) or value is None:
        return str(value).lower()
    if isinstance(value, int) and lift is not None:
        return lift(value)
    return str(value)


def program(record: dict[str, Any], lift: Lift | None = None) -> str:
    """The record as a chain of its input and its layer."""
    arguments = [
        f"{name}={written(value, lift if name in SIZES else None)}"
        for name, value in record["kwargs"].items()
    ]
    shape = written(record["input_shape"], lift)
    return f"Input(shape={shape}) -> {record['layer']}({', '.join(arguments)})"
