"""The configs of a script as a table: the sizes of each, and its counts."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from symparam.display.text import Table, conventions
from symparam.trace import Trace


class Column(NamedTuple):
    """A config at work: its sizes, and the network at them."""

    sizes: Mapping[str, Any]
    trace: Trace


def table(configs: Mapping[str, Column], glossary: Mapping[str, str]) -> Table:
    """One row a config: its sizes, then its counts as far as they differ."""
    names = list(dict.fromkeys(name for column in configs.values() for name in column.sizes))
    traces = [column.trace for column in configs.values()]
    counts = {"Params": [trace.params for trace in traces]}
    trainable = [trace.trainable_params for trace in traces]
    active = [trace.active_params for trace in traces]
    if trainable != counts["Params"]:
        counts["Trainable"] = trainable
    if active != counts["Params"]:
        counts["Active"] = active
    rows = []
    for place, (title, column) in enumerate(configs.items()):
        sizes = [_listed(column.sizes.get(name, "")) for name in names]
        rows.append((title, *sizes, *(f"{numbers[place]:,}" for numbers in counts.values())))
    return Table(
        title="",
        columns=("Config", *names, *counts),
        right=(False, *(True for _ in (*names, *counts))),
        rows=rows,
        footer=[],
        notes=[
            *explained(glossary, names),
            *dict.fromkeys(conventions(trace).sentence() for trace in traces),
        ],
    )


def explained(glossary: Mapping[str, str], names: "list[str] | tuple[str, ...]") -> list[str]:
    """What the symbols are, as one line; none where the script does not say."""
    known = [f"{name}: {what}" for name, what in glossary.items() if name in names]
    return [f"Where {', '.join(known)}."] if known else []


def _listed(value: Any) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(map(str, value))}]"
    return str(value)
