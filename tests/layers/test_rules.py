"""The formula of a step: grouped by the roles of the weights, and true in numbers."""

from typing import Any

import pytest
from keras_records import program as keras_program
from keras_records import records
from torch_records import program as torch_program
from torch_records import torch_records

import symparam
from symparam.algebra.formula import (
    Node,
    Number,
    Product,
    Quotient,
    Sum,
)
from symparam.display import text


@pytest.mark.parametrize(
    ("network", "formula"),
    [
        ("Input(8, 8, 16) -> SeparableConv2D(16, 3)", "3*3*16 + (16 + 1)*16"),
        ("Input(8, 8, 8) -> SeparableConv2D(16, 3)", "3*3*8 + (8 + 1)*16"),
        ("Input(9, 9, 3) -> Conv2D(3, 3)", "(3*3*3 + 1)*3"),
        ("Input(28, 28, 1) -> Conv2D(32, 3x2)", "(3*2*1 + 1)*32"),
        ("Input(8, 8, 4) -> Conv2D(4, 4, groups=2)", "(4*4*4/2 + 1)*4"),
        ("Input(5, 5) -> LSTM(5)", "(5 + 5 + 1)*4*5"),
        ("Input(4, 16) -> MultiHeadAttention(4, 4)", "3*(16 + 1)*4*4 + (4*4 + 1)*16"),
        (
            "Input(4, 16) -> (_, _, _) -> nn.MultiheadAttention(16, 4)",
            "(16 + 1)*3*16 + (16 + 1)*16",
        ),
        (
            "(Input(10, 16), Input(7, 16), Input(7, 16)) -> nn.MultiheadAttention(16, 4, kdim=16, vdim=16)",
            "(16 + 1)*3*16 + (16 + 1)*16",
        ),
        (
            "Input(3) -> EinsumDense('ab,bc->ac', output_shape=3, bias_axes='c')",
            "(3 + 1)*3",
        ),
    ],
)
def test_equal_numbers_are_no_reason_to_group(network: str, formula: str) -> None:
    (step,) = symparam.parse(network).steps
    assert step.formula is not None
    assert text.node(step.formula) == formula
    assert value(step.formula) == step.params


def value(node: Node) -> int:
    """What a formula of numbers comes to."""
    if isinstance(node, Number):
        return node.value
    if isinstance(node, Sum):
        return sum(value(term) * (-1) ** sign for sign, term in node.terms)
    if isinstance(node, Product):
        whole = 1
        for factor in node.factors:
            whole *= value(Number(1) if isinstance(factor, Quotient) else factor)
        for factor in node.factors:
            if isinstance(factor, Quotient):
                above, below = map(value, factor)
                assert whole * above % below == 0
                whole = whole * above // below
        return whole
    assert isinstance(node, Quotient), node
    above, below = map(value, node)
    assert above % below == 0
    return above // below


def steps() -> list[Any]:
    programs = [*map(keras_program, records("keras_layers.json"))]
    programs += map(torch_program, torch_records())
    return [step for program in programs for step in symparam.parse(program).steps]


def test_the_formula_is_the_rule_in_numbers() -> None:
    """With words for numbers or symbols for words, the groups are the same, and so is the count."""
    compared = 0
    for step in steps():
        if (rule := step.rule) is None:
            assert step.formula is None
            continue
        assert step.formula == rule.numbers, step.layer
        assert value(rule.numbers) == step.params, step.layer
        compared += 1
    assert compared > 320
