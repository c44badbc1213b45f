"""Formulas as they are printed, worked out by plain arithmetic."""

from typing import Any

import sympy

import symparam
from symparam.algebra.formula import (
    Choice,
    Member,
    Name,
    Node,
    Number,
    Power,
    Product,
    Quotient,
    Rounded,
    Series,
    Sum,
)
from symparam.algebra.sizes import indexed


def worked_out(formula: Node) -> Any:
    """What a formula comes to, by plain arithmetic."""
    match formula:
        case Number():
            return sympy.Integer(formula.value)
        case Name():
            return symparam.symbol(formula.name)
        case Sum():
            return sum(
                -worked_out(t.node) if t.is_negative else worked_out(t.node) for t in formula.terms
            )
        case Product():
            return sympy.prod(map(worked_out, formula.factors))
        case Quotient():
            return worked_out(formula.dividend) / worked_out(formula.divisor)
        case Power():
            return worked_out(formula.base) ** worked_out(formula.exponent)
        case Rounded():
            rounded = sympy.floor if formula.word == "floor" else sympy.ceiling
            return rounded(worked_out(formula.quotient))
        case Choice():
            chosen = sympy.Min if formula.word == "min" else sympy.Max
            return chosen(*map(worked_out, formula.options))
        case Series():
            limits = (
                worked_out(formula.variable),
                worked_out(formula.first),
                worked_out(formula.last),
            )
            return sympy.Sum(worked_out(formula.term), limits)
        case Member():
            return indexed(formula.name, worked_out(formula.place))
