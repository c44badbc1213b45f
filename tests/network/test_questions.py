"""Questions about counts as people ask them, each with a program and the answer that is known.

The answers are those of old and new Keras, of PyTorch, of papers, or of a count by hand; none
comes from here.
"""

import json
from typing import Any

import pytest
import sympy
from places import DATA

import symparam
from symparam import SymparamError

QUESTIONS: list[dict[str, Any]] = json.loads((DATA / "questions.json").read_text("utf-8"))[
    "records"
]

# What cannot be answered yet, and why; a row that is answered all of a sudden fails.
UNANSWERED = {
    "R05b": "the number of layers of nn.LSTM is a plain number",
    "R24": "Merge and TimeDistributedDense are names of Keras 1",
    "R30": "a projected LSTM has PyTorch's two biases, ELMo's has one",
    "R36b": "Keras 3 has no LocallyConnected2D",
    "R73": "Conv2D(f, 5, 5) has a stride of 5 in Keras 3, where Keras 1 had a kernel of 5x5",
    "R76": "input_dim of a recurrent layer is of Keras 1",
}


def rows() -> list[Any]:
    return [
        pytest.param(
            record,
            id=record["id"],
            marks=pytest.mark.xfail(
                record["id"] in UNANSWERED,
                reason=UNANSWERED.get(record["id"], ""),
                raises=(SymparamError, AssertionError),
                strict=True,
            ),
        )
        for record in QUESTIONS
    ]


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


@pytest.mark.parametrize("record", rows())
def test_answer(record: dict[str, Any]) -> None:
    net = symparam.parse(record["program"])
    there = net.at(**record["at"]) if record["at"] else net
    ours = there.output_shape if record["of"] == "output shape" else there.params
    known = read(record["answer"], net.symbols)
    if isinstance(record["answer"], int):
        assert ours == known
        return
    ours, known = (size if isinstance(size, tuple) else (size,) for size in (ours, known))
    assert [at_some_sizes(size, net.symbols) for size in ours] == [
        at_some_sizes(size, net.symbols) for size in known
    ]


def test_what_is_not_answered_is_asked() -> None:
    assert set(UNANSWERED) <= {record["id"] for record in QUESTIONS}
