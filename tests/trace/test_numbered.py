"""Labels for each iteration, and branches side by side, beside loops in real Keras."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import sympify

from symparam import SymparamError, parse, symbol
from symparam.frameworks.keras import differences, import_keras, measure, stated

Sizes = dict[str, int]
Made = Callable[[Any, Sizes], tuple[Any, Any]]  # inputs and outputs


def unet(keras: Any, at: Sizes) -> tuple[Any, Any]:
    layers, depth, f = keras.layers, at["L"], at["f"]
    start = x = keras.Input((at["h"] * 2**depth, at["w"] * 2**depth, at["c"]))
    skips = []
    for i in range(depth):
        x = layers.Conv2D(f * 2**i, 3, padding="same")(x)
        skips.append(x)
        x = layers.MaxPooling2D()(x)
    x = layers.Conv2D(f * 2**depth, 3, padding="same")(x)
    for i in range(depth):
        x = layers.Concatenate()([layers.UpSampling2D()(x), skips[depth - 1 - i]])
        x = layers.Conv2D(f * 2 ** (depth - 1 - i), 3, padding="same")(x)
    return start, x


def autoencoder(keras: Any, at: Sizes) -> tuple[Any, Any]:
    """Sizes that grow by a step; the skips are added."""
    start = x = keras.Input((at["n"],))
    skips = []
    for i in range(1, at["L"] + 1):
        x = keras.layers.Dense(at["d"] * i)(x)
        skips.append(x)
    for i in range(1, at["L"] + 1):
        x = keras.layers.Add()([keras.layers.Dense(at["d"] * (at["L"] + 1 - i))(x), skips[-i]])
    return start, x


def first_and_last(keras: Any, at: Sizes) -> tuple[Any, Any]:
    start = x = keras.Input((at["n"],))
    outputs = [x := keras.layers.Dense(at["d"] + i)(x) for i in range(1, at["L"] + 1)]
    joined = keras.layers.Concatenate()([x, outputs[0], outputs[-1]])
    return start, keras.layers.Dense(2)(joined)


def between(keras: Any, at: Sizes) -> tuple[Any, Any]:
    start = x = keras.Input((at["n"],))
    numbers = range(at["m"], at["m"] + at["L"] + 1)
    outputs = [x := keras.layers.Dense(at["d"] + i)(x) for i in numbers]
    return start, keras.layers.Concatenate()([x, outputs[0], outputs[-1]])


def passed(keras: Any, at: Sizes) -> tuple[Any, Any]:
    start = x = keras.Input((at["n"],))
    for _ in range(at["L"]):
        x = keras.layers.Dense(at["d"])(x)
    return start, keras.layers.Dense(2)(x)


def twice(keras: Any, at: Sizes) -> tuple[Any, Any]:
    """One network with numbered labels on sequences of two lengths."""
    inputs = [keras.Input((at[name], at["d"])) for name in "nm"]
    tower = [keras.layers.Dense(at["d"]) for _ in range(at["L"])]
    outs = []
    for x in inputs:
        tensors = [x := layer(x) for layer in tower]
        outs.append(keras.layers.Concatenate()([x, tensors[0]]))
    return inputs, keras.layers.Concatenate(axis=1)(outs)


def widening(keras: Any, at: Sizes) -> tuple[Any, Any]:
    x = keras.Input((at["n"],))
    branches = [keras.layers.Dense(at["k"] * i)(x) for i in range(1, at["m"] + 1)]
    joined = keras.layers.Concatenate()(branches)
    return x, keras.layers.Dense(2)(joined)


def kernels(keras: Any, at: Sizes) -> tuple[Any, Any]:
    x = keras.Input((9, 9, at["c"]))
    conv = keras.layers.Conv2D
    branches = [conv(at["f"], 2 * i + 1, padding="same")(x) for i in range(at["m"] + 1)]
    return x, keras.layers.Concatenate()(branches)


def summed(keras: Any, at: Sizes) -> tuple[Any, Any]:
    """ResNeXt's cardinality: paths of two layers whose outputs are added."""
    x = keras.Input((at["n"],))
    dense = keras.layers.Dense
    return x, keras.layers.Add()([dense(at["n"])(dense(at["k"])(x)) for _ in range(at["m"])])


def repeated(keras: Any, at: Sizes) -> tuple[Any, Any]:
    """Branches side by side within a repeat, whose width grows with it."""
    start = x = keras.Input((at["n"],))
    for _ in range(at["L"]):
        x = keras.layers.Concatenate()([keras.layers.Dense(at["k"])(x) for _ in range(at["m"])])
    return start, x


def shared(keras: Any, at: Sizes) -> tuple[Any, Any]:
    x = keras.Input((at["n"],))
    one = keras.layers.Dense(at["n"])
    outs = [keras.layers.Dense(at["k"])(one(x)) for _ in range(at["m"])]
    return x, keras.layers.Concatenate()(outs)


UNET = (
    "Input(h*2**L, w*2**L, c) -> (Conv2D(f*2**i, 3, same) as skip[i] -> MaxPooling2D) for i in 0..L-1"
    " -> Conv2D(f*2**L, 3, same)"
    " -> (UpSampling2D -> (_, skip[L-1-i]) -> Concatenate -> Conv2D(f*2**(L-1-i), 3, same))"
    " for i in 0..L-1"
)
ROWS: list[tuple[str, Made, list[Sizes]]] = [
    (
        UNET,
        unet,
        [
            {"L": 1, "h": 3, "w": 2, "c": 1, "f": 4},
            {"L": 2, "h": 1, "w": 2, "c": 3, "f": 5},
            {"L": 4, "h": 1, "w": 1, "c": 2, "f": 2},
        ],
    ),
    (
        "Input(n) -> (Dense(d*i) as a[i]) for i in 1..L"
        " -> (Dense(d*(L + 1 - j)) -> (_, a[L + 1 - j]) -> Add) for j in 1..L",
        autoencoder,
        [{"n": 3, "d": 2, "L": 1}, {"n": 4, "d": 3, "L": 2}, {"n": 2, "d": 4, "L": 5}],
    ),
    (
        "Input(n) -> (Dense(d + i) as a[i]) for i in 1..L -> (_, a[1], a[L]) -> Concatenate -> Dense(2)",
        first_and_last,
        [{"n": 3, "d": 2, "L": 1}, {"n": 4, "d": 3, "L": 2}, {"n": 2, "d": 4, "L": 5}],
    ),
    (
        "Input(n) -> Concatenate(Dense(k*i) for i in 1..m) -> Dense(2)",
        widening,
        [{"n": 3, "k": 2, "m": 2}, {"n": 2, "k": 5, "m": 4}, {"n": 1, "k": 1, "m": 7}],
    ),
    (
        "Input(9, 9, c) -> Concatenate(Conv2D(f, 2*i + 1, same) for i in 0..m)",
        kernels,
        [{"c": 2, "f": 3, "m": 1}, {"c": 1, "f": 4, "m": 3}],
    ),
    (
        "Input(n) -> Add((Dense(k) -> Dense(n)) for i in 1..m)",
        summed,
        [{"n": 4, "k": 2, "m": 2}, {"n": 3, "k": 5, "m": 6}],
    ),
    (
        "Input(n) -> Concatenate(Dense(k) for i in 1..m) * L",
        repeated,
        [{"n": 4, "k": 2, "m": 2, "L": 1}, {"n": 3, "k": 5, "m": 4, "L": 3}],
    ),
    (
        "Input(n) -> (Dense(d + i) as a[i]) for i in m..m+L -> (_, a[m], a[m+L]) -> Concatenate",
        between,
        [{"n": 3, "d": 2, "L": 1, "m": 1}, {"n": 4, "d": 3, "L": 2, "m": 3}],
    ),
    (
        "F(net) = net -> Dense(2); Input(n) -> F(Dense(d) for i in 1..L)",
        passed,
        [{"n": 3, "d": 2, "L": 1}, {"n": 4, "d": 3, "L": 3}],
    ),
    (
        "e = ((Dense(d) as a[i]) for i in 1..L) -> (_, a[1]) -> Concatenate;"
        " x = Input(n, d) -> e; y = Input(m, d) -> e; (x, y) -> Concatenate(axis=1)",
        twice,
        [{"n": 3, "m": 2, "d": 2, "L": 1}, {"n": 4, "m": 5, "d": 3, "L": 3}],
    ),
    (
        "e = Dense(n); Input(n) -> Concatenate((e -> Dense(k)) for i in 1..m)",
        shared,
        [{"n": 4, "k": 2, "m": 2}, {"n": 3, "k": 5, "m": 4}],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("text", "made", "points"), ROWS, ids=[text[:70] for text, *_ in ROWS])
def test_as_loops_in_keras(text: str, made: Made, points: list[Sizes]) -> None:
    keras, net = import_keras(), parse(text)
    assert net.explain()
    for at in points:
        inputs, outputs = made(keras, at)
        model = keras.Model(inputs, outputs)
        found = net.at(**at)
        shapes = [x.shape[1:] for x in inputs] if isinstance(inputs, list) else inputs.shape[1:]
        theirs = measure(model, shapes)
        # A weight of a repeat is stated once, in its index.
        assert not differences(stated(found)._replace(weights=theirs.weights), theirs)
        values = {symbol(name): number for name, number in at.items()}
        if not any(condition.fails(values) for condition in net.domain):
            assert sympify(net.params).subs(values) == model.count_params()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Input(n) -> (Dense(n) as a[i+1]) for i in 1..L", "numbered by the index of the repeat"),
        ("Input(n) -> Dense(n) as a[3]", "numbered by the index of the repeat"),
        ("Input(n) -> (Dense(n) as a[i]) for i in 1..L -> (_, a[L+1]) -> Add", "there is no a[L + 1]"),
        ("Input(n) -> (Dense(n) as a[i]) for i in 1..L -> (_, a[0]) -> Add", "there is no a[0]"),
        ("Input(n) -> (Dense(n) as a[i]) for i in 1..3 -> (_, a[4]) -> Add", "there is no a[4]"),
        ("Input(n) -> (Dense(n) as a[i]) for i in 1..L -> (_, a) -> Add", "a tensor for each iteration"),
        ("Input(n) -> (_, a[1]) -> Add -> (Dense(n) as a[i]) for i in 1..L", "a[1] is not a layer"),
        ("Input(n) -> (Dense(n) as n[i]) for i in 1..L", "n is used as a symbol above"),
        ("Input(n) -> Dense(Dense(3) for i in 1..3)", "Dense does not join a number of tensors"),
        ("Input(n) -> Add(Dense(3) -> Dense(n) for i in 1..3)", "but no chain"),
        ("Input(n) -> Nothing(Dense(3) for i in 1..3)", "does not join a number of tensors"),
        ("Input(n) -> Add(Dense(i) for i in 1..m)", "the tensors (i,) differ in shape"),
        ("Input(a, b) -> Concatenate(Conv1D(3, i) for i in 1..m)", "differ elsewhere"),
        ("Input(n) -> Concatenate(Dense(k) for i in 1..0)", "there are 0 tensors to join"),
        ("Input(n) -> Concatenate(LSTM(k) for i in 1..m)", "LSTM needs a rank-2 input"),
    ],
)  # fmt: skip
def test_refused(text: str, message: str) -> None:
    with pytest.raises(SymparamError) as caught:
        parse(text)
    assert message in caught.value.message
    assert caught.value.span is not None


POINTS = st.fixed_dictionaries(
    {"n": st.integers(1, 4), "a": st.integers(0, 3), "b": st.integers(0, 2), "m": st.integers(1, 5)}
)


@settings(max_examples=25, deadline=None, database=None)
@given(POINTS, st.booleans(), st.booleans())
def test_side_by_side_is_written_out(at: Sizes, is_shared: bool, is_within: bool) -> None:
    """The form with an index beside the same branches written one by one, at any sizes."""
    head = "e = Dense(4); " if is_shared else ""
    body = ("e -> " if is_shared else "") + "Dense({})" + (" -> Dense(2)" if is_within else "")
    size = f"{at['a'] + 1}*i + {at['b']}"
    text = f"{head}Input(n) -> Concatenate(({body.format(size)}) for i in 1..m)"
    written = ", ".join(body.format(size.replace("i", str(i))) for i in range(1, at["m"] + 1))
    alone = parse(f"{head}Input({at['n']}) -> ({written}, {body.format(1)}) -> Concatenate")
    rest = parse(f"{head}Input({at['n']}) -> {body.format(1)}").params
    both = parse(f"{head}Input({at['n']}) -> {'e' if is_shared else '_'}").params
    net = parse(text)
    values = {symbol("n"): at["n"], symbol("m"): at["m"]}
    assert sympify(net.params).subs(values) == alone.params - (rest - both)
    assert net.at(n=at["n"], m=at["m"]).params == alone.params - (rest - both)
