"""Every measured PyTorch configuration, in numbers and with every size a symbol."""

from typing import Any

import pytest
from torch_records import (
    Lift,
    SameLift,
    label,
    output_shape,
    program,
    torch_records,
)

import symparam
from symparam.network import Network
from symparam.sizes import Tensors, product

RECORDS = torch_records()


def facts(network: Network, put: Any = lambda size: size) -> dict[str, Any]:
    """What a record states of a module, from our side."""
    (step,) = network.steps

    def plain(x: Any) -> Any:
        return [plain(entry) for entry in x] if isinstance(x, Tensors | tuple) else put(x)

    assert put(network.buffers) == sum(put(product(w.shape)) for w in step.buffers)
    return {
        "output_shape": plain(step.output_shape),
        "params": put(network.params),
        "non_trainable": put(network.non_trainable_params),
        "buffers": put(network.buffers),
        "weights": [[w.name, plain(w.shape)] for w in step.weights],
    }


def expected(record: dict[str, Any]) -> dict[str, Any]:
    keys = ("params", "buffers", "weights")
    shape = output_shape(record)
    return {**{key: record[key] for key in keys}, "output_shape": shape, "non_trainable": 0}


@pytest.mark.parametrize("record", RECORDS, ids=label)
def test_numbers(record: dict[str, Any]) -> None:
    assert facts(symparam.parse(program(record))) == expected(record)


@pytest.mark.parametrize("record", RECORDS, ids=label)
def test_formula(record: dict[str, Any]) -> None:
    """Derived once with symbols for all sizes, then the formula itself is evaluated."""
    # Whether keys and values are as wide as queries decides how their weights are stored.
    lift = SameLift() if "kdim" in record["kwargs"] else Lift()
    network = symparam.parse(program(record, lift))
    assert set(network.symbols) == set(lift.numbers)
    values = {symparam.symbol(name): number for name, number in lift.numbers.items()}

    def put(size: Any) -> Any:
        return size if isinstance(size, int) else size.subs(values)

    assert facts(network, put) == expected(record)
    assert facts(network.at(**lift.numbers)) == expected(record) if lift.numbers else True
