"""Every measured Keras configuration, in numbers and with every size a symbol."""

from typing import Any

import pytest
from keras_records import Lift, label, program, records

import symparam
from symparam.network import Network

ACCEPTED = records("keras_layers.json")
REFUSED = records("keras_rejects.json")


def facts(network: Network, put: Any = lambda size: size) -> dict[str, Any]:
    """What a record states of a layer, from our side."""
    (step,) = network.steps
    return {
        "output_shape": [put(size) for size in step.output_shape],
        "params": put(network.params),
        "trainable": put(network.trainable_params),
        "non_trainable": put(network.non_trainable_params),
        "weights": sorted(([put(n) for n in w.shape], w.trainable) for w in step.weights),
    }


def expected(record: dict[str, Any]) -> dict[str, Any]:
    keys = ("output_shape", "params", "trainable", "non_trainable")
    weights = sorted((shape, trainable) for _, shape, trainable in record["weights"])
    return {**{key: record[key] for key in keys}, "weights": weights}


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


def test_all_layers_are_measured() -> None:
    from symparam.layers import catalogue

    measured = {record["layer"] for record in ACCEPTED}
    assert {cls.__name__ for cls in catalogue()} - measured == {"Input"}
