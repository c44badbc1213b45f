"""Layers that are one matrix: Dense and Embedding."""

from typing import Any

from symparam.algebra.conditions import required
from symparam.algebra.sizes import Shape, Size
from symparam.errors import ShapeError
from symparam.layers.contract.base import Layer, Weight, tuning
from symparam.layers.contract.functions import Function, activated
from symparam.layers.contract.kinds import Count, Flag, KeywordFlag, OptionalCount, Uncounted
from symparam.layers.contract.registry import layer
from symparam.layers.contract.signature import show_shape
from symparam.layers.contract.work import Contraction, Work, activation, bias, elementwise, merging


@layer
class Dense(Layer):
    """Multiply the last axis by a matrix and add a bias.

    >>> print(parse("Input(n) -> Dense(h, relu) -> Dense(m)").params)
    h*(n + 1) + m*(h + 1)

    Shape: ``(..., n)`` to ``(..., units)``. With ``lora_rank`` the kernel is frozen and two
    thin matrices are trained beside it (Hu et al. 2021, as in Keras).
    """

    takes = "... n"
    transposes = "kernel"
    ignores = tuning("kernel", "bias") + " lora_alpha quantization_config"

    units: Count
    activation: Function = "linear"
    use_bias: Flag = True
    lora_rank: OptionalCount = None

    def output_shape(self, x: Shape) -> Shape:
        return activated((*x[:-1], self.units), self.activation)

    def weights(self, x: Shape) -> tuple[Weight, ...]:
        return (
            Weight("kernel", (x[-1], self.units), self.lora_rank is None),
            *([Weight("bias", (self.units,))] if self.use_bias else ()),
            *low_rank("kernel", (x[-1],), self.units, self.lora_rank),
        )

    def work(self, x: Shape) -> Work:
        y = (*x[:-1], self.units)
        return (
            *merging("kernel", x[-1:], self.units, self.lora_rank),
            Contraction("matmul", x[:-1], x[-1:], (self.units,), ("kernel",)),
            *bias(y, self.use_bias),
            *activation(y, self.activation),
        )


@layer
class Embedding(Layer):
    """Look up a learned vector for each index.

    >>> net = parse("Input(s) -> Embedding(V, d)")
    >>> print(net.output_shape, net.params)
    (s, d) V*d

    Shape: any, with ``output_dim`` appended. One table of ``input_dim`` rows.
    """

    transposes = "embeddings"
    ignores = "mask_zero input_length lora_alpha quantization_config weights"

    input_dim: Count
    output_dim: Count
    embeddings_initializer: Uncounted = None
    embeddings_regularizer: Uncounted = None
    embeddings_constraint: Uncounted = None
    lora_rank: OptionalCount = None

    def table_shape(self) -> Shape:
        return (self.input_dim, self.output_dim)

    def output_shape(self, x: Shape) -> Shape:
        return (*x, self.output_dim)

    def weights(self, x: Shape) -> tuple[Weight, ...]:
        return (
            Weight("embeddings", (self.input_dim, self.output_dim), self.lora_rank is None),
            *low_rank("embeddings", (self.input_dim,), self.output_dim, self.lora_rank),
        )

    def work(self, x: Shape) -> Work:
        return (
            *merging("embeddings", (self.input_dim,), self.output_dim, self.lora_rank),
            *elementwise("lookup", (*x, self.output_dim)),
        )


@layer
class ReversibleEmbedding(Layer):
    """Look up a learned vector for each index, or turn vectors back into indices' scores.

    >>> print(parse("Input(s, d) -> ReversibleEmbedding(V, d, reverse=true)").output_shape)
    (s, V)

    Shape: any, with ``output_dim`` appended; with ``reverse``, in Keras an argument of the
    call, the last axis becomes ``input_dim``. One table of ``input_dim`` rows, and another
    for the reverse unless ``tie_weights``.
    """

    ignores = (
        tuning("embeddings") + " mask_zero reverse_dtype logit_soft_cap input_length "
        "lora_alpha quantization_config weights"
    )

    input_dim: Count
    output_dim: Count
    tie_weights: Flag = True
    lora_rank: OptionalCount = None
    reverse: KeywordFlag = False

    def output_shape(self, x: Shape) -> Shape:
        if not self.reverse:
            return (*x, self.output_dim)
        if not x or not required(x[-1], "=", self.output_dim):
            raise ShapeError(
                f"ReversibleEmbedding turns back vectors of size {self.output_dim}, "
                f"got {show_shape(x)}"
            )
        return (*x[:-1], self.input_dim)

    def weights(self, x: Shape) -> tuple[Weight, ...]:
        table = (self.input_dim, self.output_dim)
        return (
            Weight("embeddings", table, self.lora_rank is None),
            *([] if self.tie_weights else [Weight("reverse_embeddings", table[::-1])]),
            *low_rank("embeddings", (self.input_dim,), self.output_dim, self.lora_rank),
        )

    def work(self, x: Shape) -> Work:
        merged = merging("embeddings", (self.input_dim,), self.output_dim, self.lora_rank)
        if not self.reverse:
            return (*merged, *elementwise("lookup", (*x, self.output_dim)))
        table = "embeddings" if self.tie_weights else "reverse_embeddings"
        return (
            *(merged if self.tie_weights else ()),
            Contraction("matmul", x[:-1], x[-1:], (self.input_dim,), (table,)),
        )


def low_rank(name: str, rows: Shape, columns: Size, rank: Any) -> tuple[Weight, ...]:
    """The two thin matrices of a low-rank adapter beside a frozen weight."""
    if rank is None:
        return ()
    return (
        Weight(f"lora_{name}_a", (*rows, rank)),
        Weight(f"lora_{name}_b", (rank, columns)),
    )
