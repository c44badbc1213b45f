"""What a formula looks like, before any format: the tree that every printer walks.

Sympy merges and reorders what it holds, so ``(2*3*1 + 1)*32`` could not be printed from it.
A node keeps its parts in the order they are shown.
"""

from collections.abc import Iterable
from fractions import Fraction
from typing import Any, NamedTuple, TypeAlias

from symparam.algebra.sizes import Size, outermost


class Number(NamedTuple):
    """A whole number that is not negative."""

    value: int


class Name(NamedTuple):
    """A symbol."""

    name: str


class Word(Name):
    """A word of a rule that stands for a size: ``in_channels``."""

    __slots__ = ()


class Member(NamedTuple):
    """``w[i - 1]``."""

    name: str
    place: "Node"


class Sum(NamedTuple):
    """Terms, each added or subtracted; a lone negative term is one, too."""

    terms: "tuple[Term, ...]"


class Term(NamedTuple):
    is_negative: bool
    node: "Node"


class Product(NamedTuple):
    factors: "tuple[Node, ...]"


class Quotient(NamedTuple):
    dividend: "Node"
    divisor: "Node"


class Power(NamedTuple):
    base: "Node"
    exponent: "Node"


class Rounded(NamedTuple):
    """A quotient rounded: ``word`` is floor or ceil."""

    word: str
    quotient: Quotient


class Choice(NamedTuple):
    """The smallest or the largest of some: ``word`` is min or max."""

    word: str
    options: "tuple[Node, ...]"


class Series(NamedTuple):
    """A sum over the repetitions of a repeat."""

    term: "Node"
    variable: Name
    first: "Node"
    last: "Node"


Node: TypeAlias = (
    Number | Name | Member | Sum | Product | Quotient | Power | Rounded | Choice | Series
)


def tree(size: Size | Fraction) -> Node:
    """A size as it is shown.

    >>> from symparam.algebra.sizes import symbol
    >>> tree(2 * symbol("n"))
    Product(factors=(Number(value=2), Name(name='n')))
    """
    if isinstance(size, int):
        return Number(size) if size >= 0 else Sum((Term(True, Number(-size)),))
    if isinstance(size, Fraction):
        return _signed(size < 0, _quotient([Number(abs(size.numerator))], [size.denominator]))
    return _of(size)


def in_words(node: Node) -> Node:
    """A rule in the layer's argument names: each name is a word, not a symbol of the user's.

    >>> in_words(Product((Number(2), Name("units"))))
    Product(factors=(Number(value=2), Word(name='units')))
    """

    def changed(part: Any) -> Any:
        if isinstance(part, Name):
            return Word(part.name)
        if isinstance(part, tuple):
            parts = map(changed, part)
            return tuple(parts) if type(part) is tuple else type(part)(*parts)
        return part

    worded: Node = changed(node)
    return worded


def added(nodes: Iterable[Node]) -> Node:
    """The nodes added up, sums among them laid flat."""
    terms: list[Term] = []
    for node in nodes:
        terms += node.terms if isinstance(node, Sum) else [Term(False, node)]
    return Sum(tuple(terms))


def multiplied(*nodes: Node) -> Node:
    """The nodes multiplied, products among them laid flat; a factor 1 goes without saying."""
    factors: list[Node] = []
    for node in nodes:
        factors += node.factors if isinstance(node, Product) else [node]
    return _product([factor for factor in factors if factor != Number(1)])


def binding(node: Node) -> int:
    """How tightly the parts of a node hold together: ``SUM``, ``PRODUCT``, ``POWER``, ``ATOM``."""
    if isinstance(node, Sum):
        return SUM
    if isinstance(node, Product | Quotient):
        return PRODUCT
    return POWER if isinstance(node, Power) else ATOM


SUM, PRODUCT, POWER, ATOM = range(4)


def _of(size: Any) -> Node:
    if size.is_Symbol:
        return Name(str(size))
    if size.is_Rational:
        return tree(int(size) if size.is_Integer else Fraction(int(size.p), int(size.q)))
    if size.is_Add:
        return Sum(tuple(_term(term) for term in _ordered(size)))
    if size.is_Mul:
        term = _term(size)
        return _signed(*term)
    if size.is_Pow:
        if _divides(size.exp):
            return _quotient([Number(1)], [_power(size.base, -size.exp)])
        return _power(size.base, size.exp)
    if size.is_Indexed:
        return Member(str(size.base.label), _of(size.indices[0]))
    if (kind := type(size).__name__) == "FloorDiv":
        word, dividend, divisor = size.fraction()
        return Rounded(word, Quotient(_of(dividend), _of(divisor)))
    if kind in ("Min", "Max"):
        return Choice(kind.lower(), tuple(map(_of, size.args)))
    assert kind == "Sum", kind
    summand, index, first, last = outermost(size)
    return Series(_of(summand), Name(str(index)), _of(first), _of(last))


def _ordered(size: Any) -> list[Any]:
    """The terms in sympy's order, but for ``-k + w``: a sum begins with a term that is added."""
    from symparam.algebra.forms.polynomial import Ordered

    terms: list[Any] = size.as_ordered_terms()
    if not isinstance(size, Ordered) and terms[0].could_extract_minus_sign():
        for term in terms:
            if not term.could_extract_minus_sign() and not term.is_Number:
                terms.remove(term)
                return [term, *terms]
    return terms


def _term(size: Any) -> Term:
    """A product with its sign and with what divides below the line."""
    is_negative = False
    above: list[Node] = []
    below: list[Node] = []
    for factor in size.as_ordered_factors() if size.is_Mul else (size,):
        if factor.is_Rational:
            is_negative ^= bool(factor < 0)
            if abs(factor.p) != 1:
                above.append(Number(abs(int(factor.p))))
            if factor.q != 1:
                below.append(Number(int(factor.q)))
        elif factor.is_Pow and _divides(factor.exp):
            below.append(_power(factor.base, -factor.exp))
        else:
            above.append(_of(factor))
    return Term(is_negative, _quotient(above, below))


def _divides(exponent: Any) -> bool:
    """Whether a power stands below the line: ``2**(L - i)`` does not, whichever is larger."""
    terms = exponent.args if exponent.is_Add else (exponent,)
    return all(term.could_extract_minus_sign() for term in terms)


def _signed(is_negative: bool, node: Node) -> Node:
    return Sum((Term(True, node),)) if is_negative else node


def _quotient(above: list[Node], below: "Iterable[Node | int]") -> Node:
    divisors = [Number(part) if isinstance(part, int) else part for part in below]
    dividend = _product(above)
    divisors = [part for part in divisors if part != Number(1)]
    return Quotient(dividend, _product(divisors)) if divisors else dividend


def _product(factors: list[Node]) -> Node:
    if not factors:
        return Number(1)
    return factors[0] if len(factors) == 1 else Product(tuple(factors))


def _power(base: Any, exponent: Any) -> Node:
    return _of(base) if exponent == 1 else Power(_of(base), _of(exponent))
