"""The zoo as pages of the docs: each script with its formula, its symbols and its sizes."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from symparam.algebra.formula import Node
from symparam.display import text
from symparam.display.content import Equation, Table

_WIDTH = 96
_EXAMPLE = (
    'use LlamaBlock from "zoo:blocks/attention"; Input(s, d) -> LlamaBlock(d, h, g, e, f) * L'
)


class Entry(NamedTuple):
    """A script of the zoo with all that its page says."""

    name: str
    source: str  # the text of the script
    description: str
    params: Node
    glossary: Mapping[str, str]
    table: Table | None
    checks: Sequence[str]  # what each number was held against


def page(entry: Entry) -> str:
    """One script as a page of Markdown."""
    title, _, origin = entry.description.partition("\n")
    parts = [f"# {title}", "", " ".join(origin.splitlines()), ""]
    parts += [f"`symparam zoo:{entry.name}` prints its layers.", ""]
    parts += ["```", *_body(entry.source), "```", ""]
    parts += [
        "## Parameters",
        "",
        "```",
        text.equation(Equation("params", (entry.params,)), _WIDTH),
        "```",
    ]
    if entry.glossary:
        parts += ["", *(f"- `{name}`: {what}" for name, what in entry.glossary.items())]
    if entry.table is not None:
        parts += ["", "## Published sizes", "", *_markdown(entry.table)]
    parts += ["", "## Checked", "", *(f"- {check}" for check in entry.checks)]
    return "\n".join(parts) + "\n"


def index(entries: Sequence[Entry], libraries: Mapping[str, str]) -> str:
    """The list of all scripts, and of what the libraries define, as a page of Markdown."""
    parts = [
        "# The zoo",
        "",
        "Published architectures, written in the language. `symparam zoo` lists them, and",
        "`zoo:NAME` stands wherever a network or a file can stand:",
        "",
        "```console",
        "$ symparam params zoo:gpt2",
        "12*L*d**2 + 13*L*d + T*d + V*d + 2*d",
        "$ symparam params zoo:gpt2 --config xl",
        "1557611200",
        "```",
        "",
        "```python",
        ">>> import symparam",
        '>>> symparam.load("zoo:resnet").at("resnet50").params',
        "25557032",
        "```",
        "",
        "Each size of each script is held against the real model, counted in the framework that",
        "its page names, or against the paper.",
        "",
        "| script | architecture | sizes |",
        "|---|---|---|",
    ]
    for entry in entries:
        title = entry.description.partition("\n")[0]
        sizes = len(entry.table.rows) if entry.table else 0
        parts.append(f"| [`{entry.name}`](zoo/{entry.name}.md) | {title} | {sizes or ''} |")
    parts += ["", "## Blocks", "", "Parts that papers name, for scripts of your own:", ""]
    parts += ["```console"]
    parts += [f"$ symparam params '{_EXAMPLE}'", "L*d*(2*e*(g + h) + 3*f + 2)", "```"]
    for name, source in libraries.items():
        parts += ["", f"`zoo:{name}`:", "", "```", *_definitions(source), "```"]
    return "\n".join(parts) + "\n"


def _definitions(source: str) -> list[str]:
    """The functions of a library as one calls them, each under its comment."""
    lines = []
    for line in source.splitlines()[1:]:
        if line.startswith("#") or not line:
            lines.append(line)
        elif line[0].isalpha():
            lines.append(line.partition(" = ")[0].removesuffix(" ="))
    return "\n".join(lines).strip().splitlines()


def _body(source: str) -> list[str]:
    """The script without the comment that is the head of the page, and without its sizes."""
    lines = source.rstrip().splitlines()
    while lines and lines[0].startswith("#"):
        lines.pop(0)
    shown = [line for line in lines if not line.startswith("where ")]
    return "\n".join(shown).strip().splitlines()


def _markdown(table: Table) -> list[str]:
    def line(cells: Sequence[str]) -> str:
        return f"| {' | '.join(cells)} |"

    rule = ["---:" if column.is_right else "---" for column in table.columns]
    titles = [text.line(column.title) for column in table.columns]
    notes = [note for note in map(text.line, table.notes) if not note.startswith("Where ")]
    return [line(titles), line(rule), *map(line, text.cells(table)), "", *notes]
