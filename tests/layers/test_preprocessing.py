"""Measured Keras layers of preprocessing, in numbers and with every size a symbol."""

import json
from typing import Any

import pytest
from keras_records import Lift, expected, facts, label, program
from places import DATA

import symparam

MEASURED = json.loads((DATA / "keras_preprocessing.json").read_text(encoding="utf-8"))
ACCEPTED, REFUSED = MEASURED["records"], MEASURED["rejects"]


@pytest.mark.parametrize("record", ACCEPTED, ids=label)
def test_numbers(record: dict[str, Any]) -> None:
    assert facts(symparam.parse(program(record))) == expected(record)


@pytest.mark.parametrize("record", ACCEPTED, ids=label)
def test_formula(record: dict[str, Any]) -> None:
    """An axis of size 1 stays a number: one_hot puts its vector there."""
    lift = Lift(least=2)
    network = symparam.parse(program(record, lift))
    values = {symparam.symbol(name): number for name, number in lift.numbers.items()}

    def put(size: Any) -> Any:
        return size if isinstance(size, int) else size.subs(values)

    assert facts(network, put) == expected(record)
    sizes = {name: lift.numbers[name] for name in network.symbols}
    assert facts(network.at(**sizes)) == expected(record)


@pytest.mark.parametrize("record", REFUSED, ids=label)
def test_refused(record: dict[str, Any]) -> None:
    with pytest.raises(symparam.SymparamError) as caught:
        symparam.parse(program(record))
    assert record["layer"] in str(caught.value)
    assert caught.value.span is not None


@pytest.mark.parametrize("record", REFUSED, ids=label)
def test_refused_when_the_numbers_arrive(record: dict[str, Any]) -> None:
    lift = Lift(least=2)
    with pytest.raises(symparam.SymparamError):
        symparam.parse(program(record, lift)).at(**lift.numbers)


def test_every_layer_is_measured_with_varied_arguments() -> None:
    layers = [record["layer"] for record in ACCEPTED]
    assert all(layers.count(name) >= 3 for name in layers)
    assert all(symparam.layers.find(name) for name in layers)


# Arguments that are sizes only here: the formula, and the numbers of a measured record.
@pytest.mark.parametrize(
    ("text", "sizes", "shape", "params"),
    [
        (
            "Input(t, c) -> STFTSpectrogram(frame_length=f, frame_step=s, fft_length=2*k)",
            {"t": 50, "c": 2, "f": 10, "s": 5, "k": 8},
            (9, 18),
            180,
        ),
        (
            "Input(t, c) -> STFTSpectrogram(stft, f, s, n, padding=same, expand_dims=true)",
            {"t": 50, "c": 2, "f": 10, "s": 5, "n": 15},
            (10, 16, 2),
            160,
        ),
        (
            "Input(t) -> MelSpectrogram(f, s, num_mel_bins=m)",
            {"t": 48, "f": 15, "s": 8, "m": 4},
            (4, 6),
            0,
        ),
        ("Input(n) -> Hashing(b, output_mode=one_hot)", {"n": 3, "b": 5}, (3, 5), 0),
        ("Input(n, m) -> Hashing(b, output_mode=count)", {"n": 3, "m": 4, "b": 5}, (4, 5), 0),
        ("Input(n) -> Discretization(num_bins=b, output_mode=count)", {"n": 3, "b": 6}, (6,), 0),
        ("(Input(1), Input(1)) -> HashedCrossing(b, one_hot)", {"b": 5}, (5,), 0),
        (
            "Input(n, m) -> IntegerLookup(V, output_mode=count, pad_to_max_tokens=true)",
            {"n": 3, "m": 4, "V": 10},
            (4, 10),
            0,
        ),
        ("Input(1) -> TextVectorization(output_sequence_length=n)", {"n": 7}, (7,), 0),
    ],
)
def test_sizes_of_their_own(text: str, sizes: dict[str, int], shape: Any, params: int) -> None:
    network = symparam.parse(text)
    values = {symparam.symbol(name): number for name, number in sizes.items()}
    put = [s if isinstance(s, int) else s.subs(values) for s in network.output_shape]
    assert tuple(put) == shape
    numbers = network.at(**sizes)
    assert (numbers.output_shape, numbers.params) == (shape, params)


def test_one_hot_asks_for_an_axis_longer_than_one() -> None:
    network = symparam.parse("Input(n) -> CategoryEncoding(V, one_hot)")
    assert [str(size) for size in network.output_shape] == ["n", "V"]
    assert network.at(n=2, V=5).output_shape == (2, 5)
    with pytest.raises(symparam.SymparamError):
        network.at(n=1, V=5)


def test_colors_ask_for_their_channels() -> None:
    network = symparam.parse("Input(h, w, c) -> RandomGrayscale")
    assert network.at(c=1).output_shape[-1] == 1
    assert network.at(c=3).output_shape[-1] == 3
    with pytest.raises(symparam.SymparamError):
        network.at(c=4)


# What Keras leaves to the data has no formula.
@pytest.mark.parametrize(
    "text",
    [
        "Input(1) -> TextVectorization",
        "Input(1) -> TextVectorization(vocabulary=(a, b), output_mode=one_hot)",
        "Input(1) -> TextVectorization(output_sequence_length=4, ragged=true)",
        "Input(1) -> TextVectorization(max_tokens=9, output_mode=count)",
        "Input(4) -> TextVectorization(split=none, ngrams=2)",
        "Input(3) -> StringLookup(max_tokens=9, output_mode=count)",
        'Input(3) -> StringLookup(vocabulary="words.txt")',
        "Input(3) -> IntegerLookup(output_mode=one_hot)",
        "Input(shape=()) -> CategoryEncoding(5)",
        "Input(t, c) -> STFTSpectrogram(frame_length=f)",
        "Input(1) -> HashedCrossing(5)",
        "(Input(n), Input(n)) -> Normalization",
    ],
)
def test_open_shapes_are_refused(text: str) -> None:
    with pytest.raises(symparam.SymparamError):
        symparam.parse(text)


def test_a_spectrogram_is_explained_by_its_bins() -> None:
    network = symparam.parse("Input(t, 1) -> STFTSpectrogram(real, 10)")
    assert network.params == 10 * 9
    assert "params = frame_length*bins = 10*9 = 90" in network.explain()
