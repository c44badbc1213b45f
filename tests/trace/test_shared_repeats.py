"""Repeats with layers that speak of what enters, shared; and sizes that grow in a circle."""

from typing import Any

import pytest
from sympy import sympify

from symparam import SymparamError, parse, symbol
from symparam.frameworks.keras import import_keras

ROWS = [
    ("e = Dense(d) -> Dense(_.channels + 1) * L; (Input(a) -> e, Input(a) -> e)", "dense"),
    ("e = Dense(_.channels + 1) * L; x = Input(d); (x -> e, x -> e) -> Concatenate", "plain"),
    (
        "e = ((_, Dense(_.channels*d)) -> Concatenate) * L; x = Input(d); (x -> e, x -> e, x -> e)",
        "wide",
    ),
]
POINTS = [{"a": 3, "d": 2, "L": 1}, {"a": 2, "d": 3, "L": 3}, {"a": 4, "d": 1, "L": 4}]


def keras_count(kind: str, at: dict[str, int]) -> int:
    """The parameters of one of the towers, run on two inputs, in Keras."""
    keras = import_keras()
    layers = keras.layers
    first = layers.Dense(at["d"])
    made: list[Any] = []

    def tower(x: Any) -> Any:
        x = first(x) if kind == "dense" else x
        for number in range(at["L"]):
            width = x.shape[-1] * at["d"] if kind == "wide" else x.shape[-1] + 1
            if len(made) == number:
                made.append(layers.Dense(width))
            y = made[number](x)
            x = y if kind in ("dense", "plain") else layers.Concatenate()([x, y])
        return x

    size = at["a"] if kind == "dense" else at["d"]
    inputs = [keras.Input((size,)) for _ in range(2)]
    return int(keras.Model(inputs, [tower(x) for x in inputs]).count_params())


@pytest.mark.parametrize(("script", "kind"), ROWS)
def test_used_again_it_counts_once(script: str, kind: str) -> None:
    net = parse(script)
    assert net.explain()
    for at in POINTS:
        sizes = {name: at[name] for name in net.symbols}
        assert net.at(**sizes).params == keras_count(kind, at)
        values = {symbol(name): number for name, number in sizes.items()}
        if not any(condition.fails(values) for condition in net.domain):
            assert sympify(net.params).subs(values) == keras_count(kind, at)


def test_another_input_is_refused() -> None:
    with pytest.raises(SymparamError, match="needs 3 = 4"):
        parse("e = Dense(_.channels + 1) * L; (Input(3) -> e, Input(4) -> e)")


def test_sizes_that_grow_like_fibonacci() -> None:
    script = "(Input(a), Input(b)) -> (_[1], Concatenate) * {}"
    with pytest.raises(SymparamError) as caught:
        parse(script.format("L"))
    error = caught.value
    assert error.message == (
        "sizes depend on each other from iteration to iteration: "
        "one iteration turns ((a,), (b,)) into ((b,), (a + b,))"
    )
    assert error.hint == "64 iterations or fewer, as a number, are run one by one"
    a, b = 1, 2
    for _ in range(64):
        a, b = b, a + b
    assert parse(script.format(64)).at(a=1, b=2).output_shape == ((a,), (b,))
    with pytest.raises(SymparamError, match="depend on each other"):
        parse(script.format(65))


@pytest.mark.parametrize(
    ("script", "sizes"),
    [
        ("Input(n) -> Dense(k) * 0 -> Dense(2)", {"n": 2}),
        ("Input(n) -> Dense(k) * (L - 1) -> Dense(2)", {"L": 1}),
        ("Input(n) -> (Dense(k) -> Dense(_.channels*m)) * 0 -> Dense(2)", {"n": 1}),
        ("Input(n) -> (Dense(k) -> Dense(_.channels*m)) * (L - 1) -> Dense(2)", {"L": 1}),
        ("Input(n) -> Dense(k*i) for i in 2..L -> Dense(2)", {"L": 1, "n": 3}),
        ("Input(n) -> (Dense(w[i]) -> Dense(k)) for i in 2..L", {"L": 1}),
        ("e = Dense(k); Input(n) -> Dense(m) -> e * (L - 1)", {"L": 1}),
    ],
)
def test_symbols_do_not_depend_on_numbers(script: str, sizes: dict[str, int]) -> None:
    net = parse(script)
    rest = tuple(name for name in net.symbols if name not in sizes)
    assert net.at(**sizes).symbols == rest
    assert tuple(net.at(**sizes).to_json()["symbols"].values()) == rest
    for name in rest:  # whatever is a symbol takes a number, whether it counts or not
        net.at(**sizes, **{name: [3, 3] if name == "w" else 3})


@pytest.mark.parametrize("merge", ["Add", "Average", "Concatenate", "Maximum", "Multiply"])
def test_one_branch_is_joined_as_in_keras(merge: str) -> None:
    keras = import_keras()
    x = keras.Input((4,))
    model = keras.Model(x, getattr(keras.layers, merge)()([keras.layers.Dense(3)(x)]))
    for text in (f"{merge}(Dense(k) for i in 1..m)", f"(Dense(k),) -> {merge}"):
        net = parse(f"Input(n) -> {text}")
        at = net.at(
            **{name: size for name, size in {"n": 4, "k": 3, "m": 1}.items() if name in net.symbols}
        )
        assert (at.params, at.output_shape) == (model.count_params(), model.output_shape[1:])
    assert parse(f"Input(n) -> {merge}(Dense(k) for i in 1..m)").at(m=1).output_shape == (
        symbol("k"),
    )


@pytest.mark.parametrize(
    ("script", "hint"),
    [
        ("Input(s, 3*d) -> _[..., :d]", "Split((d, -1)) -> _[0]"),
        ("Input(s, 3*d) -> _[:, :d]", "Split((d, -1)) -> _[0]"),
        ("Input(s, 3*d) -> _[:d]", "Split((d, -1)) -> _[0]"),
        ("Input(s, 3*d) -> _[d:]", "Split((d, -1)) -> _[0]"),
        ("Input(s, 3*d) -> _[..., d]", "Split((d, -1)) -> _[0]"),
    ],
)
def test_slices_are_written_with_split(script: str, hint: str) -> None:
    with pytest.raises(SymparamError) as caught:
        parse(script)
    assert hint in str(caught.value.hint)
    assert str(parse("Input(s, 3*d) -> Split((d, -1)) -> _[0]").output_shape) == "(s, d)"
