"""Published formulas and tables, each derived from a program that states the architecture.

A printed formula and ours must be one expression. Its cases are compared number by number, to the
last digit that is printed. A disputed number does not follow from the paper's own formula: there
ours must give what the formula does.
"""

import itertools
import json
from functools import cache
from typing import Any

import pytest
import sympy
from paper_rows import DISPUTED, OTHER, ROWS, Row
from places import DATA
from sympy.core.function import AppliedUndef
from sympy.parsing.sympy_parser import parse_expr

import symparam
from symparam.algebra.floors import FloorDiv
from symparam.network import Network

PAPERS = json.loads((DATA / "papers.json").read_text("utf-8"))
ENTRIES = {entry["id"]: entry for entry in PAPERS}
FORMULAS = [(entry["id"], formula["key"]) for entry in PAPERS for formula in entry["formulas"]]
INDEX = symparam.symbol("j")  # of a sequence, in the rows


def rows(entry: str, key: str) -> tuple[Row, ...]:
    row = ROWS.get(entry, {}).get(key, ())
    return () if isinstance(row, str) else (row,) if isinstance(row, Row) else row


@cache
def network(program: str) -> Network:
    return symparam.load(program) if program.startswith("zoo:") else symparam.parse(program)


def programs(row: Row) -> list[str]:
    return [row.program, row.minus] if row.minus else [row.program]


def read(text: str, entry: str) -> Any:
    """An expression of the paper; its sequences are functions there."""
    names = {"j": INDEX}
    for name in ENTRIES[entry]["symbols"]:
        if name.endswith("()"):
            name = name[:-2]
            names[name] = sympy.Function(name, integer=True, positive=True)
        else:
            names[name] = symparam.symbol(name)
    return parse_expr(text, names)


def printed(entry: str, key: str) -> Any:
    """The formula of the paper."""
    (text,) = (f["sympy"] for f in ENTRIES[entry]["formulas"] if f["key"] == key)
    return read(text, entry).doit()


def narrowed(expression: Any, entry: str, row: Row) -> Any:
    """An expression of the paper, with what the program is about put in."""
    put = {read(there, entry): read(here, entry) for there, here in row.paper.items()}
    for name, of in row.theirs.items():
        put[symparam.symbol(name)] = translated(of(network(row.program)), entry, row)
    return expression.subs(put)


def derived(entry: str, row: Row) -> Any:
    """The formula of the program, in the symbols of the paper."""
    counts = (row.count(network(program)) for program in programs(row))
    first, *minus = (translated(count, entry, row) for count in counts)
    return first - sum(minus)


def translated(count: Any, entry: str, row: Row) -> Any:
    count = sympy.sympify(count)
    indices = {x.args[0] for total in count.atoms(sympy.Sum) for x in total.limits}
    members = {x: meaning(str(x), entry, row) for x in count.atoms(sympy.Indexed)}
    count = count.xreplace(members)
    symbols = count.free_symbols - indices
    return count.subs({x: meaning(x.name, entry, row) for x in symbols}, simultaneous=True)


def meaning(name: str, entry: str, row: Row) -> Any:
    """What a symbol of the program is in the paper; a member of ``n`` may be listed as ``n[j]``."""
    if name in row.ours:
        return read(row.ours[name], entry)
    sequence, _, place = name.removesuffix("]").partition("[")
    if not place:
        return symparam.symbol(name)
    return read(row.ours[f"{sequence}[j]"], entry).subs(INDEX, read(place, entry))


def in_parts(expression: Any) -> Any:
    """Every sum over one index of single terms, without factors that do not vary."""

    def parts(body: Any, limits: Any) -> Any:
        index, first, last = limits
        terms = sympy.Add.make_args(sympy.expand(body.subs(index, INDEX)))
        apart = (term.as_independent(INDEX) for term in terms)
        return sum(fixed * sympy.Sum(rest, (INDEX, first, last)) for fixed, rest in apart)

    def rounded_down(quotient: Any) -> Any:
        return sympy.floor(sympy.expand(quotient))

    def rounded_up(quotient: Any) -> Any:
        dividend, divisor = sympy.fraction(sympy.together(quotient))
        return rounded_down((dividend - 1) / divisor) + 1

    expression = sympy.expand(expression).replace(sympy.Sum, parts)
    expression = expression.replace(FloorDiv, lambda p, q: rounded_down(p / q))
    expression = expression.replace(sympy.ceiling, rounded_up).replace(sympy.floor, rounded_down)
    return sympy.expand(expression)


def at(expression: Any, case: dict[str, Any]) -> Any:
    """The value of an expression of the paper in one of its cases."""
    members = {
        x: sympy.Integer(case["at"][x.func.__name__][x.args[0]])
        for x in expression.atoms(AppliedUndef)
    }
    numbers = {symparam.symbol(name): n for name, n in case["at"].items() if isinstance(n, int)}
    value = sympy.sympify(expression).xreplace(members).subs(numbers)
    return int(value) if value.is_Integer else value


def sizes(program: str, entry: str, row: Row, case: dict[str, Any]) -> dict[str, Any]:
    """The sizes of the program in a case of the paper."""
    given: dict[str, Any] = {}
    for name in network(program).symbols:
        if any(ours.startswith(f"{name}[") for ours in row.ours):
            given[name] = []
            for place in itertools.count():
                try:
                    size = at(meaning(f"{name}[{place}]", entry, row), case)
                    given[name].append(size or 1)  # a list that counts from 1 begins with a 0
                except (IndexError, KeyError):
                    break
        elif name in row.ours or name in case["at"]:
            given[name] = at(meaning(name, entry, row), case)
    return given


def is_about(entry: str, row: Row, case: dict[str, Any]) -> bool:
    """Whether the program is at these numbers what the case is about."""
    put = [
        (at(read(there, entry), case), at(read(here, entry), case))
        for there, here in row.paper.items()
    ]
    given = sizes(row.program, entry, row, case)
    if any(size == 0 for size in given.values()):
        return False
    if row.theirs:
        there = network(row.program).at(**given)
        put += [(case["at"][name], of(there)) for name, of in row.theirs.items()]
    return all(left == right for left, right in put)


ALL = [(entry, key, row) for entry, key in FORMULAS for row in rows(entry, key)]
CASES = [
    (entry["id"], case)
    for entry in PAPERS
    for case in entry["cases"]
    if rows(entry["id"], case["formula"])
]


def test_every_formula_has_a_row() -> None:
    assert len(PAPERS) == 50
    assert sorted(FORMULAS) == sorted((entry, key) for entry in ROWS for key in ROWS[entry])
    reasons = {row for entry in ROWS.values() for row in entry.values() if isinstance(row, str)}
    assert reasons == {OTHER}
    disputed = {entry for entry, case in CASES if case["agreement"].startswith("DISAGREES")}
    assert disputed == set(DISPUTED)


@pytest.mark.parametrize(("entry", "key", "row"), ALL, ids=[f"{e}-{key}" for e, key, _ in ALL])
def test_formula(entry: str, key: str, row: Row) -> None:
    both = derived(entry, row) - printed(entry, key)
    assert sympy.simplify(in_parts(narrowed(both, entry, row))) == 0


@pytest.mark.parametrize(
    ("entry", "case"), CASES, ids=[f"{e}-{c['formula']}-{c['label']}" for e, c in CASES]
)
def test_case(entry: str, case: dict[str, Any]) -> None:
    about = [row for row in rows(entry, case["formula"]) if is_about(entry, row, case)]
    assert about
    for row in about:
        counts = [
            row.count(network(program).at(**sizes(program, entry, row, case)))
            for program in programs(row)
        ]
        count = counts[0] - sum(counts[1:])
        assert count == case["computed"]
        off, unit = abs(count - case["published"]), case["unit"]
        match case["agreement"].split()[0]:
            case "exact":
                assert off == 0
            case "agrees":  # to the published rounding
                assert 2 * off <= unit
            case "within":  # one unit of the last digit: the paper cuts it off
                assert off <= unit
            case "DISAGREES":
                assert off > unit
            case _:
                raise AssertionError(case["agreement"])
