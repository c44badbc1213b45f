"""What is printed of a repeat is true of each of its iterations, and the sum of them is the count."""

import copy
import json
import multiprocessing
import operator
import pickle
from typing import Any

import pytest
import sympy
from formulas import worked_out
from iterations import as_written, at_work

import symparam
from symparam import SymparamError
from symparam.algebra.depth.sums import evaluate
from symparam.algebra.formula import Series
from symparam.display.content import block
from symparam.display.text import condition as said
from symparam.display.text import node
from symparam.trace.fold import total

REPEATS = [
    "Input(3) -> Dense(c*i) for i in 1..L",
    "Input(n) -> Dense(c*2**i) for i in 0..L-1",
    "Input(w[0]) -> Dense(w[j+1]) for j in 0..L",
    "Input(h, w, 3) -> Conv2D(c*2**i, 3, 2, same) for i in 1..L",
    "Input(n) -> (Dense(i + 2) -> Dense(c)) for i in -1..L",
    "Input(n) -> (Dense(c*i) -> Dense(n)) for i in 2..L",
    "Input(3, h, w) -> (nn.LazyBatchNorm2d -> nn.LazyConv2d(c*i, 3, padding=1)) for i in 1..L",
    "Input(n, d) -> (_ + MultiHeadAttention(h, d/h)) * L",
    "Input(n) -> ((Dense(c*j) * M) for j in 1..L)",
    "Input(n) -> (Dense(i) for i in 1..L) * M",
    "Input(d) -> Dense(_.channels + c) * L",
    "Input(3) -> Dense(c*i) for i in a..L",
    "Input(n) -> Dense(c) for i in a..L",
    "Input(h, w, 3) -> Conv2D(c*2**i, 3, 2, same) for i in a - 1..L",
    "Input(n) -> (Dense(i) -> Dense(n)) for i in a..L",
    "Input(n) -> ((Dense(j) for j in 1..i+1) for i in 0..L)",
    "Input(n) -> ((Dense(n) * i) for i in 0..L)",
    "Input(n) -> Concatenate(Dense(c*i) for i in 1..L) -> Dense(2)",
    "Input(n) -> (Concatenate(Dense(c) for j in 1..i+1) -> Dense(n)) for i in 0..L",
    "Input(h*2**L, w*2**L, 3) -> (Conv2D(c*2**i, 3, same) as s[i] -> MaxPooling2D) for i in 0..L-1"
    " -> (UpSampling2D -> (_, s[L-1-i]) -> Concatenate -> Conv2D(c*2**(L-1-i), 3, same))"
    " for i in 0..L-1",
    "K(f, g) = Weights(output=f, a=(_.channels, f, g), b=f); Input(n) -> K(c*i, 3) for i in 1..L",
    "Input(n, d) -> (TimeDistributed(Dense(c) -> Dense(d)) -> ReLU) * L",
]
SIZES = {"a": 2, "c": 5, "L": 4, "M": 3, "n": 3, "h": 2, "w": 7, "d": 6}


def numbers_of(network: Any) -> dict[Any, int]:
    numbers = {symparam.symbol(name): SIZES[name] for name in network.symbols if name in SIZES}
    if "w" in network.symbols and "w[0]" in str(network.input_shape):
        base = sympy.IndexedBase("w", integer=True, positive=True)
        del numbers[symparam.symbol("w")]
        numbers |= {base[place]: 2 + place for place in range(8)}
    return numbers


@pytest.mark.parametrize("text", REPEATS)
def test_the_rules_of_all_iterations_add_up(text: str) -> None:
    """What is printed of iteration i is what the network at numbers has, where sizes change one by one."""
    network = symparam.parse(text)
    numbers = numbers_of(network)
    named: dict[str, Any] = {
        str(name): number for name, number in numbers.items() if "[" not in str(name)
    }
    if "w" in network.symbols and "w" not in named:
        named["w"] = [2 + place for place in range(8)]
    there = network.at(**named)
    assert at_work(network, numbers) == at_work(there, {})
    count = sum(evaluate(step.params, numbers) for step in network.steps)
    assert evaluate(network.params, numbers) == count == there.params
    assert evaluate(network.buffers, numbers) == there.buffers
    assert sum(step.params for step in there.steps) == count


@pytest.mark.parametrize("text", REPEATS)
def test_every_format_states_the_same(text: str) -> None:
    """The sum in the derivation is over the range that JSON and the table give, and it is true."""
    network = symparam.parse(text)
    document = json.loads(json.dumps(network.to_json()))
    for step, layer, row in zip(network.steps, document["layers"], network.table(), strict=True):
        assert layer["params"] == number(row["params"])
        shown = block(step)
        if not step.repeats or not shown.equations:
            continue
        (*_, equation) = shown.equations
        for side in equation.sides:
            if isinstance(side, Series):
                levels = [level for level in step.repeats if level.name == side.variable.name]
                assert node(side.first) == str(levels[0].first)
        plain = {as_written(name): value for name, value in numbers_of(network).items()}
        whole = evaluate(step.params, numbers_of(network))
        assert [evaluate(worked_out(side), plain) for side in equation.sides[:-1]] == (
            [whole] * (len(equation.sides) - 1)
        )
        assert any(repeat["index"] or repeat["first"] == 1 for repeat in layer["repeats"])
    for printed in (network.latex("derivation"), network.markdown("derivation"), network.html()):
        assert "iteration" in printed


def number(size: Any) -> Any:
    return size if isinstance(size, int) else str(size)


def test_first_iterations_have_their_own_sizes() -> None:
    said = symparam.parse("Input(3) -> Dense(c*i) for i in 1..L").explain()
    assert (
        "iteration 1 of 1..L: (3,) -> (c,)\nparams = (in_features + 1)*units = (3 + 1)*c = 4*c"
        in said
    )
    assert "iteration i = 2..L: (c*(i - 1),) -> (c*i,)" in said
    said = symparam.parse("Input(n) -> Dense(c*2**i) for i in 0..L-1").explain()
    assert "dense_1: Dense(2**i*c)\niteration i = 1..L - 1: (2**(i - 1)*c,) -> (2**i*c,)" in said


@pytest.mark.parametrize(("first", "count"), [("c*i", 70), ("c*(i+1)", 104)])
def test_buffers_of_iterations(first: str, count: int) -> None:
    bounds = "1..L" if first == "c*i" else "0..L-1"
    body = f"(nn.LazyBatchNorm2d -> nn.LazyConv2d({first}, 3, padding=1))"
    net = symparam.parse(f"Input(3, h, w) -> {body} for i in {bounds}")
    written_out = "Input(3, 9, 9)" + "".join(
        f" -> nn.LazyBatchNorm2d -> nn.LazyConv2d({5 * i}, 3, padding=1)" for i in range(1, 5)
    )
    wanted = symparam.parse(written_out).buffers
    sizes = {symparam.symbol("c"): 5, symparam.symbol("L"): 4}
    assert evaluate(net.buffers, sizes) == net.at(c=5, L=4, h=9, w=9).buffers == wanted
    assert first != "c*i" or wanted == 70


def test_powers_below_zero_on_the_way() -> None:
    """The widths are 1, 2, 4 and 8: only what comes out has to be whole."""
    text = "Input(3) -> Dense(2*2**i) for i in -1..2"
    written_out = "Input(3) -> Dense(1) -> Dense(2) -> Dense(4) -> Dense(8)"
    assert symparam.parse(text).params == symparam.parse(written_out).params == 60
    with pytest.raises(SymparamError, match="whole number"):
        symparam.parse("Input(3) -> Dense(2**i) for i in -1..2")


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("Input(a) -> Dense(d/2)", "2 divides d"),
        ("Input(a) -> Dense(d/2**i) for i in 0..L", "2**L divides d"),
        ("Input(a) -> Dense(d/2**i) for i in 1..L", "2**L divides d"),
        ("Input(a) -> Dense(d/2**i) for i in 0..3", "8 divides d"),
        ("Input(a, a, 3) -> Conv2D(d*2**i, 3, same) for i in -1..L", "2 divides d"),
    ],
)
@pytest.mark.parametrize("d", range(1, 9))
@pytest.mark.parametrize("last", [1, 2, 3])
def test_sizes_of_every_iteration_are_whole(text: str, condition: str, d: int, last: int) -> None:
    """The conditions hold where the network exists: where it has numbers, and nowhere else."""
    net = symparam.parse(text)
    (needed,) = net.conditions
    assert "".join(map(str, said(needed))) == condition
    sizes = {name: n for name, n in (("a", 3), ("d", d), ("L", last)) if name in net.symbols}
    numbers = {symparam.symbol(name): number for name, number in sizes.items()}
    try:
        there = net.at(**sizes)
    except SymparamError:
        assert needed.fails(numbers)
    else:
        assert not needed.fails(numbers)
        assert evaluate(net.params, numbers) == there.params


def test_zero_iterations_are_nothing() -> None:
    net = symparam.parse("e = Dense(d); Input(d) -> e * (L - 1) -> Dense(1)")
    assert net.at(L=1, d=4).params == 5
    assert net.at(L=2, d=4).params == 25
    assert [str(c.left) + c.relation + str(c.right) for c in net.domain] == ["L>=2"]
    net = symparam.parse("Input(a) -> Dense(d) * (n - 1)")
    assert (net.at(n=1).params, net.at(n=1).output_shape) == (0, (symparam.symbol("a"),))
    assert net.at(n=2, a=3, d=4).params == 16
    shape = "Input(a) -> Dense(d) * (n - 1) -> Reshape((d, 1))"
    assert symparam.parse(shape).at(n=3, a=2, d=5).params == 15 + 30
    net = symparam.parse("Input(3) -> MoE(Dense(3), experts=a, active=2) * (a - 1)")
    assert [net.at(a=a).params for a in (1, 2, 3)] == [0, 6 + 24, 2 * (9 + 36)]
    assert not net.conditions


def test_what_a_repeat_carries() -> None:
    """Several tensors of which one grows, and labels that the body sets anew."""
    net = symparam.parse("(Input(a), Input(b)) -> (_[0], Concatenate) * L")
    assert str(net.output_shape) == "((a,), (L*a + b,))"
    with pytest.raises(SymparamError, match="depend on each other from iteration to iteration"):
        symparam.parse("(Input(a), Input(b)) -> (_[1], Concatenate) * L")
    both = symparam.parse("(Input(a), Input(b)) -> (_[1], Concatenate) * 5")
    assert str(both.output_shape) == "((3*a + 5*b,), (5*a + 8*b,))"
    body = "((x, Dense(c)) -> Concatenate) as x"
    net = symparam.parse(f"Input(d) as x -> ({body}) * L")
    assert str(net.output_shape) == "(c*(L - 1) + c + d,)"
    written_out = "(Input(4) as x0) " + "".join(
        f" -> ((x{n}, Dense(3)) -> Concatenate) as x{n + 1}" for n in range(3)
    )
    assert net.at(d=4, c=3, L=3).params == symparam.parse(written_out.strip()).params


# The bounds of a repeat within another, which depend on the iteration around it, as one reads them.
BOUNDS = [
    (
        "Input(n) -> ((Dense(j) for j in 1..i+1) for i in 0..L)",
        "iteration i = 1..L, iteration j = 2..i + 1",
        "Sum(Sum(j**2, (j, 2, i + 1)), (i, 1, L))",
    ),
    (
        "Input(n) -> ((Dense(n) * i) for i in 0..L)",
        "iteration i = 0..L, each of i iterations",
        "Sum(i*n*(n + 1), (i, 0, L))",
    ),
    (
        "Input(n) -> (Concatenate(Dense(k) for j in 1..i+1) -> Dense(n)) for i in 0..L",
        "iteration i = 0..L, each of i + 1 iterations",
        "Sum((i + 1)*k*(n + 1), (i, 0, L))",
    ),
    (
        "Input(t, d) -> (TimeDistributed(Dense(d) -> ReLU) -> MaxPooling1D(2)) * L",
        "iteration i = 1..L, each of floor(2*t/2**i) steps",
        "L*d*(d + 1)",
    ),
]


@pytest.mark.parametrize(("text", "standing", "summed"), BOUNDS)
def test_bounds_are_those_of_the_iteration_around(text: str, standing: str, summed: str) -> None:
    said = symparam.parse(text).explain()
    assert standing in said
    assert f"over all iterations = {summed}" in said


COLLIDING = [
    (
        "G(n) = ((_, Dense(n)) -> Concatenate) * M; Input(3) -> (G(i) -> Dense(2)) for i in 1..L",
        "M L",
    ),
    ("e = Dense(_.channels + k) for k in 1..L; Input(k) -> e", "L k"),
    ("Input(i) -> Dense(i + _.channels) for i in 1..L", "i L"),
    ("Input(i_0) -> Dense(i_0 + _.channels) * L", "i_0 L"),
    ("Input(i) -> ((Dense(i) for i in 1..L) for i in 1..M)", "i L M"),
    ("Input(L) -> Dense(L*i) for L in 1..i", "L i"),
    ("Input(L) -> ((Dense(i*j) for j in i..i + L) for i in 1..j)", "L j"),
    ("Input(a) -> Dense(a*i) for i in a..a+b", "a b"),
]


@pytest.mark.parametrize(("text", "names"), COLLIDING)
@pytest.mark.parametrize("sizes", [(2, 3, 4), (4, 2, 3), (3, 5, 2)])
def test_no_name_captures_another(text: str, names: str, sizes: tuple[int, ...]) -> None:
    """The formula against the network at numbers, whose iterations run one by one."""
    net = symparam.parse(text)
    there = dict(zip(names.split(), sizes, strict=False))
    values = {symparam.symbol(name): number for name, number in there.items()}
    assert evaluate(net.params, values) == net.at(**there).params
    other = symparam.parse(text.replace(" i in", " z in").replace("(i) for", "(z) for"))
    assert set(other.symbols) >= set(net.symbols) - {"i"}


def test_networks_are_values() -> None:
    text = "Input(d) -> Dense(c*i) for i in 1..L"
    net = symparam.parse(text)
    for other in (pickle.loads(pickle.dumps(net)), copy.deepcopy(net), symparam.parse(text)):
        assert other == net
        assert hash(other) == hash(net)
        assert other.params == net.params
    assert net.at(L=3) == symparam.parse(text).at(L=3) != net
    assert net.form("expanded") != net
    assert pickle.loads(pickle.dumps(net.at(L=3).form("expanded"))) == net.at(L=3).form("expanded")
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        at = operator.methodcaller("at", L=3, d=2)
        (there,) = pool.map(at, [symparam.parse("Input(d) -> Dense(d) * L")])
    assert there.params == 18


def test_a_trace_is_a_value() -> None:
    net = symparam.parse("Input(3) -> Dense(c*i) for i in 1..L")
    trace = pickle.loads(pickle.dumps(net.trace))
    assert total(trace, lambda step: step.y[-1]).value == total(net.trace, lambda s: s.y[-1]).value


def test_nested_repeats_cost_little() -> None:
    """Ten levels run the body as often as one level does, not twice at each."""
    from symparam.trace import run

    counts = []
    step = run.Interpreter._step

    def counting(self: Any, *arguments: Any) -> Any:
        counts.append(1)
        return step(self, *arguments)

    run.Interpreter._step = counting  # type: ignore[method-assign]
    try:
        nested = "(" * 9 + "Dense(d)" + "".join(f" * a{n})" for n in range(9))
        symparam.parse(f"Input(d) -> {nested} * b")
        plain = len(counts)
        symparam.parse(f"Input(3) -> {nested} * b")
        first_differs = len(counts) - plain
    finally:
        run.Interpreter._step = step  # type: ignore[method-assign]
    assert plain == 1
    assert first_differs <= 100
