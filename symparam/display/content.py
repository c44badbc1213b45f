"""What is printed, before any format: tables, derivations and sentences read off a trace.

Their smallest parts are words of ours, words of the user, formulas, shapes and counts; each
format has its own way with these, and only with these.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from symparam.algebra.conditions import Condition
from symparam.algebra.formula import Name, Node, added, tree
from symparam.algebra.sizes import Shape, Size, Tensors
from symparam.costs.conventions import Convention, convention
from symparam.trace.nodes import Passage, Path, Repetition, Step
from symparam.trace.run import Trace

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


Part: TypeAlias = str | Written | Code | Dims | Count | Related | Formula
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
    before: Shape | Tensors
    after: Shape | Tensors
    equations: tuple[Equation, ...]
    remark: str  # where there is nothing to derive


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


def conventions(trace: Trace) -> Convention:
    """How the layers of a network are counted: those that have something to count, if any."""
    counted = [step for step in trace.steps if step.owned] or trace.steps
    return convention(step.layer.framework for step in counted)


def notes(trace: Trace) -> list[Line]:
    """What stands below a result: its conditions, then the conventions it counts by."""
    lines: list[Line] = [(conventions(trace).sentence(),)]
    if trace.conditions:
        listed = joined((related(condition),) for condition in trace.conditions)
        lines.insert(0, ("Requires ", *listed, "."))
    return lines


def passes(row: Repetition) -> Line:
    """How often a body is repeated: ``x L``, ``for i in 2..L``, ``x E, k active``."""
    if row.active is not None:
        if row.active == row.last:
            return ("x ", size(row.last), ", shared")
        return ("x ", size(row.last), ", ", size(row.active), " active")
    if row.variable is None and row.first == 1:
        return ("x ", size(row.last))
    name = Formula(Name(row.variable or "i"))
    return ("for ", name, " in ", size(row.first), "..", size(row.last))


def layers(trace: Trace) -> Table:
    """The summary: one row a layer, then totals and conventions."""
    rows: list[tuple[Cell, ...]] = []
    before: Path = ()
    for row in trace.rows:
        marks = _marks(row.path, before)
        before = row.path
        shape = Cell((Dims(row.shape if not isinstance(row, Step) else row.output_shape),))
        if isinstance(row, Repetition):
            rows.append((Cell(passes(row), marks), shape, Cell(()), Cell(())))
        elif isinstance(row, Passage):
            rows.append((Cell((row.word,), marks), shape, Cell(()), Cell(())))
        else:
            label = Cell((Written(row.name), " (", Code(row.layer.title), ")"), marks)
            rule = row.formula
            put_in = Cell((Formula(rule),) if rule else ())
            is_shared = row.is_shared and not row.owned
            counted = Cell(("shared",) if is_shared else (size(row.params),))
            rows.append((label, shape, put_in, counted))
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
        footer=[(title, (size(value),)) for title, value in totals(trace)],
        notes=[*([inferred] if trace.is_open else []), *notes(trace)],
    )


def totals(trace: Trace) -> list[tuple[str, Size]]:
    """The sums below the layers; some only where there is anything to say."""
    said = " (leading terms)" if trace.form == "leading" else ""
    return [
        (f"Total params{said}", trace.params),
        ("Trainable params", trace.trainable_params),
        ("Non-trainable params", trace.non_trainable_params),
        *([("Active params", trace.active_params)] if trace.active_params != trace.params else []),
        *([("Buffers", trace.buffers)] if trace.buffers != 0 else []),
    ]


def derivation(trace: Trace) -> Derivation:
    """The rule, the rule with sizes put in, and the value, of each layer and of the total."""
    counted = [step.params for step in trace.steps if step.params != 0]
    whole = tree(trace.params)
    sums = [Equation("total", (*([_sum(counted)] if len(counted) > 1 else []), whole))]
    if trace.form == "leading":
        sums = [Equation("leading terms", (whole,))]
    if trace.non_trainable_params != 0:
        sums.append(Equation("trainable", (tree(trace.trainable_params),)))
        sums.append(Equation("non-trainable", (tree(trace.non_trainable_params),)))
    inferred: Line = (", inferred",) if trace.is_open else ()
    return Derivation(
        ("Input ", Dims(trace.input_shape), *inferred),
        tuple(map(block, trace.steps)),
        tuple(sums),
        notes(trace),
    )


def block(step: Step) -> Block:
    """How the count of one layer comes about."""
    equations: list[Equation] = []
    remark = ""
    if (rule := step.rule) is not None:
        sides = (rule.words, rule.numbers, tree(step.params_of_a_pass))
        equations.append(Equation("params", sides))
        if step.loops:
            equations.append(Equation("all passes", (tree(step.params),)))
    else:
        remark = "its weights are counted above" if step.is_shared else "none"
    layer = str(step.layer)
    return Block(step.name, layer, step.input_shape, step.output_shape, tuple(equations), remark)


def bare(blocks: Iterable[Block]) -> dict[str, list[str]]:
    """The names of the layers that have nothing to derive, by what there is to say of them."""
    found: dict[str, list[str]] = {}
    for one in blocks:
        if not one.equations:
            said = "no parameters" if one.remark == "none" else one.remark
            found.setdefault(said, []).append(one.name)
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
    trace: Trace


def configs(columns: Mapping[str, Config], glossary: Mapping[str, str]) -> Table:
    """One row a config: its sizes, then its counts as far as they differ."""
    names = list(dict.fromkeys(name for column in columns.values() for name in column.sizes))
    traces = [column.trace for column in columns.values()]
    counts = {"Params": [trace.params for trace in traces]}
    trainable = [trace.trainable_params for trace in traces]
    active = [trace.active_params for trace in traces]
    if trainable != counts["Params"]:
        counts["Trainable"] = trainable
    if active != counts["Params"]:
        counts["Active"] = active
    rows = []
    for place, (title, column) in enumerate(columns.items()):
        sizes = [_listed(column.sizes.get(name)) for name in names]
        numbers = [Cell((Count(int(values[place])),)) for values in counts.values()]
        rows.append((Cell((Written(title),)), *sizes, *numbers))
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
            *explained(glossary, names),
            *dict.fromkeys((conventions(trace).sentence(),) for trace in traces),
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


def _listed(value: Any) -> Cell:
    if value is None:
        return Cell(())
    if isinstance(value, tuple):
        return Cell((f"[{', '.join(map(str, value))}]",))
    return Cell((size(value),))
