"""PyTorch's attention and the Transformer that is built of it (Vaswani et al. 2017)."""

from typing import Annotated, Any

from symparam.algebra.conditions import required
from symparam.algebra.sizes import Shape, Size, Tensors, exact, product
from symparam.errors import ShapeError
from symparam.layers.contract.base import Layer, Weight
from symparam.layers.contract.kinds import Count, Flag, LayerKind, Rate, Real, SizeKind, WordKind
from symparam.layers.contract.registry import layer
from symparam.layers.contract.signature import show_shape, show_value
from symparam.layers.contract.words import Words
from symparam.layers.contract.work import (
    Contraction,
    Work,
    activation,
    attention,
    bias,
    elementwise,
    scale,
)
from symparam.layers.torch.base import (
    BatchFirst,
    Bias,
    Depth,
    TorchLayer,
    check_heads,
    part,
    work_of_part,
)
from symparam.layers.torch.linear import Linear
from symparam.layers.torch.normalization import LayerNorm

Activation = Annotated[str, WordKind("relu", "gelu")]
OptionalWidth = Annotated[Size | None, SizeKind(optional=True)]


@layer
class MultiheadAttention(TorchLayer):
    """Let every query take the mean of values, weighted by how well their keys fit.

    >>> net = parse("Input(n, d) -> (_, _, _) -> nn.MultiheadAttention(d, h)")
    >>> print(net.output_shape, net.params)
    ((n, d), (n, n)) 4*d*(d + 1)

    Shape: query ``(n, embed_dim)``, key ``(m, kdim)`` and value ``(m, vdim)`` to the pair
    of ``(n, embed_dim)`` and the weights ``(n, m)``. The number of heads changes no count.
    """

    takes = "t n"
    inputs = "query key value"

    embed_dim: Count
    num_heads: Count
    dropout: Rate = 0
    bias: Bias = True
    add_bias_kv: Flag = False
    add_zero_attn: Flag = False
    kdim: OptionalWidth = None
    vdim: OptionalWidth = None
    batch_first: BatchFirst = False

    def check(self) -> None:
        check_heads(self, self.num_heads, "embed_dim", self.embed_dim)

    def accept(self, x: Shape | Tensors) -> Any:
        if isinstance(x, Tensors):
            return super().accept(x)
        raise ShapeError(
            f"{self.title} takes query, key and value, got one tensor: {show_value(x)}",
            hint=f"a sequence attends to itself as (_, _, _) -> {self.title}(...)",
        )

    def output_shape(self, x: Tensors) -> Tensors:
        query, key, value = x
        self.expect("embed_dim", query[-1], query)
        for name, tensor, width in (("key", key, self.kdim), ("value", value, self.vdim)):
            needed = self.embed_dim if width is None else width
            if len(tensor) != 2 or not required(tensor[1], "=", needed):
                raise ShapeError(
                    f"{self.title}: its {name} must have the shape (m, {needed}), "
                    f"got {show_shape(tensor)}"
                )
        if not required(key[0], "=", value[0]):
            raise ShapeError(f"{self.title}: {key[0]} keys for {value[0]} values")
        return Tensors((query, (query[0], self.keys(key))))

    def keys(self, key: Shape) -> Size:
        """How many keys there are, with those that are learned or zero."""
        return key[0] + [self.add_bias_kv, self.add_zero_attn].count(True)

    @property
    def widths(self) -> tuple[Size, Size]:
        """How wide keys and values are before they are projected."""
        key, value = (
            self.embed_dim if width is None else width for width in (self.kdim, self.vdim)
        )
        return key, value

    def fields_in_words(self, words: Words) -> "MultiheadAttention":
        named = super().fields_in_words(words)
        if self.widths != (self.embed_dim, self.embed_dim):
            return named
        # As wide as the query, keys and values share one weight with it.
        values = {name: named.value(name) for name in named.fields}
        return self.with_values({**values, "kdim": None, "vdim": None})

    def weights(self, x: Any) -> tuple[Weight, ...]:
        d = self.embed_dim
        widths = self.widths
        if widths == (d, d):
            found = [Weight("in_proj_weight", (product((3, d)), d))]
        else:
            found = [
                Weight(f"{name}_proj_weight", (d, width))
                for name, width in zip("qkv", (d, *widths), strict=True)
            ]
        if self.bias:
            found.append(Weight("in_proj_bias", (product((3, d)),)))
        if self.add_bias_kv:
            found += [Weight("bias_k", (1, 1, d)), Weight("bias_v", (1, 1, d))]
        return (*found, *part("out_proj", Linear(d, d, bias=self.bias), (d,)))

    def work(self, x: Tensors) -> Work:
        query, key, _ = x
        d = self.embed_dim
        width = exact(d, self.num_heads)
        found: Work = ()
        for name, tensor, entering in zip("qkv", x, (d, *self.widths), strict=True):
            together = self.widths == (d, d)
            weight = "in_proj_weight" if together else f"{name}_proj_weight"
            found += (
                Contraction("matmul", tensor[:-1], (entering,), (d,), (weight,)),
                *bias((*tensor[:-1], d), self.bias),
            )
        output = Linear(d, d, bias=self.bias)
        return (
            *found,
            *scale(query),
            *attention((self.num_heads,), query[0], self.keys(key), width, width),
            *work_of_part("out_proj", output, query),
        )


class TransformerLayer(TorchLayer):
    """What one layer of an encoder and of a decoder share."""

    takes = "t n"
    attentions = 1  # the second is to the memory

    d_model: Count
    nhead: Count
    dim_feedforward: Count = 2048
    dropout: Rate = 0.1
    activation: Activation = "relu"
    layer_norm_eps: Real = 1e-05
    batch_first: BatchFirst = False
    norm_first: Flag = False
    bias: Bias = True

    def check(self) -> None:
        check_heads(self, self.nhead, "d_model", self.d_model)

    def weights(self, x: Any) -> tuple[Weight, ...]:
        d, inner, bias = self.d_model, self.dim_feedforward, self.bias
        attention = MultiheadAttention(d, self.nhead, bias=bias)
        names = ("self_attn", "multihead_attn")[: self.attentions]
        parts: dict[str, Layer] = dict.fromkeys(names, attention)
        parts["linear1"] = Linear(d, inner, bias=bias)
        parts["linear2"] = Linear(inner, d, bias=bias)
        for number in range(self.attentions + 1):
            parts[f"norm{number + 1}"] = LayerNorm(d, bias=bias)
        return tuple(weight for name, inside in parts.items() for weight in part(name, inside, x))

    def work(self, x: Any) -> Work:
        target, memory = x if isinstance(x, Tensors) else (x, x)
        d, inner, bias = self.d_model, self.dim_feedforward, self.bias
        attention = MultiheadAttention(d, self.nhead, bias=bias)
        hidden = (*target[:-1], inner)
        found: Work = ()
        for name, other in (("self_attn", target), ("multihead_attn", memory))[: self.attentions]:
            found += work_of_part(name, attention, Tensors((target, other, other)))
        found += work_of_part("linear1", Linear(d, inner, bias=bias), target)
        found += activation(hidden, self.activation)
        found += work_of_part("linear2", Linear(inner, d, bias=bias), hidden)
        for number in range(self.attentions + 1):
            found += elementwise("add", target, each=2)
            found += work_of_part(f"norm{number + 1}", LayerNorm(d, bias=bias), target)
        return found


@layer
class TransformerEncoderLayer(TransformerLayer):
    """Self-attention, then two matrices, each with a shortcut and a normalization.

    >>> print(parse("Input(n, 768) -> nn.TransformerEncoderLayer(768, 12, 3072)").params)
    7087872

    Keeps the shape ``(n, d_model)``. Weights: one MultiheadAttention, two Linear, two
    LayerNorm.
    """

    def output_shape(self, x: Shape) -> Shape:
        self.expect("d_model", x[-1], x)
        return x


@layer
class TransformerDecoderLayer(TransformerLayer):
    """Self-attention, attention to a memory, then two matrices.

    >>> net = parse("(Input(n, 16), Input(m, 16)) -> nn.TransformerDecoderLayer(16, 4, 32)")
    >>> print(net.output_shape, net.params)
    (n, 16) 3344

    Shape: target ``(n, d_model)`` and memory ``(m, d_model)`` to ``(n, d_model)``. Weights:
    two MultiheadAttention, two Linear, three LayerNorm.
    """

    inputs = "tgt memory"
    attentions = 2

    def output_shape(self, x: Tensors) -> Shape:
        check_pair(self, x)
        self.expect("d_model", x[0][-1], x[0])
        self.expect("d_model", x[1][-1], x[1])
        shape: Shape = x[0]
        return shape


class InnerKind(LayerKind):
    """A module of one class, such as ``nn.TransformerEncoderLayer(512, 8)``."""

    def __init__(self, cls: type[Layer], arguments: str, *, optional: bool = False) -> None:
        super().__init__(cls.__name__, optional=optional, example=f"{cls.title}({arguments})")
        self.cls = cls

    def sample(self, layer: type[Layer]) -> Layer:
        return self.cls.sample()


OptionalNorm = Annotated[Any, LayerKind(optional=True, example="nn.LayerNorm(512)")]


class Stack(TorchLayer):
    """What TransformerEncoder and TransformerDecoder share: copies of one layer.

    The copies are deep, so each has weights of its own.
    """

    takes = "t n"

    num_layers: Depth
    norm: OptionalNorm = None

    def copied(self) -> Layer:
        raise NotImplementedError

    def output_shape(self, x: Any) -> Shape | Tensors:
        y = self.copied().after(x)
        return y if self.norm is None else self.norm_after(y)

    def norm_after(self, y: Shape | Tensors) -> Shape | Tensors:
        normalized: Shape | Tensors = self.norm.after(y)
        return normalized

    def weights(self, x: Any) -> tuple[Weight, ...]:
        inside = self.copied()
        found = [
            weight
            for number in range(self.num_layers)
            for weight in part(f"layers.{number}", inside, x)
        ]
        if self.norm is not None:
            found += part("norm", self.norm, x[0] if isinstance(x, Tensors) else x)
        return tuple(found)

    def work(self, x: Any) -> Work:
        inside = self.copied()
        found: Work = ()
        for number in range(self.num_layers):
            found += work_of_part(f"layers.{number}", inside, x)
        if self.norm is not None:
            found += work_of_part("norm", self.norm, x[0] if isinstance(x, Tensors) else x)
        return found


@layer
class TransformerEncoder(Stack):
    """Put copies of an encoder layer one after another.

    >>> encoder = "nn.TransformerEncoder(nn.TransformerEncoderLayer(512, 8), 6)"
    >>> print(parse(f"Input(n, 512) -> {encoder}").params)
    18914304

    Keeps the shape ``(n, d_model)``. Each copy has weights of its own; a ``norm`` comes
    last.
    """

    order = "encoder_layer"

    encoder_layer: Annotated[Any, InnerKind(TransformerEncoderLayer, "512, 8")]
    enable_nested_tensor: Flag = True
    mask_check: Flag = True

    def copied(self) -> Layer:
        inside: Layer = self.encoder_layer
        return inside


@layer
class TransformerDecoder(Stack):
    """Put copies of a decoder layer one after another, all with the same memory.

    >>> decoder = "nn.TransformerDecoder(nn.TransformerDecoderLayer(16, 4, 32), 3)"
    >>> print(parse(f"(Input(n, 16), Input(m, 16)) -> {decoder}").params)
    10032

    Shape: target ``(n, d_model)`` and memory ``(m, d_model)`` to ``(n, d_model)``. Each
    copy has weights of its own; a ``norm`` comes last.
    """

    inputs = "tgt memory"
    order = "decoder_layer"

    decoder_layer: Annotated[Any, InnerKind(TransformerDecoderLayer, "512, 8")]

    def copied(self) -> Layer:
        inside: Layer = self.decoder_layer
        return inside


@layer
class Transformer(TorchLayer):
    """An encoder and a decoder, each with a last normalization.

    >>> print(parse("(Input(n, 512), Input(m, 512)) -> nn.Transformer").params)
    44140544

    Shape: source ``(n, d_model)`` and target ``(m, d_model)`` to ``(m, d_model)``. No
    embeddings and no output layer; LayerNorm stands at the end of both stacks.
    """

    takes = "t n"
    inputs = "src tgt"

    d_model: Count = 512
    nhead: Count = 8
    num_encoder_layers: Depth = 6
    num_decoder_layers: Depth = 6
    dim_feedforward: Count = 2048
    dropout: Rate = 0.1
    activation: Activation = "relu"
    custom_encoder: Annotated[
        Any, InnerKind(TransformerEncoder, "nn.TransformerEncoderLayer(512, 8), 6", optional=True)
    ] = None
    custom_decoder: Annotated[
        Any, InnerKind(TransformerDecoder, "nn.TransformerDecoderLayer(512, 8), 6", optional=True)
    ] = None
    layer_norm_eps: Real = 1e-05
    batch_first: BatchFirst = False
    norm_first: Flag = False
    bias: Bias = True

    def check(self) -> None:
        check_heads(self, self.nhead, "d_model", self.d_model)

    def encoder(self) -> Layer:
        inner = TransformerEncoderLayer(
            self.d_model, self.nhead, self.dim_feedforward, bias=self.bias
        )
        norm = LayerNorm(self.d_model, bias=self.bias)
        return self.custom_encoder or TransformerEncoder(inner, self.num_encoder_layers, norm)

    def decoder(self) -> Layer:
        inner = TransformerDecoderLayer(
            self.d_model, self.nhead, self.dim_feedforward, bias=self.bias
        )
        norm = LayerNorm(self.d_model, bias=self.bias)
        return self.custom_decoder or TransformerDecoder(inner, self.num_decoder_layers, norm)

    def output_shape(self, x: Tensors) -> Shape | Tensors:
        check_pair(self, x)
        source, target = x
        self.expect("d_model", source[-1], source)
        self.expect("d_model", target[-1], target)
        memory = self.encoder().after(source)
        return self.decoder().after(Tensors((target, memory)))

    def weights(self, x: Tensors) -> tuple[Weight, ...]:
        source, target = x
        return (
            *part("encoder", self.encoder(), source),
            *part("decoder", self.decoder(), Tensors((target, source))),
        )

    def work(self, x: Tensors) -> Work:
        source, target = x
        return (
            *work_of_part("encoder", self.encoder(), source),
            *work_of_part("decoder", self.decoder(), Tensors((target, source))),
        )


def check_pair(layer: Layer, x: Tensors) -> None:
    """Refuse a second sequence that is none."""
    layer.check_rank(x[1])
