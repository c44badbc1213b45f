"""A network as its users hold it: a program, and the sizes put in so far."""

import os
import sys
from collections.abc import Mapping
from typing import Any

from symparam.conditions import Condition, evaluated
from symparam.display import data, text
from symparam.errors import (
    ShapeError,
    SourceError,
    SymparamError,
    UnknownNameError,
    did_you_mean,
    shorten,
)
from symparam.opening import open_trace
from symparam.program import Model, Program, size_at
from symparam.sizes import Shape, Size, Tensors, symbol
from symparam.steps import Step
from symparam.syntax import MAX_LENGTH
from symparam.trace import Trace

_MAX_BYTES = 4 * MAX_LENGTH  # no character of UTF-8 takes more than 4


class Network:
    """A network, its counts and its shapes, in symbols or in numbers.

    >>> import symparam
    >>> net = symparam.parse("Input(h, w, c) -> Conv2D(f, 3x2) -> Flatten -> Dense(n)")
    >>> net.at(c=1, f=32).params
    n*(32*(h - 2)*(w - 1) + 1) + 224
    >>> net.at(h=8, w=8, c=1, f=32, n=10).params
    13674

    Made by ``parse`` and ``load``. Counts are exact: an ``int`` when every size is one,
    a sympy expression in positive integer symbols otherwise. Shapes leave out the batch
    axis.
    """

    trace: Trace

    def __init__(
        self,
        program: Program,
        sizes: Mapping[str, Any] | None = None,
        origin: "Network | None" = None,
    ) -> None:
        self._program = program
        self._sizes = {name: size_at(name, value) for name, value in (sizes or {}).items()}
        self._origin = origin or self  # the network before any numbers
        try:
            model = program(self._sizes)
            if origin is not None:
                self.trace = self._traced_at(model, origin.trace)
            elif model.is_closed:
                self.trace = Trace(model.network, model.conditions, serials=model.serials)
            else:
                self.trace = _opened(model)
        except SymparamError as error:
            if self._sizes:
                error.message += f" (at {_listed(self._sizes)})"
            raise error.locate(program.source) from None
        self._names = (*self.trace.input_names, *model.names)
        self._refuse_unknown(model.given)

    def _traced_at(self, model: Model, before: Trace) -> Trace:
        """The trace at numbers: what was inferred and what was required stay so."""
        numbers = {symbol(name): number for name, number in self._sizes.items()}
        failed = [condition for condition in before.conditions if condition.fails(numbers)]
        kept = [c.at(numbers) for c in before.conditions if c not in failed]
        shape = evaluated(before.input_shape, numbers) if before.is_open else None
        trace = Trace(
            model.network, (*model.conditions, *kept), shape, before.input_names, model.serials
        )
        for condition in failed:  # no layer has said it more clearly
            raise ShapeError(f"the network requires {text.condition(condition)}")
        return trace

    @property
    def params(self) -> Size:
        """The number of parameters, in the form that reads shortest."""
        return self.trace.params

    @property
    def trainable_params(self) -> Size:
        """The parameters that training changes."""
        return self.trace.trainable_params

    @property
    def non_trainable_params(self) -> Size:
        """The parameters that training leaves alone."""
        return self.trace.non_trainable_params

    @property
    def buffers(self) -> Size:
        """The elements that PyTorch stores beside the parameters, 0 in Keras."""
        return self.trace.buffers

    @property
    def input_shape(self) -> Shape | Tensors:
        """The shape that enters, without the batch axis; several for several inputs."""
        return self.trace.input_shape

    @property
    def output_shape(self) -> Shape | Tensors:
        """The shape that leaves, without the batch axis; several for several outputs."""
        return self.trace.output_shape

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """What the symbols must fulfil, checked when they get numbers.

        >>> import symparam
        >>> net = symparam.parse("Input(h, w, c) -> Conv2D(f, 3, groups=g)")
        >>> [(str(c.left), c.relation, str(c.right)) for c in net.conditions]
        [('g', '|', 'f'), ('g', '|', 'c'), ('h', '>=', '3'), ('w', '>=', '3')]
        """
        return self.trace.conditions

    @property
    def symbols(self) -> tuple[str, ...]:
        """The names of the sizes that are free, in the order they are met."""
        return tuple(name for name in self._names if name not in self._sizes)

    @property
    def steps(self) -> tuple[Step, ...]:
        """One step a layer: name, layer, shapes, weights and counts."""
        return tuple(self.trace.steps)

    def at(self, **sizes: Any) -> "Network":
        """The same network with numbers for some of its symbols.

        >>> import symparam
        >>> net = symparam.parse("Input(h, w, 3) -> Conv2D(64, 7, 2)")
        >>> print(net.at(h=224, w=224).output_shape)
        (109, 109, 64)

        Every layer checks its shapes again. Raises SizeError for anything but positive
        whole numbers, UnknownNameError for a name the network does not have, ShapeError
        where a layer becomes impossible.
        """
        return Network(self._program, {**self._sizes, **sizes}, self._origin)

    def summary(self) -> str:
        """The table of layers with shapes, formulas and counts, as plain text."""
        return text.summary(self.trace)

    def explain(self, width: int | None = None) -> str:
        """The derivation: for each layer its rule, the rule with sizes put in, the value.

        >>> import symparam
        >>> print(symparam.parse("Input(8, 8, 1) -> Conv2D(32, 3x2)").explain(width=80))
        Input (8, 8, 1)
        <BLANKLINE>
        conv2d: Conv2D(32, (3, 2))
        (8, 8, 1) -> (6, 7, 32)
        params = (kernel_height*kernel_width*in_channels + 1)*filters
               = (3*2*1 + 1)*32
               = 224
        <BLANKLINE>
        total = 224
        <BLANKLINE>
        Keras 3 counts, moving statistics included; shapes without the batch axis.

        An equation wider than ``width`` is broken at its equals signs.
        """
        return text.explain(self.trace, width)

    def to_json(self) -> dict[str, Any]:
        """The network as JSON values, in the schema of docs/interface.md."""
        return data.document(self.trace, self.symbols)

    def __repr__(self) -> str:
        at = f" at {_listed(self._sizes)}" if self._sizes else ""
        return f"<Network {shorten(str(self._program.script))}{at}>"

    def _refuse_unknown(self, given: frozenset[str]) -> None:
        for name in self._sizes:
            if name in self._names:
                continue
            if name in given:
                raise UnknownNameError(
                    f"{shorten(name)} is set in the script", hint="take its definition out"
                )
            free = ", ".join(self._names)
            hint = did_you_mean(name, list(self._names))
            raise UnknownNameError(
                f"the network has no size named {shorten(name)}",
                hint=hint or (f"its sizes are {free}" if free else "all its sizes are numbers"),
            )


def _opened(model: Model) -> Trace:
    """The trace of an open network, none of whose letters is a name of the script's."""
    while True:
        taken = {*model.names, *model.given}
        trace = open_trace(model.network, model.conditions, taken, model.serials)
        if not {*model.names} & {*trace.input_names}:
            return trace


def parse(source: str) -> Network:
    """The network that a text in the language writes.

    >>> import symparam
    >>> print(symparam.parse("Dense(7) -> Conv2D(32,3x2)").params)
    7*c + 1383

    Raises a SymparamError, with line, column and caret, for whatever is not a network.
    """
    return Network(Program(source))


def load(path: "str | os.PathLike[str]") -> Network:
    """The network that a file writes; ``-`` is standard input.

    Raises SourceError when the file is not there, is a directory or is not UTF-8.
    """
    return Network(Program(read(path)))


def read(path: "str | os.PathLike[str]") -> str:
    """The text of a file; ``-`` is standard input."""
    name = shorten(os.fspath(path))
    try:
        if os.fspath(path) == "-":
            content = sys.stdin.buffer.read(_MAX_BYTES + 1)
        else:
            with open(path, "rb") as file:
                content = file.read(_MAX_BYTES + 1)
    except FileNotFoundError:
        raise SourceError(f"there is no file {name}") from None
    except IsADirectoryError:
        raise SourceError(f"{name} is a directory") from None
    except (OSError, ValueError) as error:
        raise SourceError(f"{name} cannot be read: {error}") from None
    if len(content) > _MAX_BYTES:
        raise SourceError(f"{name} is longer than any source: {_MAX_BYTES} bytes")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SourceError(f"{name} is not UTF-8 text: byte {error.start} is not") from None


def _listed(sizes: Mapping[str, int]) -> str:
    return shorten(", ".join(f"{name}={value}" for name, value in sizes.items()))
