"""A named network is one set of weights, whatever it contains; Keras is the judge."""

from collections.abc import Callable
from typing import Any

import pytest

import symparam
from symparam import SymparamError
from symparam.algebra.depth.sums import evaluate
from symparam.frameworks.keras import import_keras

keras = import_keras()
layers = keras.layers

D = 4  # the width at which networks are compared


def twice(network: Callable[[Any], Any]) -> int:
    """The parameters of a network on two inputs, added up."""
    left, right = keras.Input((3, D)), keras.Input((3, D))
    return int(
        keras.Model([left, right], layers.Add()([network(left), network(right)])).count_params()
    )


def dense(number: int, units: int = D) -> Callable[[Any], Any]:
    """So many Dense layers, made once."""
    made = [layers.Dense(units) for _ in range(number)]

    def run(x: Any) -> Any:
        for layer in made:
            x = layer(x)
        return x

    return run


def branches() -> Callable[[Any], Any]:
    left, right = dense(1), dense(2)
    return lambda x: layers.Concatenate()([left(x), right(x)])


def residual() -> Callable[[Any], Any]:
    inner = dense(2)
    return lambda x: layers.Add()([x, inner(x)])


def mixture() -> Callable[[Any], Any]:
    """Router and experts as layers; how they are weighted changes no count."""
    router, experts = layers.Dense(3, use_bias=False), [dense(2) for _ in range(3)]
    mixed = layers.Dense(D, use_bias=False)

    def run(x: Any) -> Any:
        router(x)
        gates = layers.Concatenate()([router(x), *(expert(x) for expert in experts)])
        return mixed(gates)

    return run


# What the name is, as a text and as Keras layers that are made once.
SHARED = {
    "Dense(d)": lambda: dense(1),
    "Dense(d) -> Dense(d)": lambda: dense(2),
    "Dense(d) * 4": lambda: dense(4),
    "(Dense(d) * 2) * 3": lambda: dense(6),
    "Dense(d) for i in 1..3": lambda: dense(3),
    "(Dense(i) -> Dense(d)) for i in 1..2": lambda: grown(),
    "Frozen(Dense(d) * 2)": lambda: dense(2),
    "(Dense(d), Dense(d) * 2) -> Concatenate": branches,
    "_ + Dense(d) * 2": residual,
    "Two(Dense(d))": lambda: dense(1),
    "Dense(_.channels) * 3": lambda: dense(3),
}


def grown() -> Callable[[Any], Any]:
    made = [layer for i in (1, 2) for layer in (layers.Dense(i), layers.Dense(D))]

    def run(x: Any) -> Any:
        for layer in made:
            x = layer(x)
        return x

    return run


@pytest.mark.parametrize("body", SHARED)
@pytest.mark.parametrize(
    "use",
    [
        "net = {}; (Input(3, d) -> net, Input(3, d) -> net) -> Add",
        "net = {}; Both(n) = (Input(3, d) -> n, Input(3, d) -> n) -> Add; Both(net)",
        "net = {}; one = Input(3, d) -> net; two = Input(3, d) -> net; (one, two) -> Add",
    ],
)
def test_a_network_on_two_inputs(body: str, use: str) -> None:
    head = "Two(n) = n -> n; " if "Two" in body else ""
    network = symparam.parse(head + use.format(body))
    wanted = twice(SHARED[body]())
    assert network.at(d=D).params == wanted
    assert evaluate(network.params, {symparam.symbol("d"): D}) == wanted
    second = [step for step in network.steps if step.is_shared]
    assert len(second) * 2 >= len([step for step in network.steps if step.weights])
    for step in second:
        assert step.params == 0


def test_a_mixture_of_experts_is_shared() -> None:
    net = "m = MoE(Dense(d) * 2, experts=3, active=2); (Input(3, d) -> m, Input(3, d) -> m) -> Add"
    network = symparam.parse(net)
    extra = (3 + 3 * D) * D  # of the layer that weights the experts in Keras
    assert network.at(d=D).params == twice(mixture()) - extra
    assert str(network.active_params) == "4*d**2 + 7*d"


@pytest.mark.parametrize(
    "text",
    [
        "enc = Dense(4) * 2; Input(3) -> enc -> Dense(5) -> enc",
        "enc = Dense(4) * L; Input(3) -> enc -> Dense(5) -> enc",
        "enc = Dense(3); Input(4) -> enc -> enc",
        "enc = Dense(c) for i in 1..L; Input(3) -> enc -> Dense(2) -> enc -> Dense(5) -> enc",
    ],
)
def test_weights_keep_their_shape(text: str) -> None:
    with pytest.raises(SymparamError, match=r"shared layer .* already has a kernel of shape"):
        symparam.parse(text).at(c=4)


def test_detector_heads_are_shared_across_levels() -> None:
    """Heads of RetinaNet (Lin et al. 2017) on five levels, against the same layers in Keras."""
    text = (
        "head(k) = (Conv2D(256, 3, same, relu) * 4) -> Conv2D(k, 3, same)\n"
        "classes = (Conv2D(256, 3, same, relu) * 4) -> Conv2D(9*80, 3, same)\n"
        "boxes = (Conv2D(256, 3, same, relu) * 4) -> Conv2D(9*4, 3, same)\n"
        + "\n".join(f"p{n} = Input(h{n}, h{n}, 256)" for n in range(3, 8))
        + "\n("
        + ", ".join(f"p{n} -> classes, p{n} -> boxes" for n in range(3, 8))
        + ")"
    )
    made = [
        [
            *(layers.Conv2D(256, 3, padding="same") for _ in range(4)),
            layers.Conv2D(k, 3, padding="same"),
        ]
        for k in (720, 36)
    ]
    inputs = [keras.Input((size, size, 256)) for size in (16, 8, 4, 2, 1)]
    outputs = []
    for x in inputs:
        for head in made:
            y = x
            for layer in head:
                y = layer(y)
            outputs.append(y)
    assert symparam.parse(text).params == keras.Model(inputs, outputs).count_params() == 6463220


def test_a_script_is_applied_to_inputs_of_ones_own() -> None:
    text = (
        'use "zoo:resnet" as body; x = Input(3, 224, 224); y = Input(3, 64, 64); '
        "(x -> body, y -> body) -> Concatenate; config fifty: n=[3, 4, 6, 3], w=64, K=1000"
    )
    net = symparam.parse(text)
    assert net.symbols == ("w", "n", "K")
    assert net.at("fifty").params == 25557032  # once, as torchvision's resnet50 has it
    with pytest.raises(SymparamError, match=r"takes an input of shape \(3, H, W\)"):
        symparam.parse('use "zoo:resnet" as body; Input(224, 224) -> body')


def test_a_definition_brings_only_its_own_symbols() -> None:
    net = symparam.parse(
        'use Block from "zoo:gpt2"; Input(s, d) -> Block(d, h); config a: s=2, d=4, h=2'
    )
    assert (net.symbols, list(net.configs), net.glossary) == (("s", "d", "h"), ["a"], {})
    assert net.latex("configs")
    assert net.html()
