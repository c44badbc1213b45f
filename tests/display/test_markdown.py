"""Markdown: parts as files, and names that mean harm to tables, emphasis and formulas."""

import re
from collections.abc import Callable

import pytest
from markdown_it import MarkdownIt
from pages import BLOCK, CNN, HARMFUL, MARK, STEERING, document, hostile, parts

import symparam
from symparam.display import markdown

READER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
ENDS = "td_close", "th_close", "paragraph_close", "heading_close", "tr_close", "list_item_close"


def read(source: str) -> str:
    """What a reader sees: words, and formulas between dollar signs; a line a cell or paragraph."""
    shown = ""
    for token in READER.parse(source):
        for inner in token.children or ():
            if inner.type == "html_inline":
                assert inner.content in ("<span>", "</span>")
            elif inner.type == "softbreak":
                shown += "\n"
            else:
                assert inner.type in ("text", "code_inline", "strong_open", "strong_close")
                shown += inner.content
        assert token.type not in ("html_block", "code_block")
        if token.type == "fence":
            assert token.info == "math"
            shown += token.content
        if token.type in ENDS:
            shown += "\n"
    return shown


@pytest.mark.parametrize(("name", "source"), [("cnn", CNN), ("block", BLOCK)])
def test_documents(golden: Callable[[str, str], None], name: str, source: str) -> None:
    golden(f"tests/goldens/markdown/{name}.md", document(symparam.parse(source), "markdown"))


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("plain words, as they are", "plain words, as they are"),
        ("vocab_size", "vocab_size"),
        ("_size_", r"\_size\_"),
        ("a*b", r"a\*b"),
        ("a | b", r"a \| b"),
        ("`c`", r"\`c\`"),
        ("cost in $", "cost in <span>$</span>"),
        ("<b>", "&lt;b&gt;"),
        ("&lt;", "&amp;lt;"),
        ("[a](b)", r"\[a\](b)"),
        ("# head", r"\# head"),
        ("- item", r"\- item"),
        ("12. item", r"12\. item"),
        ("x-1", "x-1"),
        ("a  b\n   c", "a b\nc"),
        ("https://a.b", r"https\://a.b"),
        ("www.a.b", r"www\.a.b"),
        ("a\x1b[0m", "a\ufffd\\[0m"),
    ],
)
def test_words_of_the_user(said: str, shown: str) -> None:
    assert markdown.written(said) == shown


@pytest.mark.parametrize(
    ("network", "shown"),
    [
        ("Input(8, 8, 3) -> Flatten", "| flatten (Flatten) | 192 |  | 0 |"),
        ("Input(n) -> Dense(d_model, nobias)", "| $`d_{\\mathrm{model}}`$ | $`n d_{\\mathrm{model}}`$ |"),
        ("Input(n) -> Dense(n) * (L - 1)", "| × $`(L - 1)`$ |"),
        ("Input(n) -> Dense(3) -> (_ + Dense(3))", "| –&ensp;identity | 3 |"),
        ("Input(1000) -> Dense(10)", "| dense (Dense) | 10 | $`(1000 + 1)\\cdot 10`$ | 10,010 |"),
    ],
)  # fmt: skip
def test_rows_of_a_table(network: str, shown: str) -> None:
    assert shown in parts(symparam.parse(network), "markdown")["table"]


@pytest.mark.parametrize("part", ["glossary", "table", "configs", "document"])
def test_names_that_mean_harm_are_text(part: str) -> None:
    text = read(hostile().markdown(part))
    steering = STEERING.replace("\x1b", "\ufffd").replace("\u202e", "\ufffd")
    assert text.count(HARMFUL) == text.count(MARK) / 2 > 0
    assert text.count(steering) == text.count("https:") > 0


def test_every_row_has_as_many_cells_as_its_table() -> None:
    source = document(hostile(), "markdown")
    tokens = [token.type for token in READER.parse(source)]
    for table in " ".join(tokens).split("table_open")[1:]:
        rows = table.split("tr_open")[1:]
        assert len({row.count("td_open") + row.count("th_open") for row in rows}) == 1
    assert tokens.count("table_open") == 2


def test_formulas_are_out_of_reach_of_markdown() -> None:
    """Each stands in backticks between dollars, or in a block, and holds no backtick."""
    source = document(hostile(), "markdown")
    inline = re.findall(r"\$`([^`]*)`\$", source)
    assert len(inline) > 50
    code = [
        inner.content
        for token in READER.parse(source)
        for inner in token.children or ()
        if inner.type == "code_inline"
    ]
    assert code == inline


def test_leading_terms_are_not_equal() -> None:
    net = symparam.parse("Input(n) -> Dense(n, nobias)")
    names = markdown.Names()
    assert markdown.total(net.params, names, relation=r"\sim").count(r"\sim n^{2}") == 1
    assert r"\text{total}\ (n = 3,\, m = 4) = n^{2}" in markdown.total(
        net.params, names, {"n": 3, "m": 4}
    )
