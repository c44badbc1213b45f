"""Parameters and buffers: what a network stores."""

from collections.abc import Callable, Iterator

from symparam.algebra.sizes import Size, product, total
from symparam.layers import Weight
from symparam.layers.contract.rules import count
from symparam.trace.fold import Part
from symparam.trace.nodes import Step


def params(step: Step) -> Iterator[Part]:
    """All parameters."""
    return _stored(step, lambda weight: True)


def trainable_params(step: Step) -> Iterator[Part]:
    """The parameters that training changes."""
    return _stored(step, lambda weight: weight.trainable)


def non_trainable_params(step: Step) -> Iterator[Part]:
    """The parameters that training leaves alone."""
    return _stored(step, lambda weight: not weight.trainable)


def buffers(step: Step) -> Iterator[Part]:
    """The elements stored beside the parameters."""
    groups: dict[frozenset[int], list[Size]] = {}
    for weight, over in step.buffers:
        groups.setdefault(over, []).append(product(weight.shape))
    for over, sizes in groups.items():
        yield Part(total(sizes), over)


def _stored(step: Step, is_counted: Callable[[Weight], bool]) -> Iterator[Part]:
    """The parameters of a step, those together that are new in the same repeats."""
    groups: dict[frozenset[int], list[Weight]] = {}
    for owned in step.owned:
        if owned is not None and is_counted(owned.weight):
            groups.setdefault(owned.over, []).append(owned.weight)
    for over, weights in groups.items():
        yield Part(count(weights), over)


def owned_weights(step: Step) -> tuple[Weight, ...]:
    """The weights that are counted at a step."""
    return tuple(owned.weight for owned in step.owned if owned is not None)
