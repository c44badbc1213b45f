"""The parts of a paper, each in each format: what to print, and which printer prints it."""

import importlib
from collections.abc import Mapping
from typing import Any, NamedTuple

from symparam.algebra.sizes import Size
from symparam.costs.steps import Counts
from symparam.display import content
from symparam.display.content import Table
from symparam.errors import ArgumentError, UnknownNameError, did_you_mean, shorten

PARTS = ("total", "table", "derivation", "configs", "glossary", "macros")


class Material(NamedTuple):
    """All that a network has to be printed."""

    counts: Counts
    summary: Table
    configs: Table | None
    totals: Mapping[str, list[tuple[str, Size]]]  # the totals of each config, by its name
    glossary: Mapping[str, str]
    latex: Mapping[str, str]  # how the script wants its symbols set
    symbols: tuple[str, ...]
    sizes: Mapping[str, Any]  # the numbers that are substituted
    description: str


def printed(material: Material, form: str, part: str, is_siunitx: bool = False) -> str:
    """A part in a format; ``document`` is a whole file of all parts there are.

    With ``is_siunitx`` the numbers of LaTeX's configs stand in columns of that package.

    Raises UnknownNameError for a part that there is not, ArgumentError for one that the
    network does not have.
    """
    if part not in (*PARTS, "document") or (part == "macros" and form != "latex"):
        raise UnknownNameError(
            f"{form} has no part {shorten(part)}",
            hint=did_you_mean(part, [*PARTS]) or f"the parts are {', '.join(PARTS)}",
        )
    printer = importlib.import_module(f"symparam.display.{form}")
    names = printer.Names(material.latex, material.symbols)
    if is_siunitx and _is_latex(printer) and part == "configs" and material.configs is not None:
        columns: str = printer.configs(material.configs, names, is_siunitx=True)
        return columns
    if part != "document":
        return _part(material, printer, names, part)
    if form != "latex":  # on one page the notes of the table are enough, the glossary has its own
        material = material._replace(summary=content.layers(material.counts))
        if material.configs is not None:
            material = material._replace(configs=material.configs._replace(notes=[]))
    parts = {
        name: _part(material, printer, names, name)
        for name in ("total", "glossary", "table", "derivation", "configs")
        if _has(material, name)
    }
    title, _, text = material.description.partition("\n")
    whole: str = printer.document(parts.values() if form == "latex" else parts, title, text)
    return whole


def _has(material: Material, part: str) -> bool:
    if part == "configs":
        return material.configs is not None
    return part != "glossary" or bool(material.glossary)


def _part(material: Material, printer: Any, names: Any, part: str) -> str:
    if not _has(material, part):
        raise ArgumentError(f"the script has no {part}")
    counts = material.counts
    result: str
    if part == "total":
        relation = r"\sim" if counts.form.kind == "leading" else "="
        result = printer.total(counts.params, names, material.sizes, relation=relation)
    elif part == "table":
        result = printer.table(material.summary, names)
    elif part == "derivation":
        result = printer.derivation(content.derivation(counts), names)
    elif part == "configs":
        result = (printer.configs if _is_latex(printer) else printer.table)(material.configs, names)
    elif part == "glossary":
        result = printer.glossary(material.glossary, names)
    else:
        result = printer.macros({"": content.totals(counts), **material.totals}, names)
    return result


def _is_latex(printer: Any) -> bool:
    return bool(printer.__name__.endswith(".latex"))
