"""Labels that later statements use: Keras counts the same from the Inputs to the last tensor."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from symparam import SymparamError, parse
from symparam.frameworks.keras import import_keras

Outputs = Callable[[Any, Any], Any]  # of Keras's layers and an Input of 7 features

ROWS: list[tuple[str, str, Outputs]] = [
    (
        "x = Input(n) -> Dense(3) as a -> Dense(4); a -> Dense(5)",
        "3*n + 23",
        lambda k, x: k.Dense(5)(k.Dense(3)(x)),
    ),
    (
        "Input(n) -> Dense(3) as a -> Dense(4) as b; a -> Dense(5)",
        "3*n + 23",
        lambda k, x: k.Dense(5)(k.Dense(3)(x)),
    ),
    (
        "x = Input(n) -> Dense(3) as a -> Dense(4); (a, x) -> Concatenate -> Dense(5)",
        "3*n + 59",
        lambda k, x: k.Dense(5)(
            k.Concatenate()([a := k.Dense(3)(x), k.Dense(4)(a)]),
        ),
    ),
    (
        "x = Input(n) -> Dense(3) as a -> Dense(4); y = a -> Dense(5) as b -> Dense(6); (b, x) -> Concatenate",
        "3*n + 39",
        lambda k, x: k.Concatenate()([k.Dense(5)(a := k.Dense(3)(x)), k.Dense(4)(a)]),
    ),
    (
        "x = Input(n) -> (Dense(3) as a, Dense(4)) -> Concatenate -> Dense(6); a -> Dense(5)",
        "3*n + 23",
        lambda k, x: k.Dense(5)(k.Dense(3)(x)),
    ),
    (
        "x = Input(n) -> Dense(2) -> (Dense(3) as a -> Dense(4) as b, _) -> Concatenate; (a, x) -> Concatenate",
        "2*n + 27",
        lambda k, x: k.Concatenate()(
            [a := k.Dense(3)(d := k.Dense(2)(x)), k.Concatenate()([k.Dense(4)(a), d])]
        ),
    ),
    (
        "x = Input(n) -> Dense(3) as a -> _ + (Dense(3) as b -> Dense(3)); b + a",
        "3*n + 15",
        lambda k, x: k.Add()([k.Dense(3)(a := k.Dense(3)(x)), a]),
    ),
    (
        "f = Dense(3) as a -> Dense(4); x = Input(n) -> f -> Dense(6); a -> Dense(5)",
        "3*n + 23",
        lambda k, x: k.Dense(5)(k.Dense(3)(x)),
    ),
    (
        "x = Input(n) -> Dense(3) as a -> (Dense(3) as a) * 2 -> Dense(9); a -> Dense(5)",
        "3*n + 47",
        lambda k, x: k.Dense(5)(k.Dense(3)(k.Dense(3)(k.Dense(3)(x)))),
    ),
    (
        "x = Input(n) as a -> ((_, a) -> Concatenate -> Dense(2*i)) for i in 1..3; (x, a) -> Concatenate",
        "14*n + 44",
        lambda k, x: k.Concatenate()(
            [
                k.Dense(6)(k.Concatenate()([
                    k.Dense(4)(k.Concatenate()([k.Dense(2)(k.Concatenate()([x, x])), x])), x])),
                x,
            ]
        ),
    ),
    (
        "x = Input(n) -> Dense(3) as a; y = Input(n) -> Dense(3) as b -> Dense(9); a + b",
        "6*n + 6",
        lambda k, x: k.Add()([k.Dense(3)(x), k.Dense(3)(x)]),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("script", "formula", "made"), ROWS, ids=[row[0][:70] for row in ROWS])
def test_as_keras_counts(script: str, formula: str, made: Outputs) -> None:
    keras, net = import_keras(), parse(script)
    x = keras.Input((7,))
    theirs = keras.Model(x, made(keras.layers, x)).count_params()
    assert str(net.params) == formula
    assert net.at(n=7).params == theirs
    assert parse(script.replace("Input(n)", "Input(7)")).params == theirs
    assert net.symbols == ("n",)


def test_what_a_label_leads_to_is_frozen_and_computed_once() -> None:
    net = parse("x = Input(4) -> Frozen(Dense(3) as a -> Dense(2)); (a, x, a) -> Concatenate")
    assert (net.params, net.trainable_params, len(net.steps)) == (23, 0, 3)
    behind = parse("x = Input(4) -> Dense(3) -> Frozen(Dense(3) as a -> Dense(2)); a -> Dense(1)")
    assert (behind.params, behind.trainable_params) == (31, 19)


def test_outputs_are_no_labels() -> None:
    net = parse("x = Input(4) -> Dense(3) as a -> Dense(2); y = a -> Dense(5)")
    assert net.outputs == {"x": (2,), "y": (5,)}
    assert net.params == 15 + 8 + 20
    assert parse("x = Input(4) -> Dense(3) as a -> Dense(2)").params == 23
    pair = parse("x = Input(4) -> Dense(3) as a -> Dense(2); (x, a)")
    assert pair.outputs == {"x": (2,), "a": (3,)}


@pytest.mark.parametrize("line", ["x{} = x{} -> Dense(3)", "x{1} -> Dense(3) as x{0}"])
def test_a_long_line_of_names(line: str) -> None:
    lines = ["x0 = Input(3)", *(line.format(n + 1, n) for n in range(2000)), "x2000 -> Dense(2)"]
    assert parse("\n".join(lines)).params == 2000 * 12 + 8


def test_many_labels_in_one_statement() -> None:
    chain = " -> ".join(f"Dense(3) as a{n}" for n in range(2000))
    assert parse(f"Input(3) -> {chain}; (a0, a999) -> Concatenate").params == 1000 * 12


@pytest.mark.parametrize(
    ("script", "message", "marked"),
    [
        ("x = Input(n) -> (Dense(n) as a[i]) for i in 1..3 -> Dense(2); a[1] -> Dense(5)",
         "known in their own statement only", "a[1]"),
        ("x = Input(n) -> Dense(3) as a; y = Input(n) -> Dense(3) as a", "a is already defined", "Dense(3) as a"),
        ("Input(t, n) -> TimeDistributed(Dense(3) as a -> Dense(2)) -> (_, a) -> Add", "a", "a"),
        ("Input(n) -> MoE(Dense(n) as a, experts=4, active=2) -> (_, a) -> Add", "a", "a"),
        ("Dense(3) as a -> Dense(4); a -> Dense(5)", "only the last chain", "Dense(3) as a -> Dense(4)"),
        ("Input(_.channels, 8)", "nothing enters Input", "Input(_.channels, 8)"),
        ("Input((3, _.shape[0])) -> Dense(2)", "nothing enters Input", "Input((3, _.shape[0]))"),
        ("Input(shape=(_.shape[0],)) -> Dense(2)", "nothing enters Input", "Input(shape=(_.shape[0],))"),
        ("Dense(4, input_shape=(_.channels,))", "nothing enters here", "_.channels"),
        ("Input(4) -> (Dense(2), Input(_.channels)) -> Concatenate", "nothing enters Input", "Input(_.channels)"),
    ],
)  # fmt: skip
def test_refused(script: str, message: str, marked: str) -> None:
    with pytest.raises(SymparamError) as caught:
        parse(script)
    assert message in caught.value.message
    assert caught.value.span is not None
    assert script[caught.value.span.start : caught.value.span.end] == marked


@st.composite
def statements(draw: st.DrawFn) -> list[tuple[int | None, list[tuple[int, bool]]]]:
    """Statements: the label they begin with, and widths of Dense, with a label or without."""
    found: list[tuple[int | None, list[tuple[int, bool]]]] = []
    labels = 0
    for number in range(draw(st.integers(2, 4))):
        begin = draw(st.integers(0, labels - 1)) if number and labels else None
        chain = draw(st.lists(st.tuples(st.integers(1, 9), st.booleans()), min_size=1, max_size=4))
        found.append((begin, chain))
        labels += sum(has_label for _, has_label in chain)
    return found


@settings(max_examples=40)
@given(statements(), st.data())
def test_random_statements(
    found: list[tuple[int | None, list[tuple[int, bool]]]], data: st.DataObject
) -> None:
    keras = import_keras()
    source = keras.Input((3,))
    labels: list[Any] = []
    lines = []
    for number, (begin, chain) in enumerate(found):
        x = source if begin is None else labels[begin]
        written = "i" if begin is None else f"a{begin}"
        for width, has_label in chain:
            x = keras.layers.Dense(width)(x)
            written += f" -> Dense({width})"
            if has_label:
                written += f" as a{len(labels)}"
                labels.append(x)
        lines.append(f"x{number} = {written}")
    if not labels:
        event("no label")
        return
    event("compared")
    ends = data.draw(st.lists(st.integers(0, len(labels) - 1), min_size=2, max_size=3))
    model = keras.Model(source, keras.layers.Concatenate()([labels[n] for n in ends]))
    last = f"({', '.join(f'a{n}' for n in ends)}) -> Concatenate"
    assert parse("\n".join(["i = Input(3)", *lines, last])).params == model.count_params()
