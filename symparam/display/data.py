"""The JSON form: a stable schema for programs, described in docs/interface.md."""

import keyword
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from symparam.algebra.sizes import Shape, Size, Tensors, indexed, symbol
from symparam.display.content import conventions
from symparam.trace.run import Trace

if TYPE_CHECKING:
    from sympy import Expr

SCHEMA = 1


def document(
    trace: Trace,
    symbols: tuple[str, ...],
    outputs: Mapping[str, Shape | Tensors],
    configs: Mapping[str, Mapping[str, Any]],
    glossary: Mapping[str, str],
) -> dict[str, Any]:
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
        from sympy import Indexed

        renamed: dict[Expr, Expr] = {symbol(n): symbol(k) for n, k in keys.items() if n != k}
        for member in size.atoms(Indexed) if renamed else ():
            renamed[member] = indexed(keys[str(member.base)], member.indices[0])
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
        "outputs": {name: shape(output) for name, output in outputs.items()},
        "configs": {name: dict(sizes) for name, sizes in configs.items()},
        "glossary": dict(glossary),
        "conventions": conventions(trace)._asdict(),
    }
