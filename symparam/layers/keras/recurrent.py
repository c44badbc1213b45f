"""Recurrent layers: a cell run along a sequence."""

from typing import Annotated, Any, ClassVar

from symparam.algebra.conditions import required_alike
from symparam.algebra.sizes import Shape, Size, Tensors, product
from symparam.errors import ArgumentError, ShapeError
from symparam.layers.contract.base import Layer, Weight, tuning
from symparam.layers.contract.functions import Function
from symparam.layers.contract.kinds import (
    Count,
    Flag,
    KeywordFlag,
    Kind,
    LayerKind,
    UnfitError,
    resolve,
)
from symparam.layers.contract.registry import layer
from symparam.layers.contract.signature import show_value
from symparam.layers.contract.work import (
    Contraction,
    Work,
    activation,
    bias,
    elementwise,
    repeated,
)

_TUNED = tuning("kernel", "recurrent", "bias") + " dropout recurrent_dropout seed"
_RUN = " stateful unroll use_cudnn unit_forget_bias"


class Cell(Layer):
    """One step of a recurrent layer: it takes an input and its own states.

    ``gates`` matrices lie side by side in each kernel; ``memories`` states are kept.
    """

    takes = "n"
    ignores = _TUNED + " unit_forget_bias"
    gates: ClassVar[int] = 1
    memories: ClassVar[int] = 1

    units: Count
    activation: Function = "tanh"

    @property
    def has_bias(self) -> bool:
        return bool(self.value("use_bias"))

    def check(self) -> None:
        refuse_glu(self)

    def output_shape(self, x: Shape) -> Shape:
        raise ShapeError(
            f"{self.title} is one step and needs its states",
            hint=f"RNN({self.title}({show_value(self.units)})) runs it along a sequence",
        )

    def state_shape(self) -> Shape | Tensors:
        """The shape of its state, or of its states."""
        return (self.units,) if self.memories == 1 else Tensors([(self.units,)] * self.memories)

    def bias_shape(self) -> Shape:
        return (product([self.gates, self.units]),)

    def weights(self, x: Shape) -> tuple[Weight, ...]:
        width = product([self.gates, self.units])
        return (
            Weight("cell/kernel", (x[-1], width)),
            Weight("cell/recurrent_kernel", (self.units, width)),
            *([Weight("cell/bias", self.bias_shape())] if self.has_bias else ()),
        )

    def work(self, x: Shape) -> Work:
        width = (product([self.gates, self.units]),)
        return (
            Contraction("matmul", (), x[-1:], width, ("cell/kernel",)),
            Contraction("recurrence", (), (self.units,), width, ("cell/recurrent_kernel",)),
            *elementwise("add", width, each=2),
            *bias(self.bias_shape(), self.has_bias),
            *gated(self, (self.units,), self.gates),
        )


@layer
class SimpleRNNCell(Cell):
    """Compute one step of SimpleRNN.

    >>> print(parse("Input(t, d) -> RNN(SimpleRNNCell(u))").params)
    u*(d + u + 1)

    Stands inside RNN. Weights: ``(features + units + 1)*units``.
    """

    use_bias: Flag = True


@layer
class LSTMCell(Cell):
    """Compute one step of LSTM.

    >>> print(parse("Input(t, d) -> RNN(LSTMCell(u))").params)
    4*u*(d + u + 1)

    Stands inside RNN. Weights: those of LSTM.
    """

    gates = 4
    memories = 2

    recurrent_activation: Function = "sigmoid"
    use_bias: Flag = True


@layer
class GRUCell(Cell):
    """Compute one step of GRU.

    >>> print(parse("Input(t, d) -> RNN(GRUCell(u, reset_after=false))").params)
    3*u*(d + u + 1)

    Stands inside RNN. Weights: those of GRU.
    """

    gates = 3

    recurrent_activation: Function = "sigmoid"
    use_bias: Flag = True
    reset_after: KeywordFlag = True

    def bias_shape(self) -> Shape:
        shape = super().bias_shape()
        return (2, *shape) if self.reset_after else shape


def gated(layer: Layer, state: Shape, gates: int) -> Work:
    """The activations of a step, and the products of its gates with states of this shape.

    Of four gates one is activated as the state is, and the new memory once more; of three, one.
    """
    function = layer.value("activation")
    if gates == 1:
        return activation(state, function)
    states = 2 if gates == 4 else 1
    return (
        *activation((gates - 1, *state), layer.value("recurrent_activation")),
        *activation((states, *state), function),
        *elementwise("gate", (3, *state), each=2),
    )


def refuse_glu(layer: Layer) -> None:
    """An activation that halves its input does not fit a gate."""
    for name in ("activation", "recurrent_activation"):
        if name in layer.fields and layer.value(name) == "glu":
            raise ArgumentError(f"{layer.title}: {name}=glu would halve a gate")


class CellsKind(Kind):
    """Several cells in a list."""

    counts = True
    says = "a list of cells, such as [LSTMCell(4), LSTMCell(5)]"

    def read(self, value: Any, layer: type[Layer]) -> tuple[Layer, ...]:
        value = resolve(value) if isinstance(value, list | tuple) else ()
        if not value:
            raise UnfitError
        return tuple(_A_CELL.read(cell, layer) for cell in value)

    def sample(self, layer: type[Layer]) -> tuple[Layer, ...]:
        return (LSTMCell(1),)

    def in_words(self, name: str, value: Any, layer: type[Layer], words: Any) -> Any:
        return tuple(cell.fields_in_words(words) for cell in value)


@layer
class StackedRNNCells(Layer):
    """Put cells on top of one another, so that they make one step together.

    >>> print(parse("Input(6, 3) -> RNN(StackedRNNCells([LSTMCell(4), LSTMCell(5)]))").params)
    328

    Stands inside RNN, where a list of cells means the same. Each cell takes what the one
    below gives out.
    """

    takes = "n"

    cells: Annotated[tuple[Cell, ...], CellsKind()]

    @property
    def units(self) -> Size:
        """How wide the output of the last cell is."""
        return self.cells[-1].units

    def output_shape(self, x: Shape) -> Shape:
        raise ShapeError(
            "StackedRNNCells are one step and need their states",
            hint="RNN([...]) runs them along a sequence",
        )

    def state_shape(self) -> Shape | Tensors:
        """The states of each cell in a list of their own, as a run of Keras gives them."""
        if len(self.cells) == 1:
            return self.cells[0].state_shape()
        return Tensors(Tensors([(cell.units,)] * cell.memories) for cell in self.cells)

    def weights(self, x: Shape) -> tuple[Weight, ...]:
        weights: list[Weight] = []
        for cell in self.cells:
            weights += cell.inside(x)
            x = (cell.units,)
        return tuple(weights)

    def work(self, x: Shape) -> Work:
        found: Work = ()
        for cell in self.cells:
            found += cell.work(x)
            x = (cell.units,)
        return found


_A_CELL = LayerKind("Cell", example="LSTMCell(4)")


class StepKind(LayerKind):
    """A cell, or a list of cells for a stack of them."""

    def read(self, value: Any, layer: type[Layer]) -> Any:
        if isinstance(value, list | tuple):
            return StackedRNNCells(value)
        return super().read(value, layer)

    def sample(self, layer: type[Layer]) -> Layer:
        return LSTMCell(1)


class Recurrent(Layer):
    """What all layers that run along a sequence share.

    The first axis is time. Several tensors are the sequence and the initial states.
    """

    inputs = "sequence state..."

    return_sequences: KeywordFlag = False
    return_state: KeywordFlag = False
    go_backwards: KeywordFlag = False

    def step(self, x: Shape) -> tuple[Shape, list[Shape | Tensors]]:
        """What one step gives out, and the states it keeps, for an input of shape ``x``."""
        raise NotImplementedError

    def output_shape(self, x: Tensors) -> Shape | Tensors:
        sequence, *initial = x
        output, states = self.step(sequence[1:])
        if initial and not (
            len(initial) == len(states)
            and not any(isinstance(state, Tensors) for state in states)
            and all(map(required_alike, initial, states))
        ):
            raise ShapeError(
                f"{self.title} starts from states of the shapes {show_value(states)}, "
                f"got {show_value(initial)}"
            )
        if self.return_sequences:
            output = (sequence[0], *output)
        return Tensors([output, *states]) if self.return_state else output

    def work(self, x: Tensors) -> Work:
        steps, *one = x[0]
        return repeated(self.work_of_step(tuple(one)), steps)

    def work_of_step(self, x: Shape) -> Work:
        """What one step computes for an input of shape ``x``."""
        raise NotImplementedError


@layer
class RNN(Recurrent):
    """Run a cell along a sequence.

    >>> print(parse("Input(t, d) -> RNN([LSTMCell(u), LSTMCell(v)])").output_shape)
    (v,)

    Shape: ``(t, n)`` to ``(units,)``, or ``(t, units)`` with ``return_sequences``; with
    ``return_state`` the states follow. Weights: those of the cell.
    """

    takes = "t n"
    ignores = _RUN + " zero_output_for_mask"
    order = "cell return_sequences return_state go_backwards"

    cell: Annotated[Any, StepKind("Cell", "StackedRNNCells", example="LSTMCell(4)")]
    return_sequences: Flag = False
    return_state: Flag = False
    go_backwards: Flag = False

    def step(self, x: Shape) -> tuple[Shape, list[Shape | Tensors]]:
        state = self.cell.state_shape()
        return (self.cell.units,), list(state) if isinstance(state, Tensors) else [state]

    def weights(self, x: Tensors) -> tuple[Weight, ...]:
        weights: tuple[Weight, ...] = self.cell.inside(x[0][1:])
        return weights

    def work_of_step(self, x: Shape) -> Work:
        found: Work = self.cell.work(x)
        return found


class OfCell(Recurrent):
    """A recurrent layer that brings its own cell, with the same arguments."""

    takes = "t n"
    ignores = _TUNED + _RUN
    cell_class: ClassVar[type[Cell]] = Cell

    @property
    def cell(self) -> Cell:
        """One step of the layer."""
        return self.cell_class.with_values(
            {name: self.value(name) for name in self.cell_class.fields}
        )

    def check(self) -> None:
        self.cell.check()

    def step(self, x: Shape) -> tuple[Shape, list[Shape | Tensors]]:
        cell = self.cell
        return (cell.units,), [(cell.units,)] * cell.memories

    def weights(self, x: Tensors) -> tuple[Weight, ...]:
        return self.cell.weights(x[0][1:])

    def work_of_step(self, x: Shape) -> Work:
        return self.cell.work(x)


@layer
class SimpleRNN(OfCell):
    """Run a plain recurrent cell along a sequence.

    >>> print(parse("Input(t, d) -> SimpleRNN(u)").params)
    u*(d + u + 1)

    Shape: ``(t, n)`` to ``(units,)``, or ``(t, units)`` with ``return_sequences``.
    """

    order = "units activation use_bias"
    cell_class = SimpleRNNCell

    units: Count
    activation: Function = "tanh"
    use_bias: Flag = True


@layer
class LSTM(OfCell):
    """Run a long short-term memory along a sequence.

    >>> print(parse("Input(t, d) -> LSTM(u)").params)
    4*u*(d + u + 1)
    >>> print(parse("Input(t, d) -> LSTM(u, return_sequences=true)").output_shape)
    (t, u)

    Four gates of ``(features + units + 1)*units`` each (Hochreiter and Schmidhuber 1997).
    Takes its initial states beside the sequence: ``(x, h, c) -> LSTM(u)``.
    """

    order = "units activation recurrent_activation use_bias"
    cell_class = LSTMCell

    units: Count
    activation: Function = "tanh"
    recurrent_activation: Function = "sigmoid"
    use_bias: Flag = True


@layer
class GRU(OfCell):
    """Run a gated recurrent unit along a sequence.

    >>> print(parse("Input(t, d) -> GRU(u)").params)
    3*u*(d + u + 2)

    Three gates (Cho et al. 2014). With ``reset_after``, the default of Keras, the bias is
    there twice: for the input and for the state.
    """

    order = "units activation recurrent_activation use_bias"
    cell_class = GRUCell

    units: Count
    activation: Function = "tanh"
    recurrent_activation: Function = "sigmoid"
    use_bias: Flag = True
    reset_after: KeywordFlag = True
