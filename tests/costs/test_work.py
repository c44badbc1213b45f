"""Multiply-accumulates and the conventions of counters, beside what the counters report."""

import json
import re
from pathlib import Path

import pytest
import sympy
from places import DATA
from shipped import zoo_network

import symparam
from symparam.costs.work import UNITS, work_convention, work_conventions
from symparam.display import work as printed
from symparam.trace.fold import Part

TEXTS = {
    record["id"]: record
    for record in json.loads((DATA / "macs.json").read_text(encoding="utf-8"))["networks"]
}
COUNTERS = json.loads((DATA / "counters.json").read_text(encoding="utf-8"))["networks"]
TOOLS = ("fvcore", "ptflops-aten", "torch")

FUSED = "the module is called with need_weights=False, and fused attention counts nothing"
UNFUSED = "an LSTM with a projection is no fused operation, so its products count"
APART = "a bias that is added apart from its product counts nothing"
DIFFERENT = {
    "fvcore": dict.fromkeys(["mha-sdpa", "mha-causal", "deit-tiny", "gpt-tiny"], FUSED),
    "ptflops-aten": {
        **dict.fromkeys(["mha-sdpa", "mha-causal", "deit-tiny", "gpt-tiny"], FUSED),
        **dict.fromkeys(["lstm-proj", "lstm-proj-stacked"], UNFUSED),
        **dict.fromkeys(["einsum", "mlp-mixer-small"], APART),
    },
    "torch": {},
}
MEASURED = [
    (row["id"], tool, row[tool])
    for row in COUNTERS
    for tool in TOOLS
    if tool in row and row["id"] not in DIFFERENT[tool]
]


@pytest.mark.parametrize(("name", "tool", "reported"), MEASURED)
def test_what_counters_report(name: str, tool: str, reported: int) -> None:
    assert symparam.parse(TEXTS[name]["text"]).counted(tool) == reported


def test_how_many_are_compared() -> None:
    found = {tool: sum(tool in row for row in COUNTERS) for tool in TOOLS}
    assert found == {"fvcore": 141, "ptflops-aten": 141, "torch": 136}
    assert len(MEASURED) == 418 - 4 - 8


@pytest.mark.parametrize("tool", TOOLS)
def test_differences_are_those_of_the_reasons(tool: str) -> None:
    """By as much as the attention, the LSTM or the bias that the reason names."""
    reported = {row["id"]: row[tool] for row in COUNTERS if tool in row}
    for name, reason in DIFFERENT[tool].items():
        net = symparam.parse(TEXTS[name]["text"])
        difference = net.counted(tool) - reported[name]
        if reason == FUSED:
            assert difference == TEXTS[name]["attention"]
        elif reason == UNFUSED:
            products_and_bias = work_convention("macs").operations | {"bias": 1}
            rules = work_convention("macs")._replace(operations=products_and_bias)
            assert difference == -net.total(rules.cost)
        else:
            bias = work_convention("macs")._replace(operations={"bias": 1})
            assert difference in [step.total(bias.cost).value for step in net.steps]


@pytest.mark.parametrize("name", TEXTS)
def test_macs(name: str) -> None:
    net = symparam.parse(TEXTS[name]["text"])
    assert net.macs == TEXTS[name]["macs"]
    assert net.flops == 2 * net.macs
    assert sum(step.macs for step in net.steps) == net.macs


# In 10**9 multiply-accumulates, to three digits: as torchvision publishes them for its weights, and
# MobileNet v1 as its paper has it.
PUBLISHED = [
    ("alexnet", "alexnet", "0.714"),
    ("vgg", "vgg11", "7.609"),
    ("vgg", "vgg13", "11.308"),
    ("vgg", "vgg16", "15.470"),
    ("vgg", "vgg19", "19.632"),
    ("googlenet", "torchvision", "1.498"),
    ("squeezenet", "squeezenet", "0.819"),
    ("resnet_basic", "resnet18", "1.814"),
    ("resnet_basic", "resnet34", "3.664"),
    ("resnet", "resnet50", "4.089"),
    ("resnet", "resnet101", "7.801"),
    ("resnet", "resnet152", "11.514"),
    ("wide_resnet_imagenet", "wide_resnet50_2", "11.398"),
    ("wide_resnet_imagenet", "wide_resnet101_2", "22.753"),
    ("resnext", "resnext50_32x4d", "4.230"),
    ("resnext", "resnext101_32x8d", "16.414"),
    ("resnext", "resnext101_64x4d", "15.460"),
    ("densenet", "densenet121", "2.834"),
    ("densenet", "densenet161", "7.728"),
    ("densenet", "densenet169", "3.360"),
    ("densenet", "densenet201", "4.291"),
    ("shufflenet", "1.0", "0.145"),
    ("shufflenet", "2.0", "0.583"),
    ("mobilenet_v1", "1.0", "0.569"),
    ("mobilenet_v2", "1.0", "0.301"),
    ("mobilenet_v3", "large", "0.217"),
    ("efficientnet", "B0", "0.386"),
    ("convnext", "tiny", "4.456"),
    ("convnext", "small", "8.684"),
    ("convnext", "base", "15.355"),
    ("convnext", "large", "34.361"),
    ("vit", "B/16", "17.564"),
    ("vit", "B/32", "4.409"),
    ("vit", "L/16", "61.555"),
    ("swin", "tiny", "4.491"),
    ("swin", "small", "8.741"),
    ("swin", "base", "15.431"),
]


@pytest.mark.parametrize(("name", "config", "billions"), PUBLISHED)
def test_published_figures(name: str, config: str, billions: str) -> None:
    whole, _, thousandths = billions.partition(".")
    assert (zoo_network(name).at(config).macs + 500_000) // 10**6 == int(whole + thousandths)


# Formulas.

FORMULAS = [
    ("Input(n, d) -> Dense(4*d, gelu) -> Dense(d)", "8*d**2*n", {"n": 7, "d": 5}),
    ("Input(3) -> Dense(c*i) for i in 1..L", None, {"c": 5, "L": 4}),
    ("Input(n) -> Dense(c*2**i) for i in 0..L-1", None, {"n": 3, "c": 5, "L": 4}),
    ("Input(h, w, c) -> Conv2D(2*c, 3, 2, same) * L", None, {"h": 32, "w": 20, "c": 3, "L": 3}),
    ("Input(s, d) -> nn.TransformerEncoderLayer(d, 4, 4*d) * L", None, {"s": 9, "d": 8, "L": 3}),
    ("Input(n) -> MoE(Dense(n), experts=e, active=k)", "e*n + k*n**2", {"n": 4, "e": 6, "k": 2}),
    ("a = Dense(n); Input(n) -> a -> a -> a", "3*n**2", {"n": 4}),
    ("Input(t, d) -> LSTM(u)", "4*t*u*(d + u)", {"t": 7, "d": 3, "u": 5}),
    ("Input(h, w, c) -> Conv2DTranspose(f, 3, 2)", "9*c*f*h*w", {"h": 4, "w": 5, "c": 3, "f": 2}),
    ("Input(n) -> Embedding(V, d)", "0", {"n": 3, "V": 9, "d": 4}),
]  # fmt: skip


@pytest.mark.parametrize(("text", "formula", "sizes"), FORMULAS)
def test_formulas(text: str, formula: str | None, sizes: dict[str, int]) -> None:
    """A formula with sizes substituted is the count at these sizes, by every convention."""
    net = symparam.parse(text)
    assert formula is None or str(net.macs) == formula
    values = {symparam.symbol(name): number for name, number in sizes.items()}
    for name in work_conventions():
        assert sympy.sympify(net.counted(name)).subs(values).doit() == net.at(**sizes).counted(name)


def test_a_repeat_is_its_iterations() -> None:
    grown = symparam.parse("Input(3) -> Dense(c*i) for i in 1..L").at(c=5, L=4)
    assert grown.macs == 3 * 5 + 5 * 10 + 10 * 15 + 15 * 20


def test_the_terms_of_a_comparison_are_the_difference() -> None:
    """What a comparison adds and leaves out makes its total, at every convention."""
    sizes = {"s": 6, "d": 16, "L": 3}
    text = "Input(s, d) -> (nn.TransformerEncoderLayer(d, 4, 4*d) -> Dense(d, relu)) * L"
    net = symparam.parse(text)
    exact, compared, left = net.at(**sizes).macs, 0, 0
    for line in printed.comparison(net.at(**sizes).counts).splitlines():
        if term := re.fullmatch(r"  ([+-]) (\d+): .*", line):
            left += int(term[1] + term[2])
            compared += 1
        else:
            name, total, unit = line.split()[:3]
            assert int(total) == net.at(**sizes).counted(name)
            assert left == 0
            left = UNITS[unit] * exact - int(total)
    assert left == 0
    assert compared >= 6


# A quantity of one's own.


def test_a_cost_of_ones_own() -> None:
    net = symparam.parse("Input(n) -> MoE(Dense(n), experts=8, active=2)")
    assert net.total(lambda step: 1) == 9
    assert net.total(lambda step: 1, active=True) == 3
    assert net.total(lambda step: [Part(step.y[-1])]) == 8 * symparam.symbol("n") + 8


def test_a_cost_is_exact() -> None:
    with pytest.raises(symparam.ArgumentError, match="must be exact"):
        symparam.parse("Input(n) -> Dense(n)").total(lambda step: 0.5 * step.y[-1])
    with pytest.raises(symparam.ArgumentError, match="must be exact"):
        symparam.parse("Input(4) -> Dense(4)").total(lambda step: 0.5)


# A convention of one's own.


def test_a_convention_of_ones_own(tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text(
        'unit = "FLOPs"\n[operations]\nmatmul = 2\n"activation relu" = 3\n'
        "[layers.Flatten]\ninput = 1\n[layers.Add]\ninput = 2\n"
    )
    net = symparam.parse("Input(4, 5) -> Dense(6, relu) -> Dense(7, tanh) -> Flatten")
    assert net.counted(str(mine)) == 2 * net.macs + 3 * 24 + 28
    assert symparam.parse("(Input(4), Input(4)) -> Add").counted(str(mine)) == 2 * 8


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("unit = ", "is no TOML"),
        ("a = 1", "a means nothing"),
        ("", 'unit must be "MACs" or "FLOPs"'),
        ('unit = "GFLOPs"', 'unit must be "MACs" or "FLOPs"'),
        ('unit = "MACs"\nabout = 3', "about must be a text"),
        ('unit = "MACs"\noperations = 3', "operations must be a table"),
        ('unit = "MACs"\nlayers = 3', "layers must be a table"),
        ('unit = "MACs"\nlayers.Dense = 3', "layers.Dense must be a table"),
        ('unit = "MACs"\noperations.matmull = 3', "there is no work of the kind matmull"),
        ('unit = "MACs"\noperations."matmul relu" = 3', "there is no work of the kind matmul relu"),
        ('unit = "MACs"\noperations.input = 3', "there is no work of the kind input"),
        ('unit = "MACs"\noperations.bias = 0.5', "bias must be a whole number of operations"),
        ('unit = "MACs"\noperations.bias = true', "bias must be a whole number of operations"),
        ('unit = "MACs"\noperations.bias = -1', "bias must be a whole number of operations"),
        ('unit = "MACs"\noperations.bias = 9999999', "bias must be a whole number of operations"),
    ],
)
def test_what_is_no_convention(tmp_path: Path, table: str, message: str) -> None:
    (tmp_path / "mine.toml").write_text(table)
    with pytest.raises(symparam.SymparamError, match=re.escape(message)):
        work_convention(str(tmp_path / "mine.toml"))


def test_a_convention_that_there_is_not(tmp_path: Path) -> None:
    with pytest.raises(symparam.UnknownNameError, match="there is no convention fvcor"):
        work_convention("fvcor")
    with pytest.raises(symparam.SourceError, match="there is no file"):
        work_convention(str(tmp_path / "mine.toml"))


def test_conventions_name_layers_that_there_are() -> None:
    from symparam.layers import catalogue

    titles = {cls.title for cls in catalogue()}
    for name in work_conventions():
        rules = work_convention(name)
        assert rules.layers.keys() <= titles
        assert rules.about.endswith(".")
