"""What is printed, before any format: tables, derivations and sentences derived from a trace.

Their smallest parts are words of ours, words of the user, formulas, shapes and counts; each
format has its own way with these, and only with these.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from symparam.algebra.conditions import Condition
from symparam.algebra.formula import Name, Node, Series, added, multiplied, tree
from symparam.algebra.sizes import Shape, Size, Tensors, settle
from symparam.costs.conventions import Convention, convention
from symparam.costs.parameters import grouped
from symparam.costs.steps import CountedStep, Counts
from symparam.layers.contract.rules import count
from symparam.trace.nodes import EACH_STEP, IDENTITY, Expert, Through
from symparam.trace.walk import Level, Path

# What stands above a part where several make a page.
HEADS = {"table": "Layers", "configs": "Configs", "derivation": "Derivation"}


class Written(NamedTuple):
    """Words of the user, to be printed as they are whatever they contain."""

    text: str


class Code(NamedTuple):
    """A piece of the language: the name of a layer, or a call of one."""

    text: str


class Dims(NamedTuple):
    """A shape."""

    shape: Shape | Tensors


class Count(NamedTuple):
    """A number whose digits are grouped where a format groups them."""

    value: int


class Related(NamedTuple):
    """Two sizes and how they relate: ``=``, ``!=``, ``>=``, or ``|`` for divides."""

    left: Node
    relation: str
    right: Node


class Formula(NamedTuple):
    """A formula that stands in a line of text."""

    node: Node


class Times(NamedTuple):
    """How often a body is repeated: ``x L``."""

    number: Node


class Bounds(NamedTuple):
    """The first and the last number that an index takes: ``1..L``."""

    first: Node
    last: Node


class Unchanged(NamedTuple):
    """What goes through a branch as it enters: ``_``."""


Part: TypeAlias = (
    str | Written | Code | Dims | Count | Related | Formula | Times | Bounds | Unchanged
)
Line: TypeAlias = tuple[Part, ...]


class Cell(NamedTuple):
    """A line in a table; ``marks`` is its indent, True where a branch begins."""

    line: Line
    marks: tuple[bool, ...] = ()


class Column(NamedTuple):
    title: Line
    is_right: bool = False


class Table(NamedTuple):
    title: Line
    columns: tuple[Column, ...]
    rows: list[tuple[Cell, ...]]
    footer: list[tuple[str, Line]]
    notes: list[Line]

    def _repr_html_(self) -> str:
        """What a notebook shows of it."""
        from symparam.display import html

        return html.fragment(html.table(self, html.Names()))


class Equation(NamedTuple):
    """``left = side = side``: what stands at the left is a word or two."""

    left: str
    sides: tuple[Node, ...]


class Block(NamedTuple):
    """The derivation of one layer."""

    name: str
    layer: str
    standing: Line  # where in repeats, if it does
    before: Shape | Tensors
    after: Shape | Tensors
    equations: tuple[Equation, ...]
    remark: str  # why there is nothing to derive, where there are weights all the same


class Derivation(NamedTuple):
    title: Line
    blocks: tuple[Block, ...]
    totals: tuple[Equation, ...]
    notes: list[Line]


def size(value: Size) -> Formula:
    """A size inside a line."""
    return Formula(tree(value))


def related(condition: Condition) -> Related:
    """A condition inside a line."""
    return Related(tree(condition.left), condition.relation, tree(condition.right))


def joined(lines: Iterable[Line]) -> Line:
    """Several lines as one, with commas between them."""
    parts: list[Part] = []
    for line in lines:
        parts += [", ", *line] if parts else line
    return tuple(parts)


def conventions(counts: Counts) -> Convention:
    """How the layers of a network are counted: those that have something to count, if any."""
    counted = [step for step in counts.steps if step.owned] or counts.steps
    return convention(step.layer.framework for step in counted)


def notes(counts: Counts) -> list[Line]:
    """What stands below a result: its conditions, then the conventions it counts by."""
    return [*holding(counts), (conventions(counts).sentence(),)]


def holding(counts: Counts, *of: Part) -> list[Line]:
    """What must hold for a result, with what it is the result of."""
    lines: list[Line] = []
    for said, conditions in (
        ("Requires ", counts.trace.conditions),
        ("Formulas hold for ", counts.domain),
    ):
        if conditions:
            listed = joined((related(condition),) for condition in conditions)
            lines.append((*of, said, *listed, "."))
    return lines


def iterations(level: Level) -> Line:
    """How often a body is repeated: ``x L``, ``for i in 2..L``, ``x E, k active``."""
    node = level.node
    if isinstance(node, Expert):
        if node.active == node.count:
            return (Times(tree(level.count)), ", shared")
        return (Times(tree(level.count)), ", ", size(level.active), " active")
    joined_by: Line = (Written(node.by), " ") if node.by else ()
    if node.variable is None and node.first == 1:
        return (*joined_by, Times(tree(level.last)))
    return (*joined_by, *ranging(level))


def ranging(level: Level) -> Line:
    """The index of a repeat and its range: ``for i in 2..L``."""
    return ("for ", Formula(Name(level.name)), " in ", bounds(level.first, level.last))


def bounds(first: Size, last: Size) -> Bounds:
    """A range inside a line."""
    return Bounds(tree(first), tree(last))


def standing(levels: Iterable[Level]) -> Line:
    """Where in repeats a layer stands: ``iteration i = 2..L``, ``iteration 1 of 1..L``."""
    said: list[Line] = []
    for level in levels:
        node = level.node
        if isinstance(node, Expert):
            said.append(("one of ", size(level.count), " experts"))
        elif level.number is not None:
            whole = bounds(settle(level.first - len(node.peeled)), level.last)
            said.append(("iteration ", size(level.number), " of ", whole))
        elif level.index is None:
            what = " steps" if node.by == EACH_STEP else " iterations"
            said.append(("each of ", size(level.count), what))
        else:
            index = Formula(Name(level.name))
            said.append(("iteration ", index, " = ", bounds(level.first, level.last)))
    return joined(said)


def layers(counts: Counts) -> Table:
    """The summary: one row a layer, then totals and conventions."""
    trace = counts.trace
    rows: list[tuple[Cell, ...]] = []
    before: Path = ()
    for row in counts.rows:
        marks = _marks(row.path, before)
        before = row.path
        if isinstance(row, CountedStep):
            rows.append(_layer(row, marks))
            continue
        shape = Cell((Dims(row.y),))
        node = row.node
        head: Line = ("MoE",)
        if isinstance(node, Through):
            head = (Unchanged(),) if node.word == IDENTITY else (node.word,)
        elif row.head is not None:
            head = iterations(row.head)
        rows.append((Cell(head, marks), shape, Cell(()), Cell(())))
    inferred: Line = (
        "No Input was given; ",
        Dims(trace.input_shape),
        " is the simplest that fits.",
    )
    return Table(
        title=("Input ", Dims(trace.input_shape)),
        columns=(
            Column(("Layer (type)",)),
            Column(("Output shape",)),
            Column(("Formula",)),
            Column(("Params",), is_right=True),
        ),
        rows=rows,
        footer=[(title, (size(value),)) for title, value in totals(counts)],
        notes=[*([inferred] if trace.is_inferred else []), *notes(counts)],
    )


def _layer(step: CountedStep, marks: tuple[bool, ...]) -> tuple[Cell, ...]:
    """The row of one layer."""
    label = Cell((Written(step.name), " (", Code(step.layer.title), ")"), marks)
    rule = step.formula
    is_shared = step.is_shared and not step.owned
    return (
        label,
        Cell((Dims(step.output_shape),)),
        Cell((Formula(rule),) if rule else ()),
        Cell(("shared",) if is_shared else (size(step.params),)),
    )


def totals(counts: Counts) -> list[tuple[str, Size]]:
    """The sums below the layers; some only where there is anything to say."""
    said = " (leading terms)" if counts.form.kind == "leading" else ""
    active, whole = counts.active_params, counts.params
    return [
        (f"Total params{said}", whole),
        ("Trainable params", counts.trainable_params),
        ("Non-trainable params", counts.non_trainable_params),
        *([("Active params", active)] if active != whole else []),
        *([("Buffers", counts.buffers)] if counts.buffers != 0 else []),
    ]


def derivation(counts: Counts) -> Derivation:
    """The rule, the rule in the layer's sizes, and the value, of each layer and of the total."""
    counted = [step.params for step in counts.steps if step.params != 0]
    whole = tree(counts.params)
    sums = [Equation("total", (*([_sum(counted)] if len(counted) > 1 else []), whole))]
    if counts.form.kind == "leading":
        sums = [Equation("leading terms", (whole,))]
    if counts.non_trainable_params != 0:
        sums.append(Equation("trainable", (tree(counts.trainable_params),)))
        sums.append(Equation("non-trainable", (tree(counts.non_trainable_params),)))
    inferred: Line = (", inferred",) if counts.trace.is_inferred else ()
    return Derivation(
        ("Input ", Dims(counts.trace.input_shape), *inferred),
        tuple(map(block, counts.steps)),
        tuple(sums),
        notes(counts),
    )


def block(step: CountedStep) -> Block:
    """How the count of one layer comes about."""
    equations: list[Equation] = []
    remark = ""
    if (rule := step.rule) is not None:
        equations.append(
            Equation("params", (rule.words, rule.numbers, tree(step.params_of_iteration)))
        )
        if step.repeats:
            summed = over_iterations(step)
            sides = [summed] if _has_sum(summed) else []  # a product says no more than the count
            equations.append(Equation("over all iterations", (*sides, tree(step.params))))
    else:
        remark = "its weights are counted above" if step.is_shared else ""
    return Block(
        step.name,
        str(step.layer),
        standing(step.levels),
        step.input_shape,
        step.output_shape,
        tuple(equations),
        remark,
    )


def over_iterations(step: CountedStep) -> Node:
    """The count of a layer as a sum over the iterations around it, not yet computed."""
    parts = []
    for over, weights in grouped(step.step.owned).items():
        value = count(map(step.shown, weights))
        part, met = tree(value), _symbols(value)
        for level in reversed(step.repeats):
            if level.node.key in over:
                part = _raised(part, level, met)
                met |= _symbols(level.first) | _symbols(level.last)
        parts.append(part)
    return parts[0] if len(parts) == 1 else added(parts)


def _has_sum(part: Any) -> bool:
    return isinstance(part, Series) or (isinstance(part, tuple) and any(map(_has_sum, part)))


def _raised(part: Node, level: Level, met: set[Any]) -> Node:
    """A part of a count, which depends on these symbols, over a repeat or over all experts."""
    if level.index not in met:
        return multiplied(tree(level.count), part)
    return Series(part, Name(level.name), tree(level.first), tree(level.last))


def _symbols(value: Size) -> set[Any]:
    return set() if isinstance(value, int) else set(value.free_symbols)


def bare(blocks: Iterable[Block]) -> dict[str, list[str]]:
    """The names of the layers that have nothing to derive, by what there is to say of them."""
    found: dict[str, list[str]] = {}
    for one in blocks:
        if not one.equations:
            found.setdefault(one.remark or "no parameters", []).append(one.name)
    return found


def _sum(counts: Sequence[Size]) -> Node:
    """The counts of all layers, added up but not yet computed."""
    return added(map(tree, counts))


def _marks(path: Path, before: Path) -> tuple[bool, ...]:
    """The indent of a row in branches: True at a level whose branch begins with it."""
    marks = []
    inside = True
    for level, branch in enumerate(path):
        inside = inside and level < len(before) and before[level] == branch
        marks.append(not inside)
    return tuple(marks)


class Config(NamedTuple):
    """A config at work: its sizes, and the network at them."""

    sizes: Mapping[str, Any]
    counts: Counts


def configs(columns: Mapping[str, Config], glossary: Mapping[str, str]) -> Table:
    """One row a config: its sizes, then its counts as far as they differ."""
    names = list(dict.fromkeys(name for column in columns.values() for name in column.sizes))
    found = [column.counts for column in columns.values()]
    counts = {"Params": [one.params for one in found]}
    trainable = [one.trainable_params for one in found]
    active = [one.active_params for one in found]
    if trainable != counts["Params"]:
        counts["Trainable"] = trainable
    if active != counts["Params"]:
        counts["Active"] = active
    rows = []
    for place, (title, column) in enumerate(columns.items()):
        sizes = [_listed(column.sizes.get(name)) for name in names]
        numbers = [_counted(values[place]) for values in counts.values()]
        rows.append((Cell((Written(title),)), *sizes, *numbers))
    free = [s for column in columns.values() for s in column.counts.trace.symbols]
    return Table(
        title=(),
        columns=(
            Column(("Config",)),
            *(Column((Formula(Name(name)),), is_right=True) for name in names),
            *(Column((title,), is_right=True) for title in counts),
        ),
        rows=rows,
        footer=[],
        notes=[
            *explained(glossary, [*names, *free]),
            *(
                line
                for title, column in columns.items()
                for line in holding(column.counts, Written(title), ": ")
            ),
            *dict.fromkeys((conventions(one).sentence(),) for one in found),
        ],
    )


def explained(glossary: Mapping[str, str], names: Iterable[str]) -> list[Line]:
    """What the symbols are, as one line; none where the script does not say."""
    wanted = set(names)
    known: list[Line] = [
        (Formula(Name(name)), ": ", Written(what))
        for name, what in glossary.items()
        if name in wanted
    ]
    return [("Where ", *joined(known), ".")] if known else []


def _counted(value: Size) -> Cell:
    """A count, as a formula where a config leaves sizes free."""
    return Cell((Count(value),)) if isinstance(value, int) else Cell((size(value),))


def _listed(value: Any) -> Cell:
    if value is None:
        return Cell(())
    if isinstance(value, tuple):
        return Cell((f"[{', '.join(map(str, value))}]",))
    return Cell((size(value),))
