"""Floor division of sizes: one sympy function and the rules that keep it in one fraction.

P is an integer expression, q and r are positive integers or products of positive
symbols, c is an integer. Each rule is an identity of integers; the tests try them all
against plain integer division.

    ceil(P / q)               = floor((P + q - 1) / q)         ``sizes.ceildiv``
    floor(P / q) + c          = floor((P + c*q) / q)           ``absorb``
    floor((floor(P/q) + c)/r) = floor((P + c*q) / (q*r))       ``_unnest``
    floor((g*P + c) / (g*q))  = floor((P + floor(c/g)) / q)    ``_cancel``
    floor((q*P - 1) / q)      = P - 1                          ``_cancel``

Sympy's own ``floor`` applies none of these and splits constants when it prints.
"""

from typing import Any

from sympy import Add, Expr, Function, Integer, Mul, Pow, S, ceiling, expand, floor, gcd, lcm
from sympy.core.function import Application


class FloorDiv(Function):
    """``floor(P / q)``, kept as the pair ``(P, q)`` in lowest terms.

    >>> from symparam.algebra.sizes import symbol
    >>> n = symbol("n")
    >>> FloorDiv(FloorDiv(n - 3, 2) + 1, 4)
    floor((n - 1)/8)
    >>> FloorDiv(n - 1, 8).subs(n, 17)
    2
    """

    nargs = 2
    is_integer = True
    is_real = True

    @classmethod
    def eval(cls, dividend: Expr, divisor: Expr) -> Any:
        p, q = _whole(dividend, divisor)
        p, q = _unnest(p, q)
        p, q = _cancel(*_cancel_powers(p, q))
        if p.is_Integer and q.is_Integer:
            return Integer(int(p) // int(q))
        if q is S.One:
            return p
        if (p, q) == (dividend, divisor):
            return None
        return Application.__new__(cls, p, q, evaluate=False)

    def fraction(self) -> tuple[str, Any, Any]:
        """The name, dividend and divisor to print: ceil where it reads simpler."""
        p: Any
        q: Any
        p, q = self.args
        raised = p - q + 1
        if _weight(raised) < _weight(p):
            return "ceil", raised, q
        return "floor", p, q

    def _pythoncode(self, printer: Any) -> str:
        p, q = map(printer._print, self.args)
        return f"(({p})//({q}))"

    _lambdacode = _numpycode = _scipycode = _pythoncode

    def _ccode(self, printer: Any) -> str:
        p, q = map(printer._print, self.args)  # C rounds towards zero, and % goes along with it
        return f"((({p}) - ((({p}) % ({q})) + ({q})) % ({q}))/({q}))"

    def _pretty(self, printer: Any) -> Any:
        name, p, q = self.fraction()
        quotient = Mul(p, Pow(q, -1), evaluate=False)
        return printer._print({"ceil": ceiling, "floor": floor}[name](quotient, evaluate=False))

    def _sympystr(self, printer: Any) -> str:
        name, p, q = self.fraction()
        name = {"ceil": "ceiling"}.get(name, name)
        return f"{name}({printer._print(p / q)})" if not p.is_Add else _spell(printer, name, p, q)

    def _latex(self, printer: Any) -> str:
        name, p, q = self.fraction()
        fraction = rf"\frac{{{printer._print(p)}}}{{{printer._print(q)}}}"
        return rf"\left\l{name} {fraction} \right\r{name}"


def _spell(printer: Any, name: str, p: Expr, q: Expr) -> str:
    divisor = printer._print(q)
    return f"{name}(({printer._print(p)})/{f'({divisor})' if q.is_Mul or q.is_Add else divisor})"


def _weight(expression: Expr) -> tuple[int, int]:
    """How heavy a dividend reads: its terms, then the size of its constant."""
    terms = Add.make_args(expression)
    return len(terms), abs(int(expression.as_coeff_Add()[0]))


def absorb(sum_: Expr) -> Expr:
    """``floor(P/q) + c`` as one fraction, for an integer c."""
    constant, rest = sum_.as_coeff_Add()
    if isinstance(rest, FloorDiv) and constant.is_Integer:
        p, q = rest.args
        result: Expr = FloorDiv(p + expand(constant * q), q)
        return result
    return sum_


def _whole(p: Expr, q: Expr) -> tuple[Expr, Expr]:
    """Clear the denominators that exact division leaves in coefficients."""
    coefficients: list[Any] = [term.as_coeff_Mul()[0] for term in Add.make_args(p)]
    denominator = lcm([coefficient.q for coefficient in coefficients])
    if denominator == 1:
        return p, q
    return expand(p * denominator), q * denominator


def _unnest(p: Expr, q: Expr) -> tuple[Expr, Expr]:
    """``floor((floor(P/r) + c)/q)`` as one fraction, for any integer c without a floor."""
    while True:
        terms = Add.make_args(p)
        floors = [term for term in terms if term.has(FloorDiv)]
        if len(floors) != 1 or not isinstance(floors[0], FloorDiv):
            return p, q
        rest = Add(*(term for term in terms if term is not floors[0]))
        if not rest.is_integer:
            return p, q
        inner, r = floors[0].args
        p, q = Add(inner, expand(rest * r)), expand(q * r)


def _cancel(p: Expr, q: Expr) -> tuple[Expr, Expr]:
    """Divide out what dividend and divisor share, up to the constant."""
    constant, rest = p.as_coeff_Add()
    if rest is S.Zero:
        return p, q
    if q.is_Add and (times := _times(p, q)) is not None:
        return times, S.One
    terms = Add.make_args(rest)
    quotients = [term / q for term in terms]
    if not q.is_Integer and constant in (0, -1) and all(map(_is_polynomial, quotients)):
        return Add(*quotients, constant), S.One
    shared = gcd([part.as_coeff_Mul()[0] for part in (q, *terms)])
    # Of 10*s/t only the whole is an integer, so nothing may be taken out of it.
    if shared == 1 or not constant.is_Integer or not all(map(_is_polynomial, (q, *terms))):
        return p, q
    reduced = Add(*(term / shared for term in terms), Integer(int(constant) // int(shared)))
    return reduced, q / shared


def _times(p: Expr, q: Expr) -> Expr | None:
    """P where p is P*q or P*q - 1 for a sum q: ``3*a + 3`` is 3 times ``a + 1``."""
    first = next((t for t in Add.make_args(q) if t.as_coeff_Mul()[0] == 1 and t.is_Symbol), None)
    if first is None or not p.is_Add:
        return None
    times = Add(*(t / first for t in Add.make_args(p) if t.has(first)))
    if times.has(first) or not _is_polynomial(times):
        return None
    left_over = expand(p - times * q)
    return times + left_over if left_over in (0, -1) else None


def _cancel_powers(p: Expr, q: Expr) -> tuple[Expr, Expr]:
    """``2*h / 2**(L + 1)`` as ``h / 2**L``: a power below the line loses what p has a factor of."""
    power: Any = q
    if not power.is_Pow or not power.base.is_Integer:
        return p, q
    base, exponent = power.args
    terms: list[Any] = list(Add.make_args(p))
    spare = exponent.as_coeff_Add()[0]
    while spare >= 1 and all(
        term.as_coeff_Mul()[0].is_Integer and term.as_coeff_Mul()[0] % base == 0 for term in terms
    ):
        terms = [term / base for term in terms]
        spare, exponent = spare - 1, exponent - 1
    return Add(*terms), base**exponent


def _is_polynomial(term: Expr) -> bool:
    return not any(
        (factor.is_Pow and not factor.args[1].is_nonnegative)
        or (factor.is_Rational and not factor.is_Integer)
        for factor in Mul.make_args(term)
    )
