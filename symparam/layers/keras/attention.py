"""Attention: each position of one sequence attends to the positions of another."""

from typing import Annotated

from symparam.algebra.conditions import required, required_alike
from symparam.algebra.sizes import Shape, Size, Tensors, product
from symparam.errors import ArgumentError, ShapeError
from symparam.layers.contract.base import Layer, Weight, tuning
from symparam.layers.contract.kinds import (
    AxesKind,
    Count,
    Flag,
    KeywordFlag,
    Rate,
    ShapeKind,
    SizeKind,
    WordKind,
)
from symparam.layers.contract.registry import layer
from symparam.layers.contract.signature import show_shape, show_value
from symparam.layers.contract.work import (
    Contraction,
    Work,
    activation,
    attention,
    bias,
    elementwise,
    scale,
)

_TUNED = tuning("kernel", "bias") + " seed flash_attention use_causal_mask"
OptionalCount = Annotated[Size | None, SizeKind(optional=True)]


class MultiHead(Layer):
    """What attention with projected heads shares.

    Queries, keys and values are projected to heads, and the heads back to the width of the
    query. A single tensor is query, value and key at once.
    """

    inputs = "query value? key?"
    ignores = _TUNED

    def tensors(self, x: Tensors) -> tuple[Shape, Shape, Shape]:
        """The shapes of query, value and key; a missing one is the one before it."""
        shapes = tuple(x)
        return (*shapes, *[shapes[-1]] * (3 - len(shapes)))[:3]

    def refuse_unequal(self, value: Shape, key: Shape) -> None:
        """Every key belongs to one value."""
        if not required_alike(value[:-1], key[:-1]):
            raise ShapeError(
                f"{self.title}: value {show_shape(value)} and key {show_shape(key)} "
                "must be equal but for the last axis"
            )

    def projected(self, x: Tensors, heads: Shape, pairs: Work) -> Work:
        """The work on ``pairs`` with that of the projections before and after it.

        ``heads`` is the shape of what the pairs give to a query: its heads and their values.
        """
        query, value, key = self.tensors(x)
        has_bias = bool(self.value("use_bias"))
        shapes = {weight.name: weight.shape for weight in self.weights(x)}
        found: Work = ()
        for name, tensor in {"query": query, "key": key, "value": value, "gate": query}.items():
            if kernel := shapes.get(f"{name}/kernel"):
                found += project(name, tensor[:-1], kernel[:1], kernel[1:], has_bias)
        found += pairs
        if self.value("use_gate"):
            gates = (*query[:-1], *heads)
            found += (*activation(gates, "sigmoid"), *elementwise("gate", gates, each=2))
        outputs = shapes["attention_output/kernel"][len(heads) :]
        return found + project("attention_output", query[:-1], heads, outputs, has_bias)


def _projection(name: str, features: Shape, heads: Shape, use_bias: bool) -> tuple[Weight, ...]:
    return (
        Weight(f"{name}/kernel", (*features, *heads)),
        *([Weight(f"{name}/bias", heads)] if use_bias else ()),
    )


def project(name: str, positions: Shape, features: Shape, outputs: Shape, has_bias: bool) -> Work:
    """What a projection computes at these positions."""
    return (
        Contraction("matmul", positions, features, outputs, (f"{name}/kernel",)),
        *bias((*positions, *outputs), has_bias),
    )


@layer
class MultiHeadAttention(MultiHead):
    """Attend with several heads at once.

    >>> print(parse("(Input(10, 16), Input(7, 12)) -> MultiHeadAttention(2, 8)").params)
    960
    >>> print(parse("Input(n, d) -> MultiHeadAttention(h, d/h)").params)
    4*d*(d + 1)

    Takes query, value and key; key is value unless given, and one tensor alone is all
    three. Shape: that of the query, its last axis as ``output_shape`` says. ``key_dim`` is
    the width of one head (Vaswani et al. 2017, as in Keras). ``return_attention_scores``,
    in Keras an argument of the call, gives the scores as a second tensor.
    """

    takes = "... t n"

    num_heads: Count
    key_dim: Count
    value_dim: OptionalCount = None
    dropout: Rate = 0.0
    use_bias: Flag = True
    output_shape_: Annotated[Shape | None, ShapeKind(optional=True, low=1)] = None
    attention_axes: Annotated[tuple[int, ...] | None, AxesKind(optional=True)] = None
    sliding_window: OptionalCount = None
    use_gate: KeywordFlag = False
    return_attention_scores: KeywordFlag = False

    def output_shape(self, x: Tensors) -> Shape | Tensors:
        query, value, key = self.tensors(x)
        self.refuse_unequal(value, key)
        attended = self._attended(query)
        if len(query) != len(value) or not all(
            required(query[i], "=", value[i]) for i in range(len(query) - 1) if i not in attended
        ):
            raise ShapeError(
                f"MultiHeadAttention: query {show_shape(query)} and value {show_shape(value)} "
                "must be equal along the axes that are not attended"
            )
        output = (*query[:-1], *(self.output_shape_ or query[-1:]))
        if not self.return_attention_scores:
            return output
        free = tuple(query[i] for i in range(len(query) - 1) if i not in attended)
        looks = [shape[i] for shape in (query, value) for i in attended]
        return Tensors([output, (*free, self.num_heads, *looks)])

    def _attended(self, query: Shape) -> list[int]:
        """The axes along which positions attend to one another, as indices."""
        if self.attention_axes is None:
            return list(range(len(query) - 1))
        indices = self.axis_indices(self.attention_axes, query)
        places = [i for i in indices if i is not None and i < len(query) - 1]
        if len(places) < len(indices):
            raise ArgumentError(
                "MultiHeadAttention attends along neither the batch nor the last axis: "
                f"attention_axes={show_value(self.attention_axes)}"
            )
        return places

    def weights(self, x: Tensors) -> tuple[Weight, ...]:
        query, value, key = (shape[-1:] for shape in self.tensors(x))
        keys = (self.num_heads, self.key_dim)
        values = (self.num_heads, self.value_dim or self.key_dim)
        output = self.output_shape_ or query
        return (
            *_projection("query", query, keys, self.use_bias),
            *_projection("key", key, keys, self.use_bias),
            *(_projection("gate", query, values, self.use_bias) if self.use_gate else ()),
            *_projection("value", value, values, self.use_bias),
            *_projection("attention_output", values, output, self.use_bias),
        )

    def work(self, x: Tensors) -> Work:
        query, value, _ = self.tensors(x)
        attended = self._attended(query)
        free = tuple(query[i] for i in range(len(query) - 1) if i not in attended)
        queries, keys = (product(shape[i] for i in attended) for shape in (query, value))
        width = self.value_dim or self.key_dim
        heads = (*free, self.num_heads)
        pairs = (
            *scale((*heads, queries, self.key_dim)),
            *attention(heads, queries, keys, self.key_dim, width),
        )
        return self.projected(x, (self.num_heads, width), pairs)


@layer
class GroupQueryAttention(MultiHead):
    """Attend with heads that share keys and values in groups.

    >>> print(parse("Input(n, d) -> GroupQueryAttention(k, h, g, use_bias=false)").params)
    2*d*k*(g + h)

    Takes query, value and key as MultiHeadAttention does; keeps the query's shape. The key
    and value heads must divide the query heads (Ainslie et al. 2023, as in Keras).
    """

    takes = "t n"

    head_dim: Count
    num_query_heads: Count
    num_key_value_heads: Count
    dropout: Rate = 0.0
    use_bias: Flag = True
    sliding_window: OptionalCount = None
    use_gate: KeywordFlag = False
    return_attention_scores: KeywordFlag = False

    def check(self) -> None:
        if not required(self.num_key_value_heads, "|", self.num_query_heads):
            raise ArgumentError(
                f"GroupQueryAttention: {self.num_key_value_heads} key and value heads do not "
                f"divide {self.num_query_heads} query heads"
            )

    def output_shape(self, x: Tensors) -> Shape | Tensors:
        query, value, key = self.tensors(x)
        for shape in (value, key):
            self.check_rank(shape)
        self.refuse_unequal(value, key)
        if not required(query[-1], "=", value[-1]):
            raise ShapeError(
                f"GroupQueryAttention: query {show_shape(query)} and value {show_shape(value)} "
                "must be equal along the last axis"
            )
        if self.return_attention_scores:
            return Tensors([query, (self.num_query_heads, query[0], value[0])])
        return query

    def weights(self, x: Tensors) -> tuple[Weight, ...]:
        query, value, key = (shape[-1:] for shape in self.tensors(x))
        heads = (self.num_query_heads, self.head_dim)
        few = (self.num_key_value_heads, self.head_dim)
        return (
            *_projection("query", query, heads, self.use_bias),
            *_projection("key", key, few, self.use_bias),
            *(_projection("gate", query, heads, self.use_bias) if self.use_gate else ()),
            *_projection("value", value, few, self.use_bias),
            *_projection("attention_output", heads, query, self.use_bias),
        )

    def work(self, x: Tensors) -> Work:
        query, value, _ = self.tensors(x)
        # Each query head multiplies by itself, though several share keys and values.
        heads = (self.num_query_heads, self.head_dim)
        pairs = (
            *scale((query[0], *heads)),
            *attention(heads[:1], query[0], value[0], self.head_dim, self.head_dim),
        )
        return self.projected(x, heads, pairs)


class PlainAttention(Layer):
    """What attention without projections shares."""

    inputs = "query value key?"
    takes = "... t n"
    ignores = "seed use_causal_mask"

    use_scale: Flag = False
    dropout: Rate = 0.0
    return_attention_scores: KeywordFlag = False

    def output_shape(self, x: Tensors) -> Shape | Tensors:
        query, value, key = (*x, x[1])[:3]
        for name, other, last in (("value", value, False), ("key", key, True)):
            places = len(query) - 2  # the axes before the sequence and the features
            if len(other) != len(query) or not (
                required_alike(query[:places], other[:places])
                and (not last or required(query[-1], "=", other[-1]))
                and required(value[-2], "=", key[-2])
            ):
                raise ShapeError(
                    f"{self.title}: query {show_shape(query)} and {name} {show_shape(other)} "
                    "do not fit",
                    hint="query and key are equally wide, key and value equally long",
                )
        output = (*query[:-1], value[-1])
        if self.return_attention_scores:
            return Tensors([output, (*query[:-1], key[-2])])
        return output

    def multiplied(self, x: Tensors) -> Work:
        """The work where scores are products of query and key."""
        query, value = x[:2]
        scores, *rest = attention(query[:-2], query[-2], value[-2], query[-1], value[-1])
        scaled = scale((*query[:-1], value[-2])) if self.use_scale else ()
        return (scores, *scaled, *rest)

    def added(self, x: Tensors) -> Work:
        """The work where scores are sums over the tanh of query plus key: no product of them."""
        *_, softmax, values = self.multiplied(x)
        query, value = x[:2]
        pairs = (*query[:-1], value[-2])
        sums = (*pairs, query[-1])
        return (
            *elementwise("add", sums, each=2),
            *activation(sums, "tanh"),
            *(scale(sums) if self.use_scale else ()),
            *elementwise("sum", pairs, each=query[-1]),
            softmax,
            values,
        )


@layer
class Attention(PlainAttention):
    """Attend by the products of query and key.

    >>> print(parse("(Input(n, d), Input(m, d)) -> Attention(use_scale=true)").params)
    1

    Shape: query ``(n, d)``, value ``(m, v)`` and key ``(m, d)`` to ``(n, v)``; without a
    key the value is it. One weight with ``use_scale``, one more with ``score_mode=concat``.
    """

    order = "use_scale score_mode dropout"

    score_mode: Annotated[str, WordKind("dot", "concat")] = "dot"

    def weights(self, x: Tensors) -> tuple[Weight, ...]:
        return (
            *([Weight("scale", ())] if self.use_scale else ()),
            *([Weight("concat_score_weight", ())] if self.score_mode == "concat" else ()),
        )

    def work(self, x: Tensors) -> Work:
        return self.multiplied(x) if self.score_mode == "dot" else self.added(x)


@layer
class AdditiveAttention(PlainAttention):
    """Attend by a learned sum over query plus key.

    >>> print(parse("(Input(n, d), Input(m, d)) -> AdditiveAttention").params)
    d

    Shapes as for Attention. One weight for each feature unless ``use_scale=false``
    (Bahdanau et al. 2015, as in Keras).
    """

    use_scale: Flag = True
    dropout: Rate = 0.0

    def weights(self, x: Tensors) -> tuple[Weight, ...]:
        return (Weight("scale", x[0][-1:]),) if self.use_scale else ()

    def work(self, x: Tensors) -> Work:
        return self.added(x)
