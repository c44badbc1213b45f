"""The three networks of the notebook the project began with."""

import json
import re
from typing import Any

import pytest
from keras_records import Lift
from places import DATA

import symparam

SEEDS = json.loads((DATA / "seeds.json").read_text("utf-8"))["networks"]
NAMES = [seed["name"] for seed in SEEDS]


def text(seed: dict[str, Any], lift: Lift | None = None) -> str:
    """The network in the language; with ``lift``, every size is a symbol."""
    stages = [f"Input{tuple(seed['input_shape'])}".replace(",)", ")")]
    stages += [layer for layer, _, _ in seed["layers"]]
    chain = " -> ".join(stages)
    if lift is None:
        return chain
    return re.sub(r"(?<![\w.])\d+(?![\w.])", lambda m: lift(int(m[0])), chain)


@pytest.mark.parametrize("seed", SEEDS, ids=NAMES)
def test_numbers(seed: dict[str, Any]) -> None:
    network = symparam.parse(text(seed))
    assert [[list(s.output_shape), s.params] for s in network.steps] == [
        [shape, count] for _, shape, count in seed["layers"]
    ]
    assert network.params == seed["total"]
    assert network.trainable_params == seed.get("trainable", seed["total"])
    assert network.non_trainable_params == seed.get("non_trainable", 0)


@pytest.mark.parametrize("seed", SEEDS, ids=NAMES)
def test_symbols(seed: dict[str, Any]) -> None:
    lift = Lift()
    network = symparam.parse(text(seed, lift))
    assert len(network.symbols) == len(lift.numbers) >= 4
    values = {symparam.symbol(name): number for name, number in lift.numbers.items()}
    assert network.params.subs(values) == seed["total"]
    for step, (_, shape, count) in zip(network.steps, seed["layers"], strict=True):
        assert [size.subs(values) for size in step.output_shape] == shape
        assert step.params == count == 0 or step.params.subs(values) == count
    assert network.at(**lift.numbers).params == seed["total"]


@pytest.mark.parametrize("seed", SEEDS[1:], ids=NAMES[1:])
def test_the_derivation_by_hand(seed: dict[str, Any]) -> None:
    explained = ordered(symparam.parse(text(seed)).explain())
    for line in seed["analysis"]:
        assert ordered(line) in explained


def ordered(equation: str) -> str:
    """Without spaces, the factors before ``+ 1`` sorted: the notebook writes them both ways."""
    return re.sub(
        r"\(([\d*]+)\+",
        lambda match: f"({'*'.join(sorted(match[1].split('*')))}+",
        equation.replace(" ", ""),
    )
