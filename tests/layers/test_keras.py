"""Every measured Keras configuration, in numbers and with every size a symbol."""

from typing import Any

import pytest
from keras_records import Lift, expected, facts, label, program, records

import symparam

ACCEPTED = records("keras_layers.json")
REFUSED = records("keras_rejects.json")


@pytest.mark.parametrize("record", ACCEPTED, ids=label)
def test_numbers(record: dict[str, Any]) -> None:
    assert facts(symparam.parse(program(record))) == expected(record)


@pytest.mark.parametrize("record", ACCEPTED, ids=label)
def test_formula(record: dict[str, Any]) -> None:
    """Derived once with symbols for all sizes, then the formula itself is evaluated."""
    lift = Lift()
    network = symparam.parse(program(record, lift))
    values = {symparam.symbol(name): number for name, number in lift.numbers.items()}

    def put(size: Any) -> Any:
        return size if isinstance(size, int) else size.subs(values)

    assert facts(network, put) == expected(record)
    assert facts(network.at(**lift.numbers)) == expected(record) if lift.numbers else True


@pytest.mark.parametrize("record", REFUSED, ids=label)
def test_refused(record: dict[str, Any]) -> None:
    with pytest.raises(symparam.SymparamError) as caught:
        symparam.parse(program(record))
    assert record["layer"] in str(caught.value)
    assert caught.value.span is not None


@pytest.mark.parametrize("record", REFUSED, ids=label)
def test_refused_when_the_numbers_arrive(record: dict[str, Any]) -> None:
    """With symbols a contradiction may be invisible; it must show when they get numbers."""
    lift = Lift()
    with pytest.raises(symparam.SymparamError):
        symparam.parse(program(record, lift)).at(**lift.numbers)


# What else real Keras 3.15.1 gave when it was run beside symparam on random arguments.
@pytest.mark.parametrize(
    ("program", "shape", "params"),
    [
        ("Input(3, 5, 7) -> PReLU(shared_axes=-1)", (3, 5, 7), 21),
        ("Input(3, 5, 7) -> PReLU(shared_axes=-2)", (3, 5, 7), 35),
        ("Input(3, 5, 7) -> PReLU(shared_axes=0)", (3, 5, 7), 15),
        ("Input(8, 8, 1) -> MaxPooling2D(strides=None)", (4, 4, 1), 0),
        ("Input(8, 6) -> Activation(glu)", (8, 3), 0),
        ("Input(8, 6) -> Dense(4, glu)", (8, 2), 28),
        ("Input(6) -> LeakyReLU(alpha=0.1)", (6,), 0),
        ('Input(8, 8, 1) -> Conv2D(4, 3, padding="SAME")', (8, 8, 4), 40),
        ('Input(1, 8, 8) -> Conv2D(4, 3, data_format="Channels_First")', (4, 6, 6), 40),
        (
            "Input(3, 4, 5, 3) -> Conv3DTranspose(2, 4, 1, valid, channels_last, 0)",
            (6, 7, 8, 2),
            386,
        ),
    ],
)
def test_run_beside_keras(program: str, shape: tuple[int, ...], params: int) -> None:
    network = symparam.parse(program)
    assert (network.output_shape, network.params) == (shape, params)


# Arguments of the call and initial states, likewise from real runs: shapes, then parameters.
@pytest.mark.parametrize(
    ("program", "shapes", "params"),
    [
        (
            "(Input(5, 16), Input(7, 12)) -> MultiHeadAttention(2, 8, value_dim=3, use_gate=true, return_attention_scores=true)",
            ((5, 16), (2, 5, 7)),
            772,
        ),
        (
            "(Input(3, 4, 16), Input(2, 5, 8)) -> MultiHeadAttention(2, 8, return_attention_scores=true)",
            ((3, 4, 16), (2, 3, 4, 2, 5)),
            832,
        ),
        (
            "(Input(3, 4, 16), Input(3, 6, 8)) -> MultiHeadAttention(2, 8, attention_axes=2, return_attention_scores=true)",
            ((3, 4, 16), (3, 2, 4, 6)),
            832,
        ),
        (
            "(Input(5, 16), Input(7, 16), Input(7, 9)) -> GroupQueryAttention(4, 4, 2, return_attention_scores=true)",
            ((5, 16), (4, 5, 7)),
            760,
        ),
        (
            "(Input(5, 16), Input(7, 9), Input(7, 16)) -> Attention(true, concat, return_attention_scores=true)",
            ((5, 9), (5, 7)),
            2,
        ),
        (
            "Input(5, 3) -> RNN([GRUCell(2), LSTMCell(4)], return_state=true)",
            ((4,), ((2,),), ((4,), (4,))),
            154,
        ),
        ("Input(5, 3) -> RNN([GRUCell(2)], return_state=true)", ((2,), (2,)), 42),
        (
            "(Input(6, 3), Input(4), Input(4)) -> LSTM(4, return_state=true)",
            ((4,), (4,), (4,)),
            128,
        ),
        (
            "(Input(6, 3), Input(4), Input(4)) -> Bidirectional(GRU(4, return_state=true))",
            ((8,), (4,), (4,)),
            216,
        ),
    ],
)
def test_several_tensors_beside_keras(program: str, shapes: object, params: int) -> None:
    network = symparam.parse(program)
    assert (network.output_shape, network.params) == (shapes, params)


@pytest.mark.parametrize(
    "program",
    [
        "Input(3, 5, 7) -> PReLU(shared_axes=-3)",
        "Input(5) -> PReLU(shared_axes=-1)",
        "Input(2, 3) -> RMSNormalization(axis=1)",
        "Input(5, 6, 6, 7) -> RMSNormalization(axis=(2, -1))",
        "Input(5, 2) -> Rescaling((0.5, 0.5, 0.5))",
        "Input(6) -> LayerNormalization(axis=(1, -1))",
        "Input(6) -> Softmax(axis=())",
        "Input(6) -> Activation(threshold)",
        "Input(6) -> ActivityRegularization(-1)",
        "Input(6) -> ReLU(alpha=1)",
        "Input(6) -> Dense(none)",
        "Input(6) -> Dense(None)",
        "Input(none, 3) -> Dense(3)",
        "Input(6, 3) -> UpSampling1D(true)",
        "Input(6) -> Reshape(true)",
        "Input(6, 6, 3) -> UpSampling2D(2, interpolation=foo)",
        "Input(3, 4, 5, 3) -> Conv3DTranspose(2, 4, 1, valid, 0, channels_first)",
    ],
)
def test_refused_beside_keras(program: str) -> None:
    with pytest.raises(symparam.SymparamError):
        symparam.parse(program)
