"""The catalogue of layers, taken from the classes: for the command line and for the docs."""

import inspect
import textwrap
from collections.abc import Mapping

from symparam.display.text import node
from symparam.layers import Layer, catalogue
from symparam.layers.contract.aliases import LAYERS
from symparam.layers.contract.rules import general_rule
from symparam.layers.contract.signature import signature

_COLUMN = 26  # where the sentences of the listing begin, but behind the longest names


def listing(width: int | None = None) -> str:
    """Every layer with what it does, a line each, folded at a width if there is one."""
    lines = (cls.title.ljust(_COLUMN - 2) + "  " + _lines(cls)[0] for cls in catalogue())
    if width is not None:
        lines = (
            textwrap.fill(line, max(width, 2 * _COLUMN), subsequent_indent=" " * _COLUMN)
            for line in lines
        )
    return "\n".join(lines)


def entry(cls: type[Layer]) -> str:
    """All there is to know about one layer, as plain text."""
    blocks = [signature(cls), "\n".join(_lines(cls)), f"params = {_rule(cls)}"]
    aliases = _aliases(cls)
    if aliases:
        blocks.append(f"also written {aliases}")
    return "\n\n".join(blocks)


def markdown(title: str, framework: str, checks: Mapping[str, str]) -> str:
    """The layers of a framework as a page of the docs; ``checks`` says how each is checked."""
    parts = [
        f"# {title}",
        "",
        "This page is generated from the layer classes; `symparam layers NAME` prints the same.",
        "Rules use the layer's own field names; `in_...` are the sizes of its input. A field at",
        "its default does not appear in a rule. Examples assume `from symparam import parse`.",
    ]
    family = None
    for cls in catalogue():
        if cls.framework != framework:
            continue
        module = inspect.getmodule(cls)
        if module is not family:
            family = module
            name = cls.__module__.rpartition(".")[2].capitalize()
            parts += ["", f"## {name}", "", (inspect.getdoc(module) or "").splitlines()[0]]
        example, prose = _split(_lines(cls))
        parts += ["", f"### {cls.title}", "", prose[0], "", f"`{signature(cls)}`"]
        parts += ["", f"`params = {_rule(cls)}`", "", "```python", *example, "```", "", *prose[1:]]
        parts += ["", f"Checked: {checks[cls.title]}."]
        if aliases := _aliases(cls):
            parts += ["", f"Also written `{aliases.replace(', ', '`, `')}`."]
    return "\n".join(parts) + "\n"


def _lines(cls: type[Layer]) -> list[str]:
    return (inspect.getdoc(cls) or "").replace("``", "`").splitlines()


def _split(lines: list[str]) -> tuple[list[str], list[str]]:
    """The example of a docstring, and its sentences."""
    start = next((i for i, line in enumerate(lines) if line.startswith(">>>")), len(lines))
    stop = next((i for i in range(start, len(lines)) if not lines[i]), len(lines))
    return lines[start:stop], [" ".join(lines[:start]).strip(), *lines[stop + 1 :]]


def _rule(cls: type[Layer]) -> str:
    rule = general_rule(cls)
    return node(rule) if rule else "0"


def _aliases(cls: type[Layer]) -> str:
    return ", ".join(alias for alias, name in LAYERS.items() if name == cls.title)
