"""Sequences of sizes, passes numbered from anywhere, experts and frozen parts."""

import pytest
from formulas import worked_out
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import symparam
from symparam import SymparamError
from symparam.algebra.depth.sums import evaluate
from symparam.algebra.sizes import indexed, symbol
from symparam.display.content import block
from symparam.display.text import condition, size
from symparam.trace import repeats as depth


@pytest.mark.parametrize(
    ("network", "params"),
    [
        ("Input(w[0]) -> Dense(w[i]) for i in 1..L", "Sum((w[i - 1] + 1)*w[i], (i, 1, L))"),
        ("Input(n) -> Dense(w[j]) for j in 0..L", "(n + 1)*w[0] + Sum((w[j - 1] + 1)*w[j], (j, 1, L))"),
        ("Input(d) -> (Dense(d) * r[j]) for j in 0..S", "d*(d + 1)*Sum(r[j], (j, 0, S))"),
        ("Input(d) -> (Dense(d) * r[j]) for j in 0..1", "d*(d + 1)*Sum(r[j], (j, 0, 1))"),
        ("Input(d) -> (Dense(w[i]) -> Dense(d)) for i in 1..L", "L*d + (2*d + 1)*Sum(w[i], (i, 1, L))"),
        ("F(w) = Dense(w[i]) for i in 0..1; Input(n) -> F(v)", "(n + 1)*v[0] + (v[0] + 1)*v[1]"),
        ("F(w) = Dense(w[i]) for i in 0..1; Input(n) -> F([2, k])", "3*k + 2*n + 2"),
        ("w = [2, 2*k]; Input(n) -> Dense(w[i]) for i in 0..1", "6*k + 2*n + 2"),
        ("w = [2, 3]; Input(n) -> Dense(w[0]) -> Dense(w[1])", "2*n + 11"),
    ],
)  # fmt: skip
def test_formulas(network: str, params: str) -> None:
    assert size(symparam.parse(network).params) == params


@pytest.mark.parametrize(
    ("at", "params"),
    [
        ({"w": [784, 64, 64, 10], "L": 3}, 55050),
        ({"w": [784, 512, 512, 10], "L": 3}, 669706),
        ({"w": [784, 512, 512, 10], "L": 1}, 785 * 512),
        ({"w": [1] * 200, "L": 199}, 398),
    ],
)
def test_a_list_gives_numbers(at: dict[str, object], params: int) -> None:
    """The first two are the totals that Keras prints for its guides' examples."""
    net = symparam.parse("Input(w[0]) -> Dense(w[i]) for i in 1..L")
    assert net.at(**at).params == params


def test_a_list_alone_leaves_the_formula() -> None:
    net = symparam.parse("Input(w[0]) -> Dense(w[i]) for i in 1..L")
    assert "Sum" in size(net.at(w=[4, 3, 2]).params)
    assert net.at(w=[4, 3, 2]).symbols == ("L",)
    assert net.at(w=[4, 3, 2]).at(L=2).params == 23
    assert size(net.at(L=2).params) == "(w[0] + 1)*w[1] + (w[1] + 1)*w[2]"


# Bodies of a repeat; {i} is the number of the pass.
BODIES = [
    "Dense(w[{i} + 3])",
    "Dense(w[{i} + 3]) -> Dense(d)",
    "Dense(d) * r[{i} + 3]",
    "Dense(w[{i} + 3]) * r[{i} + 3]",
    "(_, Dense(w[{i} + 3])) -> Concatenate -> Dense(d)",
    "Dense(w[{i} + 3] + {i} + 4)",
    "Dense({i} + 4) -> Dense(w[{i} + 4])",
    "Dense(d) * ({i} + 3)",
    "Dense({i} + 3) -> Dense(d)",
    "Dense(max({i}, 1)) -> Dense(d)",
    "Dense({i}**2 + 1)",
    "Dense(2**({i} + 3))",
    "Dense(({i} - 2)**2) -> Dense(d)",
    "Dense({i})",
    "e -> Dense(w[{i} + 3]) -> Dense(n)",
]
lists = st.lists(st.integers(1, 9), min_size=14, max_size=14)


@settings(deadline=None, max_examples=250, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(BODIES), st.integers(-3, 3), st.integers(0, 7), lists, lists, st.booleans())
def test_the_formula_is_what_the_passes_come_to(
    body: str, first: int, passes: int, w: list[int], r: list[int], is_looped: bool
) -> None:
    """From any first number on; in numbers, by substitution, and with the body run once."""
    head = "e = Dense(d); Input(n)"
    last = first + passes - 1
    stages = "".join(f" -> ({body})".replace("{i}", f"({i})") for i in range(first, first + passes))
    sizes = {"n": 3, "d": 4, "w": w, "r": r}

    def at(network: symparam.Network, **more: int) -> symparam.Network:
        known = {**sizes, **more}
        return network.at(**{name: known[name] for name in network.symbols})

    try:
        wanted = at(symparam.parse(head + stages))
    except SymparamError:
        wanted = None
    body = f"{head} -> ({body.replace('{i}', 'i')}) for i in {first}.."
    try:
        there = at(symparam.parse(f"{body}{last}"))
    except SymparamError:
        assert wanted is None or last < first
    else:
        assert wanted is not None
        assert (there.params, there.output_shape) == (wanted.params, wanted.output_shape)
    if last < 1:
        return
    try:
        network = symparam.parse(f"{body}L")
    except SymparamError:
        assume(False)
    unrolled = depth.MAX_UNROLLED
    try:
        depth.MAX_UNROLLED = 0 if is_looped else unrolled
        there = at(network, L=last)
    except SymparamError:
        return
    finally:
        depth.MAX_UNROLLED = unrolled
    assert wanted is not None
    assert (there.params, there.output_shape) == (wanted.params, wanted.output_shape)
    numbers = {symbol("n"): 3, symbol("d"): 4, symbol("L"): last}
    for name, members in (("w", w), ("r", r)):
        numbers |= {indexed(name, place): number for place, number in enumerate(members)}
    if not any(condition.fails(numbers) for condition in network.domain):
        assert evaluate(network.params, numbers) == wanted.params


@pytest.mark.parametrize(
    ("network", "message"),
    [
        ("Input(n) -> (Dense(i) -> Dense(n)) for i in 0..L", "at least 1, got i = 0"),
        ("Input(n) -> (Dense(i) -> Dense(n)) for i in 0..0", "at least 1, got i = 0"),
        ("Input(n) -> (Dense(i**2) -> Dense(n)) for i in -1..1", "at least 1, got 0"),
        ("Input(n) -> (Dense((i - 3)**2) -> Dense(n)) for i in 1..4", "at least 1, got 0"),
        ("Input(h, w, 6) -> Conv2D(6, 1, groups=4 - (i - 2)**2) for i in 1..3", "4 groups do not divide 6 filters"),
        ("Input(h, w, 12) -> Conv2D(12, 1, groups=i) for i in 0..L", ""),
        ("Input(n) -> (Dense(k//i) -> Dense(n)) for i in 0..L", "division by zero"),
        ("Input(n) -> ((Dense(k) -> Dense(n)) * (3 - i)) for i in 0..5", ""),
        ("Input(n) -> Dense(w[i - 2]) for i in 1..L", "a sequence begins at w[0]"),
    ],
)  # fmt: skip
def test_an_impossible_pass_is_refused(network: str, message: str) -> None:
    with pytest.raises(SymparamError) as caught:
        symparam.parse(network)
    assert message in caught.value.message


def test_passes_that_count_down() -> None:
    assert symparam.parse("Input(n) -> Dense(-i) for i in -2..-1").at(n=4).params == 10 + 3
    net = symparam.parse("Input(n) -> (Dense(L - i) -> Dense(n)) for i in 0..L - 1")
    assert net.at(L=1, n=5).params == 6 + 10


def test_fewer_passes_than_none() -> None:
    net = symparam.parse("Input(d) -> Dense(d) * (L - D)")
    assert [condition(c) for c in net.conditions] == ["L >= D"]
    assert net.at(L=3, D=3, d=2).params == 0
    with pytest.raises(SymparamError):
        net.at(L=2, D=3, d=2)


@pytest.mark.parametrize(
    ("network", "params", "active"),
    [
        ("Input(s, d) -> MoE(Dense(d), experts=E, active=k)", "E*d*(d + 1) + E*d", "E*d + d*k*(d + 1)"),
        ("Input(s, d) -> MoE(Dense(d), E, k, 2)", "E*d*(d + 1) + E*d + 2*d*(d + 1)", "E*d + d*k*(d + 1) + 2*d*(d + 1)"),
        ("Input(s, d) -> MoE(Dense(d), 8, 2) * L", "8*L*d*(d + 1) + 8*L*d", "2*L*d*(d + 1) + 8*L*d"),
        ("e = Dense(d); Input(s, d) -> MoE(e, 8, 2)", "d*(d + 1) + 8*d", "d*(d + 1) + 8*d"),
        ("Input(s, d) -> MoE(Dense(d) * L, 8, 2)", "8*L*d*(d + 1) + 8*d", "2*L*d*(d + 1) + 8*d"),
        ("Input(s, d) -> MoE(Dense(f) -> Dense(m), 4, 1)", "4*d + 4*f*(d + 1) + 4*m*(f + 1)", "4*d + f*(d + 1) + m*(f + 1)"),
        ("Input(s, d) -> MoE(MoE(Dense(d), 3, 2), 5, 4)", "15*d*(d + 1) + 15*d + 5*d", "8*d*(d + 1) + 12*d + 5*d"),
        ("Input(s, d) -> Dense(d)", "d*(d + 1)", "d*(d + 1)"),
    ],
)  # fmt: skip
def test_experts(network: str, params: str, active: str) -> None:
    """Compared with the same sums written by hand."""
    net = symparam.parse(network)
    letters = {name: symbol(name) for name in (*net.symbols, "E", "k", "d", "f", "m", "L")}
    for counted, wanted in ((net.params, params), (net.active_params, active)):
        from sympy import expand, sympify

        assert expand(counted - sympify(wanted, locals=letters)) == 0


def test_experts_are_those_of_the_real_module() -> None:
    """Mixtral 8x7B by the module's own tensors: all of them, and 2 of 8 experts."""
    net = symparam.load("zoo:mixtral").at("8x7b")
    experts = 30_064_771_072 + 15_032_385_536
    assert net.params - net.active_params == experts - experts // 4


@pytest.mark.parametrize(
    ("network", "trainable"),
    [
        ("Input(n) -> Frozen(Dense(m)) -> Dense(k)", "k*(m + 1)"),
        ("Input(n) -> Frozen(Dense(m) -> BN -> Frozen(Dense(k)))", "0"),
        ("Input(n) -> (Frozen(Dense(n)) -> Dense(n)) * L", "L*n*(n + 1)"),
        ("e = Dense(n); Input(n) -> Frozen(e) -> Dense(n)", "n*(n + 1)"),
        ("x = Input(n) -> Dense(m); Frozen(x) -> Dense(k)", "k*(m + 1)"),
        ("use \"zoo:lenet5\" as net; Frozen(net) -> Dense(k)", "k*(K + 1)"),
    ],
)  # fmt: skip
def test_frozen(network: str, trainable: str) -> None:
    net = symparam.parse(network)
    assert size(net.trainable_params) == trainable
    assert net.trainable_params + net.non_trainable_params == net.params or (
        symparam.symbol("n") in net.params.free_symbols
    )


def test_a_tensor_is_computed_once_however_many_passes_use_it() -> None:
    net = symparam.parse(
        "a = Input(n, d) -> Dense(d) * L; Input(n, d) -> (ReLU -> (_, a) -> Add) * M"
    )
    assert size(net.params) == "L*d*(d + 1)"
    assert [len(step.repeats) for step in net.steps] == [1, 1, 1]
    inner = "a = Input(n, d) -> Dense(d); Input(n, d) -> ((ReLU -> (_, a) -> Add) * M -> ReLU) * L"
    steps = symparam.parse(inner).steps
    assert [(step.name, len(step.repeats)) for step in steps] == [
        ("dense", 0), ("re_lu", 2), ("add", 2), ("re_lu_1", 1)
    ]  # fmt: skip


def test_json_has_sequences() -> None:
    from sympy import IndexedBase, parse_expr

    document = symparam.parse("Input(lambda[0]) -> Dense(lambda[i]) for i in 1..L").to_json()
    assert document["symbols"] == {"lambda_": "lambda", "L": "L"}
    names = {"lambda_": IndexedBase("w"), "L": symbol("L"), "i": symbol("i")}
    read = parse_expr(document["totals"]["params"], local_dict=names)
    assert str(read) == "Sum((w[i - 1] + 1)*w[i], (i, 1, L))"


NESTED = [
    ("Input(n) -> ((Dense(w[j]) -> Dense(n)) for j in 1..i) for i in 1..L", "1 i"),
    ("Input(n) -> ((Dense(w[j]) -> Dense(n)) for j in 0..i) for i in 0..L", "0 i"),
    ("Input(n) -> ((Dense(w[j]*w[i]) -> Dense(n)) for j in 1..i) for i in 1..L", "1 i"),
    ("Input(n) -> ((Dense(w[i]) -> Dense(n)) for j in i..L) for i in 1..L", "i L"),
    ("Input(n) -> (Concatenate(Dense(w[j]) for j in 0..i) -> Dense(n)) for i in 0..L", None),
]


@pytest.mark.parametrize(("text", "bounds"), NESTED, ids=[text for text, _ in NESTED])
def test_sums_in_sums(text: str, bounds: str | None) -> None:
    """A repeat over a sequence within a repeat whose index bounds it, beside Python's loops."""
    net, w, n, last = symparam.parse(text), [3, 1, 4, 2], 5, 3
    begin = 0 if "0..L" in text else 1
    count = 0
    for i in range(begin, last + 1):
        inner = range(
            *{"1 i": (1, i + 1), "0 i": (0, i + 1), "i L": (i, last + 1)}.get(bounds, (0, i + 1))
        )
        if bounds is None:
            width = sum(w[j] for j in inner)
            count += sum((n + 1) * w[j] for j in inner) + (width + 1) * n
            continue
        for j in inner:
            width = w[j] * w[i] if "w[j]*w[i]" in text else w[i] if "w[i]" in text else w[j]
            count += (n + 1) * width + (width + 1) * n
    assert net.at(n=n, L=last, w=w).params == count
    numbers = {symparam.symbol("n"): n, symparam.symbol("L"): last}
    members = {indexed("w", place): one for place, one in enumerate(w)}
    for kind in ("built", "expanded", "collected", "factored"):
        assert evaluate(net.form(kind).params, numbers | members) == count, kind
    assert sum(evaluate(step.params, numbers | members) for step in net.steps) == count
    plain = {symparam.symbol(str(name)) if name.is_Symbol else name: value
             for name, value in (numbers | members).items()}  # fmt: skip
    for step in net.steps:
        for equation in block(step).equations[1:]:
            values = {evaluate(worked_out(side), plain) for side in equation.sides}
            assert len(values) == 1, equation
