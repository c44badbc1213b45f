"""The differences that are meant, each with its reason; docs/judge.md lists them for readers."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from judge.answers import Answer, Refusal, ask_keras
from judge.cases import Call, Case, Named
from symparam.frameworks.keras import Facts, symbolic


class Exemption(NamedTuple):
    """A difference that is meant; docs/judge.md and docs/conventions.md say why."""

    reason: str
    holds: Callable[[Case, Answer, Answer], bool]


def _says(answer: Answer, *words: str) -> bool:
    return isinstance(answer, Refusal) and any(word in answer.reason for word in words)


def _inside(case: Case) -> Iterator[Call]:
    """The layers that others hold, by name or written out."""
    known = dict(case.definitions)
    for call in case.calls():
        for argument in call.arguments:
            for value in argument if isinstance(argument, list) else [argument]:
                held = known.get(value.name) if isinstance(value, Named) else value
                if isinstance(held, Call):
                    yield held


def _frozen_wrapper_inside(case: Case, keras: Answer, ours: Answer) -> bool:
    frozen = [call for call in _inside(case) if dict(call.keywords).get("trainable") is False]
    same = isinstance(keras, Facts) and isinstance(ours, Facts) and keras[:2] == ours[:2]
    return same and any(_holds_layers(call) for call in frozen)


def _holds_layers(call: Call) -> bool:
    inner = any(isinstance(value, Call | Named | list) for value in call.arguments)
    return inner or call.name.startswith("ConvLSTM")


def _is_stack_of_one(call: Call) -> bool:
    cells = next((value for value in call.arguments if isinstance(value, list)), [])
    return call.name == "StackedRNNCells" and len(cells) == 1 and cells[0].name == "LSTMCell"


def _sizes(shape: Any) -> Iterator[int]:
    for entry in shape:
        yield from _sizes(entry) if isinstance(entry, tuple) else (entry,)


UNRANKED = ("RNN", "AdaptiveAveragePooling", "AdaptiveMaxPooling", "Resizing", "CenterCrop")


# The case, Keras's answer, symparam's answer.
EXEMPTIONS = [
    Exemption(
        "Keras itself is of two minds: it refuses to describe what it runs",
        lambda case, keras, ours: (
            isinstance(ours, Refusal) and isinstance(ask_keras(case, symbolic), Refusal)
        ),
    ),
    Exemption(
        "a count along the batch axis would depend on the batch size",
        lambda case, keras, ours: _says(ours, "batch axis", "the batch's size"),
    ),
    Exemption(
        "a gain is not stretched over an axis that could have any size",
        lambda case, keras, ours: (
            _says(ours, "RMSNormalization", "Rescaling")
            and _says(ours, "does not fit the last axes")
        ),
    ),
    Exemption(
        "attention without heads computes nothing: GroupQueryAttention alone does not refuse it",
        lambda case, keras, ours: _says(ours, "num_query_heads must be"),
    ),
    Exemption(
        "a low rank of 0 is none: lora_rank=none",
        lambda case, keras, ours: _says(ours, "lora_rank must be"),
    ),
    Exemption(
        "a run of Embedding fails on values that are no indices; shapes know no values",
        lambda case, keras, ours: _says(keras, "is out of bounds for axis"),
    ),
    Exemption(
        "Keras does not look at the rank and runs by an accident of broadcasting",
        lambda case, keras, ours: _says(ours, "needs a rank") and _says(ours, *UNRANKED),
    ),
    Exemption(
        "Keras's Dot counts a negative axis around a tensor of lower rank",
        lambda case, keras, ours: _says(ours, "Dot has axis=-"),
    ),
    Exemption(
        "Keras's Normalization takes an axis twice",
        lambda case, keras, ours: _says(ours, "Normalization names an axis twice"),
    ),
    Exemption(
        "Keras's Normalization, built on one rank, adds an axis to a tensor of another",
        lambda case, keras, ours: (
            "Normalization" in case.names()
            and isinstance(keras, Facts)
            and isinstance(ours, Facts)
            and keras[1:] == ours[1:]
            and bool(case.definitions)
        ),
    ),
    Exemption(
        "an axis of size 0 is none",
        lambda case, keras, ours: isinstance(keras, Facts) and 0 in _sizes(keras.output_shape),
    ),
    Exemption(
        "a keyword that changes no count is not looked into",
        lambda case, keras, ours: _says(keras, "unexpected keyword argument 'trainable'"),
    ),
    Exemption(
        "Keras loses the second state of a single LSTM cell in a stack",
        lambda case, keras, ours: any(_is_stack_of_one(call) for call in case.calls()),
    ),
    Exemption(
        "Keras stretches the weights of a shared layer over axes of size 1",
        lambda case, keras, ours: bool(case.definitions) and _says(ours, "already has a"),
    ),
    Exemption("Keras forgets that a wrapper inside another is frozen", _frozen_wrapper_inside),
]
