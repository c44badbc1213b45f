"""A count in several forms: as built, expanded, collected, factored, what leads.

Everything is dictionary arithmetic on monomials, linear in the result and bounded;
sympy's own rewriting is neither.
"""

from collections.abc import Iterable

from symparam.algebra.sizes import Size
from symparam.errors import ArgumentError, UnknownNameError, did_you_mean

FORMS = ("shortest", "built", "expanded", "collected", "factored", "leading")


def form(
    size: Size, kind: str = "shortest", on: str | None = None, names: Iterable[str] = ()
) -> Size:
    """A size in one of the ``FORMS``.

    - ``built``: as it came.
    - ``expanded``: a sum of products.
    - ``collected``: by powers of the symbol ``on``, the highest first, what belongs to each in its
      shortest form. Without ``on``, the symbol with the highest power is taken, of several the
      one in most terms.
    - ``factored``: what terms have in common stands before brackets, where that is shorter.
    - ``leading``: of the expanded form the terms of the highest degree, what a paper calls
      "about ``12*L*d**2``". Every symbol counts, and divides with a minus; a rounded size grows
      as without rounding, and a symbol in an exponent outweighs any power. This one form is not
      equal to the size.
    - ``shortest``: see ``shortest``.

    >>> from symparam.algebra.sizes import symbol
    >>> d, L, V = map(symbol, "dLV")
    >>> count = L * (12 * d**2 + 13 * d) + V * d + 2 * d
    >>> for kind in FORMS:
    ...     print(kind, form(count, kind), sep=": ")
    shortest: L*d*(12*d + 13) + V*d + 2*d
    built: L*(12*d**2 + 13*d) + V*d + 2*d
    expanded: 12*L*d**2 + 13*L*d + V*d + 2*d
    collected: 12*L*d**2 + d*(13*L + V + 2)
    factored: L*d*(12*d + 13) + d*(V + 2)
    leading: 12*L*d**2
    >>> form(count, "collected", on="L")
    L*(12*d**2 + 13*d) + V*d + 2*d

    A member of a sequence is collected on as ``on="w[0]"``. A form that does not apply gives the
    size as built: there is nothing to collect on, or too much to expand. ``names`` are those that
    a reader may ask for; the symbols of the size always are.

    What comes back is a sympy expression like any other, but for two things that sympy would
    undo: a number before a sum, ``2*(x + 1)``, is held unevaluated, and a collected sum is an
    ``Ordered``, an ``Add`` that keeps its terms in order. Both print and evaluate as they stand;
    whatever rebuilds them, such as ``xreplace``, gives a sum in sympy's own order.
    """
    if kind not in FORMS:
        hint = did_you_mean(kind, list(FORMS)) or f"there are {', '.join(FORMS)}"
        raise UnknownNameError(f"there is no form named {kind}", hint=hint)
    if on is not None:
        if kind != "collected":
            raise ArgumentError(f"only the collected form is collected on {on}")
        known = dict.fromkeys([*names, *map(str, getattr(size, "free_symbols", ()))])
        if on not in known and on.partition("[")[0] not in known:
            raise UnknownNameError(
                f"there is no symbol named {on}", hint=did_you_mean(on, sorted(known))
            )
    if isinstance(size, int) or kind == "built":
        return size
    if kind == "shortest":
        return shortest(size)
    from symparam.algebra.forms import writing

    if kind == "collected":
        return writing.collected(size, on)
    return {
        "expanded": writing.expanded,
        "factored": writing.factored,
        "leading": writing.leading,
    }[kind](size)


def shortest(size: Size) -> Size:
    """The form with the fewest operations that reads well; as built when it is a tie.

    A pair of brackets that the form brings in counts as two operations, so a short sum stays
    flat; the brackets of the layers are free. A product stays one, each of its sums shortened.

    >>> from symparam.algebra.sizes import symbol
    >>> c, m, n = symbol("c"), symbol("m"), symbol("n")
    >>> shortest(c * (9 * c + 1) + c * (18 * c + 1))
    27*c**2 + 2*c
    >>> shortest(c * (n + 1) + m * (c + 1))
    c*(n + 1) + m*(c + 1)
    >>> shortest(m * n + c * (2 * m * n**2 + 2 * m * n * c))
    2*c*m*n*(c + n) + m*n
    """
    if isinstance(size, int):
        return size
    from symparam.algebra.forms import writing

    return writing.shortest(size)
