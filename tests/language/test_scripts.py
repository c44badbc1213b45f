"""Scripts of many statements: configs, glossaries, assumptions, outputs, and the use of others."""

import os
from pathlib import Path
from typing import Any

import pytest

import symparam
from symparam import SymparamError
from symparam.display import text
from symparam.display.content import Table

MLP = """# MLP: a fully connected classifier
# of any depth
where n = "inputs", w = "width", L = "layers"
Input(n) -> Dense(w) * L
config small: n=4, w=2*n, L=2
config "large/2": n=4,
  w=80, L=20
"""


def test_a_config_gives_the_sizes() -> None:
    net = symparam.parse(MLP)
    assert net.configs == {
        "small": {"n": 4, "w": 8, "L": 2},
        "large/2": {"n": 4, "w": 80, "L": 20},
    }
    assert net.at("small").params == 4 * 8 + 8 + 8 * 8 + 8
    assert net.at("small", L=1).params == 4 * 8 + 8
    assert net.at(L=1).at("small").params == net.at("small").params
    assert net.at("large/2").symbols == ()
    assert net.at("small").configs == net.configs


def test_a_script_says_what_it_is() -> None:
    net = symparam.parse(MLP)
    assert net.description == "MLP: a fully connected classifier\nof any depth"
    assert net.glossary == {"n": "inputs", "w": "width", "L": "layers"}
    assert "Where n: inputs, w: width, L: layers." in net.summary()
    assert "Configs: small, large/2." in net.summary()
    assert "Config" not in net.at("small").summary()


def titles(table: Table) -> tuple[str, ...]:
    return tuple(text.line(column.title) for column in table.columns)


def test_configs_as_a_table() -> None:
    table = symparam.parse(MLP).config_content()
    assert titles(table) == ("Config", "n", "w", "L", "Params")
    assert text.cells(table) == [
        ("small", "4", "8", "2", "112"),
        ("large/2", "4", "80", "20", "123,520"),
    ]


FREE = """
where w = "width", K = "classes"
Input(n, n, 3) -> Conv2D(w, 3) -> Flatten -> Dense(K)
config images: n=8, K=10
config whole: n=4, w=2, K=3
"""


def test_a_config_that_leaves_a_symbol_free_has_a_formula_in_its_row() -> None:
    net = symparam.parse(FREE)
    assert text.cells(net.config_content()) == [
        ("images", "8", "10", "", "388*w + 10"),
        ("whole", "4", "3", "2", "83"),
    ]
    assert "$388 w + 10$" in net.latex("configs")
    assert r"\TotalParamsImages}{\ensuremath{388 w + 10}}" in net.latex("macros")
    assert "$`388 w + 10`$" in net.markdown("configs")
    assert 'alttext="388*w + 10"' in net.html()
    assert [row["params"] for row in net.at(w=2).config_table()] == [786, 83]


def test_the_formula_of_a_config_says_where_it_holds() -> None:
    script = "Input(h, 4) -> Conv1D(f, 3, groups=g); config a: f=8; config b: f=8, h=2*g, g=4"
    table = symparam.parse(script).config_content()
    assert [text.line(note) for note in table.notes[:-1]] == [
        "a: Requires g divides 8, g divides 4, h >= 3."
    ]


def test_only_columns_that_differ_are_shown() -> None:
    script = "Input(s, d) -> BN -> MoE(Dense(d), E, 2); config a: s=1, d=2, E=4"
    table = symparam.parse(script).config_content()
    assert titles(table) == ("Config", "s", "d", "E", "Params", "Trainable", "Active")
    assert text.cells(table) == [("a", "1", "2", "4", "40", "36", "28")]


@pytest.mark.parametrize(
    ("script", "message", "marked"),
    [
        ("Input(n) -> Dense(3); config a: m=3", "the network has no size named m", "m=3"),
        ("Input(n) -> Dense(3); config a: n=3, n=4", "n is set twice", "n=4"),
        ("Input(n) -> Dense(3); config a: n=-1", "n must be a whole number of at least 0, got -1", "-1"),
        ("Input(n) -> Dense(3); config a: n=-1/2", "n must be a whole number of at least 0", "-1/2"),
        ("Input(n) -> Dense(3); config a: n=4*d", "n must be a whole number of at least 0", "4*d"),
        ("Input(n) -> Dense(3); config a: n=[]", "n needs at least one number", "[]"),
        ("Input(n) -> Dense(3); config a: n=3; config a: n=4", "two configs a", "a: n=4"),
        ("Input(n) -> Dense(3); where m = 'x'", "the network has no size named m", "m = 'x'"),
        ("Input(n) -> Dense(3); where n = 3", "unexpected 3", "3"),
        ("Input(n) -> Dense(3); where n = 'a'; where n = 'b'", "n is explained twice", "n = 'b'"),
        ("Input(n)\nDense(3)", "only the last chain of a script goes without a name", "Input(n)"),
        ("n = 3; config a: m=3", "the script names sizes but has no network", "3"),
        ("assume 3 > 4; Dense(3)", "3 > 4 does not hold", "3 > 4"),
        ("assume a % 4 == 1; assume a % 4 == 2; Input(a)", "the assumptions contradict each other", None),
        ("assume n > n; Input(n)", "n > n does not hold", "n > n"),
        ("assume n / 2 == 1/2; Input(n)", "1 / 2 is not a whole number", "1/2"),
        ("Input(w) -> Dense(w[0])", "w is a sequence in one place, a size in another", "w[0]"),
        ("Input(n) -> Dense(w[-1])", "there is no w[-1]: a sequence begins at w[0]", "w[-1]"),
        ("w = [4]; Input(n) -> Dense(w[1])", "there is no w[1]: w ends at w[0]", "w[1]"),
        ("w = [4]; Input(n) -> Dense(w)", "w is a list of sizes; w[0] is one", "w"),
        ("w = 4; Input(n) -> Dense(w[0])", "w is not a sequence here", "w[0]"),
        ("Input(n) -> Dense(w[0, 1])", "one size stands in the brackets", "w[0, 1]"),
        ("w = [4]; Input(n) -> Dense(w[i]) for i in 0..L", "only a number picks one", "w[i]"),
        ("Input(n) -> MoE(Dense(n), 2, 3)", "there are only 2 experts", "3"),
        ("Input(n) -> MoE(Dense(n), 0, 1)", "experts must be at least 1", "0"),
        ("Input(n) -> MoE(n, 2, 1)", "an expert is a network", "n"),
        ("Input(n) -> MoE(Dense(n), 2)", "MoE needs active", "MoE(Dense(n), 2)"),
        ("Frozen = 3; Dense(3)", "Frozen is already defined", "Frozen"),
        ("Input(d) -> Dense(d)*(2 - 3)", "cannot repeat a block -1 times", "Dense(d)*(2 - 3"),
    ],
)  # fmt: skip
def test_refused(script: str, message: str, marked: str | None) -> None:
    with pytest.raises(SymparamError) as caught:
        symparam.parse(script)
    assert message in caught.value.message
    if marked is None:
        return
    assert caught.value.span is not None
    assert script[caught.value.span.start : caught.value.span.end] == marked


@pytest.mark.parametrize(
    ("at", "message"),
    [
        ({"w": 3, "L": 1}, "w is a sequence and takes a list"),
        ({"w": [3], "L": [1]}, "L is one size and takes one number"),
        ({"w": [3, -1], "L": 1}, "w must be a whole number of at least 0, got -1"),
        ({"w": [3, True], "L": 1}, "w must be a whole number of at least 0, got True"),
        ({"w": [], "L": 1}, "w needs at least one number"),
        ({"w": [3, 4], "L": 2}, "there is no w[2]: w ends at w[1]"),
        ({"v": [3, 4]}, "the network has no size named v"),
    ],
)
def test_numbers_for_sequences_refused(at: dict[str, Any], message: str) -> None:
    net = symparam.parse("Input(w[0]) -> Dense(w[i]) for i in 1..L")
    with pytest.raises(SymparamError) as caught:
        net.at(**at)
    assert message in caught.value.message


def test_an_unknown_config() -> None:
    with pytest.raises(symparam.UnknownNameError, match="no config smal"):
        symparam.parse(MLP).at("smal")


ASSUMPTIONS = [  # an assumption, a chain, the shape that leaves it, and what is still required
    ("H % 32 == 0", "Input(H, 3) -> Conv1D(c, 3, 2, same)", "(H/2, c)", ["32 divides H"]),
    ("H % 32 == 0", "Input(H, 3) -> MaxPooling1D(64)", "(floor(H/64), 3)", ["32 divides H", "H >= 64"]),
    ("H % 8 == 0", "Input(H) -> Reshape((4, H/4))", "(4, H/4)", ["8 divides H"]),
    ("(n - 1) % 4 == 0", "Input(n, c) -> MaxPooling1D(4, 4, same)", "(n/4 + 3/4, c)", ["4 divides n - 1"]),
    ("n % 3 == 2", "Input(n, c) -> MaxPooling1D(3, 3, same)", "(n/3 + 1/3, c)", ["3 divides n - 2"]),
    ("n == m", "(Input(n), Input(m)) -> Add", "(m,)", ["n = m"]),
    ("n >= 3", "Input(n, c) -> Conv1D(f, 3)", "(n - 2, f)", ["n >= 3"]),
    ("n > 3", "Input(n, c) -> Conv1D(f, 3)", "(n - 2, f)", ["n >= 4"]),
    ("5 <= n", "Input(n, c) -> Conv1D(f, 3)", "(n - 2, f)", ["n >= 5"]),
    ("2 < n", "Input(n, c) -> Conv1D(f, 3)", "(n - 2, f)", ["n >= 3"]),
    ("c % g == 0", "Input(n, c) -> Conv1D(c, 1, groups=g)", "(n, c)", ["g divides c"]),
    ("d >= h", "Input(n) -> Dense(max(d, h))", "(d,)", ["d >= h"]),
    ("n != 3", "Input(n) -> Dense(2)", "(2,)", ["n != 3"]),
    ("2 * 3 == 6", "Input(n) -> Dense(2)", "(2,)", []),
    ("d % h == 0, h % 2 == 0", "Input(d) -> Reshape((h, d/h)) -> Reshape((h/2, 2, d/h))",
     "(h/2, 2, d/h)", ["h divides d", "2 divides h"]),
]  # fmt: skip


@pytest.mark.parametrize(("assumption", "chain", "shape", "conditions"), ASSUMPTIONS)
def test_assumptions_simplify(
    assumption: str, chain: str, shape: str, conditions: list[str]
) -> None:
    net = symparam.parse(f"assume {assumption}; {chain}")
    assert text.shape(net.output_shape) == shape
    assert [text.condition(condition) for condition in net.conditions] == conditions


@pytest.mark.parametrize(("assumption", "chain", "shape", "conditions"), ASSUMPTIONS)
def test_assumptions_do_not_change_numbers(
    assumption: str, chain: str, shape: str, conditions: list[str]
) -> None:
    """Where the assumption holds, the counts are those without it; elsewhere it is refused."""
    free, bound = symparam.parse(chain), symparam.parse(f"assume {assumption}; {chain}")
    agreed = refused = 0
    for number in range(1, 70):
        sizes = {name: number + 3 * place for place, name in enumerate(free.symbols)}
        sizes |= {name: 12 for name in ("g", "h", "m") if name in sizes}
        try:
            there = bound.at(**sizes)
        except SymparamError:
            refused += 1
            continue
        alone = free.at(**sizes)
        assert (there.params, there.output_shape) == (alone.params, alone.output_shape)
        agreed += 1
    assert agreed
    assert refused or assumption == "2 * 3 == 6"


def test_assumptions_work_together() -> None:
    net = symparam.parse("assume H % 32 == 0, W == H; Input(H, W) -> MaxPooling1D(8)")
    assert text.shape(net.output_shape) == "(H/8, H)"
    assert net.at(H=64, W=64).output_shape == (8, 64)
    with pytest.raises(SymparamError, match="W == H does not hold"):
        net.at(H=64, W=32)
    net = symparam.parse("assume a == b, b == a, a == b; Input(a) -> Dense(b)")
    assert text.size(net.params) == "b*(b + 1)"
    assert [text.condition(condition) for condition in net.conditions] == ["a = b"]


def test_an_assumption_is_checked_at_numbers() -> None:
    net = symparam.parse("assume H % 32 == 0\nInput(H) -> Dense(3)")
    assert net.at(H=64).params == 195
    with pytest.raises(symparam.SizeError) as caught:
        net.at(H=65)
    assert caught.value.line == 1


def test_outputs_have_names() -> None:
    net = symparam.parse("h = Input(n) -> Dense(9)\nmean = h -> Dense(2)\nspread = h -> Dense(2)")
    assert net.outputs == {"mean": (2,), "spread": (2,)}
    assert "Outputs: mean (2,), spread (2,)." in net.summary()
    pair = symparam.parse("a = Input(3); b = a -> Dense(4); (b, a)")
    assert pair.outputs == {"b": (4,), "a": (3,)}
    assert symparam.parse("Input(3) -> (Dense(4), _)").outputs == {
        "output_0": (4,),
        "output_1": (3,),
    }
    assert symparam.parse("x = Input(3); y = x -> Dense(4)").outputs == {"output": (4,)}


def test_labels_reach_over_statements() -> None:
    net = symparam.parse(
        "Input(n) -> Dense(3) as a -> Dense(4) as b\n(a, b) -> Concatenate -> Dense(2)"
    )
    assert str(net.params) == "3*n + 35"
    named = symparam.parse("x = Input(n) -> Dense(3) as a -> Dense(4); a -> Dense(5)")
    assert named.output_shape == (5,)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    inner = tmp_path / "project"
    (inner / "parts").mkdir(parents=True)
    (inner / "blocks.sym").write_text(
        "d = 5\nwidths = [1, 2, 3]\nBlock(c, k=3) = Conv2D(c, k, same) -> BN\nenc = Dense(d)\n"
        "Bad(c) = Conv2D(c, 3, nonsense=1)\n"
    )
    (inner / "parts" / "deep.sym").write_text(
        'use Block from "../blocks"\nTwice(c) = Block(c) * 2\n'
    )
    (inner / "backbone.sym").write_text(
        'where f = "filters"\nInput(h, w, 3) -> Conv2D(f, 3) -> Flatten\nconfig tiny: h=4, w=4, f=2\n'
    )
    (inner / "broken.sym").write_text("Block(c) = \n -> \n")
    (inner / "circle.sym").write_text('use Circle from "round.sym"\nCircle() = Dense(3)\n')
    (inner / "round.sym").write_text('use Circle from "circle.sym"\n')
    (inner / "itself.sym").write_text('use X from "itself.sym"\n')
    (tmp_path / "secret.sym").write_text("Secret() = Dense(3)\n")
    (inner / "bytes.sym").write_bytes(b"\xff\xfe")
    os.symlink(tmp_path / "secret.sym", inner / "link.sym")
    return inner


@pytest.mark.parametrize(
    ("script", "params"),
    [
        ('use Block from "blocks.sym"; Input(h, w, 3) -> Block(4)', "128"),
        ('use Block, d from "blocks"; Input(h, w, 3) -> Block(d, k=1)', "40"),
        ('use Twice from "parts/deep.sym"; Input(h, w, 3) -> Twice(4)', "292"),
        ('use widths from "blocks"; Input(n) -> Dense(widths[j]) for j in 0..2', "n + 14"),
        ('use enc from "blocks"; Input(5) -> enc -> enc', "30"),
        ('use "backbone.sym" as body; body -> Dense(2)', "2*f*(h - 2)*(w - 2) + 28*f + 2"),
        ('use "zoo:lenet5" as net; net -> Dense(2)', "87*K + 60858"),
        ('use SwiGLU from "zoo:blocks/attention"; Input(s, d) -> SwiGLU(d, f)', "3*d*f"),
    ],
)
def test_use(folder: Path, script: str, params: str) -> None:
    assert text.size(symparam.parse(script, root=folder).params) == params
    file = folder / "main.sym"
    file.write_text(script)
    assert text.size(symparam.load(file).params) == params


def test_a_used_network_brings_its_tables(folder: Path) -> None:
    net = symparam.parse('use "backbone.sym" as body; body -> Dense(2)', root=folder)
    assert net.glossary == {"f": "filters"}
    assert net.at("tiny").params == 74


@pytest.mark.parametrize(
    ("script", "message", "file"),
    [
        ('use X from "nothing.sym"', "there is no file", None),
        ('use X from "parts"', "is a directory", None),
        ('use X from "bytes.sym"', "is not UTF-8", None),
        ('use X from "blocks.sym"', "does not define X", None),
        ('use Secret from "../secret.sym"', "lies outside of", None),
        ('use Secret from "link.sym"', "lies outside of", None),
        ('use Secret from "/etc/passwd"', "lies outside of", None),
        ('use X from "broken.sym"', "unexpected ->", "broken.sym"),
        ('use Circle from "circle.sym"', "uses itself", "round.sym"),
        ('use X from "itself.sym"', "uses itself", "itself.sym"),
        ('use Bad from "blocks.sym"; Input(8, 8, 3) -> Bad(3)', "no argument nonsense", "blocks.sym"),
        ('use "blocks.sym" as blocks; blocks', "has no network", None),
        ('use X from "zoo:../secret"', "there is no ../secret in the zoo", None),
        ('use X from "zoo:resnit"', "there is no resnit in the zoo", None),
        ('use d from "blocks.sym"; d = 4; Dense(d)', "d is already defined", None),
        ('use Dense from "blocks.sym"', "Dense is already defined", None),
    ],
)  # fmt: skip
def test_use_refused(folder: Path, script: str, message: str, file: str | None) -> None:
    with pytest.raises(SymparamError) as caught:
        symparam.parse(script, root=folder)
    error = caught.value
    assert message in error.message
    assert error.file == file
    assert error.span is not None
    assert error.source is not None
    assert 0 <= error.span.start <= error.span.end <= len(error.source)
    assert f"in {file}" in str(error) if file else "\n  in " not in str(error)


def test_a_larger_root_opens_more(folder: Path) -> None:
    file = folder / "main.sym"
    file.write_text('use Secret from "../secret.sym"; Input(3) -> Secret')
    assert symparam.load(file, root=folder.parent).params == 12
    with pytest.raises(symparam.SourceError, match="lies outside of"):
        symparam.load(file)


def test_a_text_has_no_folder() -> None:
    with pytest.raises(symparam.SourceError, match="a text has no folder"):
        symparam.parse('use X from "blocks.sym"')


def test_very_many_scripts_are_refused(tmp_path: Path) -> None:
    for number in range(120):
        (tmp_path / f"s{number}.sym").write_text(f'use D from "s{number + 1}.sym"\n')
    with pytest.raises(symparam.SourceError, match="more than 100 others"):
        symparam.parse('use D from "s0.sym"', root=tmp_path)
