"""Networks with an Input of their own that are used as layers, as Keras nests its models."""

from collections.abc import Callable
from typing import Any

import pytest
from sympy import sympify

from symparam import parse, symbol
from symparam.frameworks.keras import differences, import_keras, measure, stated

Made = Callable[[Any], Any]


def model(keras: Any, shape: tuple[int, ...], *parts: Any) -> Any:
    return keras.Sequential([keras.Input(shape), *parts])


def autoencoder(keras: Any) -> Any:
    dense = keras.layers.Dense
    return model(keras, (16,), model(keras, (16,), dense(3)), model(keras, (3,), dense(4)))


def twice(keras: Any) -> Any:
    inner = model(keras, (6,), keras.layers.Dense(6), keras.layers.Dense(6))
    return model(keras, (6,), inner, keras.layers.Dense(6), inner)


def ensemble(keras: Any) -> Any:
    x = keras.Input((9,))
    several = [model(keras, (9,), keras.layers.Dense(4))(x) for _ in range(3)]
    return keras.Model(x, keras.layers.Average()(several))


def of_two_inputs(keras: Any) -> Any:
    a, b = keras.Input((3,)), keras.Input((4,))
    join = keras.layers.Dense(5)(keras.layers.Concatenate()([a, b]))
    inner = keras.Model([a, b], join)
    x = keras.Input((3,))
    return keras.Model(x, inner([x, keras.layers.Dense(4)(x)]))


def distributed(keras: Any) -> Any:
    layers = keras.layers
    inner = model(keras, (8, 8, 3), layers.Conv2D(4, 3), layers.Flatten(), layers.Dense(5))
    return model(keras, (6, 8, 8, 3), layers.TimeDistributed(inner), layers.LSTM(2))


def residual_steps(keras: Any) -> Any:
    layers = keras.layers
    x = keras.Input((4,))
    inner = keras.Model(x, layers.Add()([x, layers.Dense(4)(x)]))
    return model(keras, (7, 4), layers.TimeDistributed(inner), layers.TimeDistributed(inner))


def nested_steps(keras: Any) -> Any:
    layers = keras.layers
    words = model(keras, (6, 3), layers.LSTM(4), layers.Dense(2))
    return model(keras, (5, 6, 3), layers.TimeDistributed(words), layers.GRU(3))


ROWS: list[tuple[str, Made, tuple[int, ...]]] = [
    (
        "enc = Input(16) -> Dense(3); dec = Input(3) -> Dense(4); Input(16) -> enc -> dec",
        autoencoder,
        (16,),
    ),
    ("enc = Input(16) -> Dense(3); dec = Input(3) -> Dense(4); enc -> dec", autoencoder, (16,)),
    ("e = Input(6) -> Dense(6) -> Dense(6); Input(6) -> e -> Dense(6) -> e", twice, (6,)),
    (
        "Model() = Input(9) -> Dense(4); x = Input(9);"
        " a = Model(); b = Model(); c = Model(); (x -> a, x -> b, x -> c) -> Average",
        ensemble,
        (9,),
    ),
    (
        "m = (Input(3), Input(4)) -> Concatenate -> Dense(5); Input(3) -> (_, Dense(4)) -> m",
        of_two_inputs,
        (3,),
    ),
    (
        "Input(6, 8, 8, 3) -> TimeDistributed(Conv2D(4, 3) -> Flatten -> Dense(5)) -> LSTM(2)",
        distributed,
        (6, 8, 8, 3),
    ),
    (
        "e = Input(8, 8, 3) -> Conv2D(4, 3) -> Flatten -> Dense(5);"
        " Input(6, 8, 8, 3) -> TimeDistributed(layer=e) -> LSTM(2)",
        distributed,
        (6, 8, 8, 3),
    ),
    (
        "E(f) = Conv2D(f, 3) -> Flatten -> Dense(5); Input(6, 8, 8, 3) -> TimeDistributed(E(4)) -> LSTM(2)",
        distributed,
        (6, 8, 8, 3),
    ),
    (
        "e = _ + Dense(4); Input(7, 4) -> TimeDistributed(e) -> TimeDistributed(e)",
        residual_steps,
        (7, 4),
    ),
    (
        "Input(5, 6, 3) -> TimeDistributed(LSTM(4) -> Dense(2)) -> GRU(3)",
        nested_steps,
        (5, 6, 3),
    ),
]


@pytest.mark.parametrize(("text", "made", "shape"), ROWS, ids=[text for text, *_ in ROWS])
def test_as_keras_counts_it(text: str, made: Made, shape: tuple[int, ...]) -> None:
    assert not differences(stated(parse(text)), measure(made(import_keras()), shape))


@pytest.mark.parametrize(
    ("text", "params", "symbols"),
    [
        ("e = Input(a) -> Dense(d); Input(n) -> e", "d*(n + 1)", ("d", "n")),
        ("e = Input(a) -> Dense(d); (Input(n) -> e, Input(n) -> e)", "d*(n + 1)", ("d", "n")),
        ("e = Input(a) -> Dense(d); (e, Input(n) -> e)", "d*(a + 1)", ("a", "d", "n")),
        ("e = Input(d) -> Dense(d); Input(d) -> e * L", "d*(d + 1)", ("d", "L")),
        ("e = Input(d) -> Dense(d) * L; Input(d) -> e -> Dense(2)", None, ("d", "L")),
        ("e = Input(3) -> Dense(3); Input(3) -> MoE(e, experts=4, active=1)", "24", ()),
        ("F(net) = net -> Dense(1); e = Input(3) -> Dense(2); F(e)", "11", ()),
        ("F(net) = Dense(3) -> net; e = Input(3) -> Dense(2); Input(1) -> F(e)", "14", ()),
        ("Input(t, d) -> TimeDistributed(Dense(d) * L)", "L*d*(d + 1)", ("t", "d", "L")),
        ("Input(t, d) -> TimeDistributed(Dense(d) -> ReLU) * L", "L*d*(d + 1)", ("t", "d", "L")),
        (
            "Input(a, b, d) -> TimeDistributed(TimeDistributed(Dense(d) -> ReLU))",
            "d*(d + 1)",
            ("a", "b", "d"),
        ),
        (
            "Input(t, d) -> TimeDistributed(Concatenate(Dense(k) for i in 1..m))",
            "k*m*(d + 1)",
            ("t", "d", "k", "m"),
        ),
        ("e = Input(3) -> Dense(4) as a -> (_, a) -> Add; Input(3) -> e", "16", ()),
    ],
)
def test_in_symbols(text: str, params: str | None, symbols: tuple[str, ...]) -> None:
    net = parse(text)
    assert set(net.symbols) == set(symbols)
    assert params is None or str(net.params) == params
    at = net.at(**dict.fromkeys(net.symbols, 5)).params
    assert at == sympify(net.params).subs({symbol(name): 5 for name in net.symbols})
