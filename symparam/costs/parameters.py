"""Parameters and buffers: what a network stores."""

from collections.abc import Callable, Iterable, Iterator

from symparam.algebra.sizes import product, total
from symparam.layers import Weight
from symparam.layers.contract.rules import count
from symparam.trace.fold import Part
from symparam.trace.nodes import Owned, Step


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
    for over, weights in grouped(step.buffers).items():
        yield Part(total(product(weight.shape) for weight in weights), over)


def _stored(step: Step, is_counted: Callable[[Weight], bool]) -> Iterator[Part]:
    counted = [owned for owned in step.owned if owned is not None and is_counted(owned.weight)]
    for over, weights in grouped(counted).items():
        yield Part(count(weights), over)


def grouped(owned: Iterable[Owned | None]) -> dict[frozenset[int], list[Weight]]:
    """Weights that are counted at a step, by the repeats in which they are new."""
    groups: dict[frozenset[int], list[Weight]] = {}
    for one in owned:
        if one is not None:
            groups.setdefault(one.over, []).append(one.weight)
    return groups


def owned_weights(step: Step) -> tuple[Weight, ...]:
    """The weights that are counted at a step."""
    return tuple(owned.weight for owned in step.owned if owned is not None)
