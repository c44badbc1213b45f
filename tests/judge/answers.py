"""What Keras and symparam answer to a network."""

import traceback
import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import symparam
from judge.cases import Case, Lift, walk
from symparam.frameworks.keras import Facts, applied, facts, import_keras, stated, zeros


class Refusal(NamedTuple):
    """The answer of the one who does not take a network."""

    reason: str


class Crash(NamedTuple):
    """No answer: an error that is not meant for users."""

    traceback: str


Answer = Facts | Refusal | Crash


class KerasWorld:
    """The world of Keras's layers and tensors, with tensors of one sort."""

    def __init__(self, tensor: Callable[[tuple[int, ...]], Any]) -> None:
        self.enter = tensor
        self.layers: dict[int, Any] = {}

    def make(self, name: str, positional: list[Any], keywords: dict[str, Any]) -> Any:
        return getattr(import_keras().layers, name)(*positional, **keywords)

    def apply(self, layer: Any, x: Any) -> Any:
        self.layers[id(layer)] = layer
        return applied(layer, x)

    def pick(self, x: Any, index: int) -> Any:
        return x[index]


def ask_keras(case: Case, tensor: Callable[[tuple[int, ...]], Any] = zeros) -> Answer:
    """What Keras says of a real run; its refusal wherever it comes: made, built or run.

    With ``symbolic`` tensors it only describes the network.
    """
    import numpy

    import_keras().utils.clear_session(free_memory=False)
    world = KerasWorld(tensor)
    with warnings.catch_warnings(), numpy.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            return facts(walk(case, world), world.layers.values())
        except Exception as error:
            return Refusal(f"{type(error).__name__}: {error}")


def ask(text: str, sizes: dict[str, int] | None = None) -> Answer:
    """What symparam says of a text, with numbers put in for its symbols."""
    try:
        network = symparam.parse(text)
        return stated(network.at(**sizes) if sizes else network)
    except symparam.SymparamError as error:
        return Refusal(str(error))
    except Exception:
        return Crash(traceback.format_exc())


def formula(text: str, lift: Lift) -> Answer:
    """What the formulas of a network come to, by plain substitution."""
    values = {symparam.symbol(name): number for name, number in lift.numbers.items()}

    def put(fact: Any) -> Any:
        if isinstance(fact, tuple):
            return tuple(map(put, fact))
        return fact if isinstance(fact, int | bool) else int(fact.subs(values))

    answer = ask(text)
    if not isinstance(answer, Facts):
        return answer
    shape, params, trainable, non_trainable, weights = map(put, answer)
    return Facts(shape, params, trainable, non_trainable, tuple(sorted(weights, key=str)))


def requires_a_one(text: str, lift: Lift) -> bool:
    """Whether what fails at these numbers is that a size is 1 and another is not."""
    values = {symparam.symbol(name): number for name, number in lift.numbers.items()}
    try:
        conditions = [condition.at(values) for condition in symparam.parse(text).conditions]
    except symparam.SymparamError:  # n and n + 1 do not fit, though 1 and 2 would
        return 1 in lift.numbers.values()
    failing = [condition for condition in conditions if condition.holds() is False]
    return any(c.relation == "=" and 1 in (c.left, c.right) for c in failing)
