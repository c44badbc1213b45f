"""The language as plain records, each with its place in the source.

They carry no meaning; ``build`` gives them one. ``str`` of a record is its text in the
language, and parsing that text gives the same record again.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple, Protocol

from symparam.errors import Span


class Expression(Protocol):
    """A record that writes a size or a network."""

    @property
    def span(self) -> Span: ...


class Name(NamedTuple):
    name: str
    span: Span

    def __str__(self) -> str:
        return self.name


class Number(NamedTuple):
    text: str
    span: Span

    def __str__(self) -> str:
        return self.text


class Text(NamedTuple):
    value: str
    span: Span

    def __str__(self) -> str:
        quote = "'" if '"' in self.value else '"'
        return f"{quote}{self.value}{quote}"


class Keyword(NamedTuple):
    name: str
    value: Expression
    span: Span

    def __str__(self) -> str:
        return f"{self.name}={self.value}"


class Call(NamedTuple):
    function: Expression
    arguments: tuple[Expression | Keyword, ...]
    span: Span

    def __str__(self) -> str:
        return f"{_inside(self.function, 6)}({', '.join(map(str, self.arguments))})"


class Index(NamedTuple):
    base: Expression
    indices: tuple[Expression, ...]
    span: Span

    def __str__(self) -> str:
        return f"{_inside(self.base, 6)}[{', '.join(map(str, self.indices))}]"


class Attribute(NamedTuple):
    base: Expression
    name: str
    span: Span

    def __str__(self) -> str:
        return f"{_inside(self.base, 6)}.{self.name}"


class Parallel(NamedTuple):
    branches: tuple[Expression, ...]
    span: Span

    def __str__(self) -> str:
        comma = "," if len(self.branches) == 1 else ""
        return f"({', '.join(map(str, self.branches))}{comma})"


class Listing(NamedTuple):
    entries: tuple[Expression, ...]
    span: Span

    def __str__(self) -> str:
        return f"[{', '.join(map(str, self.entries))}]"


class Signed(NamedTuple):
    sign: str
    operand: Expression
    span: Span

    def __str__(self) -> str:
        return f"{self.sign}{_inside(self.operand, 4)}"


class Power(NamedTuple):
    base: Expression
    exponent: Expression
    span: Span

    def __str__(self) -> str:
        return f"{_inside(self.base, 6)}**{_inside(self.exponent, 4)}"


class Arithmetic(NamedTuple):
    """Operands of one precedence with the operators between them, left to right."""

    operands: tuple[Expression, ...]
    operators: tuple[str, ...]
    span: Span

    def __str__(self) -> str:
        level = _level(self)
        parts = [_inside(self.operands[0], level + 1)]
        for operator, operand in zip(self.operators, self.operands[1:], strict=True):
            parts += [operator, _inside(operand, level + 1)]
        return " ".join(parts)


class Pair(NamedTuple):
    """``3x2``: sizes of several axes, height first."""

    sizes: tuple[Expression, ...]
    span: Span

    def __str__(self) -> str:
        return " x ".join(_inside(size, 2) for size in self.sizes)


class Indexed(NamedTuple):
    body: Expression
    variable: str
    first: Expression
    last: Expression
    span: Span

    def __str__(self) -> str:
        bounds = f"{_inside(self.first, 1)}..{_inside(self.last, 1)}"
        return f"{_inside(self.body, 0)} for {self.variable} in {bounds}"


class Label(NamedTuple):
    body: Expression
    name: str
    number: Expression | None  # ``as skip[i]``
    span: Span

    def __str__(self) -> str:
        number = "" if self.number is None else f"[{self.number}]"
        return f"{_inside(self.body, 0)} as {self.name}{number}"


class Chain(NamedTuple):
    stages: tuple[Expression, ...]
    span: Span

    def __str__(self) -> str:
        return " -> ".join(_inside(stage, 0) for stage in self.stages)


class Definition(NamedTuple):
    target: Expression
    value: Expression
    span: Span

    def __str__(self) -> str:
        return f"{self.target} = {self.value}"


class Fact(NamedTuple):
    left: Expression
    comparison: str
    right: Expression
    span: Span

    def __str__(self) -> str:
        return f"{_inside(self.left, 1)} {self.comparison} {_inside(self.right, 1)}"


class Assumption(NamedTuple):
    facts: tuple[Fact, ...]
    span: Span

    def __str__(self) -> str:
        return f"assume {', '.join(map(str, self.facts))}"


class Config(NamedTuple):
    title: Name | Text
    settings: tuple[Keyword, ...]
    span: Span

    @property
    def name(self) -> str:
        return self.title.name if isinstance(self.title, Name) else self.title.value

    def __str__(self) -> str:
        return f"config {self.title}: {', '.join(map(str, self.settings))}"


class Meaning(NamedTuple):
    """``d = "model width" as "d_{m}"``: what a symbol is, and how LaTeX sets it."""

    name: str
    text: Text
    latex: Text | None
    span: Span

    def __str__(self) -> str:
        return f"{self.name}={self.text}" + (f" as {self.latex}" if self.latex else "")


class Glossary(NamedTuple):
    entries: tuple[Meaning, ...]
    span: Span

    def __str__(self) -> str:
        return f"where {', '.join(map(str, self.entries))}"


class Use(NamedTuple):
    """``use SE from "blocks.sym"``: definitions of another script."""

    names: tuple[Name, ...]
    source: Text
    span: Span

    def __str__(self) -> str:
        return f"use {', '.join(map(str, self.names))} from {self.source}"


class UseNetwork(NamedTuple):
    """``use "zoo:resnet" as resnet``: the network of another script."""

    source: Text
    name: Name
    span: Span

    def __str__(self) -> str:
        return f"use {self.source} as {self.name}"


class Script(NamedTuple):
    statements: tuple[Expression, ...]
    span: Span

    def __str__(self) -> str:
        return "\n".join(map(str, self.statements))


def names(record: Any) -> Iterator[Name]:
    """Every name in a record, at any depth, as a walk without recursion."""
    stack = [record]
    while stack:
        part = stack.pop()
        if isinstance(part, Name):
            yield part
        elif isinstance(part, tuple) and not isinstance(part, Span):
            stack.extend(reversed(part))


_LEVELS: dict[type, int] = {Chain: -1, Indexed: 0, Label: 0, Pair: 1, Signed: 4, Power: 5}


def _level(record: Any) -> int:
    """How tightly a record binds, as in the grammar: 2 a sum, 3 a term, 6 a value."""
    if isinstance(record, Arithmetic):
        return 2 if record.operators[0] in "+-" else 3
    return _LEVELS.get(type(record), 6)


def _inside(record: Expression, level: int) -> str:
    return str(record) if _level(record) >= level else f"({record})"
