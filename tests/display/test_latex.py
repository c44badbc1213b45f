"""LaTeX: symbols, formulas, broken lines, tables; golden files of whole networks; KaTeX."""

import pytest

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
    Term,
    in_words,
)
from symparam.display import latex
from symparam.display.latex.escape import escaped
from symparam.display.latex.formulas import Piece, pieces
from symparam.display.latex.lines import broken, rows
from symparam.display.latex.widths import EM
from symparam.errors import ArgumentError


def added(*nodes: Node) -> Sum:
    return Sum(tuple(Term(False, node) for node in nodes))


def times(*factors: Node) -> Product:
    return Product(factors)


A, B, N, LEN = Name("a"), Name("b"), Name("n"), Name("len")
ONE, TWO, THREE = Number(1), Number(2), Number(3)
HALF = Quotient(N, TWO)


@pytest.mark.parametrize(
    ("name", "set_as"),
    [
        ("d", "d"),
        ("alpha", r"\alpha"),
        ("Gamma", r"\Gamma"),
        ("varepsilon", r"\varepsilon"),
        ("lambda", r"\lambda"),
        ("omicron", "o"),
        ("α", r"\alpha"),
        ("Ω", r"\Omega"),
        ("d_model", r"d_{\mathrm{model}}"),
        ("n1", "n_{1}"),
        ("alpha_1", r"\alpha_{1}"),
        ("x_1_max", r"x_{1,\mathrm{max}}"),
        ("x_hat", r"\hat{x}"),
        ("x_hat_1", r"\hat{x}_{1}"),
        ("x_prime", "x'"),
        ("len", r"\mathrm{len}"),
        ("vocab_size", r"\mathrm{vocab\_size}"),
        ("hat", r"\mathrm{hat}"),
        ("x_", r"\mathrm{x\_}"),
        ("größe", r"\text{größe}"),
        ("日", r"\text{U+65E5}"),
        ("п", r"\text{U+043F}"),
    ],
)
def test_symbols(name: str, set_as: str) -> None:
    assert latex.Names()[name] == set_as


def test_no_two_symbols_look_alike() -> None:
    names = latex.Names({"m": r"\mu"}, ["n1", "n_1", "alpha", "α", "mu"])
    assert dict(names) == {
        "m": r"\mu",
        "n1": "n_{1}",
        "n_1": r"\text{n\_1}",
        "alpha": r"\alpha",
        "α": r"\text{U+03B1}",
        "mu": r"\text{mu}",
    }


@pytest.mark.parametrize(
    "said",
    [
        "d", "d_{m}", r"d_{\mathrm{model}}", r"\hat{x}_1^2", "x'", "x''_1", r"\mathcal{L}", r"\ell",
        r"d_\mathrm{m}", r"\text{model width}", r"N_{a,b}^{(1)}", "{ab}", r"\bar{\lambda}", r"d^\star",
    ],
)  # fmt: skip
def test_what_a_script_may_say(said: str) -> None:
    assert latex.checked(said) == said


@pytest.mark.parametrize(
    ("said", "because"),
    [
        ("", "is empty"),
        ("d" * 101, "more than 100 characters"),
        (r"\input{/etc/passwd}", r"no \input here"),
        (r"\write18{ls}", r"no \write here"),
        (r"\def\d{}", r"no \def here"),
        (r"\\", r"no \\ here"),
        (r"\begin{x}", r"no \begin here"),
        (r"\left(", r"no \left here"),
        ("$d$", "'$' is not allowed"),
        ("a&b", "'&' is not allowed"),
        ("a%b", "'%' is not allowed"),
        ("a#1", "'#' is not allowed"),
        ("a~b", "'~' is not allowed"),
        ("a<b", "'<' is not allowed"),
        ("é", "'é' is not allowed"),
        ("a\nb", "is not allowed"),
        ("{a", "a } is missing"),
        ("a}", "there is no { for a }"),
        ("^2", "something is missing before ^"),
        ("a_", "its end is missing"),
        ("a_b_c", "two _ on one letter"),
        ("a^b^c", "two ^ on one letter"),
        ("a^b'", "a prime behind a ^"),
        (r"\hat x", r"\hat needs braces"),
        (r"\mathrm", r"\mathrm needs braces"),
        (r"\text{a_b}", r"no _ in \text"),
        (r"\text{\input{x}}", r"no \input in \text"),
        ("{" * 12 + "a" + "}" * 12, "more than 10 braces"),
    ],
)
def test_what_a_script_may_not_say(said: str, because: str) -> None:
    with pytest.raises(ArgumentError, match=r".*") as caught:
        latex.Names({"d": said})
    assert because in str(caught.value)


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("a_b & c% #1 {$x$}", r"a\_b \& c\% \#1 \{\$x\$\}"),
        (r"\input{x}", r"\textbackslash{}input\{x\}"),
        (
            "<b> ~ ^ |",
            r"\textless{}b\textgreater{} \textasciitilde{} \textasciicircum{} \textbar{}",
        ),
        ("--- '' ,, ``", r"-{}-{}- '{}' ,{}, {\char96}{\char96}"),
        ('say "a"', r"say {\char34}a{\char34}"),
        ("naïve Größe, Łódź", "naïve Größe, Łódź"),
        ("α ≤ β², x₁", r"$\alpha$ $\le$ $\beta$$^{2}$, x$_{1}$"),
        ("– — … “a”", r"-- --- \ldots{} ``a''"),
        ("日\u202e\x00", "U+65E5U+202EU+0000"),
        ("a\n\t b", "a b"),
    ],
)
def test_words_of_the_user(text: str, printed: str) -> None:
    assert escaped(text) == printed


@pytest.mark.parametrize(
    ("node", "shown"),
    [
        (times(added(times(TWO, THREE, ONE), ONE), Number(32)), r"(2\cdot 3\cdot 1 + 1)\cdot 32"),
        (times(TWO, N), "2 n"),
        (times(ONE, N), r"1\cdot n"),
        (times(N, TWO), r"n\cdot 2"),
        (times(A, B), "a b"),
        (times(LEN, A), r"\mathrm{len}\,a"),
        (times(A, LEN, LEN), r"a\,\mathrm{len}\,\mathrm{len}"),
        (times(Name("d_ff"), Name("d_m")), r"d_{\mathrm{ff}}\,d_{m}"),
        (times(Name("d_ff"), added(A, ONE)), r"d_{\mathrm{ff}} (a + 1)"),
        (times(LEN, added(A, ONE)), r"\mathrm{len}\,(a + 1)"),
        (times(TWO, HALF), r"2\cdot \frac{n}{2}"),
        (times(A, HALF), r"a \frac{n}{2}"),
        (times(HALF, HALF), r"\frac{n}{2}\cdot \frac{n}{2}"),
        (times(A, added(HALF, ONE)), r"a \left(\frac{n}{2} + 1\right)"),
        (times(TWO, Power(Number(4), N)), r"2\cdot 4^{n}"),
        (Sum((Term(True, N), Term(False, ONE))), "-n + 1"),
        (Sum((Term(False, A), Term(True, N))), "a - n"),
        (Sum((Term(False, A), Term(True, added(B, ONE)))), "a - (b + 1)"),
        (Power(added(A, ONE), TWO), "(a + 1)^{2}"),
        (Power(Power(A, TWO), N), "(a^{2})^{n}"),
        (Power(Name("x_prime"), TWO), "(x')^{2}"),
        (Power(Member("w", TWO), TWO), "w_{2}^{2}"),
        (Member("w", Sum((Term(False, N), Term(True, ONE)))), "w_{n-1}"),
        (Member("d_model", Name("i")), r"d_{\mathrm{model},i}"),
        (Member("vocab_size", N), r"\mathrm{vocab\_size}_{n}"),
        (Quotient(times(TWO, N), THREE), r"\frac{2 n}{3}"),
        (Rounded("floor", HALF), r"\left\lfloor \frac{n}{2} \right\rfloor"),
        (times(A, Rounded("ceil", HALF)), r"a \left\lceil \frac{n}{2} \right\rceil"),
        (Choice("max", (N, THREE)), r"\max(n,\, 3)"),
        (Series(times(added(A, ONE), B), Name("i"), ONE, Name("L")), r"\sum_{i=1}^{L} (a + 1) b"),
        (Series(added(A, B), Name("i"), ONE, Name("L")), r"\sum_{i=1}^{L} (a + b)"),
        (added(Series(A, Name("i"), ONE, N), ONE), r"\left(\sum_{i=1}^{n} a\right) + 1"),
        (times(Series(A, Name("i"), ONE, N), B), r"\left(\sum_{i=1}^{n} a\right) b"),
        (times(Number(10816), N), r"10\,816 n"),
        (in_words(times(Name("in_channels"), TWO)), r"\text{in channels}\cdot 2"),
    ],
)  # fmt: skip
def test_formulas(node: Node, shown: str) -> None:
    assert latex.display(node, latex.Names()) == shown


@pytest.mark.parametrize(
    ("node", "shown"),
    [
        (HALF, "n/2"),
        (times(HALF, A), r"n/2\cdot a"),
        (Quotient(added(A, ONE), times(TWO, N)), "(a + 1)/(2 n)"),
        (Rounded("ceil", HALF), r"\lceil n/2 \rceil"),
        (times(A, added(HALF, ONE)), "a (n/2 + 1)"),
    ],
)
def test_formulas_in_a_line(node: Node, shown: str) -> None:
    assert latex.inline(node, latex.Names()) == shown


def test_a_script_sets_the_latex_of_a_symbol() -> None:
    names = latex.Names({"d": r"d_{\mathrm{m}}", "s": r"s^\star", "w": "w_a"})
    shown = times(Power(Name("d"), TWO), Power(Name("s"), TWO), Member("d", N), Member("w", N))
    assert latex.inline(shown, names) == (
        r"d_{\mathrm{m}}^{2} (s^\star)^{2} d_{\mathrm{m},n} {w_a}_{n}"
    )


def letters(count: int) -> Sum:
    return added(*(Name(chr(ord("a") + place)) for place in range(count)))


def test_sums_are_broken_at_their_outer_level() -> None:
    shown = added(times(TWO, letters(5)), times(THREE, letters(6)), N)
    assert broken(pieces(shown, latex.Names()), 15 * EM) == [
        "2 (a + b + c + d + e)",
        r"\quad {}+ 3 (a + b + c + d + e + f) + n",
    ]


def test_a_term_that_is_too_wide_is_broken_in_its_brackets() -> None:
    shown = added(N, times(TWO, added(HALF, *(term.node for term in letters(9).terms))), N)
    assert broken(pieces(shown, latex.Names()), 12 * EM) == [
        r"n + 2 \biggl(\frac{n}{2} + a + b + c + d",
        r"\quad\quad {}+ e + f + g + h + i\biggr)",
        r"\quad {}+ n",
    ]


def test_equations_that_say_the_same_are_one() -> None:
    sides = [pieces(node, latex.Names()) for node in (times(TWO, N), times(TWO, N), letters(12))]
    assert rows([Piece("P")], sides[:2]) == ["P &= 2 n"]
    assert rows([Piece("P")], sides, 16) == [
        "P &= 2 n",
        "&= a + b + c + d + e + f + g",
        r"&\quad {}+ h + i + j + k + l",
    ]
