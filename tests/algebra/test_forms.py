"""The forms of a formula: each as a table, and each equal to the size it came from."""

import os
import subprocess
import sys
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from passes import A, C, H, K, L, P, Q, W, at
from shipped import zoo_network
from sympy import Add, Expr, Float, Integer, Mul, latex

import symparam
from symparam import ArgumentError, UnknownNameError, symbol
from symparam.algebra.depth.sums import summed
from symparam.algebra.forms import FORMS, form, shortest
from symparam.algebra.forms.factoring import MAX_NESTED
from symparam.algebra.forms.polynomial import MAX_MONOMIALS, expand, operations
from symparam.algebra.sizes import Size, ceildiv, exact, floordiv, maximum, minimum, total

D, E, F, G, V, N, M = (symbol(name) for name in "defgVnm")
GPT = 12 * L * D**2 + 13 * L * D + V * D + 2 * D
LLAMA = 3 * L * D * F + 2 * L * D + L * (2 * D * E * G + 2 * D * E * H) + 2 * V * D + D

ROWS: list[tuple[Size, dict[str, str]]] = [
    (7, dict.fromkeys(FORMS, "7")),
    (C, dict.fromkeys(FORMS, "c")),
    (
        C * (9 * C + 1) + C * (18 * C + 1),
        {
            "shortest": "27*c**2 + 2*c",
            "built": "c*(9*c + 1) + c*(18*c + 1)",
            "expanded": "27*c**2 + 2*c",
            "collected": "27*c**2 + 2*c",
            "factored": "c*(27*c + 2)",
            "leading": "27*c**2",
        },
    ),
    (
        C * (N + 1) + M * (C + 1),
        {
            "shortest": "c*(n + 1) + m*(c + 1)",
            "expanded": "c*m + c*n + c + m",
            "collected": "c*(m + n + 1) + m",
            "factored": "c*(m + n + 1) + m",
            "leading": "c*m + c*n",
        },
    ),
    (
        GPT,
        {
            "shortest": "12*L*d**2 + 13*L*d + V*d + 2*d",
            "expanded": "12*L*d**2 + 13*L*d + V*d + 2*d",
            "collected": "12*L*d**2 + d*(13*L + V + 2)",
            "factored": "L*d*(12*d + 13) + d*(V + 2)",
            "leading": "12*L*d**2",
        },
    ),
    (
        LLAMA,
        {
            "shortest": "L*d*(2*e*(g + h) + 3*f + 2) + 2*V*d + d",
            "built": "3*L*d*f + 2*L*d + L*(2*d*e*g + 2*d*e*h) + 2*V*d + d",
            "expanded": "2*L*d*e*g + 2*L*d*e*h + 3*L*d*f + 2*L*d + 2*V*d + d",
            "factored": "L*d*(2*e*(g + h) + 3*f + 2) + 2*V*d + d",
            "leading": "2*L*d*e*g + 2*L*d*e*h",
        },
    ),
    # A number stays before its brackets.
    (
        8 * A * C + 8 * A * K + 8 * A * Q + 8 * C * K + 8 * C * Q + 8 * K * Q,
        {"leading": "8*a*c + 8*a*k + 8*a*q + 8*c*k + 8*c*q + 8*k*q"},
    ),
    (2 * A + 2 * C + 2 * K, {"shortest": "2*a + 2*c + 2*k", "factored": "2*(a + c + k)"}),
    (-2 * A - 2 * C - 2 * K, {"factored": "-2*(a + c + k)"}),
    (A / 4 + C / 4 + 3 * K / 4, {"factored": "(a + c + 3*k)/4"}),
    # Quotients are negative powers, floors and the like are taken whole.
    (
        H * C / K + 3 * A / K + C,
        {"expanded": "3*a/k + c*h/k + c", "factored": "c + (3*a + c*h)/k"},
    ),
    (
        C * exact(C, 2) + C,
        {"expanded": "c**2/2 + c", "collected": "c**2/2 + c", "leading": "c**2/2"},
    ),
    (
        floordiv(H - 1, 2) * (C + 1) + floordiv(H - 1, 2) * K,
        {
            "expanded": "c*floor((h - 1)/2) + k*floor((h - 1)/2) + floor((h - 1)/2)",
            "factored": "(c + k + 1)*floor((h - 1)/2)",
            "leading": "c*floor((h - 1)/2) + k*floor((h - 1)/2)",
        },
    ),
    (
        W[0] * W[1] + 3 * W[0] ** 2 + W[1],
        {"collected": "3*w[0]**2 + w[0]*w[1] + w[1]", "leading": "3*w[0]**2 + w[0]*w[1]"},
    ),
    (
        C * (2**L - 1) + C * L**9,
        {"expanded": "2**L*c + L**9*c - c", "factored": "c*(2**L + L**9 - 1)", "leading": "2**L*c"},
    ),
    (4 ** (L - 1) * C + 4 ** (L - 1), {"factored": "4**L*(c + 1)/4"}),
    (2**L * C + 2 ** (2 * L + 1), {"factored": "2**L*(2*2**L + c)", "leading": "2*4**L"}),
    (
        summed(W[P] * W[P - 1], P, 1, L).value + 5 * L * C,
        {
            "factored": "5*L*c + Sum(w[i - 1]*w[i], (i, 1, L))",
            "leading": "Sum(w[i - 1]*w[i], (i, 1, L))",
        },
    ),
    (maximum(A, C) * K + minimum(A**2, C) * K, {"factored": "k*(Max(a, c) + Min(a**2, c))"}),
    (maximum(A**2, C) + 9 * A, {"leading": "Max(a**2, c)"}),
    (A / (C - 1) + C / (C - 1), {"factored": "(a + c)/(c - 1)"}),
]


@pytest.mark.parametrize(
    ("size", "kind", "expected"),
    [(size, kind, expected) for size, row in ROWS for kind, expected in row.items()],
)
def test_forms(size: Size, kind: str, expected: str) -> None:
    assert str(form(size, kind)) == expected


@pytest.mark.parametrize(
    ("size", "on", "expected"),
    [
        (GPT, "L", "L*(12*d**2 + 13*d) + V*d + 2*d"),
        (GPT, "V", "V*d + 12*L*d**2 + 13*L*d + 2*d"),
        (L + C * (3 + K * C), "c", "c**2*k + 3*c + L"),
        (K + C * H, "h", "c*h + k"),
        (C / H + 2 * C * H + K, "h", "2*c*h + k + c/h"),
        (W[0] * (C + W[1]) + C, "w[0]", "(c + w[1])*w[0] + c"),
        (floordiv(H, 2) * C + C, "h", "c*floor(h/2) + c"),  # nothing to collect on: as built
        (GPT, "batch", "12*L*d**2 + 13*L*d + V*d + 2*d"),
        (9, "d", "9"),
    ],
)
def test_collected_on_a_symbol(size: Size, on: str, expected: str) -> None:
    assert str(form(size, "collected", on=on, names=["batch", "d"])) == expected


def test_a_collected_sum_keeps_its_order() -> None:
    """Sympy would write ``L*d`` before ``4*d**2``."""
    collected = form(L * D + 4 * D**2 - 3, "collected")
    assert str(4 * D**2 + L * D - 3) == "L*d + 4*d**2 - 3"
    assert str(collected) == "4*d**2 + L*d - 3"
    assert latex(collected) == "4 d^{2} + L d - 3"
    assert collected.xreplace({L: Integer(2)}) == 4 * D**2 + 2 * D - 3  # type: ignore[union-attr]
    assert collected - 4 * D**2 == L * D - 3


def test_a_number_stays_before_its_brackets() -> None:
    """Sympy would multiply it into the sum; sums and products with others keep it."""
    factored = form(2 * A + 2 * C + 2 * K, "factored")
    assert str(factored) == "2*(a + c + k)"
    assert str(factored + 1) == "2*(a + c + k) + 1"
    assert str(L * factored) == "2*L*(a + c + k)"
    assert latex(factored) == r"2 \left(a + c + k\right)"
    assert factored.xreplace({A: Integer(1)}) == 2 * C + 2 * K + 2  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("kind", "on", "message", "hint"),
    [
        ("factord", None, "there is no form named factord", "did you mean factored?"),
        ("x", None, "there is no form named x", "there are shortest, built, expanded, "),
        ("collected", "T", "there is no symbol named T", None),
        ("collected", "bach", "there is no symbol named bach", "did you mean batch?"),
        ("collected", "dd[0]", "there is no symbol named dd[0]", None),
        ("collected", "__import__('os')", "there is no symbol named __import__('os')", None),
    ],
)
def test_unknown_names(kind: str, on: str | None, message: str, hint: str | None) -> None:
    for size in (GPT, 7):
        with pytest.raises(UnknownNameError) as caught:
            form(size, kind, on=on, names=["batch"])
        assert caught.value.message == message
        assert (caught.value.hint or "").startswith(hint or "")


def test_only_the_collected_form_is_collected_on_a_symbol() -> None:
    with pytest.raises(ArgumentError, match="only the collected form is collected on d"):
        form(GPT, "factored", on="d")


NAMES = [A, C, K, Q, L, H]
ATOMS = [
    *(A, C, K, Q, L, W[0], W[1]),
    *(A**2, 2**L, 2 ** (L - 1), A**L, A / C, 1 / K**2, 1 / (C + 1), (A + C) ** 2),
    *(floordiv(H, 2), ceildiv(H + 1, 4), floordiv(A, 3), maximum(A, 3), minimum(A, C)),
    *(summed(W[P] * W[P - 1], P, 1, L).value, exact(A * C, 2), A + 1, 3 * C - 2, 9 * K + 4),
]


@st.composite
def sizes(draw: st.DrawFn) -> Expr:
    """Sums of products of what a count is made of, some of them in sums again."""

    def sum_(depth: int) -> Expr:
        parts = draw(st.integers(1, 5 if depth == 0 else 3))
        return Add(*(product(depth) for _ in range(parts)))

    def product(depth: int) -> Expr:
        factors = draw(st.lists(st.sampled_from(ATOMS), max_size=3))
        if depth < 2 and draw(st.booleans()):
            factors.append(sum_(depth + 1))
        return Mul(draw(st.sampled_from([1, 2, 12, -1, -6])), *factors)

    return sum_(0)


@st.composite
def numbers(draw: st.DrawFn) -> dict[Expr, int]:
    values = {name: draw(st.integers(1, 5)) for name in NAMES}
    return {**values, **{W[i]: draw(st.integers(1, 9)) for i in range(6)}}


def value(size: Size, at_: dict[Expr, int]) -> Expr:
    """The exact value; a random sum of quotients need not be a whole number."""
    scale = at_[A] * at_[C] * at_[K] ** 2 * (at_[C] + 1)
    return Integer(at((Integer(1) * size) * (2 * scale) ** 3, at_))


EQUAL = [kind for kind in FORMS if kind != "leading"]


@settings(deadline=None, max_examples=60)
@given(sizes(), numbers(), st.sampled_from([None, "a", "L", "w[0]"]))
def test_forms_are_equal(size: Expr, at_: dict[Expr, int], on: str | None) -> None:
    expected = value(size, at_)
    written = {kind: form(size, kind) for kind in FORMS}
    if on is not None:
        written["on"] = form(size, "collected", on=on, names=["a", "L", "w"])
    for kind, result in written.items():
        assert not (Integer(1) * result).atoms(Float)
        assert kind == "leading" or value(result, at_) == expected


@settings(deadline=None, max_examples=60)
@given(sizes())
def test_forms_stay_what_they_are(size: Expr) -> None:
    for kind in FORMS:
        once = form(size, kind)
        assert str(form(once, kind)) == str(once), kind


@settings(deadline=None, max_examples=60)
@given(sizes())
def test_the_shortest_is_short(size: Expr) -> None:
    def length(kind: str) -> int:
        return operations(Integer(1) * form(size, kind))

    assert length("shortest") <= min(length("built"), length("expanded"))


@settings(deadline=None, max_examples=60)
@given(sizes())
def test_what_leads_is_a_part(size: Expr) -> None:
    terms, leading = expand(size), expand(Integer(1) * form(size, "leading"))
    assert terms is not None
    assert leading is not None
    assert leading.items() <= terms.items()


@pytest.mark.parametrize("name", symparam.language.sources.zoo())
def test_zoo(name: str) -> None:
    """Every form of every total of the zoo is the same polynomial."""
    net = zoo_network(name)
    size = total(step.params for step in net.steps)
    for kind in EQUAL:
        written = form(size, kind)
        assert str(form(written, kind)) == str(written)
        assert expand(Integer(1) * written) == expand(Integer(1) * size)


def test_nothing_depends_on_the_order_of_sets() -> None:
    """The order in which Python walks a set changes from run to run."""
    code = (
        "import symparam; from symparam.algebra.forms import form, FORMS\n"
        "for n in ('llama', 'mobilenet_v2', 'deepseek_v2', 'densenet_bc'):\n"
        "    print([str(form(symparam.load(f'zoo:{n}').params, k)) for k in FORMS])"
    )
    runs = [
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert runs[0] == runs[1]


def test_what_is_too_long_stays_as_built() -> None:
    names = [symbol(f"x_{i}") for i in range(60)]
    for size in (Add(*names) ** 2 * Add(*names) + 1, 2 ** (L + 10**9) * 3):
        for kind in FORMS:
            assert form(size, kind) == size


def test_long_sums_take_no_time() -> None:
    """As many monomials as there may be, and nothing in common, or everything."""
    names = [symbol(f"x_{i}") for i in range(63)]
    pairs = Add(*(a * b for i, a in enumerate(names) for b in names[:i]))
    powers = Add(*(C**i * (i + 1) for i in range(900)))
    for size in (pairs, powers):
        assert len(size.args) <= MAX_MONOMIALS
        start = time.process_time()
        for kind in FORMS:
            form(size, kind)
        assert time.process_time() - start < 20


def test_brackets_are_not_nested_deeply() -> None:
    size = Add(*(C**i * (i + 1) * Mul(*NAMES[: i % 4]) for i in range(1, 40)))
    written = str(form(size, "factored"))
    depth = deepest = 0
    for character in written:
        depth += (character == "(") - (character == ")")
        deepest = max(deepest, depth)
    assert deepest <= MAX_NESTED


def test_a_product_stays_a_product() -> None:
    assert str(shortest((9 * C + 1) * F)) == "f*(9*c + 1)"
    assert str(shortest(L * (2 * D * E * G + 2 * D * E * H))) == "2*L*d*e*(g + h)"
