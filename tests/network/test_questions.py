"""Questions about counts as people ask them, each with a program and the answer that is known.

The answers are those of old and new Keras, of PyTorch, of papers, or of a count by hand; none
comes from here.
"""

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import pytest
import sympy
from places import DATA

import symparam
from symparam import SymparamError

QUESTIONS: list[dict[str, Any]] = json.loads((DATA / "questions.json").read_text("utf-8"))[
    "records"
]


class Otherwise(NamedTuple):
    """A program that asks something else now, what is said of it, and what to write instead."""

    said: str
    program: str
    at: Mapping[str, int] = MappingProxyType({})


LSTMP = (
    "LSTMP(u, p) = Weights(output=(1, p), kernel=(_.channels, 4*u), recurrent_kernel=(p, 4*u), "
    "bias=4*u, projection=(u, p))"
)
# Asked in words of another time or framework; each has its answer, in other words.
OTHERWISE = {
    "R05b": Otherwise(
        "-> _[0] -> (nn.LSTM(...) -> _[0]) * (L - 1)",
        "Input(t, i) -> nn.LSTM(i, h, bias=False, bidirectional=True) -> _[0]"
        " -> (nn.LSTM(2*h, h, bias=False, bidirectional=True) -> _[0]) * (L - 1)",
    ),
    "R30": Otherwise(  # PyTorch has two biases, ELMo one: another count, and rightly so
        "",
        f"{LSTMP}; Highway(n) = Dense(n, relu) * Dense(n, sigmoid); F(w, f) = Conv1D(f, w) -> GlobalMaxPooling1D;"
        " Input(c) -> Embedding(262, 16)"
        " -> (F(1,32), F(2,32), F(3,64), F(4,128), F(5,256), F(6,512), F(7,1024)) -> Concatenate"
        " -> Highway(2048) * 2 -> Dense(p) -> Reshape((1,p)) -> (LSTMP(u, p) * 2, LSTMP(u, p) * 2) -> Concatenate",
        {"p": 512, "u": 4096},
    ),
    "R36b": Otherwise(
        "LocallyConnected2D(f, k) = Weights(",
        "Local(f, k) = Weights(output=(_.shape[0]-k+1, _.shape[1]-k+1, f),"
        " kernel=((_.shape[0]-k+1)*(_.shape[1]-k+1), k*k*_.channels, f),"
        " bias=(_.shape[0]-k+1, _.shape[1]-k+1, f)); Input(6,6,3) -> Local(4, 3)",
    ),
    "R73": Otherwise(
        "for the 5 x 5 kernel of Keras 1 write Convolution2D(32, 5 x 5)",
        "Convolution2D(32, 5x5, input_shape=(80,80,1)) -> Flatten -> Dense(2)",
    ),
}


def read(answer: Any, symbols: tuple[str, ...]) -> Any:
    """The known answer, with our symbols for its names."""
    if isinstance(answer, int):
        return answer
    return sympy.parse_expr(answer, {name: symparam.symbol(name) for name in symbols})


def at_some_sizes(size: Any, symbols: tuple[str, ...]) -> list[Any]:
    """A size at numbers of all kinds; equal formulas that differ in form agree at them."""
    samples = (
        {symparam.symbol(name): 12 + (7 * place + 5 * k) % 31 for place, name in enumerate(symbols)}
        for k in range(12)
    )
    return [sympy.sympify(size).subs(numbers) for numbers in samples]


@pytest.mark.parametrize("record", QUESTIONS, ids=[record["id"] for record in QUESTIONS])
def test_answer(record: dict[str, Any]) -> None:
    otherwise = OTHERWISE.get(record["id"])
    net = symparam.parse(otherwise.program if otherwise else record["program"])
    at = (otherwise and otherwise.at) or record["at"]
    there = net.at(**at) if at else net
    ours = there.output_shape if record["of"] == "output shape" else there.params
    known = read(record["answer"], net.symbols)
    if isinstance(record["answer"], int):
        assert ours == known
        return
    ours, known = (size if isinstance(size, tuple) else (size,) for size in (ours, known))
    assert [at_some_sizes(size, net.symbols) for size in ours] == [
        at_some_sizes(size, net.symbols) for size in known
    ]


@pytest.mark.parametrize("name", OTHERWISE)
def test_what_is_said_where_other_words_are_needed(name: str) -> None:
    (record,) = (record for record in QUESTIONS if record["id"] == name)
    try:
        net = symparam.parse(record["program"])
    except SymparamError as error:
        said = str(error.hint)
    else:
        said = "".join(net.remarks)
        assert net.at(**record["at"]).params != record["answer"]
    assert OTHERWISE[name].said in said
