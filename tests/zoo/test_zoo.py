"""The zoo: every script, at every published size, beside the real model's number."""

import json
from collections import Counter
from collections.abc import Callable
from functools import cache
from math import prod
from typing import Any

import pytest
from places import DATA
from shipped import zoo_network

import symparam
from symparam.algebra.depth.sums import evaluate
from symparam.algebra.formula import tree
from symparam.algebra.sizes import indexed, symbol
from symparam.display.zoo import Entry, index, page
from symparam.language.records import Config
from symparam.language.sources import from_zoo, zoo
from symparam.language.syntax import parse
from symparam.layers.contract.rules import count

ROWS: list[dict[str, Any]] = json.loads((DATA / "zoo.json").read_text("utf-8"))
# Modules of random small sizes: how many tensors there are of so many elements. Tensors that a module
# keeps as one, such as the matrices of query, key and value, are told apart as its forward pass does.
MODULES_IN_SMALL: list[dict[str, Any]] = json.loads((DATA / "modules.json").read_text("utf-8"))
REAL: list[dict[str, Any]] = json.loads((DATA / "transformers.json").read_text("utf-8"))["records"]

# Sizes whose number nobody can confirm, and why.
DISPUTED = {
    "transformer": (
        "the totals of the paper's Table 3 do not follow from its vocabulary of about 37,000; "
        "differences between its rows do, and are tested"
    ),
}

# The records of real modules, as configs of the zoo.
MODULES = {
    "bert-base-uncased": ("bert", "base"),
    "roberta-base": ("roberta", "base"),
    "distilbert-base-uncased": ("distilbert", "base"),
    "albert-base-v2": ("albert", "base"),
    "gpt2-small": ("gpt2", "small"),
    "gpt2-xl": ("gpt2", "xl"),
    "t5-small": ("t5", "small"),
    "llama-2-7b": ("llama", "llama-2-7b"),
    "llama-3-8b": ("llama", "llama-3-8b"),
    "mistral-7b-v0.1": ("mistral", "7b"),
    "mixtral-8x7b": ("mixtral", "8x7b"),
    "qwen2-7b": ("qwen2", "7b"),
    "gemma-2b": ("gemma", "2b"),
    "gpt-neox-20b": ("gpt_neox", "20b"),
    "opt-125m": ("opt", "125m"),
    "bloom-560m": ("bloom", "560m"),
    "vit-base-patch16-224": ("vit", "B/16"),
    "swin-tiny-patch4-window7-224": ("swin", "tiny"),
    "convnext-tiny-224": ("convnext", "tiny"),
    "whisper-tiny": ("whisper", "tiny"),
    "clip-vit-base-patch32": ("clip", "B/32"),
    "deepseek-v2-lite": ("deepseek_v2", "lite"),
    "mamba-130m": ("mamba", "130m"),
}


def configs(name: str) -> list[str]:
    """The names of a script's configs, as it is written: every worker asks, before any test."""
    statements = parse(from_zoo(f"zoo:{name}").text).statements
    return [statement.name for statement in statements if isinstance(statement, Config)]


CONFIGS = [(name, config) for name in zoo() for config in configs(name)]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['model']} {row['config']}")
def test_number(row: dict[str, Any]) -> None:
    net = zoo_network(row["model"]).at(row["config"])
    counts = {
        "params": net.params, "trainable": net.trainable_params, "active": net.active_params
    }  # fmt: skip
    known = {key: row[key] for key in counts if key in row}
    assert known
    assert {key: counts[key] for key in known} == known


@pytest.mark.parametrize("record", REAL, ids=lambda record: record["name"])
def test_real_module(record: dict[str, Any]) -> None:
    """With a tied weight counted once, and once more for every other name it has."""
    net = zoo_network(MODULES[record["name"]][0]).at(MODULES[record["name"]][1])
    assert net.params == record["total_unique"]
    again = 0
    for names in record["tied_groups"]:
        tied = {count(step.weights[:1]) for step in net.steps if step.is_shared}
        assert len(tied) == 1
        again += (len(names) - 1) * tied.pop()
    assert net.params + again == record["total_ties_twice"]


@pytest.mark.parametrize(
    "record", MODULES_IN_SMALL, ids=lambda row: f"{row['model']} {row['sizes']}"
)
def test_every_tensor(record: dict[str, Any]) -> None:
    net = zoo_network(record["model"]).at(**record["sizes"])
    assert net.params == record["params"]
    tensors: Counter[int] = Counter()
    for step in net.steps:
        for weight in step.owned:
            tensors[prod(weight.shape)] += step.params // step.params_of_iteration
    assert tensors == {int(size): number for size, number in record["tensors"].items()}


def test_every_real_module_is_in_the_zoo() -> None:
    assert {record["name"] for record in REAL} == set(MODULES)


@pytest.mark.parametrize(("name", "config"), CONFIGS)
def test_every_config_is_complete_and_checked(name: str, config: str) -> None:
    """All sizes are given, the formula says the same, and somebody else counted it, too."""
    net = zoo_network(name)
    at = net.at(config)
    assert at.symbols == ()
    sizes: dict[Any, int] = {}
    for key, value in net.configs[config].items():
        if isinstance(value, int):
            sizes[symbol(key)] = value
        else:
            sizes |= {indexed(key, place): number for place, number in enumerate(value)}
    assert evaluate(net.params, sizes) == at.params
    rows = [row for row in ROWS if (row["model"], row["config"]) == (name, config)]
    assert rows or name in DISPUTED


@pytest.mark.parametrize("name", zoo())
def test_every_script_explains_itself(name: str) -> None:
    net = zoo_network(name)
    assert set(net.glossary) == set(net.symbols)
    title, *origin = net.description.splitlines()
    assert 10 < len(title) <= 80
    assert origin
    assert list(net.configs) == configs(name) != []
    assert len(from_zoo(f"zoo:{name}").text.splitlines()) < 80


@pytest.mark.parametrize("name", zoo("blocks"))
def test_a_library_has_definitions_only(name: str) -> None:
    with pytest.raises(symparam.ArgumentError, match="has no network"):
        symparam.load(f"zoo:{name}")


def test_rows_of_the_transformer_differ_as_printed() -> None:
    """What the paper's totals do say: its models differ by so many million parameters."""
    net = zoo_network("transformer")
    at = {config: net.at(config).params for config in net.configs}
    assert round((at["N=8"] - at["N=2"]) / 10**6) == 44
    assert round((at["base"] - at["d_k=16"]) / 10**6) == 7
    assert round((at["base"] - at["d_k=32"]) / 10**6) == 5
    assert (at["d_ff=4096"] - at["d_ff=1024"]) // 10**6 == 37


@cache
def entry(name: str) -> Entry:
    net = zoo_network(name)
    checks = [
        f"{row['config']}: {shown(row)}, {row['source']}" for row in ROWS if row["model"] == name
    ]
    if name in DISPUTED:
        checks.append(f"Disputed: {DISPUTED[name]}.")
    return Entry(
        name,
        from_zoo(f"zoo:{name}").text,
        net.description,
        tree(net.params),
        net.glossary,
        net.config_content(),
        checks,
    )


def shown(row: dict[str, Any]) -> str:
    return ", ".join(
        f"{row[key]:,} {word}"
        for key, word in (
            ("params", "parameters"),
            ("trainable", "trainable"),
            ("active", "active"),
        )
        if key in row
    )


@pytest.mark.parametrize("name", zoo())
def test_page(name: str, golden: Callable[[str, str], None]) -> None:
    golden(f"docs/zoo/{name}.md", page(entry(name)))


def test_index(golden: Callable[[str, str], None]) -> None:
    libraries = {name: from_zoo(f"zoo:{name}").text for name in zoo("blocks")}
    golden("docs/zoo.md", index([entry(name) for name in zoo()], libraries))
