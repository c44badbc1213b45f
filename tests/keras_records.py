"""Measured Keras configurations as programs of the language, in numbers and in symbols."""

import json
from dataclasses import dataclass, field
from typing import Any

from places import DATA

from symparam.layers import find
from symparam.network import Network

# Arguments that are sizes: each number of theirs can be a symbol instead.
SIZES = {
    *("filters", "units", "kernel_size", "pool_size", "strides", "dilation_rate", "groups"),
    *("depth_multiplier", "input_dim", "output_dim", "n", "size", "padding", "cropping"),
    *("output_padding", "target_shape", "lora_rank", "output_shape", "output_size"),
    *("num_heads", "key_dim", "value_dim", "head_dim", "num_query_heads", "num_key_value_heads"),
    *("height", "width", "num_tokens", "num_bins", "max_tokens", "output_sequence_length"),
    *("sequence_stride", "num_mel_bins"),
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
    least: int = 1  # a symbol is a positive integer, and no 1 that is stretched

    def __call__(self, number: int) -> str:
        if number < self.least:
            return str(number)
        name = f"s{len(self.numbers)}"
        self.numbers[name] = number
        return name


def written(value: Any, lift: Lift | None = None) -> str:
    """A JSON value as the language writes it."""
    if isinstance(value, dict):
        return call(value, lift)
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return f"[{', '.join(call(entry, lift) for entry in value)}]"
    if isinstance(value, list):
        inner = ", ".join(written(entry, lift) for entry in value)
        return f"({inner},)" if len(value) == 1 else f"({inner})"
    if isinstance(value, str) and not value.isidentifier():
        return f'"{value}"'
    if isinstance(value, bool) or value is None:
        return str(value).lower()
    if isinstance(value, int) and lift is not None:
        return lift(value)
    return str(value)


def call(layer: dict[str, Any], lift: Lift | None = None) -> str:
    """A layer with its arguments, layers among them."""
    holders = SIZES | {"layer", "backward_layer", "cell", "cells"}
    keywords = {**layer["kwargs"], **layer.get("call_kwargs", {})}
    arguments = [
        f"{name}={written(value, lift if name in holders else None)}"
        for name, value in keywords.items()
    ]
    return f"{layer['layer']}({', '.join(arguments)})"


def program(record: dict[str, Any], lift: Lift | None = None) -> str:
    """The record as a chain of its input, or inputs, and its layer."""
    shapes = record["input_shape"]
    if not (shapes and isinstance(shapes[0], list)):
        return f"Input(shape={written(shapes, lift)}) -> {call(record, lift)}"
    if lift is not None:
        lift.least = 2
    inputs = [f"Input(shape={written(shape, lift)})" for shape in shapes]
    comma = "," if len(inputs) == 1 else ""
    return f"({', '.join(inputs)}{comma}) -> {call(record, lift)}"


def facts(network: Network, put: Any = lambda size: size) -> dict[str, Any]:
    """What a record states of a layer, from our side."""
    (step,) = network.steps

    def lists(shape: Any) -> list[Any]:
        return [lists(part) if isinstance(part, tuple) else put(part) for part in shape]

    return {
        "output_shape": lists(step.output_shape),
        "params": put(network.params),
        "trainable": put(network.trainable_params),
        "non_trainable": put(network.non_trainable_params),
        "weights": sorted(([put(n) for n in w.shape], w.trainable) for w in step.weights),
    }


def expected(record: dict[str, Any]) -> dict[str, Any]:
    """What a record states of its layer."""
    keys = ("output_shape", "params", "trainable", "non_trainable")
    weights = sorted((shape, trainable) for _, shape, trainable in record["weights"])
    return {**{key: record[key] for key in keys}, "weights": weights}
