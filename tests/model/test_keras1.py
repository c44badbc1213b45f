"""Code for older versions of Keras: its words mean what they meant, counted by real Keras 3."""

from collections.abc import Callable
from typing import Any

import pytest

from symparam import SymparamError, parse
from symparam.frameworks.keras import import_keras
from symparam.layers import find
from symparam.layers.contract import keras1

Made = Callable[[Any, Callable[..., Any]], Any]  # of Keras's layers and of its Input


def after(*layers: Any) -> Any:
    """The layers one after the other."""
    x = layers[0]
    for layer in layers[1:]:
        x = layer(x)
    return x


ROWS: list[tuple[str, Made]] = [
    (
        "Convolution2D(64, 3, 3, border_mode='same', input_shape=(256, 256, 3))",
        lambda k, i: after(i((256, 256, 3)), k.Conv2D(64, 3, padding="same")),
    ),
    (
        "Convolution2D(nb_filter=6, nb_row=5, nb_col=3, subsample=(2, 2), init='uniform', "
        "W_regularizer=l2(0.01), input_shape=(9, 9, 1))",
        lambda k, i: after(i((9, 9, 1)), k.Conv2D(6, (5, 3), 2)),
    ),
    (
        "Input(9, 9, 1) -> Convolution2D(6, 5, nb_col=3, bias=False)",
        lambda k, i: after(i((9, 9, 1)), k.Conv2D(6, (5, 3), use_bias=False)),
    ),
    (
        "Input(3, 9, 9) -> Convolution2D(6, 5, 3, dim_ordering='th')",
        lambda k, i: after(i((3, 9, 9)), k.Conv2D(6, (5, 3), data_format="channels_first")),
    ),
    (
        "Input(6, 9, 9, 2) -> Convolution3D(4, kernel_dim1=3, kernel_dim2=2, kernel_dim3=1)",
        lambda k, i: after(i((6, 9, 9, 2)), k.Conv3D(4, (3, 2, 1))),
    ),
    (
        "Input(12, 12, 3) -> AtrousConvolution2D(8, 3, 3, atrous_rate=(2, 2))",
        lambda k, i: after(i((12, 12, 3)), k.Conv2D(8, 3, dilation_rate=2)),
    ),
    (
        "Convolution1D(nb_filter=8, filter_length=3, border_mode='valid', subsample_length=2, "
        "input_length=20, input_dim=5) -> MaxPooling1D(pool_length=2, stride=3) -> UpSampling1D(length=2)",
        lambda k, i: after(
            i((20, 5)), k.Conv1D(8, 3, 2), k.MaxPooling1D(2, 3), k.UpSampling1D(2)
        ),
    ),
    (
        "Dense(output_dim=64, input_dim=20, init='uniform', activation='tanh') -> Dropout(p=0.5)",
        lambda k, i: after(i((20,)), k.Dense(64), k.Dropout(0.5)),
    ),
    (
        "LSTM(units=256, input_dim=40, input_length=16)",
        lambda k, i: after(i((16, 40)), k.LSTM(256)),
    ),
    (
        "LSTM(output_dim=7, inner_init='orthogonal', inner_activation='hard_sigmoid', dropout_W=0.2, "
        "dropout_U=0.1, batch_input_shape=(32, 6, 4), return_sequences=True) -> TimeDistributedDense(3)",
        lambda k, i: after(
            i((6, 4)), k.LSTM(7, return_sequences=True), k.TimeDistributed(k.Dense(3))
        ),
    ),
    (
        "Input(10) -> Embedding(1000, 64, input_length=10) -> Flatten -> Dense(2)",
        lambda k, i: after(i((10,)), k.Embedding(1000, 64), k.Flatten(), k.Dense(2)),
    ),
    (
        "Input(batch_shape=(none, 28, 28, 1)) -> Flatten -> Dense(2)",
        lambda k, i: after(i((28, 28, 1)), k.Flatten(), k.Dense(2)),
    ),
    (
        "InputLayer(input_shape=(28, 28)) -> Flatten -> Dense(_.channels//2, input_shape=(784,))",
        lambda k, i: after(i((28, 28)), k.Flatten(), k.Dense(392)),
    ),
    (
        "(Input(5), Input(5)) -> Merge(mode='sum') -> Dense(3)",
        lambda k, i: after(k.Add()([i((5,)), i((5,))]), k.Dense(3)),
    ),
    (
        "(Input(2, 5), Input(3, 5)) -> Merge(mode='concat', concat_axis=1) -> Dense(3)",
        lambda k, i: after(k.Concatenate(axis=1)([i((2, 5)), i((3, 5))]), k.Dense(3)),
    ),
    (
        "(Input(5), Input(5)) -> Merge(mode='cos') -> Dense(3)",
        lambda k, i: after(k.Dot(-1, normalize=True)([i((5,)), i((5,))]), k.Dense(3)),
    ),
    (
        "(Input(4, 5), Input(6, 5)) -> Merge(mode='dot', dot_axes=2) -> Dense(3)",
        lambda k, i: after(k.Dot(2)([i((4, 5)), i((6, 5))]), k.Dense(3)),
    ),
    (
        "(Input(5), Input(5)) -> Merge -> Dense(3)",
        lambda k, i: after(k.Add()([i((5,)), i((5,))]), k.Dense(3)),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("script", "made"), ROWS, ids=[row[0][:70] for row in ROWS])
def test_as_keras_counts(script: str, made: Made) -> None:
    keras = import_keras()
    inputs = []

    def source(shape: tuple[int, ...]) -> Any:
        inputs.append(keras.Input(shape))
        return inputs[-1]

    model = keras.Model(inputs, made(keras.layers, source))
    net = parse(script)
    assert net.params == model.count_params()
    assert net.output_shape == model.output_shape[1:]
    assert not net.remarks


@pytest.mark.parametrize(
    ("script", "message", "marked", "hint"),
    [
        ("Input(6, 6, 3) -> LocallyConnected2D(4, 3)", "no layer named LocallyConnected2D",
         "LocallyConnected2D", "LocallyConnected2D(f, k) = Weights("),
        ("Input(6, 3) -> LocallyConnected1D(4, 3)", "no layer named LocallyConnected1D",
         "LocallyConnected1D", "LocallyConnected1D(f, k) = Weights("),
        ("LSTM(256, input_dim=40)", "leaves the length of the sequence open", "input_dim=40", "Input(t, 40)"),
        ("Input(none, 40) -> LSTM(256)", "none is not a size", "none", "Input(t, 3)"),
        ("Dense(3, batch_input_shape=n)", "a tuple of the batch axis", "batch_input_shape=n", "without the batch axis"),
        ("Dense(3, input_dim=4, input_shape=(4,))", "given twice", "input_dim=4", None),
        ("Input(4) -> Dense(3, input_shape=(5,))", "takes an input of shape (5,), got (4,)", "input_shape=(5,)", None),
        ("Input(9, 9, 1) -> Convolution2D(6, nb_row=3)", "nb_row and nb_col are the sizes", "nb_row=3", "kernel_size=(3, 3)"),
        ("Input(9, 9, 1) -> Convolution2D(6, 5, 5, nb_col=3)", "nb_row and nb_col", "nb_col=3", "kernel_size"),
        ("Merge([a, b], mode='concat')", "joins the tensors that enter it", "[a, b]", "(a, b) -> Concatenate"),
        ("(Input(3), Input(3)) -> Merge(mode='som')", "Merge has no mode som", "'som'", "did you mean sum?"),
        ("merge(mode='sum')", "no layer named merge", "merge", "(a, b) -> Add"),
        ("Input(3, 9, 9) -> nn.Conv2d(3, 4, 3, border_mode='same')", "no argument border_mode", "border_mode='same'", None),
        ("Input(9, 9, 3) -> Conv2D(4, 3, padding=same, border_mode='same')", "padding twice", "border_mode='same'", None),
    ],
)  # fmt: skip
def test_refused(script: str, message: str, marked: str, hint: str | None) -> None:
    with pytest.raises(SymparamError) as caught:
        parse(script)
    error = caught.value
    assert message in error.message
    assert error.span is not None
    assert script[error.span.start : error.span.end] == marked
    assert hint is None or hint in str(error.hint)


def test_old_names_are_free_for_functions() -> None:
    script = "Merge(n) = Dense(n); merge = Dense(2); LocallyConnected2D(f) = Dense(f); Input(3) -> Merge(4)"
    assert parse(f"{script} -> merge -> LocallyConnected2D(5)").params == 16 + 10 + 15


@pytest.mark.parametrize(
    ("name", "shape"), [("LocallyConnected1D", "6, 3"), ("LocallyConnected2D", "6, 6, 3")]
)
def test_the_hint_for_a_layer_that_is_gone_can_be_used(name: str, shape: str) -> None:
    definition = keras1.GONE[name].partition("own: ")[2]
    net = parse(f"{definition}; Input({shape}) -> {name}(4, 3)")
    assert net.params == {"LocallyConnected1D": 4 * (9 * 4 + 4), "LocallyConnected2D": 1792}[name]


def test_what_old_words_stand_for_exists() -> None:
    fields = {field for cls in map(find, ("Conv2D", "LSTM", "Dropout", "Dot", "UpSampling1D"))
              if cls for field in cls.fields}  # fmt: skip
    fields |= {"axis", "pool_size", "stddev"}
    assert set(keras1.KEYWORDS.values()) <= fields
    assert all(find(layer) for layer in (*keras1.LAYERS.values(), *keras1.MERGES.values()))
    assert not [layer for layer in (*keras1.LAYERS, *keras1.GONE) if find(layer)]
