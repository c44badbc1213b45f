"""Networks made in Python: as their texts, and as real Keras counts what is made alike."""

import pickle
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import symparam
from symparam import Graph, Network, SymparamError, parse, symbol
from symparam.frameworks.keras import differences, facts, import_keras, stated, symbolic
from symparam.layers.keras import (
    LSTM,
    Add,
    Bidirectional,
    Concatenate,
    Conv2D,
    Dense,
    Input,
    TimeDistributed,
)
from symparam.layers.torch import Linear

d, h = symbol("d"), symbol("h")


def chained(*parts: Any, sizes: tuple[Any, ...] = ("n",)) -> Network:
    graph = Graph()
    x = graph.input(*sizes)
    for part in parts:
        x = graph.add(part, x)
    return graph.network(x)


def siamese(part: Any) -> Network:
    graph = Graph()
    x, y = (graph.add(part, graph.input("n")) for _ in range(2))
    return graph.network(graph.add(Concatenate(), x, y))


def skips() -> Network:
    graph = Graph()
    x = first = graph.input("n")
    for _ in range(3):
        x = graph.add(Concatenate(), first, graph.add("Dense(n)", x))
    return graph.network(x)


def states() -> Network:
    graph = Graph()
    sequence, state, carry = graph.add(
        LSTM(d, return_sequences=True, return_state=True), in_(graph)
    )
    decoded = graph.add(LSTM(d), sequence, state, carry)
    return graph.network(decoded, state)


def in_(graph: Graph) -> Any:
    return graph.input("t", "n")


def within() -> Network:
    """A graph inside a graph, used twice."""
    return siamese(chained(Dense(d), "Dense(_.channels * 2)"))


inner = Dense(d)

ROWS: list[tuple[Callable[[], Network], str]] = [
    (lambda: chained(Dense(d), Dense(d)), "Input(n) -> Dense(d) -> Dense(d)"),
    (lambda: chained(inner, "Dense(n)", inner), "e = Dense(d); Input(n) -> e -> Dense(n) -> e"),
    (lambda: siamese(Dense(d)), "e = Dense(d); (Input(n) -> e, Input(n) -> e) -> Concatenate"),
    (lambda: siamese("Dense(d)"), "(Input(n) -> Dense(d), Input(n) -> Dense(d)) -> Concatenate"),
    (
        lambda: siamese(parse("Dense(d) -> Dense(d) * L")),
        "e = Dense(d) -> Dense(d) * L; (Input(n) -> e, Input(n) -> e) -> Concatenate",
    ),
    (
        lambda: siamese(parse("Input(m) -> Dense(d)")),
        "e = Dense(d); (Input(n) -> e, Input(n) -> e) -> Concatenate",
    ),
    (
        lambda: siamese(parse("Dense(d) -> Dense(k)").at(k=3)),
        "e = Dense(d) -> Dense(3); (Input(n) -> e, Input(n) -> e) -> Concatenate",
    ),
    (
        skips,
        "x = Input(n); (x, (x, (x, x -> Dense(n)) -> Concatenate -> Dense(n)) -> Concatenate"
        " -> Dense(n)) -> Concatenate",
    ),
    (
        states,
        "x = Input(t, n) -> LSTM(d, return_sequences=true, return_state=true);"
        " (x -> LSTM(d), x[1])",
    ),
    (
        within,
        "e = Dense(d) -> Dense(d*2); (Input(n) -> e, Input(n) -> e) -> Concatenate",
    ),
    (
        lambda: chained(TimeDistributed(Bidirectional(LSTM(d))), sizes=("a", "b", 3)),
        "Input(a, b, 3) -> TimeDistributed(Bidirectional(LSTM(d)))",
    ),
    (lambda: chained(Linear(h * d, 3), sizes=(h * d,)), "Input(h*d) -> nn.Linear(h*d, 3)"),
    (lambda: chained(Dense(d / h)), "Input(n) -> Dense(d/h)"),
    (lambda: chained(Conv2D(d, 3, groups=h), sizes=(9, 9, d)), "Input(9, 9, d) -> Conv2D(d, 3, groups=h)"),
]  # fmt: skip


@pytest.mark.parametrize(("made", "text"), ROWS, ids=[text for _, text in ROWS])
def test_as_its_text(made: Callable[[], Network], text: str) -> None:
    net, written = made(), parse(text)
    assert net.params == written.params
    assert net.output_shape == written.output_shape
    assert set(net.conditions) == set(written.conditions)
    assert set(net.symbols) == set(written.symbols)
    assert [step.params for step in net.steps] == [step.params for step in written.steps]
    numbers = dict.fromkeys(net.symbols, 6)
    assert net.at(**numbers).params == written.at(**numbers).params
    assert pickle.loads(pickle.dumps(net)) == net
    assert net.explain()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: chained("Conv2D(3, 3)"), "Conv2D needs a rank-3 input"),
        (lambda: chained("Conv2D(3,"), "this ( is never closed"),
        (lambda: Graph().add(Dense(3)), "added with tensors of this graph"),
        (lambda: Graph().add(Dense(3), Graph().input(3)), "added with tensors of this graph"),
        (lambda: chained(Input((3,))), "neither a layer nor a network to add"),
        (lambda: chained(3), "3 is neither a layer nor a network to add"),
        (lambda: Graph().network(), "the outputs of a network are tensors of its graph"),
        (lambda: Graph().input(-1), "shape must be"),
        (lambda: Graph().input("a b"), "a b is not a name"),
        (lambda: Graph().input("Dense"), "Dense is a layer, not a size"),
        (lambda: Graph().add(Dense(3), "x"), "added with tensors of this graph"),
        (lambda: Graph().input(3)[0], "there is one tensor here"),
        (lambda: chained("(Input(3), Input(4)) -> Add"), "the network takes 2 inputs, got (n,)"),
        (lambda: chained("x = Input(n); (x, x) -> Add"), "brings its own inputs"),
        (lambda: chained(Dense(d / h)).at(d=3, h=2), "3/2 is not a whole number"),
        (lambda: chained(Dense(d)).at(d=[1]), "takes one number, not a list"),
        (lambda: chained(Dense(d)).at(k=1), "the network has no size named k"),
        (lambda: chained(parse("Dense(k)").at(k=1)).at(k=1), "the network has no size named k"),
        (lambda: siamese(parse("Input(4) -> Dense(d)")).at(n=3), "takes an input of shape (4,)"),
    ],
)
def test_refused(wrong: Callable[[], Any], message: str) -> None:
    with pytest.raises(SymparamError) as caught:
        wrong()
    assert message in str(caught.value)


PLANS = st.lists(st.tuples(*[st.integers(0, 9)] * 3), min_size=1, max_size=8)


@settings(max_examples=40, deadline=None, database=None)
@given(PLANS)
def test_as_keras_counts_it(plan: list[tuple[int, int, int]]) -> None:
    """One plan carried out in both: layers anew or shared, sums and concatenations."""
    layers = import_keras().layers
    graph = Graph()
    ours, theirs = [graph.input(4)], [symbolic((4,))]
    first, shared = Dense(4), layers.Dense(4)
    used = []
    for kind, left, right in plan:
        a, b = left % len(ours), right % len(ours)
        pair = [ours[a], ours[b]], [theirs[a], theirs[b]]
        if kind < 3:
            units = kind + 3
            layer = layers.Dense(units)
            ours.append(graph.add(Dense(units), ours[a]))
            theirs.append(layer(theirs[a]))
        elif kind < 5 and ours[a].shape == (4,):
            layer = shared
            ours.append(graph.add(first, ours[a]))
            theirs.append(layer(theirs[a]))
        elif kind < 8 and ours[a].shape == ours[b].shape and a != b:
            layer = layers.Add()
            ours.append(graph.add(Add(), *pair[0]))
            theirs.append(layer(pair[1]))
        else:
            layer = layers.Concatenate()
            ours.append(graph.add("Concatenate", *pair[0]))
            theirs.append(layer(pair[1]))
        used.append(layer)
    assert not differences(
        stated(graph.network(*ours[1:])),
        facts(theirs[1:] if len(theirs) > 2 else theirs[1], used),
    )


def test_numbers_need_no_sympy_and_deep_networks_no_recursion() -> None:
    graph = Graph()
    x = graph.input(4)
    for _ in range(600):
        x = graph.add(Add(), x, graph.add(Dense(4), x))
    assert graph.network(x).params == 600 * 20


def test_what_is_not_used_does_not_count() -> None:
    graph = Graph()
    x = graph.input(4)
    graph.add("Dense(9)", x)
    assert graph.network(graph.add("Dense(2)", x)).params == 10


def test_every_class_can_be_imported_by_its_name() -> None:
    for cls in symparam.layers.catalogue():
        room = symparam.layers.torch if cls.title.startswith("nn.") else symparam.layers.keras
        assert getattr(room, cls.title.removeprefix("nn.")) is cls
    with pytest.raises(AttributeError):
        symparam.layers.keras.Nothing  # noqa: B018
    with pytest.raises(AttributeError):
        symparam.layers.torch.Nothing  # noqa: B018
