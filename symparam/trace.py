"""Running a network on a shape: a flat list of steps, and what they add up to."""

import re
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import NamedTuple

from symparam.derivation import Formula, Rule, count, derive, put_in
from symparam.errors import RankError, ShapeError, Span, SymparamError
from symparam.forms import shortest
from symparam.layers import Layer, Weight
from symparam.layers.base import default_letters
from symparam.layers.signature import show_shape
from symparam.sizes import Shape, Size, positive, settle, symbol, total

MAX_OPEN_RANK = 8  # an open network is tried on inputs of up to this many axes


class Stage(NamedTuple):
    """A layer and where it is written."""

    layer: Layer
    span: Span | None = None


class Step:
    """One layer at work: what enters it, what leaves it, what it stores."""

    __slots__ = ("input_shape", "layer", "name", "output_shape", "params", "span", "weights")

    def __init__(self, name: str, layer: Layer, x: Shape, y: Shape, span: Span | None) -> None:
        self.name = name
        self.layer = layer
        self.input_shape = x
        self.output_shape = y
        self.span = span
        weights = layer.weights(x)
        if not layer.trainable:
            weights = tuple(weight._replace(trainable=False) for weight in weights)
        self.weights: tuple[Weight, ...] = weights
        self.params: Size = count(weights)

    @property
    def trainable_params(self) -> Size:
        """The parameters that training changes."""
        return count(weight for weight in self.weights if weight.trainable)

    @property
    def non_trainable_params(self) -> Size:
        """The parameters that training leaves alone."""
        return count(weight for weight in self.weights if not weight.trainable)

    @property
    def rule(self) -> Rule | None:
        """How the parameters come about, in words and with the sizes put in."""
        return derive(self.layer, self.input_shape)

    @property
    def formula(self) -> Formula | None:
        """How the parameters come about, with the sizes put in."""
        return put_in(self.weights)

    def __repr__(self) -> str:
        return (
            f"<Step {self.name}: {show_shape(self.input_shape)} -> {show_shape(self.output_shape)}>"
        )


class Trace:
    """The steps of a network from an input shape on."""

    def __init__(
        self, input_shape: Shape, stages: Iterable[Stage], input_names: tuple[str, ...] = ()
    ) -> None:
        self.input_shape = input_shape
        self.input_names = input_names  # of an open network, whose input is inferred
        self.steps: list[Step] = []
        names: dict[str, int] = {}
        x = input_shape
        for layer, span in stages:
            try:
                layer.check_rank(x)
                y = tuple(map(settle, layer.output_shape(x)))
                _refuse_negative(layer, x, y)
                step = Step(_unused(type(layer).__name__, names), layer, x, y, span)
            except SymparamError as error:
                error.span = error.span or span
                if isinstance(error, RankError):
                    error.hint = error.hint or self._rank_hint(len(x))
                raise
            self.steps.append(step)
            x = y
        self.output_shape = x

    @cached_property
    def params(self) -> Size:
        """All parameters, in the form that reads shortest."""
        return shortest(total(step.params for step in self.steps))

    @cached_property
    def trainable_params(self) -> Size:
        """The parameters that training changes."""
        return shortest(total(step.trainable_params for step in self.steps))

    @cached_property
    def non_trainable_params(self) -> Size:
        """The parameters that training leaves alone."""
        return shortest(total(step.non_trainable_params for step in self.steps))

    def _rank_hint(self, rank: int) -> str | None:
        """Which layer gave the tensor its number of axes."""
        for step in reversed(self.steps):
            before, after = step.input_shape, step.output_shape
            if len(before) != rank and len(after) == rank:
                layer = type(step.layer).__name__
                if rank == 1 and len(before) > 2:
                    return f"{layer} earlier in the chain removed the spatial axes"
                return (
                    f"{layer} earlier in the chain turned {show_shape(before)} "
                    f"into {show_shape(after)}"
                )
        return None


def open_trace(stages: Sequence[Stage], taken: Iterable[str], sizes: dict[str, int]) -> Trace:
    """The trace of a chain without Input, on an input of the lowest rank that passes.

    Its sizes are fresh symbols with the usual letters, or the numbers ``sizes`` has for
    them. Letters in ``taken`` are somebody else's.
    """
    furthest: RankError | None = None
    reached = -1
    for rank in range(1, MAX_OPEN_RANK + 1):
        letters = _letters(stages, rank, set(taken))
        shape = tuple(sizes.get(letter) or symbol(letter) for letter in letters)
        try:
            return Trace(shape, stages, tuple(letters))
        except RankError as error:
            place = error.span.start if error.span else 0
            if place > reached:
                furthest, reached = error, place
    assert furthest is not None
    furthest.message += f"; no input of rank 1 to {MAX_OPEN_RANK} passes every layer"
    furthest.hint = None
    raise furthest


def _letters(stages: Iterable[Stage], rank: int, taken: set[str]) -> list[str]:
    usual = next(
        (stage.layer.axis_letters(rank) for stage in stages if stage.layer.needs_rank() == rank),
        default_letters(rank),
    )
    letters = []
    for letter in usual:
        candidate, number = letter, 1
        while candidate in taken:
            candidate = f"{letter}_in" if number == 1 else f"{letter}_in{number}"
            number += 1
        taken.add(candidate)
        letters.append(candidate)
    return letters


def _refuse_negative(layer: Layer, x: Shape, y: Shape) -> None:
    """A last net under the layers' own checks: no axis may be shorter than nothing."""
    if any(positive(size + 1) is False for size in y):
        raise ShapeError(f"{type(layer).__name__} would turn {show_shape(x)} into {show_shape(y)}")


def _unused(class_name: str, names: dict[str, int]) -> str:
    """The next name for a layer of this class, as Keras numbers them."""
    stem = _snake(class_name)
    number = names.get(stem, 0)
    names[stem] = number + 1
    return f"{stem}_{number}" if number else stem


def _snake(name: str) -> str:
    partly = re.sub(r"(.)([A-Z][a-z0-9]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", partly).lower()
