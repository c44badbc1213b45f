"""What real Keras says of a layer, and whether symparam says the same.

Keras is imported when it is first asked. Where no backend is chosen and Keras is not yet
imported, that is numpy, which starts fastest (it needs jax and scipy beside it).
"""

import inspect
import os
import sys
from collections.abc import Iterable, Sequence
from math import prod
from typing import Any, NamedTuple

from symparam.algebra.sizes import Size
from symparam.language.sources import from_text
from symparam.model.program import Program
from symparam.model.values import is_closed
from symparam.network import Network, parse
from symparam.network.graph import Graph

BATCH = 2  # the batch size of every measurement; shapes are stated without it


class Facts(NamedTuple):
    """What is compared: one shape or several, counts, and the shape of every weight."""

    output_shape: Any
    params: Size
    trainable: Size
    non_trainable: Size
    weights: tuple[tuple[tuple[Size, ...], bool], ...]  # sorted, each with whether it is trained


class DifferenceError(AssertionError):
    """Symparam and Keras do not agree; ``differences`` says in what."""

    def __init__(self, title: str, differences: Sequence[str]) -> None:
        super().__init__("\n".join([title, *differences]))
        self.differences = tuple(differences)


def check(network: str | Network, layer: Any, input_shape: Any, run: bool = True) -> None:
    """Pass when symparam and Keras agree on a layer or model; the test of a layer of yours.

    >>> from symparam.frameworks.keras import check, import_keras
    >>> keras = import_keras()  # or import keras, for the backend of your own
    >>> check("Dense(3, relu)", keras.layers.Dense(3, activation="relu"), (4, 5))
    >>> check("Dense(3)", keras.layers.Dense(3, use_bias=False), (4, 5))
    Traceback (most recent call last):
        ...
    symparam.frameworks.keras.DifferenceError: Dense(3) on (4, 5) is not what Keras has:
      params: symparam 18, Keras 15
      trainable: symparam 18, Keras 15
      weights: symparam (3,), (5, 3), Keras (5, 3)

    ``input_shape`` leaves the batch axis out; for several inputs it is a list of shapes.
    With ``run=False`` Keras only infers its shapes, which a few layers do wrongly. Raises
    DifferenceError, or whatever error one of the two refuses the layer with.
    """
    title = f"{network} on {input_shape} is not what Keras has:"
    theirs = measure(layer, input_shape, run)
    if found := differences(stated(_on(network, input_shape)), theirs):
        raise DifferenceError(title, found)


def measure(layer: Any, input_shape: Any, run: bool = False) -> Facts:
    """What Keras says of a layer or model: from a symbolic call, or from a run on zeros.

    The run is what decides where the two differ.
    """
    import_keras()
    shapes = _shapes(input_shape)
    tensors = [zeros(shape) if run else symbolic(shape) for shape in shapes]
    return facts(applied(layer, tensors if len(tensors) > 1 else tensors[0]), [layer])


def stated(network: Network) -> Facts:
    """What symparam derives for a network, to compare with ``measure``."""
    return Facts(
        network.output_shape,
        network.params,
        network.trainable_params,
        network.non_trainable_params,
        weights=_sorted(
            (weight.shape, weight.trainable) for step in network.steps for weight in step.owned
        ),
    )


def facts(output: Any, layers: Iterable[Any]) -> Facts:
    """What layers that have been called say, and the tensors that came out of them.

    A weight of several layers counts once. The state of random generators is no weight.
    """
    layers = list(layers)
    weights = {id(weight): weight for layer in layers for weight in layer.weights}
    trained = {id(weight) for layer in layers for weight in layer.trainable_weights}
    shapes = {key: tuple(map(int, weight.shape)) for key, weight in weights.items()}
    params = sum(map(prod, shapes.values()))
    trainable = sum(prod(shape) for key, shape in shapes.items() if key in trained)
    return Facts(
        _without_batch(output),
        params,
        trainable,
        params - trainable,
        _sorted((shape, key in trained) for key, shape in shapes.items()),
    )


def differences(ours: Facts, theirs: Facts) -> list[str]:
    """One line for each measure on which the two do not agree."""
    return [
        f"  {name.replace('_', ' ')}: symparam {_written(mine)}, Keras {_written(keras)}"
        for name, mine, keras in zip(Facts._fields, ours, theirs, strict=True)
        if mine != keras
    ]


def applied(layer: Any, x: Any) -> Any:
    """What leaves a layer when one tensor or a list of them enters it."""
    return layer(*x) if isinstance(x, list) and takes_each(layer) else layer(x)


def takes_each(layer: Any) -> bool:
    """Whether the layer takes several tensors one by one, not as a list (attention by heads)."""
    parameters = list(inspect.signature(layer.call).parameters.values())
    parameters = [p for p in parameters if p.name != "self"]
    return (
        len(parameters) > 1
        and parameters[1].default is parameters[1].empty
        and (parameters[1].kind is parameters[1].POSITIONAL_OR_KEYWORD)
    )


def import_keras() -> Any:
    """The module ``keras``; the numpy backend where nobody has chosen one."""
    if "keras" not in sys.modules:
        os.environ.setdefault("KERAS_BACKEND", "numpy")
    import keras

    return keras


def zeros(shape: tuple[int, ...]) -> Any:
    """A batch of zeros."""
    import numpy

    return numpy.zeros((BATCH, *shape), "float32")


def symbolic(shape: tuple[int, ...]) -> Any:
    """A tensor that only has a shape."""
    return import_keras().Input(shape, batch_size=BATCH)


def _on(network: str | Network, input_shape: Any) -> Network:
    """The network with these numbers as its input."""
    if isinstance(network, str):
        if is_closed(Program(from_text(network))({}).network):
            return parse(network)
        graph = Graph()
        inputs = [graph.input(*shape) for shape in _shapes(input_shape)]
        return graph.network(graph.add(network, *inputs))
    sizes = {}
    for shape, numbers in zip(_shapes(network.input_shape), _shapes(input_shape), strict=True):
        for size, number in zip(shape, numbers, strict=True):
            if not isinstance(size, int):
                sizes[str(size)] = number
    return network.at(**sizes) if sizes else network


def _shapes(input_shape: Any) -> list[tuple[Any, ...]]:
    """One shape or several, as a list of them."""
    several = len(input_shape) > 0 and isinstance(input_shape[0], tuple | list)
    return [tuple(shape) for shape in input_shape] if several else [tuple(input_shape)]


def _without_batch(output: Any) -> Any:
    if isinstance(output, list | tuple):
        return tuple(map(_without_batch, output))
    return tuple(map(int, output.shape[1:]))


def _sorted(weights: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(sorted(weights, key=str))


def _written(fact: Any) -> str:
    """A fact as one reads it: of weights their shapes, and which are not trained."""
    if not isinstance(fact, tuple) or not all(isinstance(entry, tuple) for entry in fact):
        return str(fact)
    if not all(len(entry) == 2 and isinstance(entry[1], bool) for entry in fact):
        return ", ".join(map(str, fact))
    return ", ".join(f"{shape}{'' if trained else ' frozen'}" for shape, trained in fact) or "none"
