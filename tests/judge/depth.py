"""Random networks with repeats, shared networks and colliding names, against loops in real Keras.

A network is written twice: as a text of the language, and as a tree whose layers are made by
Python loops and run on a Keras tensor. The tree knows nothing of symparam: a name is made once,
a repeat makes the layers of every iteration, and Keras counts what its model holds.

    python -m judge.depth 5000 --seed 7
"""

import argparse
import random
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import symparam
from symparam import SymparamError
from symparam.algebra.conditions import Condition
from symparam.algebra.depth.sums import evaluate
from symparam.frameworks.keras import import_keras

keras = import_keras()

NAMES = ["i", "j", "a", "L", "i_0"]  # of sizes, indices and parameters alike, so that they collide
MOST = 4000  # features, beyond which a network is not compared

Env = dict[str, int]
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


class Drawing:
    """A random network."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.shared: dict[str, Network] = {}  # what a name is, made at its first use
        self.definitions: list[str] = []
        self.functions: list[str] = []
        self.named: dict[str, Part] = {}

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
                Size("_.channels", lambda env, x: x),
                Size(f"_.channels + {name}", lambda env, x: x + env[name]),
                Size(f"{number}*_.channels", lambda env, x: number * x),
            ]
        )

    def dense(self) -> Part:
        size = self.size()
        bias = self.rng.random() < 0.7

        def make(env: Env) -> Network:
            made: list[Any] = []
            frozen = dict(env)

            def run(x: Any) -> Any:
                if not made:
                    units = size.value(frozen, x.shape[-1])
                    if not 1 <= units <= MOST:
                        raise Impossible
                    made.append(keras.layers.Dense(units, use_bias=bias))
                return called(made[0], x)

            return run

        return Part(f"Dense({size.text}{'' if bias else ', nobias'})", make)

    def part(self, depth: int) -> Part:
        kinds = [self.dense, self.dense, self.shared_part, self.called_function]
        if depth > 0:
            kinds += [
                *(lambda: self.repeat(depth), lambda: self.loop(depth)),
                *(lambda: self.repeat(depth), lambda: self.loop(depth)),
                *(lambda: self.joined(depth), lambda: self.chain(depth)),
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
        text = "; ".join(
            [*self.definitions, f"Input({entering}) -> {' -> '.join(p.text for p in parts)}"]
        )

        def make(env: Env) -> Network:
            self.sizes, self.shared = env, {}
            inner = in_turn([part.make(env) for part in parts])
            return lambda _: inner(keras.Input((env.get(entering, 3),)))

        return Case(text, make)


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


def counted(case: Case, sizes: Env) -> tuple[int, int] | None:
    """The parameters and the width of what leaves, as Keras has them."""
    try:
        y = case.make(sizes)(None)
        if y.shape[-1] > MOST:
            return None
        if isinstance(y._keras_history.operation, keras.layers.InputLayer):
            return 0, y.shape[-1]
        return keras.Model(list_inputs(y), y).count_params(), y.shape[-1]
    except (Impossible, RecursionError):  # Keras walks a model with Python's own stack
        return None


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


def at(network: symparam.Network, sizes: Env) -> tuple[symparam.Network | None, str]:
    """The network at these sizes, or why there is none."""
    try:
        return network.at(**sizes), ""
    except SymparamError as error:
        return None, str(error)


def compared(case: Case, sizes: Env) -> Iterator[str]:
    """What was compared at these sizes; raises AssertionError where it differs."""
    wanted = counted(case, sizes)
    try:
        network = symparam.parse(case.text)
    except SymparamError as error:
        yield f"refused: {type(error).__name__}"
        return
    free = {name: sizes[name] for name in network.symbols}
    there, refused = at(network, free)
    if there is None:
        assert wanted is None, (case.text, sizes, wanted, refused)
        yield "impossible"
        return
    if wanted is None:
        yield "too large or refused by Keras"
        return
    found = (there.params, there.output_shape[-1])
    assert found == wanted, (case.text, sizes, "at", found, wanted)
    numbers = {symparam.symbol(name): number for name, number in free.items()}
    if any(condition.fails(numbers) for condition in network.domain):
        yield "at numbers"
        return
    conditions: tuple[Condition, ...] = network.conditions
    assert not any(c.fails(numbers) for c in conditions), (case.text, sizes, "conditions")
    formula = (
        evaluate(network.params, numbers),
        evaluate(network.output_shape[-1], numbers),
    )
    assert formula == wanted, (case.text, sizes, "formula", formula, wanted)
    listed = sum(evaluate(step.params, numbers) for step in network.steps)
    assert listed == wanted[0], (case.text, sizes, "steps", listed, wanted)
    yield "formula"


def run(number: int, seed: int) -> Counter[str]:
    """Compare so many networks, each at two choices of sizes."""
    seen: Counter[str] = Counter()
    for place in range(number):
        rng = random.Random(f"{seed}-{place}")
        case = Drawing(rng).case()
        for _ in range(2):
            sizes = {name: rng.randint(1, 4) for name in NAMES}
            seen.update(compared(case, sizes))
        keras.backend.clear_session()
    return seen


LEAST = 0.5  # of the comparisons reach a count that Keras has, too


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("number", type=int)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    found = run(arguments.number, arguments.seed)
    for what, how_many in found.most_common():
        print(f"{how_many:8} {what}")
    share = (found["formula"] + found["at numbers"]) / found.total()
    assert share >= LEAST, f"only {share:.0%} of the comparisons had a count on both sides"
