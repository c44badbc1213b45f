"""Symbols that no text can name: the index of a repeat, and sizes that change with it."""

from typing import Any

from sympy import Dummy


class Index(Dummy):
    """A positive integer that equals nothing but itself, and is printed by its name."""

    def _sympystr(self, _: Any) -> str:
        return str(self.name)
