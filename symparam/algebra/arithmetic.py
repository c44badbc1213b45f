"""Exact arithmetic on sizes as a script writes it.

A quotient of numbers that is not whole stays a fraction until something needs a size:
``1/4`` is a dropout rate, ``floor(7/2)`` is 3, and ``Dense(7/2)`` is an error.
"""

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

from symparam.algebra.conditions import required
from symparam.algebra.sizes import (
    MAX_DIGITS,
    bounded,
    divides,
    exact,
    floordiv,
    maximum,
    minimum,
    positive,
    power,
    product,
    remainder,
    settle,
    total,
)
from symparam.errors import SizeError, Span


def number(text: str) -> int | Fraction:
    """The value of a number literal."""
    text = text.replace("_", "")
    _, _, exponent = text.lower().partition("e")
    if len(text) > MAX_DIGITS or (exponent and abs(int(exponent)) > MAX_DIGITS):
        raise SizeError(f"a number with more than {MAX_DIGITS} digits")
    return bounded(int(text)) if text.isdigit() else Fraction(text)


def added(values: Sequence[Any], operators: Sequence[str]) -> Any:
    """``a + b - c``, in one addition."""
    signs = ("+", *operators)
    terms = [value if sign == "+" else -value for sign, value in zip(signs, values, strict=True)]
    if not any(isinstance(term, Fraction) for term in terms):
        return total(terms)
    summed = sum(terms)
    return _whole(summed) if isinstance(summed, Fraction) else summed


def multiplied(values: Sequence[Any], operators: Sequence[str], places: Sequence[Span]) -> Any:
    """``a * b / c // d % e``, left to right."""
    if set(operators) == {"*"} and not any(isinstance(value, Fraction) for value in values):
        return product(values)
    result = values[0]
    for operator, value, place in zip(operators, values[1:], places[1:], strict=True):
        result = _combined(operator, result, value, place)
    return result


def raised(base: Any, exponent: Any) -> Any:
    """``base ** exponent``."""
    if isinstance(base, Fraction) or isinstance(exponent, Fraction):
        raise SizeError("a power needs whole numbers")
    if isinstance(base, int) and isinstance(exponent, int) and exponent < 0 and base != 0:
        below = int(power(base, -exponent))
        return _whole(Fraction(1, below))  # 2*2**(-1) is a size again
    return power(base, exponent)


def _whole(value: Fraction) -> int | Fraction:
    """An int where the fraction is one."""
    return value.numerator if value.denominator == 1 else value


def least(*values: Any) -> Any:
    """``min(a, b)``, of fractions too."""
    return _chosen(min, minimum, values)


def greatest(*values: Any) -> Any:
    """``max(a, b)``, of fractions too."""
    return _chosen(max, maximum, values)


def _chosen(of_numbers: Callable[..., Any], of_sizes: Callable[..., Any], values: Any) -> Any:
    if not any(isinstance(value, Fraction) for value in values):
        return of_sizes(*values)
    if all(isinstance(value, int | Fraction) for value in values):
        return of_numbers(values)
    from sympy import sympify

    return of_sizes(*(sympify(value) for value in values))


def rounded_down(value: Any) -> Any:
    """``floor(a/b)``: the quotient inside need not be whole."""
    return floordiv(*fraction(value))


def rounded_up(value: Any) -> Any:
    """``ceil(a/b)``: the quotient inside need not be whole."""
    dividend, divisor = fraction(value)
    return floordiv(dividend + divisor - 1, divisor)


# The functions of sizes, with the number of arguments they take; None is any number.
FUNCTIONS: dict[str, tuple[Callable[..., Any], int | None]] = {
    "floor": (rounded_down, 1),
    "ceil": (rounded_up, 1),
    "ceiling": (rounded_up, 1),
    "min": (least, None),
    "max": (greatest, None),
}


def fraction(value: Any) -> tuple[Any, Any]:
    """Dividend and divisor of a size, powers that may be below zero in the divisor."""
    if isinstance(value, int | Fraction):
        return value.numerator, value.denominator
    from sympy import Add, Mul, S, together

    dividend, divisor = together(value).as_numer_denom()
    above: list[Any] = []
    factors: Any = Mul.make_args(dividend)
    for factor in factors:
        base, exponent = factor.args if factor.is_Pow else (factor, S.One)
        for part in Add.make_args(exponent):  # sympy leaves 2**(1 - k) above the line
            if part.could_extract_minus_sign():
                divisor *= base**-part
            else:
                above.append(base**part)
    dividend = Mul(*above)
    return settle(dividend), settle(divisor)


def _combined(operator: str, left: Any, right: Any, span: Span) -> Any:
    """One step of a product: exact division keeps a fraction that is not whole yet."""
    if operator == "*":
        if isinstance(left, Fraction) or isinstance(right, Fraction):
            value = left * right
            return _whole(value) if isinstance(value, Fraction) else value
        return product([left, right])
    if right == 0 or not (isinstance(right, int | Fraction) or required(right, "!=", 0)):
        raise SizeError("division by zero", span)
    if operator == "/":
        return _quotient(left, right)
    if positive(right) is False if not isinstance(right, Fraction) else right < 0:
        raise SizeError(f"{operator} needs a positive divisor", span)
    if not (isinstance(left, Fraction) or isinstance(right, Fraction)):
        return floordiv(left, right) if operator == "//" else remainder(left, right)
    times = rounded_down(_quotient(left, right))
    return times if operator == "//" else added([left, right * times], ["-"])


def _quotient(left: Any, right: Any) -> Any:
    """``a / b``, a fraction where it is not whole."""
    if isinstance(left, int | Fraction) and isinstance(right, int | Fraction):
        return _whole(Fraction(left) / right)
    if isinstance(left, Fraction) or isinstance(right, Fraction):
        return left / right
    return left / right if divides(right, left) is not True else exact(left, right)
