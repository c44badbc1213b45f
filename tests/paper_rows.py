"""Which program states the architecture of a printed formula, for every formula of the papers.

A program that begins with ``zoo:`` is a script of the zoo. A text in place of a row is the
reason why a formula has none. Below are the papers that print numbers which their own formulas
do not give.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from symparam.network import Network

OTHER = "not a parameter count or a shape"


def params(network: Network) -> Any:
    return network.params


def trainable(network: Network) -> Any:
    return network.trainable_params


def active(network: Network) -> Any:
    return network.active_params


def first_axis(network: Network) -> Any:
    return network.output_shape[0]


def second_axis(network: Network) -> Any:
    return network.output_shape[1]


def reach(network: Network) -> Any:
    """How many steps of a sequence one step of the output has seen."""
    return network.input_shape[0] - network.output_shape[0] + 1


def normalized(network: Network) -> Any:
    """The channels that are normalized: BatchNormalization of Keras has four weights for each."""
    return sum(s.params for s in network.steps if s.layer.title == "BatchNormalization") / 4


@dataclass(frozen=True)
class Row:
    """A program, and how to read in it what the paper prints.

    ``ours`` says what a symbol of the program is in those of the paper, where the names differ,
    and ``theirs`` what a symbol of the paper is in the program. ``paper`` is put into the printed
    formula, where the program is about this alone. With ``minus`` the formula is the difference
    of two programs.
    """

    program: str
    ours: Mapping[str, str] = field(default_factory=dict)
    theirs: Mapping[str, Callable[[Network], Any]] = field(default_factory=dict)
    paper: Mapping[str, str] = field(default_factory=dict)
    minus: str = ""
    count: Callable[[Network], Any] = params


IMAGENET = {"H": "224", "W": "224", "K": "1000"}

INCEPTION = """
Input(H, H, c) -> (
  Conv2D(a, 1, same, {bias}),
  Conv2D(b3r, 1, same, {bias}) -> Conv2D(b3, 3, same, {bias}),
  Conv2D(b5r, 1, same, {bias}) -> Conv2D(b5, 5, same, {bias}),
  MaxPooling2D(3, 1, same) -> Conv2D(p, 1, same, {bias})) -> Concatenate"""

# The blocks of torchvision; in its ResNet the first stage has one width, whatever the others have.
CONV = "Conv(f, k=1, g=1) = nn.LazyConv2d(f, k, padding=k//2, groups=g, bias=false) -> nn.LazyBatchNorm2d\n"
STAGES = {"w": "64", "n[0]": "n1", "n[j]": "n(j + 1)", **IMAGENET}
WIDTHS = {"w(1)": "64", "w(2)": "128", "w(3)": "256", "w(4)": "512"}

# Squeeze-and-excitation on all blocks of all stages, and the same stages without.
GATE = "_ * (GlobalAveragePooling2D(keepdims=true) -> Dense(C[s]/r, relu, nobias) -> Dense(C[s], sigmoid, nobias))"
GATED = "Input(h, w, C[0]) -> (Conv2D(C[s], 1) -> ({}) * N[s]) for s in 1..S"

DENSE_LAYER = """
Norm() = nn.LazyBatchNorm2d -> nn.ReLU
Conv(f, k) = nn.LazyConv2d(f, k, padding=k//2, bias=false)
Layer(k) = (_, Norm -> Conv(4*k, 1) -> Norm -> Conv(k, 3)) -> Concatenate(axis=1)
"""
DENSENET_KERAS = """
Norm() = BatchNormalization -> ReLU
Layer(k) = (_, Norm -> Conv2D(4*k, 1, nobias) -> Norm -> Conv2D(k, 3, same, nobias)) -> Concatenate
Transition() = Norm -> Conv2D(_.channels/2, 1, nobias) -> AveragePooling2D(2)
Input(224, 224, 3) -> Conv2D(64, 7, 2, same, nobias) -> Norm -> MaxPooling2D(3, 2, same)
  -> Layer(32) * 6 -> Transition -> Layer(32) * 12 -> Transition
  -> Layer(32) * {} -> Transition -> Layer(32) * {} -> Norm
  -> GlobalAveragePooling2D -> Dense(1000)"""
RESNET50 = {"w": "64", "n[0]": "3", "n[1]": "4", "n[2]": "6", "n[3]": "3", **IMAGENET}
WIDTHS_V2 = enumerate([32, 16, 24, 32, 64, 96, 160, 320, 1280])
MOBILENET_V2 = {**{f"w[{i}]": str(width) for i, width in WIDTHS_V2}, **IMAGENET}
KERAS = {"t": trainable, "B": normalized}

INVERTED_RESIDUAL = """
Conv(f) = Conv2D(f, 1, nobias) -> BatchNormalization
Input(h, w, d1) -> Conv(t*d1) -> ReLU(6)
  -> DepthwiseConv2D(k, same, nobias) -> BatchNormalization -> ReLU(6) -> Conv(d2)"""

# The paper counts matrices alone: no biases, and normalizations without gain and shift.
MATRICES = """
Norm() = LayerNormalization(center=false, scale=false)
Attend() = MultiHeadAttention(h, d/h, nobias)
Self() = _ + Attend -> Norm
Cross(x) = _ + ((_, x) -> Attend) -> Norm
FeedForward(f) = _ + (Dense(f, relu, nobias) -> Dense(d, nobias)) -> Norm
words = Embedding(V, d)
source = Input(s) -> words -> (Self -> FeedForward({f})) * ({n})
(source, Input(t) -> words) -> _[1] -> (Self -> Cross(source) -> FeedForward({f})) * ({n}) -> words.T"""

GPT2 = {"T": "n"}
NANO_GPT = """
Block(d) = _ + (LayerNormalization(center=false) -> MultiHeadAttention(h, d/h, nobias))
  -> _ + (LayerNormalization(center=false) -> Dense(4*d, gelu, nobias) -> Dense(d, nobias))
words = Embedding(V, d)
Input(s) -> words -> PositionEmbedding(n) -> Block(d) * L -> LayerNormalization(center=false) -> words.T"""
BERT = {"T": "P", "f": "4*d"}
LLAMA = {"h": "a"}

# A part of each layer, beside what goes on.
KAPLAN = "Input(s, dm) -> ((_, {}) -> _[0]) * nl"
QKV = "(Dense(da, nobias), Dense(da, nobias), Dense(da, nobias)) -> Attention"
KAPLAN_LAYERS = """
Block() = _ + ((Dense(da, nobias), Dense(da, nobias), Dense(da, nobias)) -> Attention -> Dense(dm, nobias))
  -> _ + (Dense(df, gelu, nobias) -> Dense(dm, nobias))
Input(s, dm) -> Block * nl"""

SWIGLU = """
use SwiGLU from "zoo:blocks/attention"
Input(s, d) -> SwiGLU(d, {})"""
MAMBA_PROJECTIONS = "Input(s, d) -> Dense(E*d, nobias) * Dense(E*d, nobias) -> Dense(d, nobias)"
LOW_RANK = "Input(s, d) -> Frozen(Dense({0}, nobias)) + (Dense(r, nobias) -> Dense({0}, nobias))"
LORA = """
use LoRA from "zoo:blocks/attention"
Input(s, d) -> LoRA(d, r) * n"""

ROWS: dict[str, dict[str, Row | tuple[Row, ...] | str]] = {
    "layer_conv2d_shape": {
        "out": (
            Row("Input(c, H, W) -> nn.Conv2d(c, f, k, s, p, d)", count=second_axis),
            Row("Input(c, H, W) -> nn.Conv2d(c, f, k, s, dilation=d)", paper={"p": "0"}, count=second_axis),
        ),
    },
    "layer_keras_same_valid": {
        "valid": Row("Input(H, W, c) -> Conv2D(f, k, s)", count=first_axis),
        "same": Row("Input(H, W, c) -> Conv2D(f, k, s, same)", count=first_axis),
    },
    "mlp_general": {"params": Row("zoo:mlp", {"n[j]": "n(j)"})},
    "lenet5_modern": {"params": Row("zoo:lenet5", {"K": "10"}), "macs": OTHER},
    "keras_convnet": {
        "params": Row("Input(28, 28, 1) -> Conv2D(32, 3, relu) -> MaxPooling2D -> Conv2D(64, 3, relu) -> MaxPooling2D -> Flatten -> Dropout(0.5) -> Dense(10, softmax)"),
    },
    "keras_toy_resnet": {
        "params": Row("Conv() = Conv2D(64, 3, same, relu); Input(32, 32, 3) -> Conv2D(32, 3, relu) -> Conv2D(64, 3, relu) -> MaxPooling2D(3) -> (_ + (Conv -> Conv)) * 2 -> Conv2D(64, 3, relu) -> GlobalAveragePooling2D -> Dense(256, relu) -> Dropout(0.5) -> Dense(10)"),
    },
    "alexnet": {
        "orig": Row("zoo:alexnet_grouped", {"K": "1000"}),
        "orig_macs": OTHER,
        "tv": Row("zoo:alexnet", IMAGENET),
    },
    "vgg": {
        "params": Row("zoo:vgg", {"n[j]": "r(j + 1)", "w[j]": "w(j + 1)", **IMAGENET}, paper={"w(0)": "3", "w(5)": "512"}),
        "macs": OTHER,
    },
    "inception_v1_module": {
        "w": Row(INCEPTION.format(bias="nobias")),
        "wb": Row(INCEPTION.format(bias="use_bias=true")),
        "macs": OTHER,
    },
    "resnet_imagenet": {
        "basic_block": Row(CONV + "Input(C, h, w) -> _ + (Conv(C, 3) -> nn.ReLU -> Conv(C, 3)) -> nn.ReLU"),
        "bottleneck_block": Row(CONV + "Input(4*C, h, w) -> _ + (Conv(C) -> nn.ReLU -> Conv(C, 3) -> nn.ReLU -> Conv(4*C)) -> nn.ReLU"),
        "basic": Row("zoo:resnet_basic", STAGES, paper=WIDTHS),
        "bottleneck": Row("zoo:resnet", STAGES, paper=WIDTHS),
    },
    "keras_vs_torch_bn": {
        "total": (
            Row("zoo:resnet_keras", RESNET50, KERAS),
            Row("zoo:mobilenet_v2_keras", MOBILENET_V2, KERAS),
            Row(DENSENET_KERAS.format(24, 16), {}, KERAS),
            Row("zoo:mobilenet_v1", {"c": "32", **IMAGENET}, KERAS),
            Row("zoo:mobilenet_v1", {}, KERAS),  # of any width
            Row(DENSENET_KERAS.format(32, 32), {}, KERAS),
            Row(DENSENET_KERAS.format(48, 32), {}, KERAS),
            Row("zoo:xception", {"m": "728", "L": "8", "H": "299", "W": "299", "K": "1000"}, KERAS),
        ),
    },
    "resnext_template": {
        "w": Row("Input(h, w, 256) -> _ + (Conv2D(C*d, 1, relu, nobias) -> Conv2D(C*d, 3, same, relu, nobias, groups=C) -> Conv2D(256, 1, nobias))"),
    },
    "se_params": {
        "extra": Row(GATED.format(GATE), {"C[j]": "C(j)", "N[j]": "N(j)"}, minus=GATED.format("Identity")),
    },
    "densenet_bc_cifar": {"params": Row("zoo:densenet_bc", {"H": "32", "W": "32", "K": "10"})},
    "densenet_imagenet": {
        "block": Row(DENSE_LAYER + "Input(c, h, w) -> Layer(k) * b"),
        "transition": Row(DENSE_LAYER + "Input(c, h, w) -> Norm -> Conv(c/2, 1) -> nn.AvgPool2d(2)"),
    },
    "mobilenet_v1_cost": {"std": OTHER, "sep": OTHER, "ratio": OTHER, "mult": OTHER},
    "mobilenet_v2_block": {"macs": OTHER, "params": Row(INVERTED_RESIDUAL, count=trainable)},
    "squeezenet": {
        "fire": Row('use Fire from "zoo:blocks/convolutional"; Input(h, w, c) -> Fire(s, e)'),
        "total": Row("zoo:squeezenet", {"s": "16", "e": "64", **IMAGENET}),
    },
    "efficientnet_mbconv": {
        "block": Row(CONV + "SE(q, c) = _ * (nn.AdaptiveAvgPool2d(1) -> nn.LazyConv2d(q, 1) -> nn.SiLU -> nn.LazyConv2d(c, 1) -> nn.Sigmoid); Input(c, h, w) -> Conv(t*c) -> nn.SiLU -> Conv(t*c, k, t*c) -> nn.SiLU -> SE(q, t*c) -> Conv(o)"),
    },
    "convnext_block": {
        "block": Row("Input(h, w, x) -> _ + (DepthwiseConv2D(7, same) -> LayerNormalization -> Dense(4*x, gelu) -> Dense(x) -> Parameter(x))"),
        "total": Row("zoo:convnext", {"n[0]": "a", "n[1]": "a", "n[2]": "b", "n[3]": "a", **IMAGENET}),
    },
    "fpn": {"params": Row("zoo:fpn", {"C[j]": "C(j + 1)"}, paper={"n": "4"})},
    "dcgan": {"G": Row("zoo:dcgan_generator"), "D": Row("zoo:dcgan_discriminator")},
    "wavenet_rf": {
        "rf": Row("Input(s, c) -> (Conv1D(c, k, dilation=2**(i - 1)) for i in 1..L) * B", count=reach),
    },
    "lstm": {
        "keras": Row("Input(s, m) -> LSTM(n)"),
        "torch": Row("Input(s, m) -> nn.LSTM(m, n)"),
    },
    "gru": {
        "orig": Row("Input(s, m) -> GRU(n, reset_after=false)"),
        "torch": (Row("Input(s, m) -> GRU(n)"), Row("Input(s, m) -> nn.GRU(m, n)")),
    },
    "bilstm_stack_torch": {"p": Row("zoo:bilstm")},
    "bahdanau_attention": {
        "p": Row("(Input(1, n), Input(s, 2*n)) -> (_[0] -> Dense(n, nobias), _[1], _[1] -> Dense(n, nobias)) -> AdditiveAttention"),
    },
    "lstm_lm_tied": {
        "awd": Row("zoo:awd_lstm", {"L": "3"}),
        "zar": Row("zoo:lstm_language_model", {"L": "2"}),
    },
    "encoder_block": {
        "p": (
            Row('use Encoder from "zoo:blocks/attention"; Input(s, d) -> Encoder(d, h, 4*d)'),
            Row("Input(s, d) -> nn.TransformerEncoderLayer(d, h, 4*d)"),
        ),
        "macs": OTHER,
    },
    "decoder_block": {
        "p": (
            Row('use Decoder from "zoo:blocks/attention"; x = Input(s, d); (x, Input(t, d)) -> _[1] -> Decoder(d, h, 4*d, x)'),
            Row("(Input(t, d), Input(s, d)) -> nn.TransformerDecoderLayer(d, h, 4*d)"),
        ),
    },
    "attention_is_all_you_need": {
        "p": Row(MATRICES.format(n="n", f="f")),
        "dn": Row(MATRICES.format(n="n + 2", f="f"), minus=MATRICES.format(n="2", f="f")),
        "df": Row(MATRICES.format(n="n", f="f + 1024"), minus=MATRICES.format(n="n", f="1024")),
    },
    "bert": {
        "p": Row("zoo:bert", BERT, paper={"T": "2"}),
        "pre": Row("zoo:bert_pretraining", BERT, paper={"T": "2"}),
    },
    "gpt2": {
        "p": Row("zoo:gpt2", GPT2),
        "nobias": Row(NANO_GPT),
        "nopos": Row("zoo:gpt2", GPT2, minus="Input(s, d) -> PositionEmbedding(n)"),
    },
    "gpt3_table21": {"p": Row("zoo:gpt3", GPT2)},
    "kaplan_table1": {
        "emb": Row("Input(s) -> Embedding(nv, dm) -> PositionEmbedding(nc)"),
        "qkv": Row(KAPLAN.format(QKV)),
        "proj": Row(KAPLAN.format(QKV + " -> Dense(dm, nobias)"), minus=KAPLAN.format(QKV)),
        "ff": Row(KAPLAN.format("Dense(df, gelu, nobias) -> Dense(dm, nobias)")),
        "N": Row(KAPLAN_LAYERS),
        "C": OTHER,
        "deemb": OTHER,
    },
    "megatron_params_flops": {
        "P": Row("zoo:gpt2", {"T": "s", "d": "h", "L": "l"}, minus="Input(s, d) -> LayerNormalization"),
        "F": OTHER,
        "Fnr": OTHER,
    },
    "korthikanti_memory": {"act": OTHER, "sum": OTHER, "coef": OTHER},
    "nanogpt_flops": {"fwd": OTHER, "palm": OTHER},
    "llama_family": {
        "p": (
            Row("zoo:llama", LLAMA, paper={"u": "2"}),
            Row("zoo:llama_tied", LLAMA, paper={"u": "1"}),
            Row("zoo:mistral", LLAMA, paper={"u": "2"}),
        ),
    },
    "swiglu_parity": {"p": Row(SWIGLU.format("f")), "par": Row(SWIGLU.format("8*d/3"))},
    "mixtral": {
        "tot": Row("zoo:mixtral", LLAMA),
        "act": Row("zoo:mixtral", LLAMA, count=active),
    },
    "kv_cache_table": {"mha": OTHER, "gqa": OTHER, "mqa": OTHER, "mla": OTHER, "mla2": OTHER},
    "vit": {"p": Row("zoo:vit", {"H": "s", "W": "s", "K": "1000"}), "macs": OTHER},
    "swin_complexity": {"msa": OTHER, "wmsa": OTHER},
    "mamba": {"lead": Row(MAMBA_PROJECTIONS), "p": Row("zoo:mamba")},
    "lora": {
        "one": Row(LOW_RANK.format("k"), count=trainable),
        "p": Row(LORA, count=trainable),
    },
    "zero_memory": {"base": OTHER, "os": OTHER, "osg": OTHER, "osgp": OTHER},
    "pythia": {
        "ne": Row("zoo:gpt_neox", minus="Input(s) -> Embedding(V, d) -> Dense(V, nobias)"),
        "tot": Row("zoo:gpt_neox"),
    },
    "t5": {"p": Row("zoo:t5", {"e": "i/h"})},
    "roberta_distilbert": {
        "p": (
            Row("zoo:roberta", {"T": "P - 2", "f": "4*d"}, paper={"T": "1", "u": "1"}),
            Row("zoo:distilbert", BERT, paper={"T": "0", "u": "0"}),
        ),
    },
}  # fmt: skip

DISPUTED = {
    "inception_v1_module": "no way of counting gives all rows of the table from the widths beside them",
    "attention_is_all_you_need": "no vocabulary gives all rows of the table; their differences agree",
    "gpt3_table21": "13.0B prints a width of 5140, and 40 heads of 128, which make 5120",
    "lora": "the counts of the two GPT-2 models do not follow from the rank 4 that is printed",
}
