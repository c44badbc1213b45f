"""Random networks with repeats, shared networks and colliding names, against loops in real Keras.

A network is written twice: as a text of the language, and as a tree whose layers are made by
Python loops and run on a Keras tensor. The tree knows nothing of symparam: a name is made once,
a repeat makes the layers of every iteration, and Keras counts what its model holds.

    python -m judge.depth 5000 --seed 7
"""

import argparse
import math
import random
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from iterations import at_work, stored

import symparam
from symparam import SymparamError
from symparam.algebra.conditions import Condition
from symparam.algebra.depth.sums import evaluate
from symparam.algebra.sizes import indexed
from symparam.frameworks.keras import import_keras

keras = import_keras()

NAMES = ["i", "j", "a", "L", "i_0"]  # of sizes, indices and parameters alike, so that they collide
MOST = 4000  # features, beyond which a network is not compared
LISTED = 8  # members of the sequence w
FORMS = [
    "nn.",
    "BatchNorm",
    "Frozen",
    "MoE",
    "w[",
    " for ",
    " * ",
    "net",
    "F0(",
    "_.channels",
    ">= 0",
]

Env = dict[str, Any]  # the sizes by their names; w is a list
Network = Callable[[Any], Any]  # on a Keras tensor


class Impossible(Exception):  # noqa: N818
    """The network does not exist at these sizes."""


class Size(NamedTuple):
    """A size as text, and its value from the sizes around it and what enters."""

    text: str
    value: Callable[[Env, int], int]


class Part(NamedTuple):
    """A piece of a network as text, and what makes its layers."""

    text: str
    make: Callable[[Env], Network]


class Case(NamedTuple):
    text: str
    make: Callable[[Env], Network]
    zeros: frozenset[str]  # the sizes that the text assumes to be 0 or more


class Drawing:
    """A random network."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.zeros = [name for name in NAMES if rng.random() < 0.25]  # that may be zero
        self.shared: dict[str, Network] = {}  # what a name is, made at its first use
        self.definitions: list[str] = []
        self.functions: list[str] = []
        self.named: dict[str, Part] = {}
        self.is_frozen = self.is_idle = False  # while Keras makes layers

    def size(self) -> Size:
        rng = self.rng
        name, other, number = rng.choice(NAMES), rng.choice(NAMES), rng.randint(1, 3)
        return rng.choice(
            [
                Size(str(number), lambda env, x: number),
                Size(name, lambda env, x: env[name]),
                Size(name, lambda env, x: env[name]),
                Size(f"{number}*{name}", lambda env, x: number * env[name]),
                Size(f"{name} + {number}", lambda env, x: env[name] + number),
                Size(f"{name}*{other}", lambda env, x: env[name] * env[other]),
                Size(f"2**{name}", lambda env, x: 2 ** env[name]),
                Size(f"w[{name}]", lambda env, x: member(env, env[name])),
                Size(f"w[{name} - 1]", lambda env, x: member(env, env[name] - 1)),
                Size("_.channels", lambda env, x: x),
                Size(f"_.channels + {name}", lambda env, x: x + env[name]),
                Size(f"{number}*_.channels", lambda env, x: number * x),
            ]
        )

    def dense(self) -> Part:
        size = self.size()
        bias = self.rng.random() < 0.7
        name, no_bias = self.rng.choice(
            [("Dense", "nobias"), ("Dense", "nobias"), ("nn.LazyLinear", "bias=false")]
        )

        def layer(env: Env, entering: int) -> Any:
            units = size.value(env, entering)
            if not 1 <= units <= MOST:
                raise Impossible
            return keras.layers.Dense(units, use_bias=bias)

        return Part(f"{name}({size.text}{'' if bias else f', {no_bias}'})", self.made(layer))

    def norm(self) -> Part:
        name = self.rng.choice(["BatchNormalization", "nn.LazyBatchNorm1d"])

        def layer(env: Env, entering: int) -> Any:
            made = keras.layers.BatchNormalization()
            made.has_buffers = name.startswith("nn.")
            return made

        return Part(name, self.made(layer))

    def made(self, layer: Callable[[Env, int], Any]) -> Callable[[Env], Network]:
        """A layer that is made when the first tensor enters it."""

        def make(env: Env) -> Network:
            made: list[Any] = []
            sizes = dict(env)

            def run(x: Any) -> Any:
                if x.shape[-1] > MOST:
                    raise Impossible
                if not made:
                    made.append(layer(sizes, x.shape[-1]))
                    made[0].trainable = not self.is_frozen
                    made[0].is_idle = self.is_idle
                return called(made[0], x)

            return run

        return make

    def frozen(self, depth: int) -> Part:
        part = self.part(depth - 1)

        def make(env: Env) -> Network:
            inner = part.make(env)

            def run(x: Any) -> Any:
                before, self.is_frozen = self.is_frozen, True
                try:
                    return inner(x)
                finally:
                    self.is_frozen = before

            return run

        return Part(f"Frozen({part.text})", make)

    def experts(self) -> Part:
        """A router and experts, all of which Keras holds."""
        expert, names = self.dense(), self.rng.choices(NAMES, k=2)

        def make(env: Env) -> Network:
            number, active = (env[name] for name in names)
            if not 1 <= active <= number:
                raise Impossible
            router = self.made(lambda env, x: keras.layers.Dense(number, use_bias=False))(env)
            made = [expert.make(env) for _ in range(number)]

            def run(x: Any) -> Any:
                routed, before, given = router(x), self.is_idle, []
                for place, one in enumerate(made):
                    self.is_idle = before or place >= active
                    given.append(one(x))
                self.is_idle = before
                return keras.layers.Lambda(lambda tensors: tensors[0])([*given, routed])

            return run

        return Part(f"MoE({expert.text}, experts={names[0]}, active={names[1]})", make)

    def part(self, depth: int) -> Part:
        kinds = [self.dense, self.dense, self.norm, self.shared_part, self.called_function]
        if depth > 0:
            kinds += [
                *(lambda: self.repeat(depth), lambda: self.loop(depth)),
                *(lambda: self.repeat(depth), lambda: self.loop(depth)),
                *(lambda: self.joined(depth), lambda: self.chain(depth)),
                *(lambda: self.frozen(depth), self.experts),
            ]
        return self.rng.choice(kinds)()

    def chain(self, depth: int) -> Part:
        parts = [self.part(depth - 1) for _ in range(self.rng.randint(1, 3))]

        def make(env: Env) -> Network:
            return in_turn([part.make(env) for part in parts])

        text = " -> ".join(part.text for part in parts)
        return Part(f"({text})", make)

    def joined(self, depth: int) -> Part:
        part = self.part(depth - 1)

        def make(env: Env) -> Network:
            inner = part.make(env)
            return lambda x: keras.layers.Concatenate()([x, inner(x)])

        return Part(f"((_, {part.text}) -> Concatenate)", make)

    def repeat(self, depth: int) -> Part:
        part = self.part(depth - 1)
        name = self.rng.choice(NAMES)
        less = self.rng.choice([0, 0, 0, 1])

        def make(env: Env) -> Network:
            if env[name] < less:
                raise Impossible
            return in_turn([part.make(env) for _ in range(env[name] - less)])

        return Part(
            f"({part.text} * ({name} - {less}))" if less else f"({part.text} * {name})", make
        )

    def loop(self, depth: int) -> Part:
        part = self.part(depth - 1)
        index, name = self.rng.choice(NAMES), self.rng.choice(NAMES)
        begin: int | str = self.rng.choice([1, 1, 1, 0, 2, -1, *NAMES[2:]])
        more = self.rng.choice([0, 0, -1, 1])

        def make(env: Env) -> Network:
            first = begin if isinstance(begin, int) else env[begin]
            last = env[name] + more
            if last < first - 1:
                raise Impossible
            return in_turn([part.make({**env, index: n}) for n in range(first, last + 1)])

        shown = name if not more else f"{name} {'+-'[more < 0]} 1"
        return Part(f"({part.text} for {index} in {begin}..{shown})", make)

    def shared_part(self) -> Part:
        """A network that is named, perhaps named before."""
        names = [f"net{n}" for n in range(3)]
        name = self.rng.choice(names)
        if name not in self.named:
            self.named[name] = Part(name, lambda env: in_turn([]))  # while it is drawn
            part = self.part(2)
            self.definitions.append(f"{name} = {part.text}")

            def make(env: Env) -> Network:
                if name not in self.shared:
                    self.shared[name] = part.make(self.sizes)
                return self.shared[name]

            self.named[name] = Part(name, make)
            return self.named[name]
        known = self.named[name]
        return known if known.text in "".join(self.definitions) else self.dense()

    def called_function(self) -> Part:
        """A function: new layers at each call, a parameter that hides a size."""
        parameter, size = self.rng.choice(NAMES), self.rng.choice(NAMES)
        part = self.rng.choice([self.dense, lambda: self.repeat(1), lambda: self.loop(1)])()
        name = f"F{len(self.functions)}"
        self.functions.append(name)
        self.definitions.append(f"{name}({parameter}) = {part.text}")

        def make(env: Env) -> Network:
            return part.make({**self.sizes, parameter: env[size]})

        return Part(f"{name}({size})", make)

    def case(self) -> Case:
        parts = [self.part(2) for _ in range(self.rng.randint(1, 3))]
        entering = self.rng.choice([*NAMES, "3"])
        assumed = [f"assume {', '.join(f'{name} >= 0' for name in self.zeros)}"] * bool(self.zeros)
        text = "; ".join(
            [
                *assumed,
                *self.definitions,
                f"Input({entering}) -> {' -> '.join(p.text for p in parts)}",
            ]
        )

        def make(env: Env) -> Network:
            self.sizes, self.shared = env, {}
            inner = in_turn([part.make(env) for part in parts])
            return lambda _: inner(keras.Input((env.get(entering, 3),)))

        return Case(text, make, frozenset(self.zeros))


def in_turn(networks: list[Network]) -> Network:
    def run(x: Any) -> Any:
        for network in networks:
            x = network(x)
        return x

    return run


def called(layer: Any, x: Any) -> Any:
    try:
        return layer(x)
    except ValueError:
        raise Impossible from None


class Found(NamedTuple):
    """What a network at given sizes is."""

    params: int
    trainable: int
    non_trainable: int
    active: int
    buffers: int
    width: int  # of what leaves
    weights: Counter[Any]  # the sizes of each


def counted(case: Case, sizes: Env) -> Found | None:
    """The counts and the width of what leaves, as Keras has them."""
    try:
        y = case.make(sizes)(None)
        if y.shape[-1] > MOST:
            return None
        if isinstance(y._keras_history.operation, keras.layers.InputLayer):
            return Found(0, 0, 0, 0, 0, y.shape[-1], Counter())
        return of_model(keras.Model(list_inputs(y), y), y.shape[-1])
    except (Impossible, RecursionError):  # Keras walks a model with Python's own stack
        return None


def of_model(model: Any, width: int) -> Found:
    trainable = non_trainable = idle = buffers = 0
    weights: Counter[Any] = Counter()
    for layer in model.layers:
        has_buffers = getattr(layer, "has_buffers", False)
        kept = list(layer.weights)
        if has_buffers:  # PyTorch counts the moving statistics, and how often it saw them, apart
            moving = [one for one in kept if "moving" in one.path]
            kept = [one for one in kept if "moving" not in one.path]
            buffers += elements(moving) + 1
        learned = elements(
            one for one in kept if any(one is other for other in layer.trainable_variables)
        )
        trainable += learned
        non_trainable += elements(kept) - learned
        if getattr(layer, "is_idle", False):
            idle += elements(kept)
        weights.update(tuple(sorted(one.shape)) for one in kept)
    params = trainable + non_trainable
    return Found(params, trainable, non_trainable, params - idle, buffers, width, weights)


def elements(variables: Any) -> int:
    return sum(math.prod(one.shape) for one in variables)


def member(env: Env, place: int) -> int:
    """A member of the sequence w."""
    if not 0 <= place < LISTED:
        raise Impossible
    number: int = env["w"][place]
    return number


def list_inputs(y: Any) -> list[Any]:
    """The inputs that a Keras tensor comes from."""
    found, seen, waiting = [], set(), [y]
    while waiting:
        tensor = waiting.pop()
        operation, node, _ = tensor._keras_history
        if id(tensor) in seen:
            continue
        seen.add(id(tensor))
        inputs = operation._inbound_nodes[node].input_tensors
        if not inputs:
            found.append(tensor)
        waiting.extend(inputs)
    return found


def at(network: symparam.Network, sizes: Env) -> symparam.Network | SymparamError:
    """The network at these sizes, or why there is none."""
    try:
        return network.at(**sizes)
    except SymparamError as error:
        return error


def compared(case: Case, sizes: Env) -> Iterator[str]:
    """What was compared at these sizes; raises AssertionError where it differs."""
    wanted = counted(case, sizes)
    try:
        network = symparam.parse(case.text)
    except SymparamError as error:
        yield f"refused: {type(error).__name__}"
        return
    free = {name: sizes[name] for name in network.symbols}
    there = at(network, free)
    if isinstance(there, SymparamError):
        place = there.span.start if there.span else len(case.text)
        if wanted is not None and place < case.text.index("Input("):
            # A definition is made where it stands; Keras's loop makes it when it is used.
            assert "MoE" in str(there) or 0 in free.values(), (case.text, sizes, str(there))
            yield "refused where it is defined, used or not"
            return
        assert wanted is None, (case.text, sizes, wanted, str(there))
        yield "impossible"
        return
    if wanted is None:
        yield "too large or refused by Keras"
        return
    assert summary(there, {}) == wanted[:-1], (case.text, sizes, "at", summary(there, {}), wanted)
    if any(free[name] == 0 and name not in case.zeros for name in free):
        yield "at zeros"
        return
    numbers = {
        symparam.symbol(name, int(name not in case.zeros)): number
        for name, number in free.items()
        if name != "w"
    }
    numbers |= {indexed("w", place): number for place, number in enumerate(sizes["w"])}
    if any(condition.fails(numbers) for condition in network.domain):
        yield "at numbers"
        return
    conditions: tuple[Condition, ...] = network.conditions
    assert not any(c.fails(numbers) for c in conditions), (case.text, sizes, "conditions")
    formulas = summary(network, numbers)
    assert formulas == wanted[:-1], (case.text, sizes, "formulas", formulas, wanted)
    listed = sum(evaluate(step.params, numbers) for step in network.steps)
    assert listed == wanted.params, (case.text, sizes, "steps", listed, wanted)
    assert stored(network, numbers) == wanted.weights, (case.text, sizes, "weights")
    assert shapes(network, numbers) == shapes(there, {}), (case.text, sizes, "iterations")
    yield "formula"
    yield from (f"  with {form}" for form in FORMS if form in case.text)


def shapes(network: symparam.Network, numbers: Any) -> Counter[Any]:
    """What enters and leaves each layer in every iteration, however its weights are shared."""
    found: Counter[Any] = Counter()
    for (kind, entering, leaving, _), number in at_work(network, numbers).items():
        found[kind, entering, leaving] += number
    return found


def summary(network: symparam.Network, numbers: Any) -> tuple[Any, ...]:
    """All counts of a network, and how wide its output is, at some sizes."""
    counts = [
        *(network.params, network.trainable_params, network.non_trainable_params),
        *(network.active_params, network.buffers, network.output_shape[-1]),
    ]
    return tuple(evaluate(one, numbers) for one in counts)


def run(number: int, seed: int) -> Counter[str]:
    """Compare so many networks, each at two choices of sizes."""
    seen: Counter[str] = Counter()
    for place in range(number):
        rng = random.Random(f"{seed}-{place}")
        case = Drawing(rng).case()
        for _ in range(2):
            sizes: Env = {name: rng.choice([0, 1, 1, 2, 2, 3, 4]) for name in NAMES}
            sizes["w"] = [rng.randint(1, 5) for _ in range(LISTED)]
            seen.update(compared(case, sizes))
        keras.backend.clear_session()
    return seen


LEAST = 0.5  # of the comparisons reach a count that Keras has, too
LEAST_OF_FORM = 0.05  # of the formulas have each of the forms


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("number", type=int)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    found = run(arguments.number, arguments.seed)
    for what, how_many in found.most_common():
        print(f"{how_many:8} {what}")
    number = sum(how_many for what, how_many in found.items() if not what.startswith(" "))
    share = (found["formula"] + found["at numbers"] + found["at zeros"]) / number
    assert share >= LEAST, f"only {share:.0%} of the comparisons had a count on both sides"
    for form in FORMS:
        share = found[f"  with {form}"] / found["formula"]
        assert share >= LEAST_OF_FORM, (
            f"only {share:.0%} of the formulas are of networks with {form}"
        )
