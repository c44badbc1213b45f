"""The grammar: every program of the corpus prints back to itself; mistakes are explained."""

import re
from typing import Any

import pytest
from bare import bare
from places import TESTS

from symparam.errors import ParseError
from symparam.language.syntax import parse

CORPUS = (TESTS / "corpus" / "language.txt").read_text("utf-8")
PROGRAMS = [
    paragraph for paragraph in re.split(r"\n\s*\n", CORPUS.split("\n", 1)[1].strip()) if paragraph
]


@pytest.mark.parametrize("program", PROGRAMS)
def test_round_trip(program: str) -> None:
    script = parse(program)
    assert bare(parse(str(script))) == bare(script)


def test_corpus_is_the_whole_language() -> None:
    """Each rule of the grammar is met by the corpus."""
    from symparam.language import records

    met: set[str] = set()
    stack: list[Any] = [parse(program) for program in PROGRAMS]
    while stack:
        record = stack.pop()
        if isinstance(record, tuple):
            met.add(type(record).__name__)
            stack.extend(record)
    kinds = {
        name
        for name, value in vars(records).items()
        if isinstance(value, type) and issubclass(value, tuple)
    }
    assert kinds <= met


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("a->b", "a -> b"),
        ("Conv2D(32,3x2)", "Conv2D(32, 3 x 2)"),
        ("3xk", "3 x k"),
        ("kxk", "kxk"),
        ("x x x", "x x x"),
        ("((((a))))", "a"),
        ("a -> (b -> c)", "a -> (b -> c)"),
        ("(a + b) + c", "(a + b) + c"),
        ("a + b + c", "a + b + c"),
        ("-2**2", "-2**2"),
        ("(-2)**2", "(-2)**2"),
        ("a\n  -> b\nc", "a -> b\nc"),
        ("a; b", "a\nb"),
        ("f(\na,\n\nb\n)", "f(a, b)"),
    ],
)
def test_printed(text: str, printed: str) -> None:
    assert str(parse(text)) == printed


@pytest.mark.parametrize(
    ("text", "line", "column", "message", "hint"),
    [
        ("", 1, 1, "nothing to read", "Input(4)"),
        ("  # only a comment", 1, 1, "nothing to read", "Input(4)"),
        ("Dense(", 1, 6, "never closed", None),
        ("a -> b\n  (c", 2, 3, "never closed", None),
        ("Dense(3))", 1, 9, "nothing is open for this )", None),
        ("(a]", 1, 3, "( is closed by ]", None),
        ("Dense(3) Dense(4)", 1, 10, "no operator before Dense", "-> puts Dense after"),
        ("Conv2D(32 3)", 1, 11, "no operator before 3", None),
        ("2n", 1, 2, "no operator before n", "* multiplies"),
        ("a => b", 1, 3, "unexpected =>", "write ->"),
        ("a --> b", 1, 3, "unexpected -->", "write ->"),
        ("a → b", 1, 3, "unexpected ", "write ->"),
        ("Conv2D(8, 3×2)", 1, 12, "unexpected ", "write x"),
        ("Dense(n^2)", 1, 8, "unexpected ", "write **"),
        ("a ->", 1, 4, "something is missing after this", "a layer or a size"),
        ("a ->\n\n", 1, 4, "something is missing after this", "a layer or a size"),
        ("-> a", 1, 1, "unexpected ->", "before this ->"),
        ("a -> -> b", 1, 6, "unexpected ->", "before this ->"),
        ("Dense(7,,3)", 1, 9, "unexpected ,", "a layer or a size is missing"),
        ("Conv2D(32, 3x)", 1, 14, "unexpected )", "a layer or a size is missing"),
        ("a == b", 1, 3, "unexpected ==", "assume"),
        ("Dense(n > 2)", 1, 9, "unexpected >", "assume"),
        ('Dense("relu)', 1, 7, "unexpected ", "quote"),
        ("Dense{3}", 1, 6, "unexpected ", "( and )"),
        ("a $ b", 1, 3, "unexpected $", None),
        ("Input(4)\nDense(7) @", 2, 10, "unexpected @", None),
    ],
)
def test_mistakes(text: str, line: int, column: int, message: str, hint: str | None) -> None:
    with pytest.raises(ParseError) as caught:
        parse(text)
    error = caught.value
    assert message in error.message
    assert (error.line, error.column) == (line, column)
    assert (hint or "") in (error.hint or "")
    assert "^" in str(error)
    assert "__" not in str(error)
