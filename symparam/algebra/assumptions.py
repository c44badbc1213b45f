"""``assume H % 32 == 0``: what a script says of its symbols, and what follows for a size.

An assumption about a lone symbol is substituted for it: where ``32 | H``, H is 32 times another
positive integer, and every floor of it that comes out whole disappears. The result is written in
H again.
"""

import itertools
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from symparam.algebra.conditions import Condition, evaluated, simplest
from symparam.algebra.sizes import Shape, Size, Tensors, positive
from symparam.errors import SizeError

if TYPE_CHECKING:
    from sympy import Expr


class Assumptions:
    """What is known of the symbols of a script.

    >>> from symparam.algebra.sizes import ceildiv, symbol
    >>> H = symbol("H")
    >>> assumed = Assumptions([Condition(32, "|", H)])
    >>> assumed.restated((ceildiv(H, 32), ceildiv(H, 64)))
    (H/32, ceiling(H/64))
    >>> assumed.implies(Condition(8, "|", H)), assumed.implies(Condition(64, "|", H))
    (True, False)
    """

    def __init__(self, conditions: Iterable[Condition]) -> None:
        self.conditions: tuple[Condition, ...] = ()  # but for those that follow from others
        self._there: list[dict[Expr, Expr]] = []  # substituted one after the other
        self._back: dict[Expr, Expr] = {}
        self._equal: dict[Expr, Expr] = {}
        for condition in conditions:
            known = self._in_terms(condition)
            if known.holds():
                continue
            self.conditions += (condition,)
            if known.holds() is False:
                left, relation, right = condition
                raise SizeError(f"the assumptions contradict each other: {left} {relation} {right}")
            for assumption in simplest([known]):
                self._there += itertools.islice(self._substitutions(assumption), 1)

    @property
    def simplify(self) -> bool:
        """Whether they change how sizes are written."""
        return bool(self._there)

    def restated(self, shape: Any) -> Any:
        """The sizes, simplified by the assumptions."""
        if not self.simplify or isinstance(shape, int):
            return shape
        if isinstance(shape, Tensors):
            return Tensors(map(self.restated, shape))
        if isinstance(shape, tuple):
            return tuple(map(self.restated, shape))
        from sympy import Max, Min

        from symparam.algebra.floors import FloorDiv

        shape = shape.xreplace(self._equal)
        rounded = {part: self._whole(part) for part in shape.atoms(FloorDiv, Max, Min)}
        return self._in_own_words(shape.xreplace(rounded))

    def _in_own_words(self, size: "Expr") -> Size:
        """In the symbols of the script."""
        for symbol in reversed(self._back):
            size = size.xreplace({symbol: self._back[symbol]})
        return evaluated((size,), {})[0]

    def _whole(self, part: "Expr") -> "Expr":
        """The part without rounding and without a choice, where the assumptions decide it."""
        whole: Any = part
        for put_in in self._there:
            (whole,) = evaluated((whole,), put_in)
        if not isinstance(whole, int) and whole.atoms(type(part)):
            return part
        from sympy import Integer

        result: Expr = Integer(whole) if isinstance(whole, int) else whole
        return result

    def implies(self, condition: Condition) -> bool:
        """Whether the condition follows from the assumptions."""
        if condition in self.conditions:
            return False  # it is the assumption itself
        try:
            known = self._in_terms(condition) if self.simplify else condition
            if self.simplify and known.holds():
                return True
            return known.relation == ">=" and _is_product(known)
        except SizeError:
            return False

    def _in_terms(self, condition: Condition) -> Condition:
        """A condition in the symbols that the assumptions introduce."""
        sides: Shape = (condition.left, condition.right)
        for put_in in self._there:
            sides = evaluated(sides, put_in)
        return Condition(sides[0], condition.relation, sides[1])

    def _substitutions(self, assumption: Condition) -> "Iterable[dict[Expr, Expr]]":
        """What an assumption substitutes for a symbol; nothing unless it is about a lone one."""
        from sympy import Dummy, Expr, Integer

        left, relation, right = assumption
        sides = [(left, right), (right, left)] if relation == "=" else [(left, right)]
        if relation == "|":
            sides = [(right, left)]
        for side, other in sides:
            if isinstance(side, int):
                continue
            shift, symbol = side.as_coeff_Add()
            if not (symbol.is_Symbol or symbol.is_Indexed) or not shift.is_Integer:
                continue
            wanted = Integer(other) if isinstance(other, int) else other
            if wanted.has(symbol):
                continue
            if relation == "=":
                self._equal[symbol] = wanted - shift
                yield {symbol: wanted - shift}
                continue
            new: Expr = Dummy(str(symbol), integer=True, positive=True)
            if relation == ">=":  # symbol + shift = other + new - 1
                self._back[new] = symbol + shift - wanted + 1
                yield {symbol: wanted + new - 1 - shift}
            elif relation == "|" and shift == 0:
                self._back[new] = symbol / wanted
                yield {symbol: wanted * new}
            elif relation == "|" and isinstance(other, int):  # symbol + shift = a multiple, above 0
                least = 1 + int(shift) // other  # the first that leaves the symbol above 0
                self._back[new] = (symbol + shift) / other + 1 - least
                yield {symbol: other * (new + least - 1) - shift}


def _is_product(condition: Condition) -> bool:
    """Whether left - right is a product of sizes that are at least 0, as of ``p*n >= p``."""
    from sympy import Add, Mul, factor_terms

    gap: Any = condition.left - condition.right
    terms: Any = Add.make_args(gap)
    if not frozenset.intersection(*(frozenset(term.free_symbols) for term in terms)):
        return False  # the terms have no factor in common
    gap = factor_terms(gap)
    return all(positive(factor + 1) for factor in Mul.make_args(gap))
