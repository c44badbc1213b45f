"""Every measured PyTorch configuration, in numbers and with every size a symbol."""

import itertools
from typing import Any

import pytest
from torch_records import (
    Lift,
    SameLift,
    label,
    output_shape,
    program,
    torch_records,
)
from torch_rows import ROWS

import symparam
from symparam.algebra.sizes import Tensors, product
from symparam.layers.torch.pooling import rounded_up
from symparam.network import Network

RECORDS = torch_records()


def facts(network: Network, put: Any = lambda size: size) -> dict[str, Any]:
    """What a record states of a module, from our side."""
    (step,) = network.steps

    def plain(x: Any) -> Any:
        return [plain(entry) for entry in x] if isinstance(x, Tensors | tuple) else put(x)

    assert put(network.buffers) == sum(put(product(w.shape)) for w in step.buffers)
    return {
        "output_shape": plain(step.output_shape),
        "params": put(network.params),
        "non_trainable": put(network.non_trainable_params),
        "buffers": put(network.buffers),
        "weights": [[w.name, plain(w.shape)] for w in step.weights],
    }


def expected(record: dict[str, Any]) -> dict[str, Any]:
    keys = ("params", "buffers", "weights")
    shape = output_shape(record)
    return {**{key: record[key] for key in keys}, "output_shape": shape, "non_trainable": 0}


@pytest.mark.parametrize("record", RECORDS, ids=label)
def test_numbers(record: dict[str, Any]) -> None:
    assert facts(symparam.parse(program(record))) == expected(record)


@pytest.mark.parametrize("record", RECORDS, ids=label)
def test_formula(record: dict[str, Any]) -> None:
    """Derived once with symbols for all sizes, then the formula itself is evaluated."""
    # Whether keys and values are as wide as queries decides how their weights are stored.
    lift = SameLift() if "kdim" in record["kwargs"] else Lift()
    network = symparam.parse(program(record, lift))
    assert set(network.symbols) == set(lift.numbers)
    values = {symparam.symbol(name): number for name, number in lift.numbers.items()}

    def put(size: Any) -> Any:
        return size if isinstance(size, int) else size.subs(values)

    assert facts(network, put) == expected(record)
    assert facts(network.at(**lift.numbers)) == expected(record) if lift.numbers else True


@pytest.mark.parametrize(("program", "shape", "params", "buffers"), ROWS)
def test_run_beside_torch(program: str, shape: Any, params: int, buffers: int) -> None:
    network = symparam.parse(program)
    assert (network.output_shape, network.params, network.buffers) == (shape, params, buffers)


@pytest.mark.parametrize(
    ("program", "shape", "params"),
    [
        ("Input(n) -> nn.Linear(n, m)", "(m,)", "m*(n + 1)"),
        ("Input(c, h, w) -> nn.Conv2d(c, f, k, padding=p)", "(f, h - k + 2*p + 1, -k + 2*p + w + 1)", "f*(c*k**2 + 1)"),
        ("Input(c, h, w) -> nn.Conv2d(c, f, 3, groups=g)", "(f, h - 2, w - 2)", "f*(9*c/g + 1)"),
        ("Input(c, h, w) -> nn.Conv2d(c, f, k, 1, same, nobias)", "(f, h, w)", "c*f*k**2"),
        ("Input(c, t) -> nn.ConvTranspose1d(c, f, k, s)", "(f, k + s*(t - 1))", "f*(c*k + 1)"),
        ("Input(c, t) -> nn.MaxPool1d(3, 2, ceil_mode=True)", "(c, floor(t/2))", "0"),
        ("Input(c, t) -> nn.MaxPool1d(2, 5, 1, ceil_mode=True)", "(c, ceiling((t + 1)/5))", "0"),
        ("Input(c, t) -> nn.AvgPool1d(k, s, ceil_mode=True)", "(c, ceiling((t + Min(0, -k + s))/s))", "0"),
        ("Input(t, d) -> nn.LSTM(d, u)", "((t, u), ((1, u), (1, u)))", "4*u*(d + u + 2)"),
        ("Input(t, d) -> nn.LSTM(d, u, proj_size=p)", "((t, p), ((1, p), (1, u)))", "p*u + 4*u*(d + p + 2)"),
        ("Input(t, d) -> nn.GRU(d, u, bias=False)", "((t, u), (1, u))", "3*u*(d + u)"),
        ("Input(n, d) -> (_, _, _) -> nn.MultiheadAttention(d, h)", "((n, d), (n, n))", "4*d*(d + 1)"),
        ("(Input(n, d), Input(m, k), Input(m, v)) -> nn.MultiheadAttention(d, h, kdim=k, vdim=v, bias=False)", "((n, d), (n, m))", "d**2 + d*v + d*(d + k)"),
        ("Input(c*h*w) -> nn.Unflatten(1, (c, h, w)) -> nn.BatchNorm2d(c)", "(c, h, w)", "2*c"),
        ("Input(c, h, w) -> nn.ZeroPad2d(-p)", "(c, h - 2*p, -2*p + w)", "0"),
        ("Input(c, h, w) -> nn.Upsample(scale_factor=r)", "(c, h*r, r*w)", "0"),
    ],
)  # fmt: skip
def test_in_symbols(program: str, shape: str, params: str) -> None:
    network = symparam.parse(program)
    assert (str(network.output_shape), str(network.params)) == (shape, params)


def test_ceil_mode() -> None:
    """One expression for what PyTorch reaches by counting a window too many and dropping it."""
    for n, k, s, d, p in itertools.product(
        range(1, 9), range(1, 5), range(1, 6), (1, 2), (0, 1, 2)
    ):
        reach = d * (k - 1) + 1
        if 2 * p > k:
            continue
        windows = -((reach - n - 2 * p) // s) + 1
        if (windows - 1) * s >= n + p:
            windows -= 1
        assert rounded_up(n, reach, s, p) == windows


def test_copies_of_a_layer_have_weights_of_their_own() -> None:
    network = symparam.parse(
        "block = nn.TransformerEncoderLayer(8, 2, 16)\n"
        "Input(n, 8) -> block -> nn.TransformerEncoder(block, 2) -> block"
    )
    one = 4 * 8 * 9 + 8 * 17 + 16 * 9 + 4 * 8
    assert [step.params for step in network.steps] == [one, 2 * one, 0]
    names = [weight.name for weight in network.steps[1].weights]
    assert names[0] == "layers.0.self_attn.in_proj_weight"
    assert names[-1] == "layers.1.norm2.bias"


def test_frozen_layers_stay_frozen_inside_others() -> None:
    network = symparam.parse(
        "Input(n, 8) -> nn.TransformerEncoder("
        "nn.TransformerEncoderLayer(8, 2, 16, trainable=False), 2, nn.LayerNorm(8))"
    )
    assert network.trainable_params == 16


@pytest.mark.parametrize(
    ("program", "rule"),
    [
        ("Input(n) -> nn.Linear(n, m)", "(in_features + 1)*out_features = (n + 1)*m"),
        (
            "Input(c, h, w) -> nn.Conv2d(c, f, 3)",
            "(in_channels*kernel_height*kernel_width + 1)*out_channels",
        ),
        ("Input(t, d) -> nn.LSTM(d, u)", "(input_size + hidden_size + 2)*4*hidden_size"),
        (
            "Input(t, d) -> nn.GRU(d, u, num_layers=4)",
            "(input_size + hidden_size + 2)*3*hidden_size + 6*(hidden_size + 1)*3*hidden_size",
        ),
        (
            "Input(n, d) -> nn.TransformerEncoder(nn.TransformerEncoderLayer(d, h, f), 12)",
            "12*(d_model + 1)*3*d_model + 12*(d_model + 1)*d_model "
            "+ 12*(d_model + 1)*dim_feedforward + 12*(dim_feedforward + 1)*d_model + 48*d_model",
        ),
    ],
)
def test_rules(program: str, rule: str) -> None:
    assert f"params = {rule}" in symparam.parse(program).explain()


def test_pytorch_says_how_it_counts() -> None:
    network = symparam.parse("Input(c, h, w) -> nn.BatchNorm2d(c)")
    assert "PyTorch counts, buffers not included" in network.summary()
    assert "Buffers" in network.summary()
