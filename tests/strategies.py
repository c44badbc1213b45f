"""Random networks of the catalogue's layers, as programs of the language."""

from hypothesis import strategies as st

NAMES = ["n", "d", "E", "lambda", "k_1", "pi"]

numbers = st.integers(1, 9).map(str)
sizes = st.one_of(
    numbers,
    st.sampled_from(NAMES),
    st.builds("{}*{}".format, numbers, st.sampled_from(NAMES)),
    st.builds("{} + {}".format, st.sampled_from(NAMES), numbers),
)
small = st.sampled_from(["1", "2", "3", "k_1"])
activation = st.sampled_from(["", ", relu", ", activation=softmax"])
bias = st.sampled_from(["", ", nobias", ", use_bias=true"])
padding = st.sampled_from(["", ", same", ", padding=valid"])


def _window(name: str, first: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    strides = st.sampled_from(["", ", strides=2", ", strides=(1, 2)", ", strides=n"])
    return st.builds(
        lambda head, kernel, padding, strides: f"{name}({head}{kernel}{strides}{padding})",
        first,
        st.one_of(small, st.builds("{} x {}".format, small, small)),
        padding,
        strides,
    )


count = sizes.map(lambda size: f"{size}, ")
none = st.just("")

KEEP = st.sampled_from(
    [
        *("BatchNormalization", "LayerNormalization", "RMSNormalization(axis=1)", "ReLU"),
        *("BN(scale=false)", "Dropout(0.5)", "PReLU", "Identity", "Activation(gelu)", "Softmax"),
        *("BN(trainable=false)", "GroupNormalization(1)", "LayerNormalization(center=false)"),
    ]
)
DENSE = st.builds("Dense({}{}{})".format, sizes, activation, bias)
IMAGE = st.one_of(
    KEEP,
    DENSE,
    _window("Conv2D", count),
    _window("Conv2DTranspose", count),
    _window("SeparableConv2D", count),
    _window("DepthwiseConv2D", none),
    _window("MaxPooling2D", none),
    _window("AveragePooling2D", none),
    st.builds("ZeroPadding2D(({}, {}))".format, small, numbers),
    st.builds("UpSampling2D({})".format, small),
    st.just("PReLU(shared_axes=(1, 2))"),
)
FLAT = st.one_of(KEEP, DENSE, st.just("RepeatVector(3) -> LSTM(n)"))
BRANCHES = st.builds(
    "({}, {}) -> {}".format,
    st.one_of(IMAGE, st.just("_")),
    IMAGE,
    st.sampled_from(["Add", "Multiply", "Concatenate", "Concatenate(axis=1)", "Maximum"]),
)
REPEATS = st.builds("({}) * {}".format, IMAGE, st.sampled_from(["2", "n", "70"]))
TURN = st.sampled_from(
    [
        *("Flatten", "GlobalAveragePooling2D", "GlobalMaxPooling2D", "Reshape((-1,))"),
        *(
            "Reshape((n, -1)) -> MaxPooling1D(2, channels_first)",
            "Reshape((-1, n)) -> Conv1D(n, 3, 2)",
        ),
    ]
)


@st.composite
def networks(draw: st.DrawFn) -> str:
    """An image network with a head, closed or open."""
    stages = draw(st.lists(st.one_of(IMAGE, IMAGE, BRANCHES, REPEATS), min_size=1, max_size=4))
    stages += draw(st.lists(TURN, max_size=1))
    if len(stages) > 1 and stages[-1].startswith(("Flatten", "Global", "Reshape")):
        stages += draw(st.lists(FLAT, max_size=3))
    if draw(st.booleans()):
        shape = ", ".join(draw(st.lists(sizes, min_size=3, max_size=3)))
        stages.insert(0, f"Input({shape})")
    return " -> ".join(stages)


_WORDS = [
    *("Dense", "Conv2D", "Input", "Flatten", "Reshape", "n", "x", "for", "in", "as", "assume", "config"),
    *("->", "=>", "(", ")", "[", "]", ",", ";", "\n", "=", "==", "+", "-", "*", "/", "//", "%", "**"),
    *("..", ".", "_", "3", "2.5", "1e9", "0", "'a'", '"', "#", "same", "relu", "true", "none", "-1"),
    *("use", "from", "where", "MoE", "Frozen", "w[0]", "w[i]", "1..L", "'zoo:lenet5'", "[1, 2]", ":"),
    *("floor", "max", "\x00", "\u202e", "é", "日", "10**400", " "),
]  # fmt: skip

scraps = st.one_of(
    st.text(max_size=40),
    st.lists(st.sampled_from(_WORDS), max_size=14).map(" ".join),
    st.lists(st.sampled_from(_WORDS), max_size=14).map("".join),
)
