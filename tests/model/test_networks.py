"""Networks as values: branches, several tensors, shared layers, conditions."""

import pytest
import sympy

import symparam
from symparam import SymparamError
from symparam.display.text import condition, shape


# Counts of the functional API of Keras 3.15.1 for the same networks, and by hand where symbolic.
@pytest.mark.parametrize(
    ("program", "output", "params"),
    [
        ("Input(4) -> _", "(4,)", "0"),
        ("Input(4) -> (Dense(3), Dense(5)) -> Concatenate", "(8,)", "40"),
        ("Input(4) -> (Dense(3), Dense(5))", "[(3,), (5,)]", "40"),
        ("Input(4) -> (_, Dense(4)) -> Add", "(4,)", "20"),
        ("Input(4) -> _ + Dense(4)", "(4,)", "20"),
        ("Input(4) -> _ * Dense(4, sigmoid)", "(4,)", "20"),
        ("Input(4) -> _ + (Dense(9) -> Dense(4))", "(4,)", "85"),
        ("Input(4) -> Dense(4) + Dense(4) + _", "(4,)", "40"),
        ("(Input(4), Input(6) -> Dense(4)) -> Add -> Dense(1)", "(1,)", "33"),
        ("(Input(5),) -> Add", "(5,)", "0"),
        ("Input(4) -> ((Dense(2), Dense(3)) -> Concatenate, _) -> Concatenate", "(9,)", "25"),
        ("Input(6, 3) -> LSTM(4, return_state=true) -> _[0] -> Dense(2)", "(2,)", "138"),
        ("Input(6, 3) -> LSTM(4, return_state=true) -> _[-1]", "(4,)", "128"),
        ("s = LSTM(4, return_state=true); Input(6, 3) -> s[1]", "(4,)", "128"),
        ("Input(6, 3) -> RNN([GRUCell(2), GRUCell(5)], return_state=true) -> _[2] -> _[0]", "(5,)", "177"),
        ("x = Input(6, 3); h = Input(4); c = Input(4); (x, h, c) -> LSTM(4)", "(4,)", "128"),
        ("(Input(n, d), Input(m, e)) -> MultiHeadAttention(2, 8)", "(n, d)", "33*d + 32*e + 48"),
        ("Input(n, d) -> MultiHeadAttention(h, k)", "(n, d)", "d*(h*k + 1) + 3*h*k*(d + 1)"),
        # The first layer of a Sequential may bring its input.
        ("Conv2D(32, (3, 2), input_shape=(8, 8, 1)) -> Flatten -> Dense(10)", "(10,)", "13674"),
        # One object is one set of weights.
        ("enc = Dense(64); Input(64) -> enc -> enc", "(64,)", "4160"),
        ("enc = Dense(8); x = Input(4); y = Input(4); (x -> enc, y -> enc) -> Concatenate", "(16,)", "40"),
        ("enc = Dense(8) -> ReLU -> Dense(4); Input(4) -> (enc, enc) -> Add", "(4,)", "76"),
        ("enc = Dense(8); Input(n) -> enc -> Dense(n) -> enc", "(8,)", "8*n + n*9 + 8"),
        ("e = Dense(3); Input(5, 3) -> TimeDistributed(e) -> e", "(5, 3)", "12"),
        ("e = Dense(3); Input(5, 7, 3) -> TimeDistributed(TimeDistributed(e)) -> e", "(5, 7, 3)", "12"),
        ("c = LSTMCell(3); Input(5, 3) -> RNN(c, true) -> RNN(c)", "(3,)", "84"),
        ("l = LSTM(2); Input(5, 3) -> (l, Bidirectional(l)) -> Concatenate", "(6,)", "144"),
        ("n = BN; Input(5, 3) -> n -> Dense(3) -> n", "(5, 3)", "24"),
        # A function makes new weights at every call.
        ("Two(n) = Dense(n) -> ReLU; Input(3) -> Two(4) -> Two(4)", "(4,)", "36"),
        ("Two(n, f=relu) = Dense(n, f); Input(3) -> Two(4) -> Two(f=glu, n=4)", "(2,)", "36"),
        ("Block(c, k=3, p=same) = Conv2D(c, k x k, padding=p) -> BN; Input(9, 9, 3) -> Block(2) -> Block(4, 5, valid)", "(5, 5, 4)", "284"),
        ("Block(c, s=c*2) = Dense(s); Input(3) -> Block(4)", "(8,)", "32"),
        ("Residual(f) = _ + f; Input(n, d) -> Residual(LayerNormalization -> MultiHeadAttention(1, d)) -> Residual(LayerNormalization -> Dense(4*d, gelu) -> Dense(d))", "(n, d)", "12*d**2 + 13*d"),
        ("Twice(f) = f -> f; Input(3) -> Twice(Dense(3))", "(3,)", "12"),
        ("Twice(f) = f -> f; d = Dense(3); Input(3) -> Twice(d) -> d", "(3,)", "12"),
        ("Even(n) = n + n % 2; Input(3) -> Dense(Even(5))", "(6,)", "24"),
        ("Wide(n) = Dense(n); Input(2, 3) -> TimeDistributed(Wide(4))", "(2, 4)", "16"),
        ("w = 5; Block(n) = Dense(n*w); Input(3) -> Block(2)", "(10,)", "40"),
        ("A(n) = Dense(n); B(n) = A(n) -> A(2*n); Input(3) -> B(4) -> B(1)", "(2,)", "69"),
        # Sizes of what enters.
        ("Input(3, 5) -> Dense(2*_.channels)", "(3, 10)", "60"),
        ("Input(3, 5) -> Dense(_.shape[0])", "(3, 3)", "18"),
        ("Input(3, 5) -> Flatten -> Dense(_.channels) -> Dense(_.channels)", "(15,)", "480"),
        ("SE(r=16) = _ * (GlobalAveragePooling2D(keepdims=true) -> Dense(_.channels / r, relu) -> Dense(_.channels * r, sigmoid)); Input(9, 9, 32) -> SE -> SE(4)", "(9, 9, 32)", "714"),
        ("s = Dense(_.channels); Input(3) -> s -> s", "(3,)", "12"),
        ("Dense(h*_.channels)", "(h*n,)", "h*n*(n + 1)"),
        # Labels.
        ("Input(4) -> Dense(3) as a -> Dense(5) -> (_, a) -> Concatenate", "(8,)", "35"),
        ("Input(4) -> Dense(3) as a -> Dense(3) as b -> a + b", "(3,)", "27"),
        ("Input(8, 8, 1) -> Conv2D(2, 3, same) as a -> MaxPooling2D(2) -> Conv2D(4, 3, same) -> UpSampling2D(2) -> (_, a) -> Concatenate -> Conv2D(1, 1)", "(8, 8, 1)", "103"),
        ("F(n) = Dense(n) as a -> Dense(n) -> a + _; Input(3) -> F(3) -> F(4)", "(4,)", "60"),
        ("Input(n) -> (Dense(4) as a, a -> Dense(3)) -> Concatenate", "(7,)", "4*n + 19"),
        # The way back: tied weights.
        ("emb = Embedding(50, 8); Input(6) -> emb -> Dense(8) -> emb.T", "(6, 50)", "472"),
        ("emb = Embedding(V, d); Input(s, d) -> emb.T", "(s, V)", "V*d"),
        ("enc = Dense(4); Input(3) -> enc -> ReLU -> enc.T", "(3,)", "16"),
        # A named tensor is computed once.
        ("x = Input(4) -> Dense(3); (x, x -> Dense(2)) -> Concatenate", "(5,)", "23"),
        ("x = Input(4); (x, x) -> Add -> Dense(2)", "(2,)", "10"),
    ],
)  # fmt: skip
def test_a_network(program: str, output: str, params: str) -> None:
    network = symparam.parse(program)
    assert shape(network.output_shape) == output
    numbers = {name: 3 + 2 * i for i, name in enumerate(network.symbols)}
    wanted = sympy.sympify(params).subs(numbers)
    assert (network.at(**numbers).params if numbers else network.params) == wanted


@pytest.mark.parametrize(
    ("program", "marked", "message", "hint"),
    [
        ("Input(4) -> (Dense(3), Dense(5)) -> Dense(2)", "Dense(2)", "Dense takes one tensor, got 2: ((3,), (5,))", "Concatenate"),
        ("Input(4) -> Add", "Add", "Add takes several tensors, got one: (4,)", "write (a, b) -> Add"),
        ("Input(4) -> Subtract", "Subtract", "takes 2 tensors, got one", None),
        ("Input(4) -> (_, _, _) -> Subtract", "Subtract", "takes 2 tensors, got 3", None),
        ("Input(4) -> (Dense(3), Dense(5)) -> Add", "Add", "(3,) and (5,) do not fit", "must be equal, or 1"),
        ("Input(n) -> (Dense(n), Dense(n + 1)) -> Add", "Add", "(n,) and (n + 1,) do not fit", None),
        ("(Input(4), Input(4, 5)) -> Concatenate", "Concatenate", "differ elsewhere", None),
        ("(Input(n, d), Input(m, d)) -> (_, _) -> Add", "Add", "nested tensors", None),
        ("(Input(4), Dense(4)) -> Add", "Dense(4)", "nothing enters this branch", "begin it with Input"),
        ("Input(4) -> _[0]", "_[0]", "one tensor here", None),
        ("Input(4) -> (_, _) -> _[2]", "_[2]", "no tensor 2 among 2", "_[0]"),
        ("Input(4) -> (_, _) -> _[n]", "n", "only a number", None),
        ("Input(4) -> _ + 3", "_ + 3", "added and multiplied with networks", None),
        ("Input(4) -> _ - Dense(4)", "_ - Dense(4)", "added and multiplied", None),
        ("x = Input(4); Input(3) -> x", "x", "the network takes an input of shape (4,), got (3,)", None),
        ("m = (Input(3), Input(4)) -> Concatenate; Input(3) -> m", "m", "the network takes 2 inputs, got (3,)", None),
        ("m = (Input(3), Input(4)) -> Concatenate; Input(3) -> (_, _) -> m", "m", "shape (4,), got (3,)", None),
        ("x = Input(4) as a; Dense(3) -> (a, _) -> a", "Dense(3) -> (a, _) -> a", "a tensor can only stand first", None),
        ("Input(4) -> Dense(3, input_shape=(5,))", "input_shape=(5,)", "an input of shape (5,), got (4,)", None),
        ("Dense(3, input_shape='n')", "input_shape='n'", "shape must be", None),
        ("F(n) = Dense(n); Input(3) -> F", "F", "F needs n", "write F(n)"),
        ("F(n, k=3) = Dense(n); Input(3) -> F(1, 2, 3)", "3", "takes 2 arguments at most", "write F(n, k=3)"),
        ("F(n) = Dense(n); Input(3) -> F(m=2)", "m=2", "no argument m", "write F(n)"),
        ("F(n) = Dense(n); Input(3) -> F(2, n=2)", "n=2", "given n twice", None),
        ("F(n, n) = Dense(n); Input(3) -> F(2)", "n", "n cannot be a parameter", None),
        ("F(3) = Dense(3); Input(3) -> F(3)", "3", "a parameter is a name", None),
        ("F(Dense) = Dense; Input(3) -> F(3)", "Dense", "Dense cannot be a parameter", None),
        ("F() = F() -> Dense(3); Input(3) -> F()", "F()", "more than 100 deep", None),
        ("F() = F(); d = F(); Input(3) -> Dense(d)", "F()", "more than 100 deep", None),
        ("F() = F(); Input(3) -> F()", "F()", "more than 100 deep", None),
        ("Dense(n) = ReLU; Input(3) -> ReLU", "Dense", "is already defined", None),
        ("F(p) = Dense(p); Input(3) -> F('same')", "p", "units must be", None),
        ("F(n) = Dense(n); Input(3) -> Dense(F)", "F", "F is a layer, not a size", None),
        ("F(n) = n + 1; Input(3) -> F(3)", "n + 1", "n + 1 is not a layer", None),
        ("enc = Dense(4); Input(3) -> enc(5)", "enc", "one object and takes no arguments", "enc() = ..."),
        ("Input(3) -> Dense(3) as a -> Dense(3) as a", "Dense(3) as a", "a is already defined", None),
        ("Input(3) -> Dense(_)", "_", "_ is no size", "_.channels"),
        ("d = _.channels; Input(3) -> Dense(d)", "_.channels", "nothing enters here that _.channels", None),
        ("Input(2, 3) -> Dense(_.shape[5])", "_.shape[5]", "no axis 5 in (2, 3)", None),
        ("(Input(2), Input(3)) -> Add(_.channels)", "_.channels", "several tensors enter here", None),
        ("enc = ReLU; Input(3) -> enc.T", "enc.T", "only a named Dense or Embedding", "emb.T"),
        ("enc = Dense(3); Input(3) -> enc.T", "enc.T", "no kernel yet", "use enc before"),
        ("emb = Embedding(9, 4); Input(3, 5) -> emb.T", "emb.T", "takes vectors of size 4", None),
        ("enc = Dense(3); enc = Dense(4); enc", "enc", "is already defined", None),
        ("nn = 4; Dense(nn)", "nn", "is already defined", None),
        ("_ = 4; Dense(3)", "_", "is already defined", None),
        ("e = Dense(3); Input(4) -> e -> e", "e", "shared layer Dense(3) already has a kernel of shape (4, 3); this input needs (3, 3)", "a function makes new layers"),
        ("e = BN; Input(4, 3) -> e -> Flatten -> e", "e", "shared layer BatchNormalization already has a gamma", "a function makes new layers"),
        ("e = LSTM(3) -> ReLU; Input(5, 4) -> Bidirectional(e)", "e", "a network, not one layer", None),
        ("Input(5, 4) -> Bidirectional(LSTM(3) -> ReLU)", "LSTM(3) -> ReLU", "but no chain", None),
        ("Input(4) -> TimeDistributed(Dense(3) -> ReLU)", "TimeDistributed(Dense(3) -> ReLU", "needs a time axis", None),
        ("Input(5, 4) -> TimeDistributed((_, _))", "TimeDistributed((_, _)", "a network of one output", None),
        ("Input(5, 4) -> TimeDistributed(3)", "3", "layer must be a layer", None),
        ("Input(5, 4) -> TimeDistributed(LSTM)", "LSTM", "LSTM needs units", None),
        ("Input(5, 4) -> Bidirectional(Dense(3))", "Dense(3)", "such as LSTM(4)", None),
        ("Input(5) -> TimeDistributed(Dense(3))", "TimeDistributed(Dense(3)", "needs a time axis", None),
        ("Input(3) -> LSTMCell(4)", "LSTMCell(4)", "one step and needs its states", "RNN(LSTMCell(4))"),
        ("Input(4, 4) -> SpectralNormalization(ReLU)", "SpectralNormalization(ReLU", "ReLU has no kernel", None),
        ("Dense(Dense(3))", "Dense(3)", "units must be a whole number", None),
    ],
)  # fmt: skip
def test_refused(program: str, marked: str, message: str, hint: str | None) -> None:
    with pytest.raises(SymparamError) as caught:
        symparam.parse(program)
    error = caught.value
    assert message in error.message
    assert (hint or "") in (error.hint or "")
    assert error.span is not None
    assert program[error.span.start : error.span.end].rstrip(")") == marked.rstrip(")")


@pytest.mark.parametrize(
    ("program", "conditions"),
    [
        ("Input(h, w, c) -> Conv2D(f, 3x2)", "h >= 3, w >= 2"),
        ("Input(h, w, 8) -> Conv2D(f, 3, same, groups=g)", "g divides f, g divides 8"),
        ("Input(h, 8, 3) -> MaxPooling2D(2) -> MaxPooling2D(2) -> MaxPooling2D(2)", "h >= 8"),
        ("Input(h, 9, 3) -> Conv2D(4, k)", "h >= k, 9 >= k"),
        ("(Input(n), Input(m)) -> Add", "n = m"),
        ("(Input(n), Input(1)) -> Add", ""),
        ("(Input(n, d), Input(m, e)) -> MultiHeadAttention(2, 8)", ""),
        ("(Input(n, d), Input(m, e), Input(k, f)) -> MultiHeadAttention(2, 8)", "m = k"),
        ("Input(n, d) -> GroupQueryAttention(k, h, g)", "g divides h"),
        ("Input(n, d) -> Dense(d/h)", "h divides d"),
        ("Input(n) -> Dense(n - 3)", "n >= 4"),
        ("Input(a, b) -> Reshape((c, d))", "a*b = c*d"),
        ("Input(a, b) -> Reshape((c, -1))", "c divides a*b"),
        ("Input(n) -> Activation(glu)", "2 divides n"),
        ("Input(h, 8, 1) -> _ + (MaxPooling2D(2) -> UpSampling2D(2))", "h >= 2, 2 divides h"),
        ("enc = Dense(3); (Input(n) -> enc, Input(m) -> enc)", "n = m"),
    ],
)
def test_conditions_are_kept(program: str, conditions: str) -> None:
    network = symparam.parse(program)
    assert ", ".join(map(condition, network.conditions)) == conditions


def test_conditions_are_checked_when_numbers_arrive() -> None:
    network = symparam.parse("(Input(n), Input(m)) -> Add")
    assert network.at(n=4, m=4).output_shape == (4,)
    with pytest.raises(SymparamError, match="do not fit"):
        network.at(n=4, m=5)
    # Keras would stretch a 1, and the formula for n and m would be another.
    with pytest.raises(SymparamError, match="requires n = m"):
        network.at(n=1, m=5)
    with pytest.raises(SymparamError, match="requires n = m"):
        network.at(n=1).at(m=5)
    assert [condition(c) for c in network.at(n=1).conditions] == ["m = 1"]


def test_an_open_network_keeps_what_was_inferred() -> None:
    network = symparam.parse("(_, Dense(n)) -> Add")
    assert network.symbols == ("n",)
    assert network.at(n=1).output_shape == (1,)
    assert symparam.parse("nn.Linear(4, 3)").input_shape == (4,)
    assert shape(symparam.parse("nn.Conv2d(c, f, 3)").input_shape) == "(c, h, w)"


def test_steps_say_where_their_tensors_come_from() -> None:
    network = symparam.parse("Input(4) -> Dense(4) -> (_, ReLU -> Dense(4)) -> Add")
    found = {step.name: list(step.inputs) for step in network.steps}
    assert found == {
        "dense": ["input"],
        "re_lu": ["dense"],
        "dense_1": ["re_lu"],
        "add": ["dense", "dense_1"],
    }


def test_a_shared_layer_is_listed_at_every_use_and_counted_once() -> None:
    network = symparam.parse("enc = Dense(4); Input(4) -> enc -> ReLU -> enc")
    assert [(step.name, step.params, step.is_shared) for step in network.steps] == [
        ("dense", 20, False),
        ("re_lu", 0, False),
        ("dense", 0, True),
    ]


def test_doubling_definitions_do_not_hang(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("symparam.trace.run.MAX_STEPS", 10_000)
    lines = ["b0 = Dense(2)"] + [f"b{i + 1} = (b{i}, b{i}) -> Add" for i in range(60)]
    with pytest.raises(SymparamError, match="more than"):
        symparam.parse("\n".join([*lines, "Input(2) -> b60"]))


@pytest.mark.parametrize("join", ["{0} -> {0}", "({0}, {0}) -> Add"])
def test_doubling_functions_do_not_hang(join: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("symparam.model.scope.MAX_WORK", 10_000)
    lines = ["f0() = Dense(2)"]
    lines += [f"f{i + 1}() = " + join.format(f"f{i}()") for i in range(60)]
    with pytest.raises(SymparamError, match="more than 10000 layers"):
        symparam.parse("\n".join([*lines, "Input(2) -> f60()"]))


def test_branches_within_branches_are_bounded() -> None:
    lines = ["b0 = Dense(2)"] + [f"b{i + 1} = (b{i}, _) -> Add" for i in range(200)]
    with pytest.raises(SymparamError, match="more than 100 branches within branches"):
        symparam.parse("\n".join([*lines, "Input(2) -> b200"]))


@pytest.mark.parametrize(
    ("program", "params"),
    [
        ("Twice(x) = x * 2; Input(3) -> Twice(Dense(3))", "12"),
        ("Twice(x) = x * 2; Input(3) -> Dense(Twice(5))", "40"),
        ("Twice(x) = x * 2; Both(x, n) = Twice(x) -> Dense(Twice(n)); Input(3) -> Both(Dense(3), 5)",
         "52"),
        ("Same(x) = x; Input(3) -> Same(Dense(4)) + Dense(Same(4))", "32"),
        ("n = 2; Wide(x=Dense(n)) = x * 3; Input(2) -> Wide()", "6"),
    ],
)  # fmt: skip
def test_the_kind_of_a_parameter_depends_on_the_call(program: str, params: str) -> None:
    """A network that is passed is one object, so its repeats share one set of weights."""
    assert str(symparam.parse(program).params) == params


def test_a_function_of_sizes_takes_no_network() -> None:
    with pytest.raises(SymparamError) as caught:
        symparam.parse("Units(e) = 4; e = Dense(3); Input(3) -> Dense(Units(e))")
    assert caught.value.message == "e is a layer, not a size"


@pytest.mark.parametrize(
    ("layer", "name"),  # as Keras 3.15.1 names layers of these classes
    [
        ("ConvLSTM2D(4, 2)", "conv_lstm2d"),
        ("nn.ReLU6", "re_lu6"),
        ("nn.CrossMapLRN2d(2)", "cross_map_lrn2d"),
        ("Conv3D(4, 2)", "conv3d"),
        ("BatchNormalization", "batch_normalization"),
    ],
)
def test_steps_are_named_as_keras_names_layers(layer: str, name: str) -> None:
    net = symparam.parse(layer)
    assert [step.name for step in net.steps] == [name]
