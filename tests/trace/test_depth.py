"""Depth as a symbol: the closed form is what the passes come to, written out."""

import pytest
import sympy
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import symparam
from symparam import SymparamError
from symparam.display.text import condition, shape, size


# A block, what enters it, and the closed form; {i} is the number of the pass.
@pytest.mark.parametrize(
    ("network", "output", "params"),
    [
        ("Input(d) -> Dense(d) * L", "(d,)", "L*d*(d + 1)"),
        ("Input(3) -> Dense(7) * L", "(7,)", "28 + (L - 1)*56"),
        ("Input(d) -> Dense(d) * 1000000000", "(d,)", "1000000000*d*(d + 1)"),
        ("Input(d) -> (Dense(d) * m -> ReLU) * L", "(d,)", "L*m*d*(d + 1)"),
        ("Many(f) = f * m; Input(d) -> Many(Dense(d)) * L", "(d,)", "L*d*(d + 1)"),
        ("Many(f) = f * m; Input(d) -> (Dense(d) -> Many(Dense(d))) * L", "(d,)", "2*L*d*(d + 1)"),
        ("Input(d) -> Dense(d) * 2 * L", "(d,)", "2*L*d*(d + 1)"),
        ("enc = Dense(d); Input(d) -> enc * L", "(d,)", "d*(d + 1)"),
        ("enc = Dense(d); Input(d) -> (enc -> Dense(d)) * L", "(d,)", "(L + 1)*d*(d + 1)"),
        ("Input(n, d) -> (_ + MultiHeadAttention(h, d/h)) * L", "(n, d)", "L*4*d*(d + 1)"),
        ("Input(4) -> Dense(2*i) for i in 1..L", "(2*L,)", "10 + (4*L**3 + 3*L**2 - L)/3 - 2"),
        ("Input(8) -> (Dense(4*i) -> Dense(8)) for i in 1..L", "(8,)", "34*L**2 + 42*L"),
        ("Input(8) -> (Dense(4*i) -> Dense(8)) for i in 2..L", "(8,)", "34*L**2 + 42*L - 76"),
        # DenseNet (Huang et al. 2017): k new channels in each layer.
        ("D(k) = (_, BN -> ReLU -> Conv2D(k, 3, same)) -> Concatenate; Input(h, w, c) -> D(k) * L", "(h, w, L*k + c)", "(9*k + 4)*(c*L + k*L*(L - 1)/2) + k*L"),
        # GPT (Radford et al. 2019), tied head, without its positions.
        ("B(d) = _ + (LayerNormalization -> MultiHeadAttention(h, d/h)) -> _ + (LayerNormalization -> Dense(4*d, gelu) -> Dense(d)); emb = Embedding(V, d); Input(s) -> emb -> B(d) * L -> LayerNormalization -> emb.T", "(s, V)", "12*L*d**2 + 13*L*d + V*d + 2*d"),
        ("Input(h, w, c) -> (Conv2D(2*_.channels, 3, 2, same) -> ReLU) * L", "(ceil(h/2**L), ceil(w/2**L), 2**L*c)", "6*c**2*(4**L - 1) + 2*c*(2**L - 1)"),
        ("Input(h, w, 3) -> MaxPooling2D(2) * L", "(floor(h/2**L), floor(w/2**L), 3)", "0"),
        ("Input(3, 4) -> Flatten * L", "(12,)", "0"),
        ("Input(c) -> (Dense(2*_.channels) * m -> ReLU) * L", "(2**(L*m)*c,)", "2*c**2*(4**(L*m) - 1)/3 + 2*c*(2**(L*m) - 1)"),
        ("Input(i) -> Dense(2*i) for i in 1..L", "(2*L,)", "2*(i + 1) + (4*L**3 + 3*L**2 - L)/3 - 2"),
        ("Input(i) -> Dense(i + _.channels) * L", "(i*(L + 1),)", "L*i**2*(L + 1)*(L + 2)/3 + L*i*(L + 3)/2"),
        ("Input(d) -> Dense(d) * 0", "(d,)", "0"),
        ("Input(d) -> Dense(d) for i in 3..2", "(d,)", "0"),
    ],
)  # fmt: skip
def test_closed_forms(network: str, output: str, params: str) -> None:
    derived = symparam.parse(network)
    assert shape(derived.output_shape) == output
    names = {name: symparam.symbol(name) for name in derived.symbols}
    difference = sympy.sympify(params, locals=names) - derived.params
    assert sympy.simplify(difference) == 0, size(derived.params)


def written_out(body: str, passes: int) -> str:
    """The passes one after another, each with its own number."""
    stages = [f"({body})".replace("{i}", f"({number})") for number in range(1, passes + 1)]
    return "".join(f" -> {stage}" for stage in stages)


WIDTHS = [
    "d",
    "4",
    "c",
    "2*d",
    "_.channels",
    "2*_.channels",
    "_.channels + k",
    "{i}",
    "3*{i} + 1",
    "c*2**{i}",
    "d*{i}",
]
width = st.sampled_from(WIDTHS)
LAYERS = st.one_of(
    st.builds("Dense({})".format, width),
    st.builds("Conv2D({}, 3, same)".format, width),
    st.builds("Conv2D({}, k, 2, same)".format, width),
    st.builds("_ + Conv2D(_.channels, {}, same)".format, st.sampled_from(["1", "3"])),
    st.builds("(_, Conv2D({}, 3, same)) -> Concatenate".format, width),
    st.sampled_from(["BN", "ReLU", "LayerNormalization", "MaxPooling2D(2)", "MaxPooling2D(3, 2, same)", "shared", "PReLU(shared_axes=(1, 2))"]),
    st.just("DepthwiseConv2D(3, same)"),
)  # fmt: skip
BODIES = st.lists(LAYERS, min_size=1, max_size=3).map(" -> ".join)


@settings(deadline=None, max_examples=120, suppress_health_check=list(HealthCheck))
@given(BODIES, st.integers(1, 6), st.data())
def test_the_closed_form_is_what_the_passes_come_to(
    body: str, passes: int, data: st.DataObject
) -> None:
    head = "shared = Dense(d)\nInput(h, w, c)"
    repeated = f"{head} -> ({body.replace('{i}', 'i')}) for i in 1..L"
    try:
        network = symparam.parse(repeated)
    except SymparamError:
        assume(False)
    unrolled = symparam.parse(head + written_out(body, passes)) if passes else None
    assert unrolled is not None
    numbers = {name: data.draw(st.integers(1, 6), name) for name in ("c", "d", "k")}
    numbers |= {"h": 70, "w": 81, "L": passes}
    free = {name: numbers[name] for name in network.symbols}
    try:
        there = network.at(**free)
    except SymparamError:
        return
    wanted = unrolled.at(**{name: numbers[name] for name in unrolled.symbols})
    assert (there.params, there.output_shape) == (wanted.params, wanted.output_shape)
    values = {symparam.symbol(name): number for name, number in free.items()}

    def put(formula: object) -> object:
        return formula if isinstance(formula, int) else formula.subs(values).doit()  # type: ignore[attr-defined]

    assert put(network.params) == wanted.params
    assert put(network.trainable_params) == wanted.trainable_params
    assert tuple(map(put, network.output_shape)) == wanted.output_shape
    assert sum(put(step.params) for step in network.steps) == wanted.params  # type: ignore[misc]


@pytest.mark.parametrize(
    ("network", "marked", "message"),
    [
        ("Input(h, w, c) -> RepeatVector(3) * L", "RepeatVector(3)", "rank"),
        ("Input(4) -> (_, _) * L", "(_, _) * L", "number of axes"),
        ("Input(4) -> Input(3) * L", "Input(3) * L", "a tensor cannot be repeated"),
        ("Input(4) -> Dense(3) for Dense in 1..3", "Dense(3) for Dense in 1..3", "is already defined"),
        ("Input(4) -> Dense(3) * 2.5", "2.5", "not a whole number"),
        ("Input(4) -> 3 * Dense(3)", "3 * Dense(3)", "networks can be added"),
        ("Input(a, b) -> Reshape((_.shape[1], _.shape[0])) * L", None, "depend on each other"),
        ("e = Dense(d); Input(c) -> (e -> Dense(i)) for i in 1..L", "e", "another kernel in each iteration"),
        ("Input(4) -> Dense(_.channels**2) * L", None, "_"),
    ],
)  # fmt: skip
def test_refused(network: str, marked: str | None, message: str) -> None:
    with pytest.raises(SymparamError) as caught:
        symparam.parse(network)
    error = caught.value
    assert message in error.message
    assert error.span is not None
    assert marked is None or network[error.span.start : error.span.end] == marked


@pytest.mark.parametrize(
    "written",
    ["floor(n/2**(k - 1))", "ceil((n - 1)/2**(k - 1))", "floor(n*2**k/3**k)", "ceil(n/2**k)", "floor(n/(k*2**(k - 2)))"],
)  # fmt: skip
def test_a_power_below_the_line_stays_there(written: str) -> None:
    formula = symparam.parse(f"Input({written}, 1)").output_shape[0]
    for n in range(9, 40):
        for k in range(2, 6):
            there = {symparam.symbol("n"): n, symparam.symbol("k"): k}
            put_in = written.replace("n", str(n)).replace("k", str(k))
            exact = symparam.parse(f"Input(shape=({put_in}, 1))").output_shape[0]
            assert formula.subs(there) == exact


def test_buffers_are_those_of_all_passes() -> None:
    def buffers(network: str) -> str:
        return size(symparam.parse(network).buffers)

    assert buffers("Input(c, h, w) -> nn.BatchNorm2d(c) * L") == "L*(2*c + 1)"
    assert buffers("b = nn.BatchNorm2d(c); Input(c, h, w) -> b * L") == "2*c + 1"
    doubled = "(nn.LazyConv2d(2*_.shape[0], 1) -> nn.LazyBatchNorm2d)"
    passes = symparam.parse(f"Input(c, 8, 8) -> {doubled} * L").at(L=3, c=2)
    written_out = symparam.parse(f"Input(2, 8, 8) -> {doubled} -> {doubled} -> {doubled}")
    assert passes.buffers == written_out.buffers == 59
    formula = symparam.parse(f"Input(c, 8, 8) -> {doubled} * L").buffers
    assert formula.subs({symparam.symbol("L"): 3, symparam.symbol("c"): 2}) == 59


def test_numbers_of_passes_may_be_zero_or_large() -> None:
    network = symparam.parse("Input(d) -> Dense(d) * L")
    with pytest.raises(SymparamError, match="a whole number of at least 0"):
        network.at(L=-1)
    assert network.at(L=0).params == 0
    assert network.at(L=10**9, d=1).params == 2 * 10**9


def test_what_a_pass_requires_is_required_of_the_last() -> None:
    network = symparam.parse("Input(h, 99, 3) -> MaxPooling2D(2) * 3")
    assert ", ".join(map(condition, network.conditions)) == "h >= 8"
    network = symparam.parse("Input(h, w, 3) -> Conv2D(3, 3) * L")
    assert network.at(h=9, w=9, L=4).output_shape == (1, 1, 3)
    with pytest.raises(SymparamError):
        network.at(h=9, w=9, L=5)
