"""Records for data frames: one dictionary a layer, or a config."""

from collections.abc import Mapping
from typing import Any

from symparam.costs.steps import CountedStep, Counts
from symparam.display import text
from symparam.display.content import Config, iterations


def layers(counts: Counts) -> list[dict[str, Any]]:
    """One record a layer and use: its shapes, its counts, and how often it is repeated.

    Counts are ints or sympy expressions, formulas are written in the language.
    """
    return [_layer(step) for step in counts.steps]


def configs(columns: Mapping[str, Config]) -> list[dict[str, Any]]:
    """One record a config: its sizes under their names, then its counts.

    A size that has the name of another column gets an underscore.
    """
    records = []
    for title, (sizes, found) in columns.items():
        counts = {
            "params": found.params,
            "trainable": found.trainable_params,
            "non_trainable": found.non_trainable_params,
            "active": found.active_params,
        }
        record: dict[str, Any] = {"config": title}
        for name, value in sizes.items():
            key = name
            while key in record or key in counts or (key != name and key in sizes):
                key += "_"
            record[key] = list(value) if isinstance(value, tuple) else value
        records.append(record | counts)
    return records


def _layer(step: CountedStep) -> dict[str, Any]:
    return {
        "layer": step.name,
        "type": step.layer.title,
        "input_shape": step.input_shape,
        "output_shape": step.output_shape,
        "formula": text.node(step.formula) if step.formula else "",
        "params": step.params,
        "trainable": step.trainable_params,
        "non_trainable": step.non_trainable_params,
        "active": step.active_params,
        "shared": step.is_shared,
        "repeats": ", ".join(text.line(iterations(level)) for level in step.repeats),
    }
