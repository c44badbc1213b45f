"""Every layer with its arguments and what they may be: one row a layer.

Arguments stand in Keras's order. A value is a strategy, or a function that gives one for the
input and the arguments drawn before it; ``Maybe`` marks what can be left out. The values are
those one would write and a few that cannot work, on which both sides must agree as well.
"""

import inspect
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any

from hypothesis import strategies as st

from judge.arguments import (
    Argument,
    At,
    Values,
    activation,
    axes,
    axis,
    bias_axes,
    borders,
    causal_padding,
    channels_word,
    dims,
    divisor,
    each,
    einsum_shape,
    equation,
    flag,
    format_word,
    gates,
    padding,
    portion,
    rate,
    real,
    shared_axes,
    target_shape,
)
from judge.cases import Call, Size
from judge.shapes import ANY, alike, attended, dotted, joined, sizes
from symparam.frameworks.keras import import_keras
from symparam.layers import find


@dataclass(frozen=True)
class Row:
    """A layer: the ranks it takes, its arguments, and its inputs where there are several."""

    name: str
    ranks: tuple[int, ...]
    arguments: dict[str, Argument]
    optional: frozenset[str]
    inputs: Values | None = None
    spatial: int = field(init=False)
    first: tuple[str, ...] = field(init=False)  # those that can go without their names

    def __post_init__(self) -> None:
        axes = re.search(r"(\d)D", self.name)
        object.__setattr__(self, "spatial", int(axes[1]) if axes else 0)
        object.__setattr__(self, "first", in_keras_order(self.name, self.arguments))

    def at(self, x: Any, values: dict[str, Any]) -> At:
        return At(x, self.spatial, values)


@dataclass(frozen=True)
class Maybe:
    """An argument that can be left out."""

    argument: Argument


def in_keras_order(name: str, arguments: Iterable[str]) -> tuple[str, ...]:
    """The first arguments of the row, as long as they are Keras's first arguments."""
    order = inspect.signature(getattr(import_keras().layers, name)).parameters.values()
    first = zip(
        arguments, (p.name for p in order if p.kind is p.POSITIONAL_OR_KEYWORD), strict=False
    )
    return tuple(ours for ours, _ in takewhile(lambda pair: pair[0] == pair[1], first))


def row(
    name: str, ranks: tuple[int, ...] | int, inputs: Values | None = None, **arguments: Any
) -> Row:
    """A row of the table."""
    return Row(
        name,
        (ranks,) if isinstance(ranks, int) else ranks,
        {
            key: value.argument if isinstance(value, Maybe) else value
            for key, value in arguments.items()
        },
        frozenset(key for key, value in arguments.items() if isinstance(value, Maybe)),
        inputs,
    )


def inner(*names: str, drop: int = 0) -> Callable[[At], Values]:
    """A layer for a wrapper to hold, fit for the wrapper's input without ``drop`` axes."""

    def argument(at: At) -> Values:
        x = at.x[drop:]
        among = names or set(ROWS) - ALONE
        fitting = [ROWS[name] for name in ROWS if name in among]
        fitting = [r for r in fitting if r.inputs is None and len(x) in r.ranks]
        return st.sampled_from(fitting).flatmap(lambda r: calls(r, x)) if fitting else st.nothing()

    return argument


def cell(at: At) -> Values:
    """A cell of its own, or several stacked."""
    return st.sampled_from([ROWS[name] for name in CELLS if name in ROWS]).flatmap(
        lambda r: calls(r, at.x)
    )


def several_cells(at: At) -> Values:
    plain = [ROWS[name] for name in CELLS[:3] if name in ROWS]
    one = st.sampled_from(plain).flatmap(lambda r: calls(r, at.x))
    return st.lists(one, min_size=1, max_size=3)


def backward_layer(at: At) -> Values:
    """The twin of the forward layer, with units of its own."""
    forward = at.values["layer"]

    def twin(drawn: tuple[int, bool]) -> Call:
        units, swap = drawn
        keywords = {
            **dict(forward.keywords),
            "go_backwards": not dict(forward.keywords).get("go_backwards", False),
        }
        names = {"LSTM": "GRU", "GRU": "SimpleRNN"} if swap else {}
        keywords = {
            k: v
            for k, v in keywords.items()
            if k in ("go_backwards", "return_sequences", "return_state")
        }
        return Call(names.get(forward.name, forward.name), (Size(units),), tuple(keywords.items()))

    return st.tuples(st.integers(1, 4), flag).map(twin)


@st.composite
def calls(draw: st.DrawFn, layer: Row, x: Any) -> Call:
    """A call of the layer, for an input of this shape."""
    left_out = (
        layer.optional - draw(st.sets(st.sampled_from(sorted(layer.optional)), max_size=4))
        if (layer.optional)
        else set()
    )
    values: dict[str, Any] = {}
    chosen = [name for name in layer.arguments if name not in left_out]
    for name in sorted(chosen, key=lambda name: name != "data_format"):
        argument = layer.arguments[name]
        values[name] = draw(
            argument if isinstance(argument, st.SearchStrategy) else argument(layer.at(x, values))
        )
    positional = list(takewhile(values.__contains__, layer.first))
    positional = positional[: draw(st.integers(0, len(positional)))]
    if draw(st.integers(0, 19)) == 19:
        values["trainable"] = False
    return Call(
        layer.name,
        tuple(values[name] for name in positional),
        tuple((name, value) for name, value in values.items() if name not in positional),
    )


conv = {"filters": sizes, "kernel_size": each(1, 2, 3), "strides": Maybe(each(1, 1, 2, 3))}
trailer = {"activation": Maybe(activation), "use_bias": Maybe(flag)}
data_format, dilation = Maybe(format_word), Maybe(each(1, 1, 2))
out_padding = Maybe(lambda at: st.one_of(st.none(), each(0, 1, 2)(at)))
pool = {
    **{
        "pool_size": Maybe(each(1, 2, 3)),
        "strides": Maybe(lambda at: st.one_of(st.none(), each(1, 2, 3)(at))),
    },
    **{"padding": Maybe(padding), "data_format": data_format},
}
affine = {"center": Maybe(flag), "scale": Maybe(flag)}
recurrent = {
    **{"units": sizes, "activation": Maybe(gates)},
    **{"recurrent_activation": Maybe(gates), "use_bias": Maybe(flag)},
    **{"dropout": Maybe(rate), "recurrent_dropout": Maybe(rate), "reset_after": Maybe(flag)},
}
sequence = {
    **{"return_sequences": Maybe(flag), "return_state": Maybe(flag), "go_backwards": Maybe(flag)},
    "unroll": Maybe(flag),
}
# Random images: each with the numbers that it needs, of which none changes a shape. They are
# tried alone, for what they do inside others depends on values and on chance.
IMAGES = {
    **dict.fromkeys(["RandomFlip", "RandomErasing", "CutMix", "MixUp", "RandomShear"], ""),
    **dict.fromkeys(["AutoContrast", "Solarization", "RandomInvert", "RandomGrayscale"], ""),
    **dict.fromkeys(["RandomColorJitter", "RandomGaussianBlur", "Equalization"], ""),
    **dict.fromkeys(["RandomRotation", "RandomBrightness", "RandomContrast"], "factor"),
    **dict.fromkeys(["RandomPosterization", "RandomSharpness", "RandomHue"], "factor"),
    **dict.fromkeys(["RandomSaturation", "RandomColorDegeneration"], "factor"),
    "RandomTranslation": "height_factor width_factor",
    "RandomZoom": "height_factor",
}
WRAPPERS = {"TimeDistributed", "Bidirectional", "SpectralNormalization", "RNN"}
CELLS = ["SimpleRNNCell", "LSTMCell", "GRUCell", "StackedRNNCells"]


def without(arguments: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in arguments.items() if name not in names}


TABLE = [
    row("Dense", ANY, units=sizes, **trailer, lora_rank=Maybe(sizes)),
    row("Embedding", (1, 2), input_dim=sizes, output_dim=sizes, lora_rank=Maybe(sizes)),
    row("ReversibleEmbedding", (1, 2), input_dim=sizes, output_dim=sizes, tie_weights=Maybe(flag)),
    row("EinsumDense", (1, 2, 3), equation=equation, output_shape=einsum_shape,
        activation=Maybe(activation), bias_axes=Maybe(bias_axes), lora_rank=Maybe(sizes)),
    *[
        row(
            f"Conv{n}D", n + 1, **conv, padding=Maybe(causal_padding if n == 1 else padding),
            data_format=data_format, dilation_rate=dilation, groups=Maybe(divisor("filters")),
            **trailer, lora_rank=Maybe(sizes),
        )
        for n in (1, 2, 3)
    ],
    *[
        row(f"Conv{n}DTranspose", n + 1, **conv, padding=Maybe(padding), output_padding=out_padding,
            data_format=data_format, dilation_rate=dilation, **trailer)
        for n in (1, 2)
    ],
    row("Conv3DTranspose", 4, **conv, padding=Maybe(padding), data_format=data_format,
        output_padding=out_padding, dilation_rate=dilation, **trailer),
    *[
        row(f"DepthwiseConv{n}D", n + 1, **without(conv, "filters"),
            padding=Maybe(padding), depth_multiplier=Maybe(sizes), data_format=data_format,
            dilation_rate=dilation, **trailer)
        for n in (1, 2)
    ],
    *[
        row(f"SeparableConv{n}D", n + 1, **conv, padding=Maybe(causal_padding if n == 1 else padding),
            data_format=data_format, dilation_rate=dilation, depth_multiplier=Maybe(sizes), **trailer)
        for n in (1, 2)
    ],
    *[row(f"{how}Pooling{n}D", n + 1, **pool) for how in ("Max", "Average") for n in (1, 2, 3)],
    *[
        row(f"Global{how}Pooling{n}D", n + 1, data_format=data_format, keepdims=Maybe(flag))
        for how in ("Max", "Average") for n in (1, 2, 3)
    ],
    *[
        row(f"Adaptive{how}Pooling{n}D", n + 1, output_size=each(1, 2, 3, 4), data_format=data_format)
        for how in ("Max", "Average") for n in (1, 2, 3)
    ],
    row("Flatten", ANY, data_format=data_format),
    row("Reshape", ANY, target_shape=target_shape),
    row("Permute", ANY, dims=dims),
    row("RepeatVector", 1, n=sizes),
    row("ZeroPadding1D", 2, padding=Maybe(borders(3)), data_format=data_format),
    *[row(f"ZeroPadding{n}D", n + 1, padding=Maybe(borders(2)), data_format=data_format) for n in (2, 3)],
    row("Cropping1D", 2, cropping=Maybe(borders(3))),
    *[row(f"Cropping{n}D", n + 1, cropping=Maybe(borders(2)), data_format=data_format) for n in (2, 3)],
    row("UpSampling1D", 2, size=Maybe(st.sampled_from([1, 2, 3]).map(Size))),
    row("UpSampling2D", 3, size=Maybe(each(1, 2, 3)), data_format=data_format,
        interpolation=Maybe(st.sampled_from(["nearest", "bilinear", "bicubic"]))),
    row("UpSampling3D", 4, size=Maybe(each(1, 2)), data_format=data_format),
    *[row(name, ANY, alike()) for name in ("Add", "Multiply", "Average", "Maximum", "Minimum")],
    row("Subtract", ANY, alike(2, 2)),
    row("Concatenate", ANY, joined(), axis=Maybe(axis)),
    row("Dot", (1, 2, 3), dotted(),
        axes=lambda at: st.one_of(axis(at), st.tuples(st.integers(1, at.rank), st.integers(1, 3))),
        normalize=Maybe(flag)),
    row("BatchNormalization", ANY, axis=Maybe(axis), momentum=Maybe(rate), epsilon=Maybe(real),
        **affine, renorm=Maybe(flag)),
    row("LayerNormalization", ANY, axis=Maybe(axes), epsilon=Maybe(real), **affine),
    row("GroupNormalization", ANY, groups=lambda at: st.one_of(divisor()(at), st.just(-1)),
        axis=Maybe(axis), epsilon=Maybe(real), **affine),
    row("RMSNormalization", ANY, axis=Maybe(axes), epsilon=Maybe(real)),
    row("UnitNormalization", ANY, axis=Maybe(axes)),
    row("Normalization", ANY, axis=Maybe(lambda at: st.one_of(axes(at), st.none()))),
    row("Activation", ANY, activation=activation),
    row("ReLU", ANY, max_value=Maybe(real), negative_slope=Maybe(real), threshold=Maybe(real)),
    row("LeakyReLU", ANY, negative_slope=Maybe(real)),
    row("ELU", ANY, alpha=Maybe(real)),
    row("Softmax", ANY, axis=Maybe(axes)),
    row("PReLU", ANY, shared_axes=Maybe(shared_axes)),
    *[row(name, ANY, rate=rate) for name in ("Dropout", "AlphaDropout", "GaussianDropout")],
    row("GaussianNoise", ANY, stddev=rate),
    row("SpatialDropout1D", 2, rate=rate),
    *[row(f"SpatialDropout{n}D", n + 1, rate=rate, data_format=data_format) for n in (2, 3)],
    row("ActivityRegularization", ANY, l1=Maybe(real), l2=Maybe(real)),
    row("Identity", ANY),
    row("Rescaling", ANY, scale=real, offset=Maybe(real)),
    *[
        row(name, 3, height=sizes, width=sizes, data_format=data_format)
        for name in ("Resizing", "CenterCrop", "RandomCrop")
    ],
    *[
        row(name, 3, **dict.fromkeys(factors.split(), portion), data_format=Maybe(channels_word))
        for name, factors in IMAGES.items()
    ],
    row("SimpleRNN", 2, **without(recurrent, "recurrent_activation", "reset_after"), **sequence),
    row("LSTM", 2, **without(recurrent, "reset_after"), unit_forget_bias=Maybe(flag), **sequence),
    row("GRU", 2, **without(recurrent, "reset_after"), **sequence, reset_after=Maybe(flag)),
    row("SimpleRNNCell", (), **without(recurrent, "recurrent_activation", "reset_after")),
    row("LSTMCell", (), **without(recurrent, "reset_after"), unit_forget_bias=Maybe(flag)),
    row("GRUCell", (), **recurrent),
    row("StackedRNNCells", (), cells=several_cells),
    row("RNN", 2, cell=cell, **sequence),
    *[
        row(f"ConvLSTM{n}D", n + 2, **conv, padding=Maybe(padding), data_format=data_format,
            dilation_rate=dilation, activation=Maybe(gates), recurrent_activation=Maybe(gates),
            use_bias=Maybe(flag), **without(sequence, "unroll"))
        for n in (1, 2)
    ],
    row("ConvLSTM3D", 5, **conv, padding=Maybe(padding), use_bias=Maybe(flag), **without(sequence, "unroll")),
    row("TimeDistributed", (2, 3, 4), layer=inner(drop=1)),
    row("Bidirectional", (2, 3, 4), layer=inner("SimpleRNN", "LSTM", "GRU", "ConvLSTM1D", "ConvLSTM2D", "RNN"),
        merge_mode=Maybe(st.sampled_from(["concat", "sum", "mul", "ave", None])),
        backward_layer=Maybe(backward_layer)),
    row("SpectralNormalization", ANY,
        layer=inner("Dense", "Embedding", "Conv1D", "Conv2D", "Conv2DTranspose", "DepthwiseConv2D", "Conv3D",
            "EinsumDense", "SeparableConv1D", "LayerNormalization"),
        power_iterations=Maybe(sizes)),
    row("MultiHeadAttention", 2, attended(free=True), num_heads=sizes, key_dim=sizes,
        value_dim=Maybe(sizes), dropout=Maybe(rate), use_bias=Maybe(flag),
        output_shape=Maybe(st.one_of(sizes, st.tuples(sizes, sizes)))),
    row("GroupQueryAttention", 2, attended(free=True), head_dim=sizes,
        num_query_heads=sizes, num_key_value_heads=lambda at: st.sampled_from(
            [n for n in range(1, 9) if at.values["num_query_heads"] % n == 0] * 2 + [2]).map(Size),
        dropout=Maybe(rate), use_bias=Maybe(flag)),
    row("Attention", 2, attended(), use_scale=Maybe(flag), score_mode=Maybe(st.sampled_from(["dot", "concat"])),
        dropout=Maybe(rate)),
    row("AdditiveAttention", 2, attended(), use_scale=Maybe(flag), dropout=Maybe(rate)),
]  # fmt: skip

ROWS = {entry.name: entry for entry in TABLE if find(entry.name) is not None}
ALONE = {*IMAGES, "RandomCrop"}
