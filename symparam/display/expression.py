"""Symbolic sizes as text of the language."""

from typing import Any

from sympy import Expr
from sympy.printing.str import StrPrinter


class _TextPrinter(StrPrinter):
    """Sympy's text, with the function names of the language."""

    printmethod = "_symparam"  # not ``_sympystr``, which spells for sympy

    def _as_ordered_terms(self, expression: Any, order: Any = None) -> list[Any]:
        """Sympy's order, but for ``-k + w``: a sum begins with a term that is added."""
        terms: list[Any] = super()._as_ordered_terms(expression, order)  # type: ignore[no-untyped-call]
        if terms[0].could_extract_minus_sign():
            for term in terms:
                if not term.could_extract_minus_sign() and not term.is_Number:
                    terms.remove(term)
                    return [term, *terms]
        return terms

    def _print_FloorDiv(self, expression: Any) -> str:
        name, dividend, divisor = expression.fraction()
        below = f"({self._print(divisor)})" if divisor.is_Mul else self._over(divisor)
        return f"{name}({self._over(dividend)}/{below})"

    def _print_Indexed(self, expression: Any) -> str:
        return f"{expression.base.label}[{', '.join(map(self._print, expression.indices))}]"

    def _print_Max(self, expression: Any) -> str:
        return self._call("max", expression)

    def _print_Min(self, expression: Any) -> str:
        return self._call("min", expression)

    def _call(self, name: str, expression: Any) -> str:
        return f"{name}({', '.join(map(self._print, expression.args))})"

    def _over(self, part: Expr) -> str:
        text: str = self._print(part)
        return f"({text})" if part.is_Add or (part.is_Mul and "/" in text) else text


def text(expression: Expr) -> str:
    """An expression the way the language writes it.

    >>> from symparam.sizes import ceildiv, symbol
    >>> text(ceildiv(symbol("h"), 2) * symbol("c"))
    'c*ceil(h/2)'
    """
    printer: Any = _TextPrinter()  # type: ignore[no-untyped-call]
    result: str = printer.doprint(expression)
    return result
