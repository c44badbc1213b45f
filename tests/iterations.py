"""What a step is in every iteration that it stands for, at given sizes."""

from collections import Counter
from typing import Any

from formulas import worked_out

import symparam
from symparam.algebra.depth.sums import evaluate


def iterations(levels: Any, numbers: dict[Any, int]) -> list[dict[Any, int]]:
    """The sizes of every iteration of repeats within one another."""
    found = [numbers]
    for level in levels:
        found = [sizes | more for sizes in found for more in _unrolled(level, sizes)]
    return found


def at_work(network: Any, numbers: dict[Any, int]) -> Counter[Any]:
    """What every layer of every iteration is: its class, its shapes, and what its rule comes to.

    That the printed formulas come to the count of their iteration is asserted on the way.
    """
    found: Counter[Any] = Counter()
    for step in network.steps:
        for sizes in iterations(step.repeats, numbers):
            plain = {as_written(name): number for name, number in sizes.items()}
            shapes = [
                tuple(evaluate(size, sizes) for size in flat(shape))
                for shape in (step.input_shape, step.output_shape)
            ]
            rule = step.rule
            comes_to = evaluate(worked_out(rule.numbers), plain) if rule else 0
            assert evaluate(step.params_of_iteration, sizes) == comes_to
            assert rule is None or step.formula == rule.numbers
            found[type(step.layer), *shapes, comes_to] += 1
    return found


def stored(network: Any, numbers: dict[Any, int]) -> Counter[Any]:
    """The sizes of all weights that are counted, each as often as there is one of its own."""
    found: Counter[Any] = Counter()
    for step in network.steps:
        for owned in step.step.owned:
            if owned is None:
                continue
            shape = step.shown(owned.weight).shape
            levels = [level for level in step.repeats if level.node.key in owned.over]
            first = [level for level in step.repeats if level not in levels]
            at = dict(numbers)
            for level in first:
                at |= _unrolled(level, at)[0]
            for sizes in iterations(levels, at):
                found[tuple(sorted(evaluate(size, sizes) for size in shape))] += 1
    return found


def as_written(name: Any) -> Any:
    """A symbol by its name alone, as a reader sees it."""
    return symparam.symbol(str(name)) if name.is_Symbol else name


def flat(shapes: Any) -> list[Any]:
    return [size for part in shapes for size in (flat(part) if isinstance(part, tuple) else [part])]


def _unrolled(level: Any, numbers: dict[Any, int]) -> list[dict[Any, int]]:
    """The values of an index, for each of its iterations."""
    first, last = (evaluate(bound, numbers) for bound in (level.first, level.last))
    return [
        {} if level.index is None else {level.index: number} for number in range(first, last + 1)
    ]
