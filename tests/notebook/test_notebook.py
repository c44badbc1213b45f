"""Notebooks: the cell magic in a real shell, what is shown of a network, records for pandas."""

from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

import pandas
import pytest
from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell
from pages import HARMFUL, hostile
from traitlets.config import Config

import symparam
from symparam.display import content, records_table, rich_repr
from symparam.network import Network


@pytest.fixture(scope="module")
def shell() -> Iterator[InteractiveShell]:
    config = Config({"HistoryManager": {"enabled": False}})
    shell = InteractiveShell(config=config)
    shell.run_line_magic("load_ext", "symparam.notebook")
    yield shell
    InteractiveShell.clear_instance()


@pytest.mark.parametrize(
    ("line", "text", "params"),
    [
        ("", "Input(4)\n  -> Dense(3)\n", "15"),
        ("--at n=4", "Input(n) -> Dense(3)", "15"),
        ("--at 'w=[4, 3], L=1'", "Input(w[0]) -> Dense(w[i]) for i in 1..L", "15"),
        ("--config a", "Input(n) -> Dense(3)\nconfig a: n=4", "15"),
        ("--config a --at m=1", "Input(n) -> Dense(m)\nconfig a: n=4, m=3", "5"),
        ("--config mnist", "zoo:lenet5", "61706"),
        ("", "# half a line\nInput(n) -> Dense(3)", "3*n + 3"),
        ("", "-Input(n)", None),
    ],
)
def test_a_cell_is_a_network(
    shell: InteractiveShell, line: str, text: str, params: str | None
) -> None:
    if params is None:
        with pytest.raises(UsageError, match="is not a layer"):
            shell.run_cell_magic("symparam", line, text)
    else:
        net = shell.run_cell_magic("symparam", line, text)
        assert isinstance(net, Network)
        assert str(net.params) == params


@pytest.mark.parametrize(
    ("line", "text", "said"),
    [
        ("", "Input(4) -> Desne(3)", "did you mean Dense?"),
        ("--at n=-1", "Input(n) -> Dense(3)", "n must be a whole number of at least 0, got -1"),
        ("--at n", "Input(n) -> Dense(3)", "is not NAME=SIZE"),
        ("--config b", "Input(n) -> Dense(3)", "the script has no config b"),
        ("--at 'n", "Input(n) -> Dense(3)", "No closing quotation"),
        ("--for n", "Input(n) -> Dense(3)", "No such option"),
        ("", "-", "a cell is a network"),
    ],
)
def test_what_a_cell_cannot_be(shell: InteractiveShell, line: str, text: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        shell.run_cell_magic("symparam", line, text)
    assert said in str(caught.value)


def test_a_notebook_shows_a_table(shell: InteractiveShell) -> None:
    done = shell.run_cell("%%symparam --at n=4\nInput(n) -> Dense(3)")
    assert done.success
    shown, _ = shell.display_formatter.format(done.result)
    assert set(shown) == {"text/plain", "text/html", "text/latex"}
    assert "<table" in shown["text/html"]
    assert shown["text/latex"] == r"$\displaystyle 15$"
    assert "Total params: 15" in shown["text/plain"]


def test_a_step_shows_its_derivation(shell: InteractiveShell) -> None:
    net = symparam.parse("Input(n) -> Dense(d) -> ReLU")
    shown, _ = shell.display_formatter.format(net.steps[0])
    words = r"(\text{in features} + 1)\cdot \text{units}"
    assert shown["text/latex"] == rf"$\displaystyle {words} = (n + 1) d = d (n + 1)$"
    assert "in features" in shown["text/html"]
    shown, _ = shell.display_formatter.format(net.steps[1])
    assert "no parameters" in shown["text/html"]
    assert shown["text/plain"] == repr(net.steps[1])


@pytest.mark.parametrize(
    ("asked", "kinds"),
    [
        ({}, {"text/plain", "text/html", "text/latex"}),
        ({"include": ["text/html"]}, {"text/html"}),
        ({"exclude": ["text/html", "text/plain"]}, {"text/latex"}),
    ],
)
def test_what_a_front_end_asks_for(asked: dict[str, Any], kinds: set[str]) -> None:
    net = symparam.parse("Input(n) -> Dense(d)")
    rich = rich_repr.network(net.summary_content(), net.params, {"d": "d_{m}"}, net.symbols)
    assert set(rich._repr_mimebundle_(**asked)) == kinds
    assert rich._repr_latex_() == r"$\displaystyle d_{m} (n + 1)$"
    assert repr(rich) == net.summary()


def test_a_table_is_a_fragment_with_its_style() -> None:
    net = hostile()
    rich = rich_repr.table(net.config_content(), net._model.latex, net.symbols)
    root = ElementTree.fromstring(rich._repr_html_())
    assert root.attrib == {"class": "symparam"}
    assert len(list(root.iter("style"))) == 1
    assert HARMFUL in "".join(root.itertext())
    assert rich._repr_latex_() is None


def test_layers_as_a_data_frame() -> None:
    net = symparam.parse("Input(n) -> (Dense(n) -> BN) * L -> Dense(3, nobias)")
    frame = pandas.DataFrame(records_table.layers(net.counts))
    assert list(frame["layer"]) == ["dense", "batch_normalization", "dense_1"]
    assert list(frame["type"]) == ["Dense", "BatchNormalization", "Dense"]
    assert list(frame["formula"]) == ["(n + 1)*n", "4*n", "n*3"]
    assert list(frame["repeats"]) == ["x L", "x L", ""]
    assert str(net.form("expanded").params) == "L*n**2 + 5*L*n + 3*n"
    assert frame["params"].sum().expand() == net.form("expanded").params
    assert list(map(str, frame["non_trainable"])) == ["0", "2*L*n", "0"]


def test_layers_in_numbers_add_up() -> None:
    net = symparam.load("zoo:mixtral").at("8x7b")
    frame = pandas.DataFrame(records_table.layers(net.counts))
    assert frame["params"].sum() == net.params
    assert frame["active"].sum() == net.active_params


def test_configs_as_a_data_frame() -> None:
    net = symparam.parse("Input(params) -> Dense(w[0]); config a: params=3, w=[2]")
    columns = {
        name: content.Config(s, net.at(name).counts) for name, s in net._model.configs.items()
    }
    (record,) = records_table.configs(columns)
    assert record == {
        "config": "a", "params_": 3, "w": [2],
        "params": 8, "trainable": 8, "non_trainable": 0, "active": 8,
    }  # fmt: skip
    assert pandas.DataFrame([record])["params"].sum() == 8


def test_a_table_shows_itself() -> None:
    net = symparam.parse("Input(n) -> Dense(m); config a: n=4, m=1000")
    shown = net.config_content()._repr_html_()
    assert "<table" in shown
    assert "5,000" in shown
