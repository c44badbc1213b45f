"""PyTorch's layers that are one matrix or one table, and distances of two tensors."""

from typing import Annotated, Any

from symparam.algebra.conditions import required
from symparam.algebra.sizes import Shape, Tensors
from symparam.errors import ArgumentError, ShapeError
from symparam.layers.contract.base import Layer, Weight
from symparam.layers.contract.kinds import (
    Axis,
    Count,
    Flag,
    Kind,
    Real,
    Uncounted,
    UnfitError,
    WordKind,
    resolve,
)
from symparam.layers.contract.registry import layer
from symparam.layers.contract.signature import show_value
from symparam.layers.contract.work import Contraction, Work, bias, elementwise
from symparam.layers.keras.merging import Merge
from symparam.layers.torch.base import (
    Bias,
    Features,
    OptionalReal,
    TorchLayer,
    weight_and_bias,
)


@layer
class Identity(TorchLayer):
    """Return the input unchanged.

    >>> print(parse("Input(n) -> nn.Identity").output_shape)
    (n,)

    Keeps the shape. No weights.
    """


class AnyLinear(TorchLayer):
    """What Linear and LazyLinear share."""

    takes = "... n"

    out_features: Features
    bias: Bias = True

    def output_shape(self, x: Shape) -> Shape:
        return (*x[:-1], self.out_features)

    def weights(self, x: Shape) -> tuple[Weight, ...]:
        bias = (self.out_features,) if self.bias else None
        return weight_and_bias((self.out_features, x[-1]), bias)

    def work(self, x: Shape) -> Work:
        (outputs, *summed), *_ = (weight.shape for weight in self.weights(x))
        return (
            Contraction("matmul", x[:-1], tuple(summed), (outputs,), ("weight",)),
            *bias((*x[:-1], outputs), self.bias),
        )


@layer
class Linear(AnyLinear):
    """Multiply the last axis by a matrix and add a bias.

    >>> print(parse("Input(n) -> nn.Linear(n, h) -> nn.ReLU -> nn.Linear(h, m)").params)
    h*(n + 1) + m*(h + 1)

    Shape: ``(..., in_features)`` to ``(..., out_features)``. The weight is stored as
    ``(out_features, in_features)``.
    """

    order = "in_features"

    in_features: Features

    def output_shape(self, x: Shape) -> Shape:
        self.expect("in_features", x[-1], x)
        return super().output_shape(x)

    def weights(self, x: Shape) -> tuple[Weight, ...]:
        return super().weights((self.in_features,))


@layer
class LazyLinear(AnyLinear):
    """A Linear that reads ``in_features`` off its input.

    >>> print(parse("Input(t, d) -> nn.LazyLinear(m)").params)
    m*(d + 1)

    Shape: ``(..., n)`` to ``(..., out_features)``.
    """


@layer
class Bilinear(TorchLayer):
    """Multiply two vectors by a three-way array and add a bias.

    >>> print(parse("(Input(n), Input(m)) -> nn.Bilinear(n, m, k)").params)
    k*(m*n + 1)

    Shape: ``(..., in1_features)`` and ``(..., in2_features)``, equal elsewhere, to
    ``(..., out_features)``.
    """

    takes = "... n"
    inputs = "in1 in2"

    in1_features: Count
    in2_features: Count
    out_features: Count
    bias: Bias = True

    def output_shape(self, x: Tensors) -> Shape:
        left, right = x
        if len(left) != len(right) or not all(
            required(a, "=", b) for a, b in zip(left[:-1], right[:-1], strict=True)
        ):
            raise ShapeError(
                f"{self.title}: its inputs may differ in the last axis only: {show_value(x)}"
            )
        self.expect("in1_features", left[-1], left)
        self.expect("in2_features", right[-1], right)
        return (*left[:-1], self.out_features)

    def weights(self, x: Tensors) -> tuple[Weight, ...]:
        bias = (self.out_features,) if self.bias else None
        return weight_and_bias((self.out_features, self.in1_features, self.in2_features), bias)

    def work(self, x: Tensors) -> Work:
        places, outputs = x[0][:-1], (self.out_features,)
        summed = (self.in1_features, self.in2_features)
        return (
            Contraction("bilinear", places, summed, outputs, ("weight",)),
            *bias((*places, *outputs), self.bias),
        )


class IndexKind(Kind):
    """The number of a row of a table, counted from the end when negative."""

    says = "a whole number"

    def read(self, value: Any, layer: type[Layer]) -> int:
        value = resolve(value)
        if isinstance(value, bool) or not isinstance(value, int):
            raise UnfitError
        return value


PaddingIndex = Annotated[int | None, IndexKind(optional=True)]


class Table(TorchLayer):
    """What Embedding and EmbeddingBag share."""

    ignores = TorchLayer.ignores + " _weight _freeze"

    num_embeddings: Features
    embedding_dim: Features
    padding_idx: PaddingIndex = None

    def check(self) -> None:
        index = self.padding_idx
        if index is None:
            return
        rows = index + 1 if index >= 0 else -index
        if not required(self.num_embeddings, ">=", rows):
            raise ArgumentError(
                f"{self.title}: padding_idx {index} is no row of {self.num_embeddings}"
            )

    def weights(self, x: Shape) -> tuple[Weight, ...]:
        return (Weight("weight", (self.num_embeddings, self.embedding_dim)),)


@layer
class Embedding(Table):
    """Look up a learned vector for each index.

    >>> net = parse("Input(s) -> nn.Embedding(V, d)")
    >>> print(net.output_shape, net.params)
    (s, d) V*d

    Shape: any, with ``embedding_dim`` appended. One table of ``num_embeddings`` rows.
    """

    max_norm: OptionalReal = None
    norm_type: Real = 2
    scale_grad_by_freq: Flag = False
    sparse: Flag = False

    transposes = "weight"

    def output_shape(self, x: Shape) -> Shape:
        return (*x, self.embedding_dim)

    def table_shape(self) -> Shape:
        return (self.num_embeddings, self.embedding_dim)

    def work(self, x: Shape) -> Work:
        return elementwise("lookup", (*x, self.embedding_dim))


@layer
class EmbeddingBag(Table):
    """Look up a learned vector for each index and take their mean, sum or maximum.

    >>> print(parse("Input(s) -> nn.EmbeddingBag(V, d)").output_shape)
    (d,)

    Shape: ``(s,)``, the indices of one bag, to ``(embedding_dim,)``.
    """

    takes = "t"
    order = (
        "num_embeddings embedding_dim max_norm norm_type scale_grad_by_freq mode sparse "
        "include_last_offset"
    )

    max_norm: OptionalReal = None
    norm_type: Real = 2
    scale_grad_by_freq: Flag = False
    mode: Annotated[str, WordKind("mean", "sum", "max")] = "mean"
    sparse: Flag = False
    include_last_offset: Flag = False

    def output_shape(self, x: Shape) -> Shape:
        return (self.embedding_dim,)

    def work(self, x: Shape) -> Work:
        words = {"mean": "average"}
        return (
            *elementwise("lookup", (*x, self.embedding_dim)),
            *elementwise("pooling", (self.embedding_dim,), words.get(self.mode, self.mode), x[0]),
        )


class Distance(TorchLayer, Merge):
    """What measures of two tensors share: shapes that fit as for adding."""

    takes = "... n"
    inputs = "x1 x2"


@layer
class CosineSimilarity(Distance):
    """Compare the directions of two tensors along one axis.

    >>> print(parse("(Input(n, d), Input(n, d)) -> nn.CosineSimilarity(dim=-1)").output_shape)
    (n,)

    Shapes must fit as for adding; the axis ``dim`` goes. No weights.
    """

    dim: Axis = 1
    eps: Real = 1e-08

    def output_shape(self, x: Tensors) -> Shape:
        together = super().output_shape(x)
        index = self.place(self.dim, together)
        return (*together[:index], *together[index + 1 :])

    def work(self, x: Tensors) -> Work:
        together = self.broadcast(*x)
        each = together[self.place(self.dim, together)]
        return elementwise("distance", self.output_shape(x), "cosine", each)


@layer
class PairwiseDistance(Distance):
    """Take the distances of the vectors in the last axis.

    >>> print(parse("(Input(n, d), Input(n, d)) -> nn.PairwiseDistance").output_shape)
    (n,)

    Shapes must fit as for adding; the last axis goes, or stays as 1 with ``keepdim``.
    """

    p: Uncounted = 2
    eps: Real = 1e-06
    keepdim: Flag = False

    def output_shape(self, x: Tensors) -> Shape:
        together = super().output_shape(x)
        return (*together[:-1], 1) if self.keepdim else together[:-1]

    def work(self, x: Tensors) -> Work:
        return elementwise("distance", self.output_shape(x), "norm", self.broadcast(*x)[-1])
