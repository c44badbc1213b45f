"""Formulas as presentation MathML, which browsers typeset themselves."""

from html import escape

from symparam.algebra.formula import (
    ATOM,
    POWER,
    PRODUCT,
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
    Term,
    Word,
    binding,
    tree,
)
from symparam.algebra.sizes import Shape
from symparam.display import text
from symparam.display.content import Related
from symparam.display.mathnames import Names, row, scripts

MINUS, DOT = "\u2212", "\u22c5"
TIMES, APPLY = "&#x2062;", "&#x2061;"  # nothing to see
RELATIONS = {"=": "=", "!=": "\u2260", ">=": "\u2265", "|": "\u2223"}
WIDE = 48  # characters of a sum in the language, from where it may break between its terms
_BETWEEN = '<mo form="infix" lspace="0" rspace="0.222em">'
_SLASH = '<mo lspace="0" rspace="0">/</mo>'


class MathML:
    """A printer of formulas that knows how symbols are set.

    >>> MathML().math(Product((Number(2), Name("n"))))
    '<math alttext="2*n"><mn>2</mn><mo>&#x2062;</mo><mi>n</mi></math>'

    The formula in the language is the text for those who cannot see it.
    """

    def __init__(self, names: Names | None = None) -> None:
        self.names = Names() if names is None else names

    def math(self, shown: Node) -> str:
        """A formula. A long sum is several in a row, so that a line may break before a sign."""
        said = text.node(shown)
        if not isinstance(shown, Sum) or len(said) <= WIDE:
            return _math(said, self.node(shown))
        return " ".join(
            self._piece(term, place == 0, place < len(shown.terms) - 1)
            for place, term in enumerate(shown.terms)
        )

    def shape(self, sizes: Shape) -> str:
        """A shape, its sizes with crosses between them."""
        nodes = [tree(size) for size in sizes]
        is_product = len(nodes) > 1
        factors = [
            self._fenced(node, True) if is_product and binding(node) < PRODUCT
            else self.node(node, True)
            for node in nodes
        ]  # fmt: skip
        return _math(text.shape(sizes), "<mo>×</mo>".join(factors))

    def related(self, left: Node, relation: str, right: Node) -> str:
        """Two sizes and how they relate."""
        said = text.part(Related(left, relation, right))
        sign = f"<mo>{RELATIONS[relation]}</mo>"
        return _math(said, f"{self.node(left)}{sign}{self.node(right)}")

    def node(self, shown: Node, is_flat: bool = False) -> str:
        """A formula as elements in a row.

        It is flat between commas, in a shape and in small print: digits are not grouped
        there, and what divides stands behind a slash.
        """
        if isinstance(shown, Number):
            return f"<mn>{shown.value}</mn>" if is_flat else f"<mn>{shown.value:,}</mn>"
        if isinstance(shown, Word):
            return f"<mi>{escape(shown.name.replace('_', ' '))}</mi>"
        if isinstance(shown, Name | Member):
            return scripts(*self._symbol(shown))
        if isinstance(shown, Sum):
            return self._sum(shown.terms, is_flat)
        if isinstance(shown, Product):
            return self._product(shown.factors, is_flat)
        if isinstance(shown, Quotient):
            return self._slashed(shown) if is_flat else self._fraction(shown)
        if isinstance(shown, Power):
            return self._power(shown, is_flat)
        if isinstance(shown, Rounded):
            left, right = "⌊⌋" if shown.word == "floor" else "⌈⌉"
            return _fences(left, self.node(shown.quotient, is_flat), right)
        if isinstance(shown, Choice):
            options = "<mo>,</mo>".join(self.node(option, True) for option in shown.options)
            return f"<mi>{shown.word}</mi><mo>{APPLY}</mo>{_fences('(', options, ')')}"
        first = row(f"{self.node(shown.variable)}<mo>=</mo>{self.node(shown.first, True)}")
        last = row(self.node(shown.last, True))
        is_sum = isinstance(shown.term, Sum)
        term = self._fenced(shown.term) if is_sum else row(self.node(shown.term))
        return f"<munderover><mo>∑</mo>{first}{last}</munderover>{term}"

    def _symbol(self, shown: Name | Member) -> tuple[str, str, str]:
        """A symbol with its own subscripts and those of a member of a sequence."""
        base, below, above, _ = self.names[shown.name]
        if isinstance(shown, Member):
            place = self.node(shown.place, True)
            below = f"{below}<mo>,</mo>{place}" if below else place
        return base, below, above

    def _fenced(self, shown: Node, is_flat: bool = False) -> str:
        return _fences("(", self.node(shown, is_flat), ")")

    def _sum(self, terms: tuple[Term, ...], is_flat: bool) -> str:
        last = len(terms) - 1
        return "".join(
            self._term(term, place == 0, place < last, is_flat) for place, term in enumerate(terms)
        )

    def _piece(self, term: Term, is_first: bool, is_before: bool) -> str:
        """A term by itself: its sign stands between, though nothing is before it."""
        said = text.node(Sum((term,)))
        written = self._term(term, is_first, is_before, False)
        if is_first:
            return _math(said, written)
        return _math(said if term.is_negative else f"+{said}", written.replace("<mo>", _BETWEEN, 1))

    def _term(self, term: Term, is_first: bool, is_before: bool, is_flat: bool) -> str:
        """A term with its sign, in brackets where it would be misread."""
        sign = MINUS if term.is_negative else "" if is_first else "+"
        is_sum = isinstance(term.node, Sum)
        is_misread = is_sum or (is_before and _is_open(term.node))
        written = self._fenced(term.node, is_flat) if is_misread else self.node(term.node, is_flat)
        return f"<mo>{sign}</mo>{written}" if sign else written

    def _product(self, factors: tuple[Node, ...], is_flat: bool) -> str:
        """Factors side by side; a dot stands where they would run into one another."""
        written = ""
        for place, factor in enumerate(factors):
            if place:
                is_apart = self._is_apart(factors[place - 1], factor)
                written += f"<mo>{DOT if is_apart else TIMES}</mo>"
            is_bare = _is_open(factor) or (is_flat and isinstance(factor, Quotient))
            is_fenced = binding(factor) < PRODUCT or (is_bare and place < len(factors) - 1)
            written += self._fenced(factor, is_flat) if is_fenced else self.node(factor, is_flat)
        return written

    def _is_apart(self, before: Node, after: Node) -> bool:
        """Whether a dot stands between two factors."""
        if isinstance(before, Quotient) and isinstance(after, Quotient):
            return True
        is_number = isinstance(_end(after, 0), Number)
        is_word = self._is_word(_end(before, -1)) or self._is_word(_end(after, 0))
        return is_number or is_word or before == after

    def _is_word(self, shown: Node) -> bool:
        if isinstance(shown, Name | Member):
            return isinstance(shown, Word) or self.names[shown.name].is_word
        return isinstance(shown, Choice)

    def _fraction(self, shown: Quotient) -> str:
        above, below = (row(self.node(part)) for part in shown)
        return f"<mfrac>{above}{below}</mfrac>"

    def _slashed(self, shown: Quotient) -> str:
        above, below = shown
        is_closed = binding(above) >= PRODUCT and not isinstance(above, Quotient)
        dividend = self.node(above, True) if is_closed else self._fenced(above, True)
        is_closed = binding(below) >= POWER
        divisor = self.node(below, True) if is_closed else self._fenced(below, True)
        return f"{dividend}{_SLASH}{divisor}"

    def _power(self, shown: Power, is_flat: bool) -> str:
        exponent = self.node(shown.exponent, True)
        base = shown.base
        if isinstance(base, Name | Member) and not isinstance(base, Word):
            symbol, below, above = self._symbol(base)
            if not above:  # a prime would be in the way
                return scripts(symbol, below, exponent)
            return scripts(self._fenced(base, is_flat), "", exponent)
        is_closed = binding(base) == ATOM and not isinstance(base, Series)
        inside = row(self.node(base, is_flat)) if is_closed else self._fenced(base, is_flat)
        return scripts(inside, "", exponent)


def _math(said: str, inner: str) -> str:
    return f'<math alttext="{escape(said)}">{inner}</math>'


def _fences(left: str, inner: str, right: str) -> str:
    """Brackets, that grow only where they must: some fonts set growing ones apart."""
    grow = "" if "<mfrac>" in inner or "<munderover>" in inner else ' stretchy="false"'
    return f"<mrow><mo{grow}>{left}</mo>{inner}<mo{grow}>{right}</mo></mrow>"


def _end(shown: Node, end: int) -> Node:
    """What a factor begins (0) or ends (-1) with."""
    if isinstance(shown, Product):
        return _end(shown.factors[end], end)
    return _end(shown.base, end) if isinstance(shown, Power) else shown


def _is_open(shown: Node) -> bool:
    """Whether what follows would read as a part of it, as behind the sum of a series."""
    if isinstance(shown, Product):
        return _is_open(shown.factors[-1])
    return isinstance(shown, Series)
