"""The JSON form: a stable schema for programs, described in docs/interface.md."""

import keyword
from typing import Any

from symparam.display.text import conventions
from symparam.sizes import Shape, Size, Tensors, symbol
from symparam.trace import Trace

SCHEMA = 1


def document(trace: Trace, symbols: tuple[str, ...]) -> dict[str, Any]:
    """The whole network as JSON values.

    A size that is a number is a JSON number, any other a string that sympy reads back.
    There each symbol stands under the key it has in ``symbols``: its own name, except
    that a word of Python gets an underscore.
    """
    keys: dict[str, str] = {}
    for name in symbols:
        key = name
        while keyword.iskeyword(key) or (key != name and key in symbols):
            key += "_"
        keys[name] = key

    def number(size: Size) -> int | str:
        if isinstance(size, int):
            return size
        renamed = {symbol(name): symbol(key) for name, key in keys.items() if name != key}
        return str(size.xreplace(renamed))

    def shape(sizes: Shape | Tensors) -> list[Any]:
        return [shape(entry) if isinstance(entry, tuple) else number(entry) for entry in sizes]

    return {
        "schema": SCHEMA,
        "input_shape": shape(trace.input_shape),
        "output_shape": shape(trace.output_shape),
        "layers": [
            {
                "name": step.name,
                "layer": step.layer.title,
                "inputs": list(step.inputs),
                "input_shape": shape(step.input_shape),
                "output_shape": shape(step.output_shape),
                "params": number(step.params),
                "trainable": number(step.trainable_params),
                "non_trainable": number(step.non_trainable_params),
                "active": number(step.active_params),
                "shared": step.is_shared,
                "repeats": [
                    {"index": loop.variable, "first": number(loop.first), "last": number(loop.last)}
                    for loop in reversed(step.loops)
                ],
            }
            for step in trace.steps
        ],
        "totals": {
            "params": number(trace.params),
            "trainable": number(trace.trainable_params),
            "non_trainable": number(trace.non_trainable_params),
            "active": number(trace.active_params),
            "buffers": number(trace.buffers),
        },
        "conditions": [
            {"left": number(left), "relation": relation, "right": number(right)}
            for left, relation, right in trace.conditions
        ],
        "symbols": {keys[name]: name for name in symbols},
        "conventions": conventions(trace)._asdict(),
    }
