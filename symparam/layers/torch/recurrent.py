"""PyTorch's recurrent layers and their single steps; each has two biases."""

from typing import Annotated, Any

from symparam.algebra.conditions import required
from symparam.algebra.sizes import Shape, Size, Tensors, product
from symparam.errors import ArgumentError, ShapeError
from symparam.layers.contract.base import Weight
from symparam.layers.contract.kinds import Count, Flag, Rate, SizeKind, WordKind
from symparam.layers.contract.registry import layer
from symparam.layers.contract.signature import show_shape
from symparam.layers.contract.work import (
    Contraction,
    Work,
    activation,
    bias,
    elementwise,
    repeated,
)
from symparam.layers.torch.base import BatchFirst, Bias, Depth, TorchLayer

Nonlinearity = Annotated[str, WordKind("tanh", "relu")]


class Recurrent(TorchLayer):
    """What RNN, GRU and LSTM share: a stack of layers, in one direction or both.

    Weights and biases of the gates lie below one another, so the leading size is
    ``gates*hidden_size``.
    """

    takes = "t n"
    inputs = "input h_0?"
    gates = 1

    input_size: Count
    hidden_size: Count
    num_layers: Depth = 1
    bias: Bias = True
    batch_first: BatchFirst = False
    dropout: Rate = 0
    bidirectional: Flag = False

    def directions(self) -> int:
        return 2 if self.bidirectional else 1

    def width(self) -> Size:
        """How many features leave each direction, and come back into it."""
        return self.hidden_size

    def state(self, width: Size) -> Shape:
        return (self.directions() * self.num_layers, width)

    def output_shape(self, x: Tensors) -> Tensors:
        sequence: Shape = x[0]
        self.expect("input_size", sequence[1], sequence)
        if not required(sequence[0], ">=", 1):
            raise ShapeError(f"{self.title} needs at least one step: {show_shape(sequence)}")
        for name, given, needed in zip(("h_0", "c_0"), x[1:], self.states(), strict=False):
            check_state(self, name, given, needed)
        output = (sequence[0], product((self.directions(), self.width())))
        return Tensors((output, self.last()))

    def states(self) -> Tensors:
        """The shapes of what is handed on from step to step."""
        return Tensors((self.state(self.width()),))

    def last(self) -> Shape | Tensors:
        """What is left of it after the last step."""
        shape: Shape = self.states()[0]
        return shape

    def weights(self, x: Any) -> tuple[Weight, ...]:
        found: list[Weight] = []
        features: Size = self.input_size
        for number in range(self.num_layers):
            for suffix in ("", "_reverse")[: self.directions()]:
                found += self.gate_weights(f"_l{number}{suffix}", features)
            features = product((self.directions(), self.width()))
        return tuple(found)

    def work(self, x: Any) -> Work:
        steps: Size = x[0][0]
        found: Work = ()
        features: Size = self.input_size
        for number in range(self.num_layers):
            for suffix in ("", "_reverse")[: self.directions()]:
                found += self.work_of_step(f"_l{number}{suffix}", features)
            features = product((self.directions(), self.width()))
        return repeated(found, steps)

    def work_of_step(self, suffix: str, features: Size) -> Work:
        """What one step of one layer computes in one direction."""
        return work_of_step(self, suffix, features, self.width())

    def gate_weights(self, suffix: str, features: Size) -> list[Weight]:
        """The weights of one layer in one direction."""
        return gate_weights(
            suffix, product((self.gates, self.hidden_size)), features, self.width(), self.bias
        )


@layer
class RNN(Recurrent):
    """Carry a state along a sequence, one matrix for the input and one for the state.

    >>> net = parse("Input(t, d) -> nn.RNN(d, u)")
    >>> print(net.output_shape, net.params)
    ((t, u), (1, u)) u*(d + u + 2)

    Shape: ``(t, input_size)``, and an initial state if there is one, to the states of all
    steps ``(t, directions*hidden_size)`` and the last, ``(directions*num_layers,
    hidden_size)``. Input and state have a bias each.
    """

    order = "input_size hidden_size num_layers nonlinearity"

    nonlinearity: Nonlinearity = "tanh"


@layer
class GRU(Recurrent):
    """Carry a state along a sequence behind two gates (Cho et al. 2014).

    >>> print(parse("Input(t, d) -> nn.GRU(d, u)").params)
    3*u*(d + u + 2)

    Shape: ``(t, input_size)``, and an initial state if there is one, to the states of all
    steps ``(t, directions*hidden_size)`` and the last, ``(directions*num_layers,
    hidden_size)``. Input and state have a bias each.
    """

    gates = 3


@layer
class LSTM(Recurrent):
    """Carry a state and a memory along a sequence (Hochreiter and Schmidhuber 1997).

    >>> net = parse("Input(t, d) -> nn.LSTM(d, u, num_layers=2, bidirectional=True)")
    >>> print(net.output_shape, net.params)
    ((t, 2*u), ((4, u), (4, u))) 8*d*u + 32*u**2 + 32*u

    Shape: ``(t, input_size)``, and ``h_0`` and ``c_0`` if they are given, to all states
    ``(t, directions*hidden_size)`` and the pair of the last state and memory. Input and
    state have a bias each; ``proj_size`` adds a matrix that makes the state narrower.
    """

    gates = 4
    inputs = "input h_0? c_0?"

    proj_size: Annotated[Size, SizeKind(low=0)] = 0

    def check(self) -> None:
        if self.proj_size == 0:
            return
        between = required(self.proj_size, ">=", 1) and required(
            self.hidden_size, ">=", self.proj_size + 1
        )
        if not between:
            raise ArgumentError(
                f"{self.title}: proj_size {self.proj_size} must be less than hidden_size "
                f"{self.hidden_size}"
            )

    def width(self) -> Size:
        return self.hidden_size if self.proj_size == 0 else self.proj_size

    def output_shape(self, x: Tensors) -> Tensors:
        if len(x) == 2:
            raise ShapeError(
                f"{self.title} takes h_0 and c_0 together, or neither",
                hint=f"write (x, h, c) -> {self.title}",
            )
        return super().output_shape(x)

    def states(self) -> Tensors:
        return Tensors((self.state(self.width()), self.state(self.hidden_size)))

    def last(self) -> Tensors:
        return self.states()

    def gate_weights(self, suffix: str, features: Size) -> list[Weight]:
        found = super().gate_weights(suffix, features)
        if self.proj_size != 0:
            found.append(Weight(f"weight_hr{suffix}", (self.proj_size, self.hidden_size)))
        return found

    def work_of_step(self, suffix: str, features: Size) -> Work:
        found = super().work_of_step(suffix, features)
        if self.proj_size == 0:
            return found
        inner, outer = (self.hidden_size,), (self.proj_size,)
        return (*found, Contraction("recurrence", (), inner, outer, (f"weight_hr{suffix}",)))


class Cell(TorchLayer):
    """What single recurrent steps share."""

    takes = "n"
    inputs = "input hx?"
    gates = 1

    input_size: Count
    hidden_size: Count
    bias: Bias = True

    def output_shape(self, x: Tensors) -> Shape | Tensors:
        self.expect("input_size", x[0][0], x[0])
        for name, given in zip(self.inputs.replace("?", "").split()[1:], x[1:], strict=False):
            check_state(self, name, given, (self.hidden_size,))
        return (self.hidden_size,)

    def weights(self, x: Any) -> tuple[Weight, ...]:
        leading = product((self.gates, self.hidden_size))
        return tuple(gate_weights("", leading, self.input_size, self.hidden_size, self.bias))

    def work(self, x: Any) -> Work:
        return work_of_step(self, "", self.input_size, self.hidden_size)


@layer
class RNNCell(Cell):
    """One step of an RNN.

    >>> print(parse("Input(d) -> nn.RNNCell(d, u)").params)
    u*(d + u + 2)

    Shape: ``(input_size,)``, and a state if there is one, to ``(hidden_size,)``.
    """

    nonlinearity: Nonlinearity = "tanh"


@layer
class GRUCell(Cell):
    """One step of a GRU.

    >>> print(parse("Input(d) -> nn.GRUCell(d, u)").params)
    3*u*(d + u + 2)

    Shape: ``(input_size,)``, and a state if there is one, to ``(hidden_size,)``.
    """

    gates = 3


@layer
class LSTMCell(Cell):
    """One step of an LSTM.

    >>> print(parse("Input(d) -> nn.LSTMCell(d, u)").output_shape)
    ((u,), (u,))

    Shape: ``(input_size,)``, and ``h_0`` and ``c_0`` if they are given, to the pair of
    state and memory, ``(hidden_size,)`` each.
    """

    gates = 4
    inputs = "input h_0? c_0?"

    def output_shape(self, x: Tensors) -> Tensors:
        if len(x) == 2:
            raise ShapeError(
                f"{self.title} takes h_0 and c_0 together, or neither",
                hint=f"write (x, h, c) -> {self.title}",
            )
        state = super().output_shape(x)
        return Tensors((state, state))


def gate_weights(
    suffix: str, leading: Size, features: Size, width: Size, bias: bool
) -> list[Weight]:
    """The matrices for input and state, and their biases."""
    names = ("ih", "hh")
    matrices = [
        Weight(f"weight_{name}{suffix}", (leading, size))
        for name, size in zip(names, (features, width), strict=True)
    ]
    biases = [Weight(f"bias_{name}{suffix}", (leading,)) for name in names]
    return matrices + biases if bias else matrices


def work_of_step(layer: Recurrent | Cell, suffix: str, features: Size, width: Size) -> Work:
    """What the gates compute in one step, for an input and a state of these widths."""
    gates, state = (layer.gates, layer.hidden_size), (layer.hidden_size,)
    if layer.gates == 1:
        functions = activation(state, layer.value("nonlinearity"))
    else:
        # Of an LSTM's four gates one is a tanh, and the new memory once more.
        tanh = 2 if layer.gates == 4 else 1
        functions = (
            *activation((layer.gates - 1, *state), "sigmoid"),
            *activation((tanh, *state), "tanh"),
            *elementwise("gate", (3, *state), each=2),
        )
    return (
        Contraction("matmul", (), (features,), gates, (f"weight_ih{suffix}",)),
        Contraction("recurrence", (), (width,), gates, (f"weight_hh{suffix}",)),
        *elementwise("add", gates, each=2),
        *bias((2, *gates), layer.bias),
        *functions,
    )


def check_state(layer: TorchLayer, name: str, given: Shape, needed: Shape) -> None:
    """Refuse an initial state that does not fit the layer."""
    if len(given) != len(needed) or not all(
        required(a, "=", b) for a, b in zip(given, needed, strict=True)
    ):
        raise ShapeError(
            f"{layer.title}: {name} must have the shape {show_shape(needed)}, "
            f"got {show_shape(given)}"
        )
