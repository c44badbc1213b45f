"""Layers of one's own, beside real layers of Keras that hold the same weights."""

from typing import Any

import pytest
from sympy import sympify

from symparam import SymparamError, parse, symbol
from symparam.frameworks.keras import differences, import_keras, measure, stated

KAN = "KAN(f, g) = Weights(output=f, spline=(_.channels, f, g), base=(_.channels, f)); "
LSTMP = (
    "LSTMP(u, p) = Weights(output=p, kernel=(_.channels, 4*u), recurrent=(p, 4*u), bias=4*u,"
    " projection=(u, p)); "
)
LOCAL = (
    "Out(n, k) = n - k + 1;"
    " Local(f, k) = Weights(output=(Out(_.shape[0], k), Out(_.shape[1], k), f),"
    " kernel=(Out(_.shape[0], k)*Out(_.shape[1], k), k*k*_.channels, f),"
    " bias=(Out(_.shape[0], k), Out(_.shape[1], k), f)); "
)
MINE = "D(f) = Weights(output=f, kernel=(_.channels, f), bias=f); "


def of_weights(keras: Any, output: Any, **shapes: Any) -> Any:
    """A Keras layer with weights of shapes that depend on what enters."""

    class Mine(keras.layers.Layer):
        def build(self, shape: Any) -> None:
            for name, made in shapes.items():
                self.add_weight(shape=made(shape[1:]), name=name)
            self.built = True

        def compute_output_shape(self, shape: Any) -> Any:
            return (shape[0], *output(shape[1:]))

        def call(self, x: Any) -> Any:
            return keras.ops.zeros((x.shape[0], *output(x.shape[1:])))

    return Mine()


def kan(keras: Any, f: int, g: int) -> Any:
    return of_weights(
        keras, lambda x: (*x[:-1], f), spline=lambda x: (x[-1], f, g), base=lambda x: (x[-1], f)
    )


def lstmp(keras: Any, u: int, p: int) -> Any:
    return of_weights(
        keras,
        lambda x: (x[0], p),
        kernel=lambda x: (x[1], 4 * u),
        recurrent=lambda x: (p, 4 * u),
        bias=lambda x: (4 * u,),
        projection=lambda x: (u, p),
    )


ROWS: list[tuple[str, tuple[int, ...], Any]] = [
    (KAN + "Input(4) -> KAN(3, 5) -> KAN(2, 7)", (4,), lambda k: [kan(k, 3, 5), kan(k, 2, 7)]),
    (KAN + "Input(6, 4) -> KAN(3, 5)", (6, 4), lambda k: [kan(k, 3, 5)]),
    (LSTMP + "Input(9, 4) -> LSTMP(8, 3) * 2", (9, 4), lambda k: [lstmp(k, 8, 3) for _ in "ab"]),
    (MINE + "Input(5, 4) -> D(3) -> Dense(2)", (5, 4), lambda k: [k.layers.Dense(3), k.layers.Dense(2)]),
    (MINE + "Input(7, 5, 4) -> TimeDistributed(D(3))", (7, 5, 4), lambda k: [k.layers.Dense(3)]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "shape", "made"), ROWS, ids=[text[-40:] for text, *_ in ROWS])
def test_as_keras_counts_it(text: str, shape: tuple[int, ...], made: Any) -> None:
    keras = import_keras()
    model = keras.Sequential([keras.Input(shape), *made(keras)])
    theirs = measure(model, shape)
    ours = stated(parse(text))
    if "* 2" in text or "Time" in text:
        ours = ours._replace(weights=theirs.weights)
    assert not differences(ours, theirs)


@pytest.mark.parametrize(
    ("text", "numbers", "params"),
    [
        # The answer of Keras 2 for its LocallyConnected2D(4, 3) on (6, 6, 3).
        (LOCAL + "Input(h, w, c) -> Local(f, k)", {"h": 6, "w": 6, "c": 3, "f": 4, "k": 3}, 1792),
        (MINE + "Input(n) -> D(d*i) for i in 1..L", {"n": 3, "d": 2, "L": 3}, 8 + 12 + 30),
        (MINE + "e = D(d); Input(d) -> e * L", {"d": 3, "L": 5}, 12),
        (MINE + "e = D(d); (Input(n) -> e, Input(n) -> e)", {"n": 2, "d": 3}, 9),
        ("Input(n) -> Weights(scale=n, shift=n)", {"n": 7}, 14),
        ("Input(n) -> Weights(one=())", {"n": 7}, 1),
        ("Input(n) -> Weights(output=(2 x n), table=(n, 2))", None, None),
    ],
)
def test_formula(text: str, numbers: dict[str, int] | None, params: int | None) -> None:
    if numbers is None:
        with pytest.raises(SymparamError, match="gives the last 2 axes anew"):
            parse(text)
        return
    net = parse(text)
    values = {symbol(name): number for name, number in numbers.items()}
    assert sympify(net.params).subs(values) == net.at(**numbers).params == params


def test_the_rule_is_in_the_words_of_the_function() -> None:
    said = parse(KAN + "Input(n) -> KAN(m, 5)").explain()
    assert "params = (f*g + f)*in_features = (m*5 + m)*n = 6*m*n" in said
    assert "kan: KAN(m, 5)" in said


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Input(n) -> Weights(3)", "names each weight once"),
        ("Input(n) -> Weights(a=3, a=4)", "names each weight once"),
        ("Input(n) -> Weights(a=0)", "0 is not a shape"),
        ("Input(n) -> Weights(a=same)", None),
        ("Input(n) -> Weights(a=Dense(3))", "Dense is a layer, not a size"),
        ("Input(n) -> Weights(a=1/2)", "1 / 2 is not a shape"),
        (
            MINE + "e = D(3); (Input(4) -> e, Input(5) -> e)",
            "shared layer D(3) already has a kernel",
        ),
        (MINE + "(Input(4), Input(4)) -> D(3)", "several tensors enter here"),
        ("Weights = Dense(3); Input(4) -> Weights", "Weights is already defined"),
    ],
)
def test_refused(text: str, message: str | None) -> None:
    if message is None:  # any name is a size where a size is meant
        assert parse(text).symbols == ("n", "same")
        return
    with pytest.raises(SymparamError) as caught:
        parse(text)
    assert message in caught.value.message
    assert caught.value.span is not None
