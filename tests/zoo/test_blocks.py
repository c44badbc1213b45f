"""The blocks of the zoo's libraries, each beside a real module that others built.

A record's parameters are those of the module and its moving statistics, as Keras counts them; its
shape has the channels last and no batch axis.
"""

import json
from collections import Counter
from typing import Any

import pytest
from places import DATA

import symparam
from symparam.language.records import Call, Definition
from symparam.language.sources import from_zoo, zoo
from symparam.language.syntax import parse
from symparam.network import Network

BLOCKS: list[dict[str, Any]] = json.loads((DATA / "blocks.json").read_text("utf-8"))


def program(record: dict[str, Any]) -> str:
    """The script of a record; one that needs more than a chain is given as a whole."""
    if "program" in record:
        return str(record["program"])
    block, library = record["block"], record["library"]
    return f'use {block} from "{library}"; {record["input"]} -> {record["call"]}'


def with_numbers(record: dict[str, Any]) -> str:
    """The same script, its sizes written above it."""
    sizes = (f"{name} = {number}" for name, number in record["sizes"].items())
    return "; ".join([*sizes, program(record)])


def facts(network: Network, record: dict[str, Any]) -> dict[str, Any]:
    """What the record states of the module, from our side."""
    ours = {
        "params": network.params,
        "trainable": network.trainable_params,
        "active": network.active_params,
        "output_shape": list(network.output_shape),
    }
    return {key: value for key, value in ours.items() if key in record}


def label(record: dict[str, Any]) -> str:
    return f"{record['block']} {' '.join(f'{k}={n}' for k, n in record['sizes'].items())}"


@pytest.mark.parametrize("record", BLOCKS, ids=label)
def test_real_module(record: dict[str, Any]) -> None:
    """Derived in symbols and then put into numbers, and with numbers from the start."""
    network = symparam.parse(program(record))
    assert set(network.symbols) <= set(record["sizes"])
    at = facts(network.at(**record["sizes"]), record)
    assert {"params", "trainable", "output_shape"} <= set(at)
    assert at == {key: record[key] for key in at}
    assert at == facts(symparam.parse(with_numbers(record)), record)


@pytest.mark.parametrize("library", zoo("blocks"))
def test_every_block_is_measured_twice(library: str) -> None:
    script = parse(from_zoo(f"zoo:{library}").text)
    blocks = set()
    for statement in script.statements:
        assert isinstance(statement, Definition)
        assert isinstance(statement.target, Call)
        blocks.add(str(statement.target.function))
    measured = [record for record in BLOCKS if record["library"] == f"zoo:{library}"]
    assert blocks == {record["block"] for record in measured}
    sizes = {(record["block"], json.dumps(record["sizes"])) for record in measured}
    assert min(Counter(block for block, _ in sizes).values()) >= 2
