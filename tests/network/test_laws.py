"""The laws, over random networks and random text."""

import json
from typing import Any

import sympy
from bare import bare
from formulas import worked_out
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from strategies import networks, scraps

import symparam
from symparam import SymparamError
from symparam.algebra.conditions import Condition
from symparam.display.text import size
from symparam.language.syntax import parse
from symparam.network import Network

laws = settings(
    deadline=None,
    max_examples=200,
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)


def built(program: str) -> Network:
    try:
        return symparam.parse(program)
    except SymparamError:
        assume(False)
        raise AssertionError from None


def no_repeats(program: str) -> bool:
    return ") * " not in program


def counts(network: Network, steps: bool) -> list[Any]:
    """Every number a network states, in one list.

    Without steps where there are repeats: these may be one pass, or all of them one by one.
    """
    facts = [network.params, network.trainable_params, network.non_trainable_params]
    facts += [*network.input_shape, *network.output_shape]
    for step in network.steps if steps else ():
        facts += [step.params, step.trainable_params, step.non_trainable_params]
        facts += step.output_shape
        facts += [size for weight in step.weights for size in weight.shape]
    return facts


@laws
@given(networks(), st.data())
def test_evaluation_is_substitution(program: str, data: st.DataObject) -> None:
    network = built(program)
    sizes = {name: data.draw(st.integers(1, 40), name) for name in network.symbols}
    try:
        there = network.at(**sizes)
    except SymparamError:
        return  # impossible at these sizes; there is nothing to compare
    assert there.symbols == ()
    values = {symparam.symbol(name): number for name, number in sizes.items()}
    substituted = [
        fact if isinstance(fact, int) else fact.subs(values)
        for fact in counts(network, no_repeats(program))
    ]
    assert counts(there, no_repeats(program)) == substituted
    assert all(type(fact) is int for fact in counts(there, no_repeats(program)))


@laws
@given(networks(), st.data())
def test_sizes_can_be_put_in_one_by_one(program: str, data: st.DataObject) -> None:
    network = built(program)
    sizes = {name: data.draw(st.integers(8, 40), name) for name in network.symbols}
    try:
        there = network.at(**sizes)
    except SymparamError:
        return
    for name in data.draw(st.permutations(list(sizes))):
        network = network.at(**{name: sizes[name]})
    assert counts(network, no_repeats(program)) == counts(there, no_repeats(program))


@laws
@given(networks())
def test_columns_sum_to_the_total(program: str) -> None:
    network = built(program)
    steps = network.steps
    assert same(sum(step.params for step in steps), network.params)
    assert same(network.trainable_params + network.non_trainable_params, network.params)


def same(left: Any, right: Any, conditions: tuple[Condition, ...] = ()) -> bool:
    """Whether two counts are equal; where floors hide it, at numbers that fulfil conditions.

    ``floor(n/2) + 1`` and ``floor((n + 2)/2)`` are equal and sympy does not know it.
    """
    difference = sympy.expand(left - right)
    names = {*difference.free_symbols}.union(
        *(sympy.sympify(side).free_symbols for c in conditions for side in (c.left, c.right))
    )
    symbols = sorted(names, key=str)
    samples = (
        {symbol: 2 + (7 * i + 5 * k) % 31 for i, symbol in enumerate(symbols)} for k in range(12)
    )
    return all(
        difference.subs(numbers) == 0
        for numbers in samples
        if not any(condition.fails(numbers) for condition in conditions)
    )


@laws
@given(networks())
def test_every_derivation_comes_to_its_count(program: str) -> None:
    for step in built(program).steps:
        for formula in (step.formula, step.rule and step.rule.numbers):
            assert same(worked_out(formula) if formula else 0, step.params_of_iteration)


@laws
@given(networks())
def test_printing_keeps_the_network(program: str) -> None:
    script = parse(program)
    assert bare(parse(str(script))) == bare(script)
    network = built(program)
    assert counts(symparam.parse(str(script)), no_repeats(program)) == counts(
        network, no_repeats(program)
    )


@laws
@given(networks())
def test_printed_sizes_read_back(program: str) -> None:
    """A size as it is printed is an expression of the language, and the same size."""
    network = built(program)
    for step in network.steps:
        for printed, meant in ((size(one), one) for one in (*step.output_shape, step.params)):
            if meant != 0:
                (read,) = symparam.parse(f"Input(shape=({printed},))").output_shape
                assert same(read, meant, network.conditions), printed


@laws
@given(networks())
def test_json_reads_back(program: str) -> None:
    network = built(program)
    document = json.loads(json.dumps(network.to_json()))
    names = {key: symparam.symbol(name) for key, name in document["symbols"].items()}

    def read(value: Any) -> Any:
        return value if isinstance(value, int) else sympy.parse_expr(value, local_dict=names)

    numbers = {symbol: 40 + i for i, symbol in enumerate(names.values())}
    if any(condition.fails(numbers) for condition in network.conditions):
        numbers = dict.fromkeys(numbers, 48)
    if any(condition.fails(numbers) for condition in network.conditions):
        return
    totals = [network.params, network.trainable_params, network.non_trainable_params]
    totals += [network.active_params, network.buffers]
    for value, total in zip(document["totals"].values(), totals, strict=True):
        assert (
            sympy.Integer(read(value)).subs(numbers) == total
            if isinstance(value, int)
            else (read(value).subs(numbers) == total.subs(numbers))
        )


@laws
@given(networks(), st.data())
def test_the_conditions_decide(program: str, data: st.DataObject) -> None:
    """Where all of them hold, every layer takes its input; elsewhere the network is refused.

    Outside of the domain of the formulas they say nothing, and the network is run.
    """
    network = built(program)
    sizes = {name: data.draw(st.integers(1, 12), name) for name in network.symbols}
    values = {symparam.symbol(name): number for name, number in sizes.items()}
    if any(condition.fails(values) for condition in network.domain):
        return
    hold = not any(condition.fails(values) for condition in network.conditions)
    try:
        network.at(**sizes)
    except SymparamError:
        assert not hold
    else:
        assert hold


@laws
@given(networks())
def test_every_output_prints(program: str) -> None:
    network = built(program)
    for text in (network.summary(), network.explain(), network.explain(80), repr(network)):
        assert text
        assert "FloorDiv" not in text


@settings(deadline=None, max_examples=1000)
@given(scraps)
def test_any_text_is_a_result_or_an_error(text: str) -> None:
    try:
        network = symparam.parse(text)
    except SymparamError as error:
        assert error.message
        assert str(error).isprintable() or "\n" in str(error)
    else:
        assert network.summary()


@settings(deadline=None, max_examples=300)
@given(networks(), st.data())
def test_a_damaged_program_is_a_result_or_an_error(program: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(program)))
    stop = data.draw(st.integers(start, min(len(program), start + 4)))
    damaged = program[:start] + data.draw(scraps) + program[stop:]
    try:
        symparam.parse(damaged)
    except SymparamError as error:
        assert error.span is None or error.span.start <= error.span.end <= len(damaged)
