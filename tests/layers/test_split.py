"""Split beside ``keras.ops.split`` on real arrays, at numbers and with symbols for the sizes."""

from itertools import accumulate
from typing import Any

import numpy as np
import pytest
from split_rows import ROWS

from symparam import SymparamError, parse, symbol
from symparam.frameworks.keras import import_keras


def cut(shape: tuple[int, ...], sections: Any, axis: int) -> list[tuple[int, ...]]:
    """What Keras gives, of a batch of 2; it takes the places of cuts where Split takes sizes."""
    array = np.zeros((2, *shape))
    if isinstance(sections, tuple):
        rest = array.shape[axis] - sum(size for size in sections if size > 0)
        sizes = [rest if size == -1 else size for size in sections]
        sections = list(accumulate(sizes))[:-1]
    return [part.shape[1:] for part in import_keras().ops.split(array, sections, axis)]


@pytest.mark.parametrize(("shape", "sections", "axis"), ROWS)
def test_as_keras_cuts(shape: tuple[int, ...], sections: Any, axis: int) -> None:
    expected = cut(shape, sections, axis)
    text = f"Split({sections}, axis={axis})"
    sizes = ", ".join(map(str, shape))
    assert parse(f"Input({sizes}) -> {text}").output_shape == tuple(expected)
    names = {f"n{i}": size for i, size in enumerate(shape)}
    net = parse(f"Input({', '.join(names)}) -> {text}")
    assert net.at(**names).output_shape == tuple(expected)
    values = {symbol(name): size for name, size in names.items()}
    found = [tuple(size if isinstance(size, int) else size.subs(values) for size in part)
             for part in net.output_shape]  # fmt: skip
    assert found == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Input(6) -> Split(4)", "4 equal parts do not fit into axis -1 of (6,)"),
        ("Input(6) -> Split((2, 3))", "parts of (2, 3) are not axis -1 of (6,)"),
        ("Input(6) -> Split((6, -1))", "parts of (6, -1) are not axis -1 of (6,)"),
        ("Input(6) -> Split((2, -1, -1))", "one of them -1 at most"),
        ("Input(6) -> Split(n)", "only a number of parts is known"),
        ("Input(6) -> Split(-1)", "only a number of parts is known"),
        ("Input(6) -> Split(0)", "each part has a size of at least 1"),
        ("Input(6) -> Split(())", "each part has a size of at least 1"),
        ("Input(6) -> Split((0, 6))", "each part has a size of at least 1"),
        ("Input(6) -> Split(2, axis=0)", "cannot cut along the batch axis"),
        ("Input(6) -> Split(2, axis=3)", "axis"),
        ("Input(6) -> Split", "Split needs sections"),
        ("Input(n) -> Split(3)", None),
        ("Input(n) -> Split((k, -1))", None),
    ],
)
def test_what_does_not_fit(text: str, message: str | None) -> None:
    if message is None:  # with symbols the condition says it, and numbers are refused
        net = parse(text)
        assert net.conditions
        with pytest.raises(SymparamError):
            net.at(**dict.fromkeys(net.symbols, 4))
        return
    with pytest.raises(SymparamError) as caught:
        parse(text)
    assert message in caught.value.message


def test_a_fused_projection_counts_as_three() -> None:
    fused = parse("Input(s, d) -> Dense(3*d) -> Split(3) -> (_[0], _[1], _[2]) -> Concatenate")
    apart = parse("Input(s, d) -> (Dense(d), Dense(d), Dense(d)) -> Concatenate")
    assert (fused.params - apart.params).expand() == 0
    assert fused.output_shape == apart.output_shape
