"""Learned tables and tokens beside modules that hold them, in numbers and in symbols."""

import json
import re
from collections import Counter
from typing import Any

import pytest
from places import DATA

import symparam
from symparam.algebra.conditions import Condition
from symparam.network import Network

MEASURED = json.loads((DATA / "learned_parameters.json").read_text(encoding="utf-8"))
ACCEPTED = MEASURED["records"]
REFUSED = [record["program"] for record in MEASURED["rejects"]]
NUMBER = re.compile(r"(?<![\w.-])(?![01]\b)\d+")  # a size that may be any: 2 or more, by itself
FAMILY = "symparam.layers.keras.parameters"


def label(record: dict[str, Any]) -> str:
    return f"{record['program']} as {record['of']}"


def lifted(program: str) -> tuple[str, dict[str, int]]:
    """The program with symbols for its sizes, one symbol for the same size everywhere."""
    numbers = {f"s{number}": int(number) for number in NUMBER.findall(program)}
    return NUMBER.sub(r"s\g<0>", program), numbers


def compact(shapes: Any) -> Counter[tuple[int, ...]]:
    """Shapes without axes of size 1: modules hold a token as ``(1, 1, d)``."""
    return Counter(tuple(size for size in shape if size != 1) for shape in shapes)


def compare(network: Network, record: dict[str, Any]) -> None:
    assert network.params == record["params"]
    assert network.non_trainable_params == record["non_trainable"]
    if "output_shape" in record:
        assert network.output_shape == tuple(record["output_shape"])
    ours = compact(w.shape for step in network.steps for w in step.weights)
    theirs = compact(shape for _, shape, _ in record["weights"])
    if "Attention" not in record["program"]:
        assert ours == theirs
    learned = [s for s in network.steps if type(s.layer).__module__ == FAMILY]
    assert learned  # their attentions cut queries, keys and values in other ways
    assert compact(w.shape for step in learned for w in step.weights) <= theirs


@pytest.mark.parametrize("record", ACCEPTED, ids=label)
def test_numbers(record: dict[str, Any]) -> None:
    compare(symparam.parse(record["program"]), record)


@pytest.mark.parametrize("record", ACCEPTED, ids=label)
def test_formula(record: dict[str, Any]) -> None:
    """Derived once with symbols for the sizes, then the formula itself is evaluated."""
    program, numbers = lifted(record["program"])
    network = symparam.parse(program)
    values = {symparam.symbol(name): number for name, number in numbers.items()}
    params = network.params if isinstance(network.params, int) else network.params.subs(values)
    assert params == record["params"]
    known = {name: number for name, number in numbers.items() if name in network.symbols}
    compare(network.at(**known), record)


@pytest.mark.parametrize("program", REFUSED)
def test_refused(program: str) -> None:
    """At once, and with symbols when the numbers arrive."""
    with pytest.raises(symparam.ShapeError, match="PositionEmbedding has"):
        symparam.parse(program)
    text, numbers = lifted(program)
    with pytest.raises(symparam.ShapeError):
        symparam.parse(text).at(**numbers)


@pytest.mark.parametrize(
    ("program", "shape", "params", "conditions"),
    [
        ("Input(s, d) -> PositionEmbedding(m)", "(s, d)", "d*m", ["m >= s"]),
        ("Input(s, d) -> PositionEmbedding(s)", "(s, d)", "d*s", []),
        ("Input(s, d) -> PositionEmbedding(s + 1)", "(s, d)", "d*(s + 1)", []),
        ("Input(g, s, d) -> PositionEmbedding(64)", "(g, s, d)", "64*d", ["64 >= s"]),
        ("PositionEmbedding(8)", "(t, c)", "8*c", ["8 >= t"]),
        ("Input(s, d) -> (_, PositionEmbedding(s)) -> Add", "(s, d)", "d*s", []),
        ("Input(n, d) -> ClassToken", "(n + 1, d)", "d", []),
        ("Input(n, d) -> ClassToken -> ClassToken", "(n + 2, d)", "2*d", []),
        (
            "Input(n, d) -> ClassToken -> PositionEmbedding(n + 1)",
            "(n + 1, d)",
            "d*(n + 1) + d",
            [],
        ),
        ("t = ClassToken(); Input(n, d) -> t -> t", "(n + 2, d)", "d", []),
        ("Input(g, n, d) -> TimeDistributed(ClassToken)", "(g, n + 1, d)", "d", []),
        ("Input(s, d) -> Parameter(32, h)", "(s, d)", "32*h", []),
        ("Input(s, d) -> Parameter((32, h))", "(s, d)", "32*h", []),
        ("Input(s, d) -> Parameter(shape=(32, h))", "(s, d)", "32*h", []),
        ("Input(s, d) -> Parameter(shape=h, initializer=zeros)", "(s, d)", "h", []),
        ("Input(h, w, c) -> Parameter(())", "(h, w, c)", "1", []),
        ("b = Parameter(32, h); Input(n) -> b -> Dense(m) -> b", "(m,)", "32*h + m*(n + 1)", []),
        ("Input(n) -> Parameter(k) * L", "(n,)", "L*k", []),
        ("Input(n) -> Parameter(i, k) for i in 1..L", "(n,)", "L*k*(L + 1)/2", []),
        ("Parameter(32, h)", "(n,)", "32*h", []),
    ],
)
def test_symbols(program: str, shape: str, params: str, conditions: list[str]) -> None:
    network = symparam.parse(program)
    assert (str(network.output_shape), str(network.params)) == (shape, params)
    assert [f"{c.left} {c.relation} {c.right}" for c in network.conditions] == conditions


def test_a_vision_transformer_begins() -> None:
    """Patches, a token, positions: Dosovitskiy et al. 2020, ViT-B/16."""
    network = symparam.parse(
        "Input(h, h, c) -> Conv2D(d, p, strides=p) -> Reshape((-1, d)) -> ClassToken"
        " -> PositionEmbedding(m)"
    )
    assert Condition(symparam.symbol("h"), ">=", symparam.symbol("p")) in network.conditions
    base = network.at(h=224, c=3, d=768, p=16, m=197)
    assert (base.output_shape, base.params) == ((197, 768), (16 * 16 * 3 + 1 + 1 + 197) * 768)
    with pytest.raises(symparam.ShapeError, match="has 196 positions"):
        network.at(h=224, c=3, d=768, p=16, m=196)


def test_weights_that_training_leaves_alone() -> None:
    for layer in ("PositionEmbedding(s, trainable=false)", "ClassToken(trainable=false)"):
        network = symparam.parse(f"Input(s, d) -> {layer}")
        assert network.trainable_params == 0
        assert network.params == network.non_trainable_params
    (weight,) = symparam.parse("Input(4, 3) -> PositionEmbedding(9)").steps[0].weights
    assert (weight.name, weight.shape) == ("embeddings", (9, 3))


@pytest.mark.parametrize(
    ("program", "message"),
    [
        ("Input(4) -> PositionEmbedding(4)", "PositionEmbedding needs an input of rank 2 or more"),
        ("Input(3, 4) -> PositionEmbedding", "PositionEmbedding needs sequence_length"),
        ("Input(3, 4) -> PositionEmbedding(0)", "must be a whole number of at least 1, got 0"),
        ("Input(3, 4) -> PositionEmbedding(none)", "none is not a size"),
        ("Input(3, 4) -> PositionEmbedding(5/2)", "sequence_length must be a whole number"),
        ("Input(s, d) -> PositionEmbedding(s - 1)", "has s - 1 positions, got (s, d)"),
        ("Input(3, 4) -> PositionEmbedding(max_length=5)", "has no argument max_length"),
        ("Input(4) -> ClassToken", "ClassToken needs a rank-2 input (t, n), got rank 1"),
        ("Input(2, 3, 4) -> ClassToken", "ClassToken needs a rank-2 input (t, n), got rank 3"),
        ("Input(3, 4) -> ClassToken(4)", "ClassToken takes no arguments"),
        ("Input(4) -> Parameter", "Parameter needs shape"),
        ("Input(4) -> Parameter(-1)", "Parameter: shape must be a tuple of sizes, got (-1,)"),
        ("Input(4) -> Parameter(2, 1.5)", "Parameter: shape must be a tuple of sizes"),
        ("Input(4) -> Parameter(2, (3, 4))", "takes its sizes one by one or as one tuple"),
        ("(Input(3), Input(4)) -> Parameter(3)", "Parameter takes one tensor, got 2"),
    ],
)
def test_what_does_not_fit(program: str, message: str) -> None:
    with pytest.raises(symparam.SymparamError) as caught:
        symparam.parse(program)
    assert message in caught.value.message
    assert caught.value.span is not None
