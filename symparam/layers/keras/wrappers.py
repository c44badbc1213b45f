"""Wrappers: a layer around another layer, whose weights they are."""

from collections.abc import Callable
from typing import Annotated

from symparam.algebra.conditions import required_alike
from symparam.algebra.sizes import Shape, Tensors, total
from symparam.errors import ArgumentError, RankError, ShapeError
from symparam.layers.contract.base import Layer, Weight
from symparam.layers.contract.kinds import Count, LayerKind, WordKind
from symparam.layers.contract.registry import layer
from symparam.layers.contract.signature import show_shape, show_value
from symparam.layers.contract.work import Work, elementwise, renamed, repeated
from symparam.layers.keras.dense import Dense
from symparam.layers.keras.merging import Merge
from symparam.layers.keras.recurrent import LSTM, Recurrent


class AnyLayerKind(LayerKind):
    """Any layer; Dense stands for all of them in a general rule."""

    def sample(self, layer: type[Layer]) -> Layer:
        return Dense(1)


class RecurrentKind(LayerKind):
    """A recurrent layer; LSTM stands for all of them in a general rule."""

    def sample(self, layer: type[Layer]) -> Layer:
        return LSTM(1)


@layer
class TimeDistributed(Layer):
    """Use a layer on every step of a sequence, with the same weights.

    >>> net = parse("Input(t, h, w, c) -> TimeDistributed(Conv2D(f, 3))")
    >>> print(net.output_shape, net.params)
    (t, h - 2, w - 2, f) f*(9*c + 1)

    Shape: the first axis stays, the layer sees the others. Weights: the layer's own, once.
    """

    layer: Annotated[Layer, AnyLayerKind()]

    def axis_letters(self, rank: int) -> tuple[str, ...]:
        return ("t", *self.layer.axis_letters(rank - 1)) if rank > 1 else ("t",)

    def sample_input(self) -> Shape:
        return (1, 1)

    def check_rank(self, x: Shape) -> None:
        if len(x) < 2:
            raise RankError(f"TimeDistributed needs a time axis and more, got {show_shape(x)}")

    def output_shape(self, x: Shape) -> Shape:
        y = self.layer.after(x[1:])
        if isinstance(y, Tensors):
            raise ShapeError(f"TimeDistributed cannot stack several tensors: {show_value(y)}")
        return (x[0], *y)

    def weights(self, x: Shape) -> tuple[Weight, ...]:
        return self.layer.inside(x[1:])

    def work(self, x: Shape) -> Work:
        return repeated(self.layer.work(self.layer.accept(x[1:])), x[0])


@layer
class Bidirectional(Layer):
    """Run a recurrent layer forwards and another backwards.

    >>> net = parse("Input(t, d) -> Bidirectional(LSTM(u, return_sequences=true))")
    >>> print(net.output_shape, net.params)
    (t, 2*u) 8*u*(d + u + 1)

    ``merge_mode`` is concat, sum, mul, ave, or none for two tensors. The backward layer is
    a copy with weights of its own, or ``backward_layer``. Keras's static shape overlooks a
    backward layer of another width; the sizes here are those of a real run.
    """

    inputs = Recurrent.inputs
    ignores = "weights"

    layer: Annotated[Recurrent, RecurrentKind("Recurrent", example="LSTM(4)")]
    merge_mode: Annotated[str, WordKind("concat", "sum", "mul", "ave", none="none")] = "concat"
    backward_layer: Annotated[
        Recurrent | None,
        RecurrentKind("Recurrent", example="LSTM(4)", optional=True, keyword_only=True),
    ] = None

    @property
    def backward(self) -> Recurrent:
        """The layer that runs backwards."""
        return self.backward_layer or self.layer

    def axis_letters(self, rank: int) -> tuple[str, ...]:
        return self.layer.axis_letters(rank)

    def needs_rank(self) -> int | None:
        return self.layer.needs_rank()

    def sample_input(self) -> Shape | Tensors:
        return self.layer.sample_input()

    def check(self) -> None:
        if self.backward_layer is None:
            if self.layer.go_backwards:
                raise ArgumentError("Bidirectional: the forward layer cannot go backwards")
            return
        if self.layer.go_backwards == self.backward_layer.go_backwards:
            raise ArgumentError(
                "Bidirectional: one of its layers must go backwards, the other forwards",
                hint="backward_layer=LSTM(4, go_backwards=true)",
            )
        for flag in ("return_sequences", "return_state"):
            if self.layer.value(flag) != self.backward_layer.value(flag):
                raise ArgumentError(f"Bidirectional: its two layers differ in {flag}")

    def output_shape(self, x: Tensors) -> Shape | Tensors:
        sequence, *initial = x
        half, odd = divmod(len(initial), 2)
        if odd:
            raise ShapeError("Bidirectional takes as many states for each direction")
        forth = self.layer.after(Tensors([sequence, *initial[:half]]))
        back = self.backward.after(Tensors([sequence, *initial[half:]]))
        states: list[Shape] = []
        if isinstance(forth, Tensors) and isinstance(back, Tensors):
            states = [*forth[1:], *back[1:]]
            forth, back = forth[0], back[0]
        if self.merge_mode == "none":
            return Tensors([forth, back, *states])
        merged = self._merged(forth, back)
        return Tensors([merged, *states]) if states else merged

    def _merged(self, forth: Shape, back: Shape) -> Shape:
        if self.merge_mode != "concat":
            return Merge().broadcast(forth, back)
        if not required_alike(forth[:-1], back[:-1]):
            raise ShapeError(
                f"Bidirectional cannot join {show_shape(forth)} and {show_shape(back)}"
            )
        return (*forth[:-1], total([forth[-1], back[-1]]))

    def weights(self, x: Tensors) -> tuple[Weight, ...]:
        forth = self.layer.inside(Tensors(x[:1]))
        weights = _copied("forward", forth)
        if self.backward_layer is not None:
            return (*weights, *self.backward_layer.inside(Tensors(x[:1])))
        return (*weights, *_copied("backward", forth))

    def work(self, x: Tensors) -> Work:
        sequence = Tensors(x[:1])
        forth = self.layer.work(self.layer.accept(sequence))
        if self.backward_layer is not None:
            back = self.backward_layer.work(self.backward_layer.accept(sequence))
        else:
            back = renamed(forth, self._names("backward", sequence))
        how = {"sum": "add", "mul": "multiply", "ave": "average"}.get(self.merge_mode)
        return (
            *renamed(forth, self._names("forward", sequence)),
            *back,
            *(elementwise(how, self.first_output(x), each=2) if how else ()),
        )

    def _names(self, direction: str, sequence: Tensors) -> Callable[[str], str]:
        """What the layer's weights are called in one direction."""
        inside = self.layer.inside(sequence)
        copied = _copied(direction, inside)
        names = {old.name: new.name for old, new in zip(inside, copied, strict=True)}
        return names.__getitem__


def _copied(direction: str, weights: tuple[Weight, ...]) -> tuple[Weight, ...]:
    """Weights of the same shapes that belong to the wrapper itself."""
    return tuple(
        weight._replace(name=f"{direction}/{i}/{weight.name}", owner=None)
        for i, weight in enumerate(weights)
    )


@layer
class SpectralNormalization(Layer):
    """Keep the largest singular value of a layer's kernel at one.

    >>> net = parse("Input(h, w, c) -> SpectralNormalization(Conv2D(f, 3))")
    >>> print(net.params, net.non_trainable_params)
    f*(9*c + 2) f

    Adds a vector of the size of the kernel's last axis, not trained, to the weights of the
    layer (Miyato et al. 2018). The layer must have one kernel, or embeddings.
    """

    layer: Annotated[Layer, AnyLayerKind()]
    power_iterations: Count = 1

    def axis_letters(self, rank: int) -> tuple[str, ...]:
        return self.layer.axis_letters(rank)

    def needs_rank(self) -> int | None:
        return self.layer.needs_rank()

    def sample_input(self) -> Shape | Tensors:
        return self.layer.sample_input()

    def output_shape(self, x: Shape) -> Shape | Tensors:
        return self.layer.after(x)

    def weights(self, x: Shape) -> tuple[Weight, ...]:
        inner = self.layer.inside(x)
        kernels = [w for w in inner if w.name in ("kernel", "embeddings") and w.owner is self.layer]
        if not kernels:
            raise ShapeError(f"SpectralNormalization: {self.layer.title} has no kernel")
        vector = Weight("vector_u", (1, kernels[0].shape[-1]), trainable=False)
        return (*inner, vector)

    def work(self, x: Shape) -> Work:
        # The singular value is sought while training only.
        return self.layer.work(self.layer.accept(x))
