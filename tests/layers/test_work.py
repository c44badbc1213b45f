"""What layers compute, beside measured multiply-accumulates and the shapes of measured weights."""

import json
from collections import defaultdict
from typing import Any

import pytest
import torch_records
from keras_records import Lift, program, records
from places import DATA
from torch_rows import ROWS

import symparam
from symparam.algebra.sizes import Size, product, total
from symparam.layers import (
    Contraction,
    Count,
    Elementwise,
    Flag,
    Layer,
    Weight,
    catalogue,
)
from symparam.layers.contract.spatial import SpatialLayer
from symparam.layers.contract.work import CONTRACTIONS, ELEMENTWISE, Work
from symparam.trace import fold
from symparam.trace.nodes import Step

MEASURED = json.loads((DATA / "macs.json").read_text(encoding="utf-8"))
NETWORKS = MEASURED["networks"]
KERAS = [*records("keras_layers.json"), *records("keras_preprocessing.json")]
TORCH = torch_records.torch_records()
LEARNED = json.loads((DATA / "learned_parameters.json").read_text(encoding="utf-8"))["records"]
TEXTS = [
    *map(program, KERAS),
    *map(torch_records.program, TORCH),
    *(text for text, *_ in ROWS),
    *(record["program"] for record in LEARNED),
    "Input(6) -> Split(3)",
]

# Trained weights of two axes and more that are no factor of a contraction.
EXCEPTIONS = {
    "Embedding": "rows are looked up",
    "ReversibleEmbedding": "rows are looked up",
    "nn.Embedding": "rows are looked up",
    "nn.EmbeddingBag": "rows are looked up",
    "PositionEmbedding": "added to the input",
    "Parameter": "belongs to something that is no layer",
    "LayerNormalization": "multiplied and added element by element",
    "RMSNormalization": "multiplied element by element",
    "nn.LayerNorm": "multiplied and added element by element",
    "nn.RMSNorm": "multiplied element by element",
    "PReLU": "multiplied element by element",
}


def work_of(text: str) -> tuple[Layer, Any, Work]:
    """The only layer of a program, its input, and what it computes."""
    (step,) = symparam.parse(text).steps
    x = step.layer.accept(step.input_shape)
    return step.layer, x, step.layer.work(x)


def macs(work: Work, *kinds: str) -> Size:
    return total(
        part.macs
        for part in work
        if isinstance(part, Contraction) and (not kinds or part.kind in kinds)
    )


def of_step(step: Step, *kinds: str) -> Size:
    return macs(step.layer.work(step.layer.accept(step.x)), *kinds)


# The numbers.


@pytest.mark.parametrize("record", NETWORKS, ids=lambda record: record["id"])
def test_macs_of_networks(record: dict[str, Any]) -> None:
    """Over all iterations of repeats and the experts that work, as the trace adds them up."""
    network = symparam.parse(record["text"])
    assert fold.total(network.trace, of_step, active=True).value == record["macs"]
    if "attention" in record:
        attention = fold.total(network.trace, lambda s: of_step(s, "scores", "values"), True)
        assert attention.value == record["attention"]
    if not any(step.levels for step in network.steps):
        alone = [s.layer.work(s.layer.accept(s.input_shape)) for s in network.steps]
        assert total(map(macs, alone)) == record["macs"]


@pytest.mark.parametrize(("text", "expected"), MEASURED["keras"], ids=lambda value: str(value))
def test_macs_of_layers_of_keras(text: str, expected: int) -> None:
    assert macs(work_of(text)[2]) == expected


def test_nothing_is_multiplied_that_keras_does_not() -> None:
    """A measured layer without a product has none here."""
    known = {text for text, _ in MEASURED["keras"]} | set(MEASURED["unmeasured"])
    assert known <= set(TEXTS)
    for text in map(program, KERAS):
        assert text in known or macs(work_of(text)[2]) == 0, text


# The shapes.


def sizes_of(part: Contraction | Elementwise) -> list[Size]:
    if isinstance(part, Contraction):
        return [*part.positions, *part.summed, *part.outputs]
    return [part.elements, part.each]


def kernels(weights: tuple[Weight, ...]) -> dict[str, Size]:
    """The elements of each weight by its name; a stack of cells repeats names."""
    found: dict[str, Size] = defaultdict(int)
    for weight in weights:
        found[weight.name] += product(weight.shape)
    return found


@pytest.mark.parametrize("text", TEXTS)
def test_work_fits_the_weights(text: str) -> None:
    """Each kernel is multiplied once, as a whole, at every position."""
    for step in symparam.parse(text).steps:
        layer, x = step.layer, step.layer.accept(step.input_shape)
        work, weights = layer.work(x), layer.weights(x)
        for part in work:
            assert part.kind in (CONTRACTIONS if isinstance(part, Contraction) else ELEMENTWISE)
            assert all(type(size) is int and size >= 0 for size in sizes_of(part)), part
        used = factors(work)
        elements = kernels(weights)
        assert used.items() <= elements.items()
        names = {name for part in work if isinstance(part, Contraction) for name in part.weights}
        assert names <= set(elements)
        for weight in weights:
            if weight.trainable and len(weight.shape) > 1 and "bias" not in weight.name:
                assert weight.name in names or (weight.owner or layer).title in EXCEPTIONS


def factors(work: Work) -> dict[str, Size]:
    """The elements of a weight that contractions multiply with what enters, by its name."""
    found: dict[str, Size] = defaultdict(int)
    for part in work:
        if isinstance(part, Contraction) and len(part.weights) == 1:
            found[part.weights[0]] += product((*part.summed, *part.outputs))
    return found


def lifted() -> list[Any]:
    """Every record with symbols for its sizes; an axis of size 1 may be one that is stretched."""
    triples = [(record, program, Lift(least=2)) for record in KERAS]
    for record in TORCH:
        lift = torch_records.SameLift() if "kdim" in record["kwargs"] else Lift()
        triples.append((record, torch_records.program, lift))
    return [(write(record), write(record, lift), lift) for record, write, lift in triples]


@pytest.mark.parametrize(("text", "symbolic", "lift"), lifted(), ids=lambda value: str(value)[:80])
def test_work_in_symbols(text: str, symbolic: str, lift: Lift) -> None:
    """Derived with symbols for all sizes and then evaluated, it is the work at numbers."""
    values = {symparam.symbol(name): number for name, number in lift.numbers.items()}

    def put(value: Any) -> Any:
        if isinstance(value, Contraction | Elementwise):
            return type(value)(*map(put, value))
        if isinstance(value, tuple):
            return tuple(map(put, value))
        return value.subs(values) if hasattr(value, "subs") else value

    assert put(work_of(symbolic)[2]) == work_of(text)[2]


def test_the_catalogue_is_covered() -> None:
    """Every layer is among the measured ones or in a network, but Input, which computes nothing."""
    met: set[str] = set()
    for text in [*TEXTS, *(record["text"] for record in NETWORKS)]:
        met |= {step.layer.title for step in symparam.parse(text).steps}
    inside = {"SimpleRNNCell", "LSTMCell", "GRUCell", "StackedRNNCells"}  # stand in RNN alone
    assert {cls.title for cls in catalogue()} - met - inside == {"Input"}


# The layers as they come, and layers of others.


def runs(cls: type[Layer]) -> bool:
    """Whether the sample of a class is a layer that takes its sample input."""
    try:
        sample = cls.sample()
        sample.check()
        sample.after(sample.sample_input())
    except (symparam.SymparamError, TypeError, ValueError):
        return False
    return True


@pytest.mark.parametrize(
    "cls", [cls for cls in catalogue() if runs(cls)], ids=lambda cls: cls.title
)
def test_samples_work(cls: type[Layer]) -> None:
    layer = cls.sample()
    for part in layer.work(layer.accept(layer.sample_input())):
        assert all(type(size) is int for size in sizes_of(part)), part


class Plain(Layer):
    """A layer that says nothing of its work."""

    takes = "... n"

    units: Count
    with_bias: Flag = True

    def output_shape(self, x: Any) -> Any:
        return (*x[:-1], self.units)

    def weights(self, x: Any) -> tuple[Weight, ...]:
        return (
            Weight("kernel", (x[-1], self.units)),
            Weight("scale", (self.units,)),
            Weight("projection", (x[-1], 3), trainable=False),
            *([Weight("bias", (self.units,))] if self.with_bias else ()),
        )


class Filters(SpatialLayer):
    """A convolution that says nothing of its work."""

    takes = "h w c"
    data_format = "channels_first"

    def output_shape(self, x: Any) -> Any:
        return (8, *x[1:])

    def weights(self, x: Any) -> tuple[Weight, ...]:
        return (Weight("kernel", (3, 3, x[0], 8)),)


def test_work_that_follows_from_the_weights() -> None:
    multiplied = Contraction("matmul", (4, 5), (20,), (7,), ("kernel",))
    assert Plain(7).work((4, 5, 20)) == (multiplied, Elementwise("bias", 140))
    assert Plain(7, with_bias=False).work((4, 5, 20)) == (multiplied,)
    assert Filters().work((3, 10, 12)) == (
        Contraction("matmul", (10, 12), (3, 3, 3), (8,), ("kernel",)),
    )
    assert Layer().work((3,)) == ()


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("Input(6) -> Dense(8, relu)", ["matmul", "bias 8", "activation relu 8"]),
        ("Input(6) -> Dense(8, softmax, nobias)", ["matmul", "softmax softmax 8/8"]),
        ("Input(6) -> Dense(8, glu, nobias)", ["matmul", "activation glu 4/2"]),
        ("Input(9, 9, 2) -> Conv2D(4, 3, relu)", ["convolution", "bias 196", "activation relu 196"]),
        ("Input(9, 9, 2) -> MaxPooling2D(3)", ["pooling max 18/9"]),
        ("Input(9, 8, 2) -> GlobalAveragePooling2D", ["pooling average 2/72"]),
        ("Input(2, 12, 10) -> nn.AdaptiveAvgPool2d((4, 5))", ["pooling average 40/6"]),
        ("Input(6, 8) -> LayerNormalization", ["normalization layer 48/8", "gain 48", "shift 48"]),
        ("Input(6, 8) -> nn.GroupNorm(3, 6)", ["normalization group 48/16", "gain 48", "shift 48"]),
        ("Input(6, 8) -> RMSNormalization", ["normalization rms 48/8", "gain 48"]),
        ("(Input(4), Input(4), Input(1)) -> Add", ["add 4/3"]),
        ("Input(6, 8) -> nn.LogSoftmax(dim=1)", ["softmax log_softmax 48/6"]),
        ("Input(6, 8) -> nn.Softmax", ["softmax softmax 48"]),
        ("Input(6) -> Embedding(50, 8)", ["lookup 48"]),
        ("Input(6) -> Dense(8, lora_rank=2)", ["matmul", "add 48/2", "matmul", "bias 8"]),
        ("(Input(6, 4), Input(9, 4)) -> Attention", ["scores", "softmax softmax 54/9", "values"]),
        ("Input(6, 4) -> (_, _) -> AdditiveAttention", [
            *["add 144/2", "activation tanh 144", "multiply scale 144", "sum 36/4"],
            *["softmax softmax 36/6", "values"],
        ]),
        ("Input(3, 4) -> Bidirectional(SimpleRNN(2, nobias), sum)", [
            *["matmul", "recurrence", "add 6/2", "activation tanh 6"] * 2,
            "add 2/2",
        ]),
    ],
)  # fmt: skip
def test_element_wise_work(text: str, kinds: list[str]) -> None:
    assert [shown(part) for part in work_of(text)[2]] == kinds


def shown(part: Contraction | Elementwise) -> str:
    if isinstance(part, Contraction):
        return part.kind
    each = "" if part.each == 1 else f"/{part.each}"
    return " ".join(filter(None, [part.kind, part.word, f"{part.elements}{each}"]))


def test_a_wrapper_keeps_the_names_of_its_weights() -> None:
    layer, x, work = work_of("Input(5, 3) -> Bidirectional(LSTM(4))")
    used = [name for part in work if isinstance(part, Contraction) for name in part.weights]
    assert used == [w.name for w in layer.weights(x) if not w.name.endswith("bias")]


def test_a_field_cannot_take_the_place_of_a_method() -> None:
    for name in ("work", "positions", "title", "output_shape"):
        with pytest.raises(TypeError, match=f"{name}: layers use this name themselves"):
            type("Mine", (Layer,), {"__annotations__": {name: Count}})
    with pytest.raises(TypeError, match="split: layers use this name themselves; split_"):
        type("Mine", (SpatialLayer,), {"__annotations__": {"split": Count}})
    mine = type("Mine", (SpatialLayer,), {"__annotations__": {"split_": Count}})
    assert mine(split=3).split_ == 3
    assert mine(3).split((4, 5, 6)) == ((4, 5), 6)
