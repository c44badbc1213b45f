"""A script as a program: called with sizes, it gives the network at those sizes."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, NamedTuple

from symparam.algebra.assumptions import Assumptions
from symparam.algebra.conditions import Condition, collecting
from symparam.algebra.sizes import settle
from symparam.errors import (
    ArgumentError,
    SizeError,
    Span,
    UnknownNameError,
    did_you_mean,
    shorten,
)
from symparam.language import records
from symparam.language.scripts import Piece, Scripts
from symparam.language.sources import Source
from symparam.model.build import Builder
from symparam.model.expressions import size_of
from symparam.model.scope import Numbers, Scope
from symparam.model.settings import numbers
from symparam.model.values import (
    Recall,
    Register,
    Tensor,
    Value,
    branches,
    is_closed,
    named,
)

Config = Mapping[str, "int | Fraction | tuple[int, ...]"]


MAX_ASSUMED = 100


class Model(NamedTuple):
    """What a script says: its network, the symbols it uses, and what must hold for them."""

    network: Value
    outputs: tuple[str, ...]  # the names of several outputs, where the script gives them
    is_closed: bool
    names: Mapping[str, bool]  # grows while the network runs, where sizes depend on what enters
    given: Mapping[str, Any]  # what the names mean that the script defines
    conditions: tuple[Condition, ...]
    assumptions: Assumptions
    register: Register
    configs: Mapping[str, Config]
    glossary: Mapping[str, str]
    latex: Mapping[str, str]  # how the script wants its symbols set
    description: str
    may_be_zero: frozenset[str] = frozenset()  # the symbols that the script assumes to be 0 or more


class _Meaning(NamedTuple):
    """What one script means: its names, its network if it has one, and its tables."""

    scope: Scope
    network: Value | None
    outputs: tuple[str, ...]
    configs: dict[str, Config]
    glossary: dict[str, str]
    latex: dict[str, str]
    symbols: dict[str, bool]  # of the whole script
    symbols_of: dict[str, dict[str, bool]]  # of each definition


class Program:
    """A source, read once; called with sizes, it gives the model at those sizes.

    >>> from symparam.language.sources import from_text
    >>> Program(from_text("Input(n) -> Dense(m)"))({"n": 4}).network.stages[0].shape
    (4,)
    """

    def __init__(self, source: Source) -> None:
        self._scripts = Scripts(source)
        self.script = self._scripts.main.script
        self._may_be_zero = frozenset(
            name
            for script in self._scripts.parsed
            for statement in script.statements
            if isinstance(statement, records.Assumption)
            for fact in statement.facts
            if (name := _zero_allowed(fact))
        )
        self.located = self._scripts.located

    @property
    def identity(self) -> tuple[str, ...]:
        """The text of the script and of those that it uses: the same text is the same program."""
        return self._scripts.texts

    def place_of(self, table: str, name: str) -> Span | None:
        """Where a table of the script, ``config base`` or ``where``, has a name."""
        for statement in self.script.statements:
            if isinstance(statement, records.Config) and table == f"config {statement.name}":
                return next((s.span for s in statement.settings if s.name == name), None)
            if isinstance(statement, records.Glossary) and table == "where":
                return next((s.span for s in statement.entries if s.name == name), None)
        return None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Program) and self.identity == other.identity

    def __hash__(self) -> int:
        return hash(self.identity)

    def __str__(self) -> str:
        return str(self.script)

    def __call__(self, sizes: Numbers, register: Register | None = None) -> Model:
        running = _Running(sizes, register, self._may_be_zero)
        main = self._scripts.main
        with collecting() as conditions:
            meaning = running.meaning(main)
        if meaning.network is None:
            end = main.script.span.end
            raise ArgumentError(
                "the script names sizes but has no network",
                Span(end - 1, end),
                hint="for example Input(4) -> Dense(7)",
            )
        assumptions = Assumptions(running.assumed)
        return Model(
            network=meaning.network,
            outputs=meaning.outputs,
            is_closed=is_closed(meaning.network),
            names=meaning.scope.used,
            given=meaning.scope.names,
            conditions=(*assumptions.conditions, *conditions),
            assumptions=assumptions,
            register=meaning.scope.register,
            configs=meaning.configs,
            glossary=meaning.glossary,
            latex=meaning.latex,
            description=main.description,
            may_be_zero=self._may_be_zero,
        )


class _Running:
    """The scripts of a program as they are evaluated, each of them once."""

    def __init__(
        self, sizes: Numbers, register: Register | None, may_be_zero: frozenset[str]
    ) -> None:
        self._first = Scope(sizes, register=register)
        self._first.may_be_zero = may_be_zero
        self._known: dict[int, _Meaning] = {}
        self.assumed: list[Condition] = []

    def meaning(self, piece: Piece) -> _Meaning:
        """What a script means."""
        if piece.offset in self._known:
            return self._known[piece.offset]
        scope = self._first.beside(piece.script)
        meaning = _Meaning(scope, None, (), {}, {}, {}, {}, {})
        if piece.offset:  # of a script that is used, only what is taken counts
            scope.note_in(meaning.symbols)
        builder = Builder(scope)
        chains: list[records.Expression] = []
        tables: list[records.Config | records.Glossary] = []
        for statement in piece.script.statements:
            if isinstance(statement, records.Assumption):
                self.assumed += [fact for f in statement.facts if (fact := _fact(f, scope))]
                if len(self.assumed) > MAX_ASSUMED:
                    raise SizeError(f"more than {MAX_ASSUMED} assumptions", statement.span)
            elif isinstance(statement, records.Config | records.Glossary):
                tables.append(statement)
            elif isinstance(statement, records.Use):
                _take_names(statement, scope, self.meaning(piece.uses[statement.span]))
            elif isinstance(statement, records.UseNetwork):
                self._take_network(statement, meaning, self.meaning(piece.uses[statement.span]))
            elif isinstance(statement, records.Definition):
                _define(statement, builder, meaning)
            else:
                if chains:
                    _before_the_last(builder, chains[-1])
                chains.append(statement)
        for table in tables:
            _read_table(table, meaning)
        if chains:
            names = _names_of(chains[-1], scope)
            meaning = meaning._replace(network=builder.network(chains[-1]), outputs=names)
        else:
            meaning = _with_open_ends(meaning, piece.script.span)
        self._known[piece.offset] = meaning
        scope.note_in(self._first.used)
        return meaning

    def _take_network(
        self, statement: records.UseNetwork, meaning: _Meaning, used: _Meaning
    ) -> None:
        """``use "zoo:resnet" as resnet``; its configs and its glossary come along."""
        name = meaning.scope.claim(statement.name)
        if used.network is None:
            raise ArgumentError(
                f"{shorten(statement.source.value)} has no network, only definitions",
                statement.source.span,
                hint=f"use {' '.join(list(used.scope.names)[:1])} from {statement.source}",
            )
        meaning.scope.used.update(used.symbols)
        value = used.network
        meaning.scope.names[name] = named(value) if is_closed(value) else value
        meaning.configs.update(used.configs)
        meaning.glossary.update(used.glossary)
        meaning.latex.update(used.latex)


def _take_names(statement: records.Use, scope: Scope, used: _Meaning) -> None:
    """``use SE, Bottleneck from "blocks.sym"``."""
    for record in statement.names:
        name = scope.claim(record)
        if name not in used.scope.names:
            names = list(used.scope.names)
            raise UnknownNameError(
                f"{shorten(statement.source.value)} does not define {shorten(name)}",
                record.span,
                hint=did_you_mean(name, names) or f"it defines {shorten(', '.join(names))}",
            )
        scope.names[name] = used.scope.names[name]
        scope.used.update(used.symbols_of.get(name, {}))


def _define(statement: records.Definition, builder: Builder, meaning: _Meaning) -> None:
    """A definition, and which symbols it brings along."""
    scope = meaning.scope
    before, scope.looked_up = scope.looked_up, set()
    around: dict[str, bool] = scope.used
    own: dict[str, bool] = {}
    scope.note_in(own)
    builder.define(statement)
    for name in scope.looked_up:
        own.update(meaning.symbols_of.get(name, {}))
    if isinstance(statement.target, records.Name):
        meaning.symbols_of[statement.target.name] = own
    around.update(own)
    scope.note_in(around)
    scope.looked_up |= before


def _before_the_last(builder: Builder, record: records.Expression) -> None:
    """A chain without a name that is not the last: what it labels can be used below it."""
    network = builder.network(record)
    labels = len(builder.scope.labels)
    if is_closed(network):
        builder.finished(network, record.span)
    if len(builder.scope.labels) == labels:
        raise ArgumentError(
            "only the last chain of a script goes without a name",
            record.span,
            hint="name it, as in x = ..., or begin the next line with -> to go on",
        )


def _names_of(record: records.Expression, scope: Scope) -> tuple[str, ...]:
    """The names of several outputs: those of a last line such as ``(mean, variance)``."""
    if isinstance(record, records.Parallel) and len(record.branches) > 1:
        names = [part.name for part in record.branches if isinstance(part, records.Name)]
        tensors = [isinstance(scope.lookup(name), Tensor | Recall) for name in names]
        if len(names) == len(record.branches) and all(tensors):
            return tuple(names)
    return ()


def _with_open_ends(meaning: _Meaning, span: Span) -> _Meaning:
    """Without a last chain the outputs are the named tensors that nothing else uses."""
    scope = meaning.scope
    ends = {
        name: value
        for name, value in scope.names.items()
        if isinstance(value, Tensor) and not value.is_label and name not in scope.looked_up
    }
    if not ends:
        return meaning
    if len(ends) == 1:
        return meaning._replace(network=next(iter(ends.values())))
    return meaning._replace(network=branches(list(ends.values()), span), outputs=tuple(ends))


def _zero_allowed(fact: records.Fact) -> str | None:
    """The name in ``p >= 0`` or ``0 <= p``."""
    sides = (fact.left, fact.right) if fact.comparison == ">=" else (fact.right, fact.left)
    name, number = sides
    if fact.comparison not in (">=", "<=") or not isinstance(name, records.Name):
        return None
    return name.name if isinstance(number, records.Number) and number.text == "0" else None


def _fact(record: records.Fact, scope: Scope) -> Condition | None:
    """A fact as a condition, None when it holds anyway."""
    left, right = (settle(_whole(side, scope)) for side in (record.left, record.right))
    condition = Condition(left, record.comparison, right)
    if record.comparison in ("<", "<="):
        condition = Condition(right, ">=", left + int(record.comparison == "<"))
    elif record.comparison in (">", ">="):
        condition = Condition(left, ">=", right + int(record.comparison == ">"))
    elif record.comparison == "==":
        divided = _divided(record, scope)
        condition = divided or Condition(left, "=", right)
    holds = condition.holds()
    if holds is False:
        raise SizeError(f"{record} does not hold", record.span)
    return None if holds else condition


def _divided(record: records.Fact, scope: Scope) -> Condition | None:
    """``H % 32 == 0`` as a divisibility."""
    left = record.left
    if not isinstance(left, records.Arithmetic) or left.operators[-1] != "%":
        return None
    rest, divisor = _whole(record.right, scope), _whole(left.operands[-1], scope)
    dividend = left.operands[0]
    if len(left.operands) > 2:
        dividend = left._replace(operands=left.operands[:-1], operators=left.operators[:-1])
    return Condition(divisor, "|", settle(_whole(dividend, scope) - rest))


def _whole(record: records.Expression, scope: Scope) -> Any:
    value = size_of(record, scope, bound=True)
    if isinstance(value, Fraction | tuple):
        raise SizeError(f"{shorten(str(record))} is not a whole number", record.span)
    return value


def _read_table(table: records.Config | records.Glossary, meaning: _Meaning) -> None:
    """``config base: L=12`` and ``where L = "layers"``."""
    if isinstance(table, records.Glossary):
        for entry in table.entries:
            if entry.name in meaning.glossary:
                raise ArgumentError(f"{entry.name} is explained twice", entry.span)
            meaning.glossary[entry.name] = entry.text.value
            if entry.latex is not None:
                meaning.latex[entry.name] = entry.latex.value
        return
    if table.name in meaning.configs:
        raise ArgumentError(f"there are two configs {shorten(table.name)}", table.span)
    meaning.configs[table.name] = _config(table, meaning.scope)


def _config(table: records.Config, around: Scope) -> Config:
    """The numbers of a config; a setting may use the others."""
    settings: dict[str, records.Expression] = {}
    for setting in table.settings:
        if setting.name in settings:
            raise ArgumentError(f"{setting.name} is set twice", setting.span)
        settings[setting.name] = setting.value
    return numbers(settings, {}, around.names)
