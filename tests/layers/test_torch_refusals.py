"""What PyTorch refuses, and with which words it is refused here."""

import pytest

import symparam


@pytest.mark.parametrize(
    ("program", "message"),
    [
        ("Input(4) -> nn.Linear(3, 4)", "nn.Linear: expected in_features=3, got an input of shape (4,)"),
        ("Input(8, 8, 3) -> nn.Conv2d(3, 4, 3)", "nn.Conv2d: expected in_channels=3, got an input of shape (8, 8, 3)"),
        ("Input(4, 8, 8) -> nn.Conv2d(4, 6, 3, groups=3)", "nn.Conv2d: 3 groups do not divide in_channels 4"),
        ("Input(4, 8, 8) -> nn.Conv2d(4, 6, 3, groups=4)", "nn.Conv2d: 4 groups do not divide out_channels 6"),
        ("Input(4, 8, 8) -> nn.LazyConv2d(6, 3, groups=3)", "nn.LazyConv2d: 3 groups do not divide the channels of its input, 4"),
        ("Input(4, 8, 8) -> nn.Conv2d(4, 6, 3, 2, same)", "nn.Conv2d: padding same needs stride 1, got (2, 2)"),
        ("Input(4, 2, 9) -> nn.Conv2d(4, 8, 3)", "a window of height 3 does not fit into an input of height 2"),
        ("Input(4, 2, 9) -> nn.Conv2d(4, 8, 3, padding=2, padding_mode=reflect)", "must be less than the size of its axis, which is 2"),
        ("Input(4, 2, 9) -> nn.Conv2d(4, 8, 3, padding=3, padding_mode=circular)", "must not exceed the size of its axis, which is 2"),
        ("Input(4, 8) -> nn.Conv1d(4, 8, 3, padding_mode=zero)", "padding_mode must be one of zeros"),
        ("Input(4, 8) -> nn.Conv1d(4, 8, 3, padding=-1)", "padding must be a whole number of at least 0"),
        ("Input(4, 8) -> nn.Conv1d(4, 8, (3, 3))", "kernel_size must be"),
        ("Input(4, 8) -> nn.Conv1d(4, 8, 3, use_bias=False)", "nn.Conv1d has no argument use_bias"),
        ("Input(4, 8) -> nn.ConvTranspose1d(4, 8, 3, 2, output_padding=2)", "output_padding 2 must be less than the stride 2 or the dilation 1"),
        ("Input(4, 8) -> nn.ConvTranspose1d(4, 8, 1, padding=5)", "a padding of 5 would cut more than the 8 positions"),
        ("Input(4, 8) -> nn.ConvTranspose1d(4, 8, 3, padding_mode=reflect)", "padding_mode must be one of zeros, got reflect"),
        ("Input(4, 8) -> nn.ConvTranspose1d(4, 8, 3, padding=same)", "nn.ConvTranspose1d pads by numbers only"),
        ("Input(3, 9) -> nn.MaxPool1d(3, padding=2)", "nn.MaxPool1d: padding 2 is more than half of its kernel_size 3"),
        ("Input(3, 9) -> nn.MaxPool1d(10)", "a window of steps 10 does not fit"),
        ("Input(3, 9) -> nn.MaxPool1d(12, 3, ceil_mode=True)", "a window of steps 12 does not fit"),
        ("Input(3, 2, 9, 9) -> nn.AvgPool3d(3, padding=1)", "a window of depth 3 does not fit into an input of depth 2"),
        ("Input(3, 9, 9) -> nn.FractionalMaxPool2d(2, output_size=9)", "9 windows of size 2 do not fit into an axis of size 9"),
        ("Input(3, 9, 9) -> nn.FractionalMaxPool2d(2)", "takes either output_size or output_ratio"),
        ("Input(3, 4) -> nn.MaxUnpool1d(2)", "nn.MaxUnpool1d takes 2 tensors, got one"),
        ("Input(3, 3) -> nn.ReflectionPad1d(3)", "a border of 3 and 3 must be less than the size of its axis, which is 3"),
        ("Input(3, 3) -> nn.CircularPad1d(4)", "a border of 4 and 4 must not exceed the size of its axis, which is 3"),
        ("Input(3, 3) -> nn.ReplicationPad1d((-2, -1))", "nn.ReplicationPad1d leaves nothing of (3, 3)"),
        ("Input(3, 2, 2) -> nn.ReflectionPad2d(-1)", "nn.ReflectionPad2d leaves nothing of (3, 2, 2)"),
        ("Input(3, 2) -> nn.CircularPad1d((-2, -1))", "-2 and -1 cut more than an axis of size 2 has"),
        ("Input(3, 1) -> nn.ConstantPad1d((2, -2), 0)", "2 and -2 cut more than an axis of size 1 has"),
        ("Input(3, 4, 4) -> nn.ZeroPad2d((1, 1))", "(before, after) for each axis, the last axis first, got (1, 1)"),
        ("Input(3, 4, 5) -> nn.Flatten(0)", "nn.Flatten cannot work along the batch axis"),
        ("Input(3, 4, 5) -> nn.Flatten(2, 1)", "start_dim 2 comes after end_dim 1"),
        ("Input(3) -> nn.Flatten(2)", "nn.Flatten has dim=2, but its input (3,) has only 1 axes"),
        ("Input(12) -> nn.Unflatten(1, (5, -1))", "cannot lay 12 elements out as (5, -1)"),
        ("Input(12) -> nn.Unflatten(1, (3, 5))", "cannot lay 12 elements out as (3, 5)"),
        ("Input(13, 12) -> nn.Fold((4, 5), 2)", "a window of 4 does not divide the 13 channels"),
        ("Input(12, 11) -> nn.Fold((4, 5), 2)", "an image of (4, 5) has 12 windows, but its input (12, 11) has 11"),
        ("Input(6, 3, 3) -> nn.PixelShuffle(2)", "2**2 does not divide the 6 channels"),
        ("Input(3, 3, 4) -> nn.PixelUnshuffle(2)", "2 does not divide the height and width"),
        ("Input(3, 3, 4) -> nn.Upsample()", "takes either size or scale_factor"),
        ("Input(3, 4) -> nn.Upsample(size=4, mode=bilinear)", "mode bilinear needs 2 spatial axes"),
        ("Input(3, 4) -> nn.Upsample(scale_factor=0.1)", "cannot turn (3, 4) into (0,)"),
        ("Input(3, 100) -> nn.Upsample(scale_factor=0.29)", "100 times 0.29 is 29, but PyTorch rounds it to 28"),
        ("Input(4, 2, 2) -> nn.BatchNorm2d(3)", "expected num_features=3, got an input of shape (4, 2, 2)"),
        ("Input(3, 2, 2) -> nn.BatchNorm1d(3)", "nn.BatchNorm1d needs an input of rank 1 to 2, channels first"),
        ("Input(3) -> nn.BatchNorm2d(3)", "nn.BatchNorm2d needs a rank-3 input (c, h, w), got rank 1"),
        ("Input(5, 2) -> nn.GroupNorm(2, 5)", "2 groups do not divide num_channels 5"),
        ("Input(3, 4) -> nn.LayerNorm((1, 4))", "normalized_shape (1, 4) does not match the last axes of its input (3, 4)"),
        ("Input(3, 4) -> nn.LayerNorm(())", "normalized_shape needs at least one size"),
        ("Input(5, 4) -> nn.LSTM(3, 4)", "expected input_size=3, got an input of shape (5, 4)"),
        ("Input(0, 3) -> nn.LSTM(3, 4)", "needs at least one step"),
        ("Input(5, 3) -> nn.LSTM(3, 4, L)", "num_layers must be a plain number from 1 to 1000, no symbol, got L"),
        ("Input(5, 3) -> nn.LSTM(3, 4, 10**9)", "num_layers must be a plain number from 1 to 1000"),
        ("Input(5, 3) -> nn.LSTM(3, 4, proj_size=4)", "proj_size 4 must be less than hidden_size 4"),
        ("(Input(5, 3), Input(1, 4)) -> nn.LSTM(3, 4)", "takes h_0 and c_0 together, or neither"),
        ("(Input(5, 3), Input(2, 4)) -> nn.GRU(3, 4)", "h_0 must have the shape (1, 4), got (2, 4)"),
        ("Input(5, 3) -> nn.GRU(3, 4, proj_size=2)", "nn.GRU has no argument proj_size"),
        ("Input(5, 3) -> nn.LSTM(3, 4) -> nn.Linear(4, 2)", "nn.Linear takes one tensor, got 2"),
        ("(Input(3), Input(5)) -> nn.GRUCell(3, 4)", "hx must have the shape (4,), got (5,)"),
        ("Input(5, 16) -> nn.MultiheadAttention(16, 4)", "takes query, key and value, got one tensor"),
        ("Input(5, 16) -> (_, _, _) -> nn.MultiheadAttention(16, 3)", "3 heads do not divide embed_dim 16"),
        ("(Input(5, 16), Input(7, 16), Input(6, 16)) -> nn.MultiheadAttention(16, 4)", "7 keys for 6 values"),
        ("(Input(5, 16), Input(7, 15), Input(7, 16)) -> nn.MultiheadAttention(16, 4)", "its key must have the shape (m, 16), got (7, 15)"),
        ("Input(5, 16) -> nn.TransformerEncoderLayer(16, 3)", "3 heads do not divide d_model 16"),
        ("Input(5, 16) -> nn.TransformerEncoderLayer(16, 4, activation=silu)", "activation must be one of relu, gelu"),
        ("Input(5, 16) -> nn.TransformerEncoder(nn.TransformerEncoderLayer(16, 4), L)", "num_layers must be a plain number"),
        ("Input(5, 16) -> nn.TransformerEncoder(nn.Linear(16, 16), 2)", "encoder_layer must be a layer, such as nn.TransformerEncoderLayer(512, 8)"),
        ("(Input(5, 16), Input(7, 15)) -> nn.TransformerDecoderLayer(16, 4)", "expected d_model=16, got an input of shape (7, 15)"),
        ("(Input(5, 512), Input(7, 512)) -> nn.Transformer(nhead=3)", "3 heads do not divide d_model 512"),
        ("Input(5) -> nn.GLU", "halves an axis, which has odd size 5"),
        ("Input(5, 3) -> nn.PReLU(3)", "expected num_parameters=3, got an input of shape (5, 3)"),
        ("Input(5) -> nn.Softmax(2)", "nn.Softmax has dim=2"),
        ("Input(5) -> nn.Dropout(1.5)", "p must be a number from 0 to 1"),
        ("Input(5) -> nn.Embedding(5, 3, 5)", "padding_idx 5 is no row of 5"),
        ("Input(5) -> nn.Lineal(5, 3)", "there is no layer named nn.Lineal"),
    ],
)  # fmt: skip
def test_refused(program: str, message: str) -> None:
    with pytest.raises(symparam.SymparamError) as caught:
        symparam.parse(program)
    assert message in str(caught.value)
    assert caught.value.span is not None


@pytest.mark.parametrize(
    ("program", "sizes"),
    [
        ("Input(m) -> nn.Linear(n, 3)", {"m": 4, "n": 5}),
        ("Input(c, h, w) -> nn.Conv2d(c, f, 3, groups=g)", {"c": 4, "f": 6, "g": 4}),
        ("Input(c, t) -> nn.Conv1d(c, 8, 3, s, same)", {"s": 2}),
        ("Input(c, t) -> nn.MaxPool1d(k, padding=p)", {"k": 3, "p": 2}),
        ("Input(c, t) -> nn.MaxPool1d(k, s, ceil_mode=True)", {"t": 9, "k": 12, "s": 3}),
        ("Input(c, t) -> nn.ConvTranspose1d(c, f, k, s, output_padding=q)", {"s": 2, "q": 2}),
        ("Input(c, t) -> nn.ConvTranspose1d(c, f, 1, padding=p)", {"t": 8, "p": 5}),
        ("Input(c, t) -> nn.ReflectionPad1d(p)", {"t": 3, "p": 3}),
        ("Input(c, t) -> nn.ZeroPad1d(-p)", {"t": 3, "p": 2}),
        ("Input(t, d) -> nn.LSTM(d, u, proj_size=p)", {"u": 4, "p": 4}),
        ("Input(t, d) -> nn.LSTM(d, u, proj_size=p - 3)", {"u": 4, "p": 3}),
        ("Input(n, d) -> (_, _, _) -> nn.MultiheadAttention(d, h)", {"d": 16, "h": 3}),
        ("Input(n, d) -> nn.TransformerEncoderLayer(d, h)", {"d": 16, "h": 3}),
        ("Input(c, h) -> nn.GroupNorm(g, c)", {"c": 6, "g": 4}),
        ("Input(c, t) -> nn.Upsample(scale_factor=0.29)", {"t": 100}),
        ("Input(n) -> nn.GLU", {"n": 5}),
    ],
)
def test_refused_when_the_numbers_arrive(program: str, sizes: dict[str, int]) -> None:
    network = symparam.parse(program)
    with pytest.raises(symparam.SymparamError):
        network.at(**sizes)
