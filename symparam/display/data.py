"""The JSON form: a stable schema for programs, described in docs/interface.md."""

import keyword
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from symparam.algebra.conditions import Condition
from symparam.algebra.sizes import Shape, Size, Tensors, indexed, symbol
from symparam.costs.steps import CountedStep, Counts
from symparam.display.content import conventions
from symparam.trace.nodes import Expert
from symparam.trace.walk import Level

if TYPE_CHECKING:
    from sympy import Expr

SCHEMA = 1


def document(
    counts: Counts,
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
    indices = [level.name for step in counts.steps for level in step.levels if level.name]
    writer = Writer(dict.fromkeys([*symbols, *indices]))
    trace = counts.trace
    return {
        "schema": SCHEMA,
        "input_shape": writer.shape(trace.input_shape),
        "output_shape": writer.shape(trace.output),
        "layers": [_layer(step, writer) for step in counts.steps],
        "totals": {
            "params": writer.number(counts.params),
            "trainable": writer.number(counts.trainable_params),
            "non_trainable": writer.number(counts.non_trainable_params),
            "active": writer.number(counts.active_params),
            "buffers": writer.number(counts.buffers),
        },
        "conditions": [writer.condition(one) for one in trace.conditions],
        "domain": [writer.condition(one) for one in counts.domain],
        "symbols": {writer.keys[name]: name for name in symbols},
        "outputs": {name: writer.shape(output) for name, output in outputs.items()},
        "configs": {name: _plain(sizes) for name, sizes in configs.items()},
        "glossary": dict(glossary),
        "conventions": conventions(counts)._asdict(),
    }


def _layer(step: CountedStep, writer: "Writer") -> dict[str, Any]:
    return {
        "name": step.name,
        "layer": step.layer.title,
        "inputs": list(step.inputs),
        "input_shape": writer.shape(step.input_shape),
        "output_shape": writer.shape(step.output_shape),
        "params": writer.number(step.params),
        "trainable": writer.number(step.trainable_params),
        "non_trainable": writer.number(step.non_trainable_params),
        "active": writer.number(step.active_params),
        "shared": step.is_shared,
        "repeats": [writer.repeat(level) for level in step.levels],
    }


def _plain(sizes: Mapping[str, Any]) -> dict[str, Any]:
    """The sizes of a config; a fraction is text, as sizes that are formulas are."""
    return {name: str(size) if isinstance(size, Fraction) else size for name, size in sizes.items()}


class Writer:
    """Sizes as JSON values, in the keys of their symbols."""

    def __init__(self, names: Iterable[str]) -> None:
        self.keys: dict[str, str] = {}
        known = set(names)
        for name in names:
            key = name
            while keyword.iskeyword(key) or (key != name and key in known):
                key += "_"
            self.keys[name] = key

    def number(self, size: Size) -> int | str:
        if isinstance(size, int):
            return size
        from sympy import Indexed

        changed = {name: key for name, key in self.keys.items() if name != key}
        renamed: dict[Any, Expr] = {
            one: symbol(changed[str(one)]) for one in size.free_symbols if str(one) in changed
        }
        for member in size.atoms(Indexed) if renamed else ():
            if str(member.base) in changed:
                renamed[member] = indexed(changed[str(member.base)], member.indices[0])
        return str(size.xreplace(renamed))

    def shape(self, sizes: Shape | Tensors) -> list[Any]:
        return [self.shape(s) if isinstance(s, tuple) else self.number(s) for s in sizes]

    def condition(self, condition: Condition) -> dict[str, Any]:
        left, relation, right = condition
        return {"left": self.number(left), "relation": relation, "right": self.number(right)}

    def repeat(self, level: Level) -> dict[str, Any]:
        """A repeat around a layer; a first iteration that stands by itself is its own range."""
        node = level.node
        if isinstance(node, Expert):
            return {"index": None, "first": 1, "last": self.number(level.count)}
        if level.number is not None:
            number = self.number(level.number)
            return {"index": None, "first": number, "last": number}
        index = self.keys[level.name] if node.variable or level.index is not None else None
        return {"index": index, "first": self.number(level.first), "last": self.number(level.last)}
