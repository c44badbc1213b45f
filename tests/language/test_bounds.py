"""Huge and hostile input: a result or a clear error, in bounded time and memory."""

import pytest

import symparam
from symparam import SymparamError
from symparam.algebra.sizes import MAX_DIGITS
from symparam.language.syntax import MAX_LENGTH, MAX_NESTING


@pytest.mark.parametrize("layers", [10_000, pytest.param(100_000, marks=pytest.mark.heavy)])
def test_a_long_chain(layers: int) -> None:
    network = symparam.parse("Input(7)" + "->Dense(7)" * layers)
    assert len(network.steps) == layers
    assert network.params == 56 * layers


def test_a_symbolic_chain_of_3_000_layers() -> None:
    network = symparam.parse("Input(n)" + " -> Dense(n)" * 3_000)
    n = symparam.symbol("n")
    assert network.params == 3_000 * n * (n + 1)


def test_brackets_that_only_group() -> None:
    nested = "(" * 10_000 + "Dense(3)" + ")" * 10_000
    assert symparam.parse(f"Input(4) -> {nested}").params == 15


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Dense" + "(a" * 10_000 + ")" * 10_000, f"nested more than {MAX_NESTING} deep"),
        ("Dense(" + "-" * 10_000 + "3)", f"nested more than {MAX_NESTING} deep"),
        ("Dense(" + "2**" * 10_000 + "2)", f"nested more than {MAX_NESTING} deep"),
        ("Dense(3)" + ".T" * 10_000, f"nested more than {MAX_NESTING} deep"),
        ("(" * 10_000, "never closed"),
        (")" * 10_000, "nothing is open"),
        ("Dense(" + "9" * 10_000 + ")", f"more than {MAX_DIGITS} digits"),
        ("Dropout(0." + "9" * 10_000 + ")", f"more than {MAX_DIGITS} digits"),
        ("Dropout(1e" + "9" * 900 + ")", f"more than {MAX_DIGITS} digits"),
        ("Dense(2**2**2**2**2**2)", f"more than {MAX_DIGITS} digits"),
        ("Dense(n**9**9**9)", f"more than {MAX_DIGITS} digits"),
        ("Dense((2*n)**(10**6))", "an exponent above"),
        ("Dense(9**999 * 9**999)", f"more than {MAX_DIGITS} digits"),
        ("Input(10**600, 10**600) -> Flatten", f"more than {MAX_DIGITS} digits"),
        ("Input(10**600) -> Dense(10**600)", f"more than {MAX_DIGITS} digits"),
        ("Input(" + "3, " * 100_000 + "3) -> Flatten", f"more than {MAX_DIGITS} digits"),
        (
            "Input(" + ", ".join(f"n{i}" for i in range(2_000)) + ") -> Flatten",
            "more than 200 terms",
        ),
        ("#" * (MAX_LENGTH + 1), f"longer than {MAX_LENGTH} characters"),
        ("\n#\n" * 100_000 + "-> Dense(3)", "unexpected ->"),
        ("Input(4) -> " + "Zz" * 50_000, "no layer named Zz"),
        ("Input(4) -> Dense(3, " + "z" * 50_000 + "=1)", "has no argument zzz"),
    ],
    ids=lambda value: value[:30] if isinstance(value, str) else None,
)
def test_refused(text: str, message: str) -> None:
    with pytest.raises(SymparamError) as caught:
        symparam.parse(text)
    assert message in caught.value.message
    assert len(str(caught.value)) < 1_000


def test_long_sums_are_fine() -> None:
    network = symparam.parse("Input(4) -> Dense(" + "+".join(["n"] * 10_000) + ")")
    assert network.params == 50_000 * symparam.symbol("n")


def test_products_of_sums_are_not_expanded_without_end() -> None:
    sums = ")*(".join(f"a{i} + b{i} + 1" for i in range(30))
    network = symparam.parse(f"Input(({sums})) -> Dense(n) -> Dense(m)")
    assert len(str(network.params)) < 2_000


def test_layers_that_double_the_size() -> None:
    with pytest.raises(SymparamError, match="more than 1000 digits"):
        symparam.parse("Input(10)" + " -> RepeatVector(10) -> Flatten" * 2_000)


def test_repeated_symbolic_strides_stay_small() -> None:
    """The dividend grows by a term a layer until the bound says so."""
    text = "Input(h, w, c)" + " -> MaxPooling2D(k, s)" * 1_000
    with pytest.raises(SymparamError, match="more than 200 terms"):
        symparam.parse(text)
