"""Plain text: sizes, formulas, the summary table and the derivation."""

from collections.abc import Sequence
from typing import NamedTuple

from symparam.conditions import Condition
from symparam.conventions import Convention, convention
from symparam.derivation import Formula, Leaf, Product, Quotient
from symparam.sizes import Shape, Size, Tensors
from symparam.steps import Passage, Path, Repetition, Step
from symparam.trace import Trace


class Table(NamedTuple):
    """A table as cells of text; ``right`` marks the columns that align right."""

    title: str
    columns: tuple[str, ...]
    right: tuple[bool, ...]
    rows: list[tuple[str, ...]]
    footer: list[tuple[str, str]]
    notes: list[str]


def size(value: Size) -> str:
    """A size the way the language writes it."""
    if isinstance(value, int):
        return str(value)
    from symparam.display.expression import text

    return text(value)


def shape(sizes: Shape | Tensors) -> str:
    """A shape as a tuple; several in brackets."""
    if isinstance(sizes, Tensors):
        return f"[{', '.join(map(shape, sizes))}]"
    inner = ", ".join(map(size, sizes))
    return f"({inner},)" if len(sizes) == 1 else f"({inner})"


def condition(relation: Condition) -> str:
    """A condition as one writes it: ``h >= 3``, ``g | c``."""
    return f"{size(relation.left)} {relation.relation} {size(relation.right)}"


def notes(trace: Trace) -> list[str]:
    """What stands below a result: its conditions, then the conventions it counts by."""
    lines = [conventions(trace).sentence()]
    if trace.conditions:
        lines.insert(0, f"Requires {', '.join(map(condition, trace.conditions))}.")
    return lines


def conventions(trace: Trace) -> Convention:
    """How the layers of a network are counted: those that have something to count, if any."""
    counted = [step for step in trace.steps if step.owned] or trace.steps
    return convention(step.layer.framework for step in counted)


def formula(tree: Formula) -> str:
    """A formula, factors and terms in the order they came."""
    return _formula(tree)[0]


_SUM, _PRODUCT, _ATOM = range(3)


def _formula(tree: Formula) -> tuple[str, int]:
    if isinstance(tree, Leaf):
        if isinstance(tree.value, int):
            return str(tree.value), _ATOM if tree.value >= 0 else _SUM
        binding = _SUM if tree.value.is_Add else _PRODUCT if tree.value.is_Mul else _ATOM
        return size(tree.value), binding
    if isinstance(tree, Product):
        return "*".join(_at_least(_PRODUCT, factor) for factor in tree.factors), _PRODUCT
    if isinstance(tree, Quotient):
        dividend, divisor = _at_least(_PRODUCT, tree.dividend), _at_least(_ATOM, tree.divisor)
        return f"{dividend}/{divisor}", _PRODUCT
    return " + ".join(_formula(term)[0] for term in tree.terms), _SUM


def _at_least(binding: int, tree: Formula) -> str:
    text, own = _formula(tree)
    return text if own >= binding else f"({text})"


def passes(row: Repetition) -> str:
    """How often a body is repeated: ``x L``, or ``for i in 2..L``."""
    if row.active is not None:
        working = "" if row.active == row.last else f", {size(row.active)} active"
        return f"x {_at_least(_ATOM, Leaf(row.last))}{working or ', shared'}"
    if row.variable is None and row.first == 1:
        return f"x {_at_least(_ATOM, Leaf(row.last))}"
    return f"for {row.variable or 'i'} in {size(row.first)}..{size(row.last)}"


def table(trace: Trace) -> Table:
    """The summary as a table: one row a layer, then totals and conventions."""
    rows: list[tuple[str, ...]] = []
    before: Path = ()
    for row in trace.rows:
        bullets = _bullets(row.path, before)
        before = row.path
        if isinstance(row, Repetition):
            rows.append((bullets + passes(row), shape(row.shape), "", ""))
            continue
        if isinstance(row, Passage):
            rows.append((bullets + row.word, shape(row.shape), "", ""))
            continue
        label = f"{bullets}{row.name} ({row.layer.title})"
        put_in = formula(row.formula) if row.formula else ""
        counted = "shared" if row.is_shared and not row.owned else size(row.params)
        rows.append((label, shape(row.output_shape), put_in, counted))
    inferred = f"No Input was given; {shape(trace.input_shape)} is the simplest that fits."
    return Table(
        title=f"Input {shape(trace.input_shape)}",
        columns=("Layer (type)", "Output shape", "Formula", "Params"),
        right=(False, False, False, True),
        rows=rows,
        footer=[
            ("Total params", size(trace.params)),
            ("Trainable params", size(trace.trainable_params)),
            ("Non-trainable params", size(trace.non_trainable_params)),
            *_unless(trace.active_params, trace.params, "Active params"),
            *_unless(trace.buffers, 0, "Buffers"),
        ],
        notes=[*([inferred] if trace.is_open else []), *notes(trace)],
    )


def _unless(value: Size, usual: Size, name: str) -> list[tuple[str, str]]:
    """A line of the footer, where there is anything to say."""
    return [] if value == usual else [(name, size(value))]


def _bullets(path: Path, before: Path) -> str:
    """The indent of a row in branches; the first row of a branch has a dash."""
    marks = []
    inside = True
    for level, branch in enumerate(path):
        inside = inside and level < len(before) and before[level] == branch
        marks.append("  " if inside else "- ")
    return "".join(marks)


def plain(content: Table) -> str:
    """A table in aligned plain text."""
    widths = [
        max(len(row[i]) for row in [content.columns, *content.rows])
        for i in range(len(content.columns))
    ]

    def line(cells: Sequence[str]) -> str:
        padded = (
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(cells, widths, content.right, strict=True)
        )
        return "  ".join(padded).rstrip()

    rule = "-" * len("  ".join("x" * width for width in widths))
    return "\n".join(
        [
            *([content.title] if content.title else []),
            rule,
            line(content.columns),
            rule,
            *map(line, content.rows),
            rule,
            *(f"{name}: {value}" for name, value in content.footer),
            *content.notes,
        ]
    )


def explain(trace: Trace, width: int | None = None) -> str:
    """The derivation: rule = numbers put in = value for every layer, then the total.

    With a width, an equation that is wider continues on lines of its own.
    """
    inferred = ", inferred" if trace.is_open else ""
    blocks = [f"Input {shape(trace.input_shape)}{inferred}"]
    for step in trace.steps:
        arrow = f"{shape(step.input_shape)} -> {shape(step.output_shape)}"
        blocks.append(f"{step.name}: {step.layer}\n{arrow}\n{_derivation(step, width)}")
    counted = [step.params for step in trace.steps if step.params != 0]
    terms = " + ".join(map(size, counted)).replace("+ -", "- ")
    sides = ["total", *([terms] if len(counted) > 1 else []), size(trace.params)]
    totals = [sides]
    if trace.non_trainable_params != 0:
        totals.append(["trainable", size(trace.trainable_params)])
        totals.append(["non-trainable", size(trace.non_trainable_params)])
    blocks.append("\n".join(equation(_distinct(sides), width) for sides in totals))
    return "\n\n".join([*blocks, "\n".join(notes(trace))])


def _derivation(step: Step, width: int | None) -> str:
    rule = step.rule
    if rule is None:
        return "params = 0, its weights are counted above" if step.is_shared else "params = 0"
    value = size(step.params_of_a_pass)
    one = ["params", formula(rule.words), formula(rule.numbers), value]
    lines = [equation(_distinct(one), width)]
    if step.loops:
        lines.append(equation(["all passes", size(step.params)], width))
    return "\n".join(lines)


def _distinct(sides: list[str]) -> list[str]:
    """The sides of an equation without neighbours that say the same."""
    return [
        side
        for i, side in enumerate(sides)
        if i == 0 or side.replace(" ", "") != sides[i - 1].replace(" ", "")
    ]


def equation(sides: list[str], width: int | None) -> str:
    whole = " = ".join(sides)
    if width is None or len(whole) <= width:
        return whole
    first, *rest = sides
    indent = " " * len(first)
    lines = [f"{first} = {rest[0]}", *(f"{indent} = {side}" for side in rest[1:])]
    return "\n".join(_wrapped(line, len(first) + 3, width) for line in lines)


def _wrapped(line: str, indent: int, width: int) -> str:
    """A long line broken before a plus sign, the rest under the right side."""
    lines = []
    while len(line) > width:
        cut = line.rfind(" + ", indent + 1, width)
        if cut < 0:
            break
        lines.append(line[:cut])
        line = " " * (indent - 2) + line[cut + 1 :]
    return "\n".join([*lines, line])
