"""What Keras 1 called layers and arguments, as old code has them, and what they are now."""

from collections.abc import Iterable, Sequence
from typing import Any

from symparam.errors import ArgumentError
from symparam.layers.contract.base import Layer
from symparam.layers.contract.kinds import Bare
from symparam.layers.contract.signature import Argument

# Unlike the other names of layers these are free for a script's own functions.
LAYERS = {
    "AtrousConvolution1D": "Conv1D",
    "AtrousConvolution2D": "Conv2D",
    "Merge": "Add",
    "TimeDistributedDense": "Dense",
}

# The layers that Merge is, by its mode.
MERGES = {
    "ave": "Average",
    "concat": "Concatenate",
    "cos": "Dot",
    "dot": "Dot",
    "max": "Maximum",
    "min": "Minimum",
    "mul": "Multiply",
    "sum": "Add",
}

KEYWORDS = {
    "atrous_rate": "dilation_rate",
    "border_mode": "padding",
    "concat_axis": "axis",
    "dim_ordering": "data_format",
    "dot_axes": "axes",
    "filter_length": "kernel_size",
    "inner_activation": "recurrent_activation",
    "length": "size",
    "nb_filter": "filters",
    "output_dim": "units",
    "p": "rate",
    "pool_length": "pool_size",
    "sigma": "stddev",
    "subsample": "strides",
    "subsample_length": "strides",
}

# The sizes of a kernel by the number of its axes; by position they follow the filters.
KERNELS = {
    2: ("nb_row", "nb_col"),
    3: ("kernel_dim1", "kernel_dim2", "kernel_dim3"),
}

IGNORED = frozenset(
    [
        *("init", "inner_init", "forget_bias_init", "weights", "dropout_W", "dropout_U"),
        *(f"{weight}_{how}" for weight in "bUW" for how in ("regularizer", "constraint")),
    ]
)

WORDS = {"th": "channels_first", "tf": "channels_last"}

# Layers that are gone, and what to write.
GONE = {
    "LocallyConnected1D": "Keras 3 has none; a layer of your own: LocallyConnected1D(f, k) = "
    "Weights(output=(_.shape[0]-k+1, f), kernel=(_.shape[0]-k+1, k*_.channels, f), "
    "bias=(_.shape[0]-k+1, f))",
    "LocallyConnected2D": "Keras 3 has none; a layer of your own: LocallyConnected2D(f, k) = "
    "Weights(output=(_.shape[0]-k+1, _.shape[1]-k+1, f), "
    "kernel=((_.shape[0]-k+1)*(_.shape[1]-k+1), k*k*_.channels, f), "
    "bias=(_.shape[0]-k+1, _.shape[1]-k+1, f))",
    "merge": "write (a, b) -> Add, (a, b) -> Concatenate, ...",
}

_OLD = {*KEYWORDS, *IGNORED, *(word for kernel in KERNELS.values() for word in kernel)}


def is_old(cls: type[Layer], name: str, keywords: Iterable[str]) -> bool:
    """Whether a call is written for Keras 1: by the name of the layer, or by a keyword."""
    if cls.prefix:
        return False
    return name in LAYERS or any(k in _OLD and k not in cls.fields for k in keywords)


def translated(cls: type[Layer], arguments: Sequence[Argument]) -> list[Argument]:
    """The arguments of such a call as they are now.

    >>> from symparam.layers.keras import Conv2D
    >>> old = [Argument(64), Argument(3), Argument(5), Argument("same", "border_mode")]
    >>> [(one.keyword, one.value) for one in translated(Conv2D, old)]
    [(None, 64), ('kernel_size', (3, 5)), ('padding', 'same')]
    """
    kept = _with_kernel(cls, list(arguments))
    return [
        one
        if one.keyword is None or one.keyword in cls.fields
        else one._replace(
            keyword=KEYWORDS.get(one.keyword, one.keyword),
            value=WORDS.get(one.value, one.value) if one.keyword == "dim_ordering" else one.value,
        )
        for one in kept
    ]


def _with_kernel(cls: type[Layer], arguments: list[Argument]) -> list[Argument]:
    """``nb_row`` and ``nb_col``, or the two sizes that follow the filters, as one kernel."""
    words = KERNELS.get(cls.spatial_rank(), ())
    if "kernel_size" not in cls.fields or not words:
        return arguments
    named = {one.keyword: one for one in arguments if one.keyword in words}
    loose = [one for one in arguments if one.keyword is None]
    filters = {"nb_filter", "filters"}.isdisjoint(one.keyword for one in arguments)
    sizes = [one for one in loose[filters : len(words) + filters] if _is_size(one.value)]
    if set(named) == {*words[len(sizes) :]}:
        parts = [*sizes, *(named[word] for word in words if word in named)]
        kernel = Argument(tuple(one.value for one in parts), "kernel_size", parts[0].span)
        rest = [one for one in arguments if one not in parts]
        return [*rest[:filters], kernel, *rest[filters:]]
    if named:
        raise ArgumentError(
            f"{cls.title}: {' and '.join(words)} are the sizes of the kernel",
            next(iter(named.values())).span,
            hint=f"write kernel_size=({', '.join('3' for _ in words)})",
        )
    return arguments


def _is_size(value: Any) -> bool:
    is_word = value.is_word() if isinstance(value, Bare) else isinstance(value, str)
    return not (isinstance(value, tuple) or is_word)
