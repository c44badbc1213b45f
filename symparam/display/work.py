"""Operations by their convention: a line, a comparison of conventions, and JSON."""

from collections.abc import Iterator
from functools import partial
from typing import Any

from symparam.algebra.sizes import Size, product
from symparam.algebra.sizes import total as added_up
from symparam.costs.steps import Counts
from symparam.costs.work import UNITS, WorkConvention, work_convention, work_conventions
from symparam.display import text
from symparam.display.data import Writer
from symparam.trace.nodes import Step

_DIGITS = 1000  # of a ratio


def sentence(counts: Counts, rules: WorkConvention) -> str:
    """The operations, their unit and whose rules they follow; then where the formula holds."""
    value = text.size(counts.total(rules.cost, active=True))
    held = counts.domain_of(rules.cost, active=True)
    where = f"\nFormula holds for {', '.join(map(text.condition, held))}." if held else ""
    return f"{value} {rules.unit} (convention {rules.name}){where}"


def comparison(counts: Counts) -> str:
    """A row for each convention, and below it what makes the difference to the exact count."""
    exact = counts.total(work_convention("macs").cost, active=True)
    rows = []
    for rules in map(work_convention, work_conventions()):
        found = counts.total(rules.cost, active=True)
        ratio = _ratio(found, product((UNITS[rules.unit], exact)))
        rows.append((rules.name, text.size(found), rules.unit, ratio, [*_terms(counts, rules)]))
    names, values, units = (max(len(row[i]) for row in rows) for i in range(3))
    lines = []
    for name, value, unit, ratio, terms in rows:
        line = f"{name:<{names}}  {value:>{values}} {unit:<{units}}  {ratio}"
        lines += [line.rstrip(), *(f"  {term}" for term in terms)]
    return "\n".join(lines)


def _ratio(found: Size, exact: Size) -> str:
    """A count over the exact one, in thousandths; nothing where that is a formula or 0."""
    if not (isinstance(found, int) and isinstance(exact, int) and exact):
        return ""
    whole, rest = divmod((2 * _DIGITS * found + exact) // (2 * exact), _DIGITS)
    return f"{whole}.{rest:03} of the exact count"


def _terms(counts: Counts, rules: WorkConvention) -> Iterator[str]:
    """The terms by which a convention is more or less than the exact count, by kind of work."""
    exact = work_convention(rules.unit.lower())
    kinds = dict.fromkeys(
        kind for step in counts.steps for one in (exact, rules) for kind, _ in one.parts(step.step)
    )
    for kind in kinds:
        difference = counts.total(partial(_difference, rules, exact, kind), active=True)
        if difference == 0:
            continue
        is_less = (
            difference < 0 if isinstance(difference, int) else difference.could_extract_minus_sign()
        )
        shown = text.size(-difference if is_less else difference)
        yield f"{'-' if is_less else '+'} {shown}: {kind} {'left out' if is_less else 'counted'}"


def _difference(rules: WorkConvention, exact: WorkConvention, kind: str, step: Step) -> Size:
    more = [size for found, size in rules.parts(step) if found == kind]
    less = [size for found, size in exact.parts(step) if found == kind]
    return added_up([*more, *(-size for size in less)])


def document(counts: Counts, symbols: tuple[str, ...], rules: WorkConvention) -> dict[str, Any]:
    """The operations as JSON values, in total and for each layer."""
    indices = [level.name for step in counts.steps for level in step.levels if level.name]
    writer = Writer(dict.fromkeys([*symbols, *indices]))
    return {
        "convention": rules.name,
        "unit": rules.unit,
        "about": rules.about,
        "total": writer.number(counts.total(rules.cost, active=True)),
        "layers": [
            {"name": step.name, "count": writer.number(step.total(rules.cost, True).value)}
            for step in counts.steps
        ],
        "domain": [writer.condition(one) for one in counts.domain_of(rules.cost, active=True)],
        "symbols": {writer.keys[name]: name for name in symbols},
    }
