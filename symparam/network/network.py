"""A network as its users hold it: a program, and the sizes substituted so far."""

import copy
import os
from collections.abc import Mapping
from fractions import Fraction
from typing import Any, Protocol

from symparam.algebra.conditions import Condition, evaluated
from symparam.algebra.sizes import Shape, Size, Tensors, indexed, symbol
from symparam.costs.steps import CountedStep, Counts, Form
from symparam.costs.work import work_convention
from symparam.display import content, text
from symparam.errors import (
    ArgumentError,
    RemarkText,
    ShapeError,
    SizeError,
    Span,
    SymparamError,
    UnknownNameError,
    did_you_mean,
    shorten,
)
from symparam.language.sources import from_file, from_text
from symparam.language.syntax import located, settings
from symparam.model.program import Model, Program
from symparam.model.settings import Numbers, numbers, sizes_at
from symparam.model.values import Register
from symparam.network.printable import Printable
from symparam.trace.fold import Cost
from symparam.trace.inferred import inferred
from symparam.trace.nodes import Trace
from symparam.trace.run import trace


class Definition(Protocol):
    """What a network is derived from: the program of a text, or a graph made in Python."""

    @property
    def identity(self) -> Any:
        """What two definitions have alike that are the same."""

    def located(self, error: SymparamError) -> SymparamError:
        """An error with its place in the text."""

    def place_of(self, table: str, name: str) -> Span | None:
        """Where a table of the script, ``config base`` or ``where``, has a name."""

    def __call__(
        self,
        sizes: Mapping[str, "int | Fraction | tuple[int, ...]"],
        register: Register | None = None,
    ) -> Model:
        """The model at these sizes, its layers entered in the register."""


class Network(Printable):
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

    def __init__(
        self,
        definition: Definition,
        sizes: Mapping[str, Any] | None = None,
        origin: "Network | None" = None,
    ) -> None:
        self.definition = definition
        self.sizes = {name: sizes_at(name, value) for name, value in (sizes or {}).items()}
        self._origin = origin or self  # the network before any numbers
        try:
            model = definition(self.sizes)
            if origin is not None:
                self.trace = self._traced_at(model, origin)
            elif model.is_closed:
                self.trace = trace(model)
            else:
                self.trace = inferred(model)
            self.counts = Counts(self.trace)
        except SymparamError as error:
            if self.sizes:
                error.message += f" (at {_listed(self.sizes)})"
            raise definition.located(error) from None
        self._model = model
        whole = self._origin
        self._names = (*self.trace.inferred, *model.names) if whole is self else whole._names
        self._free = whole.trace.symbols
        self._refuse_unknown(model.given)
        if origin is None:
            try:
                self._check_tables()
            except SymparamError as error:
                raise definition.located(error) from None

    def _traced_at(self, model: Model, origin: "Network") -> Trace:
        """The trace at numbers: what was inferred and what was required stay so."""
        before = origin.trace
        numbers: dict[Any, int] = {}
        scales: set[Any] = set()
        has_zeros = False  # that nobody assumed
        for name, value in self.sizes.items():
            least = int(name not in model.may_be_zero)
            if isinstance(value, Fraction):
                scales.add(symbol(name, least))
            elif isinstance(value, int):
                numbers[symbol(name, least)] = value
                has_zeros |= value < least
            else:
                numbers.update({indexed(name, i): number for i, number in enumerate(value)})
        # Outside of the domain of the formulas, and for fractions and zeros, which they were not
        # asked of, the conditions say nothing, and the run decides.
        is_known = not has_zeros and not any(c.fails(numbers) for c in before.domain)
        conditions = before.conditions if is_known else ()
        conditions = tuple(c for c in conditions if not scales & c.symbols)
        failed = [condition for condition in conditions if condition.fails(numbers)]
        kept = [c.at(numbers) for c in conditions if c not in failed]
        shape = evaluated(before.inputs[0], numbers) if before.is_inferred else None
        found = trace(model, tuple(kept), shape, before.inferred)
        for condition in failed:  # no layer has said it more clearly
            raise ShapeError(f"the network requires {text.condition(condition)}")
        return found

    @property
    def params(self) -> Size:
        """The number of parameters, in the form that reads shortest."""
        return self.counts.params

    @property
    def trainable_params(self) -> Size:
        """The parameters that training changes."""
        return self.counts.trainable_params

    @property
    def non_trainable_params(self) -> Size:
        """The parameters that training leaves alone."""
        return self.counts.non_trainable_params

    @property
    def active_params(self) -> Size:
        """The parameters that one token meets: of a mixture of experts, those that work at once.

        >>> import symparam
        >>> net = symparam.parse("Input(s, d) -> MoE(Dense(d), experts=8, active=2)")
        >>> print(net.params, net.active_params)
        8*d**2 + 16*d 2*d**2 + 10*d
        """
        return self.counts.active_params

    @property
    def buffers(self) -> Size:
        """The elements that PyTorch stores beside the parameters, 0 in Keras."""
        return self.counts.buffers

    @property
    def macs(self) -> Size:
        """The multiply-accumulates of a forward pass on one input: a product and a sum each.

        >>> import symparam
        >>> symparam.parse("Input(n, d) -> Dense(4*d, gelu) -> Dense(d)").macs
        8*d**2*n

        Matrix products, convolutions and attention count, of a mixture of experts those that
        work at once, and nothing else; docs/costs.md has the rules.
        """
        return self.counted("macs")

    @property
    def flops(self) -> Size:
        """Two operations for each multiply-accumulate of ``macs``."""
        return self.counted("flops")

    def counted(self, convention: str) -> Size:
        """The operations of a forward pass as a convention counts them, in its unit.

        >>> import symparam
        >>> net = symparam.load("zoo:resnet").at("resnet50")
        >>> net.counted("macs"), net.counted("fvcore")
        (4089184256, 4111512576)

        The name is one of ``symparam.costs.work.work_conventions()``, or that of a file that
        ends in ``.toml``. Raises UnknownNameError, SourceError or ArgumentError where it is no
        convention.
        """
        return self.counts.total(work_convention(convention).cost, active=True)

    def total(self, cost: Cost, active: bool = False) -> Size:
        """Any quantity of a step, over all steps and all iterations.

        >>> import symparam
        >>> def outputs(step):
        ...     size = 1
        ...     for n in step.y:
        ...         size *= n
        ...     return size
        >>> symparam.parse("Input(n, d) -> (Dense(4*d) -> Dense(d)) * L").total(outputs)
        5*L*d*n

        ``cost`` takes a step in the sizes of its own iteration, with ``x``, ``y`` and ``layer``,
        and returns a size. Of experts all count, or those that are ``active``.
        """
        return self.counts.total(cost, active)

    @property
    def input_shape(self) -> Shape | Tensors:
        """The shape that enters, without the batch axis; several for several inputs."""
        return self.trace.input_shape

    @property
    def output_shape(self) -> Shape | Tensors:
        """The shape that leaves, without the batch axis; several for several outputs."""
        return self.trace.output

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
    def domain(self) -> tuple[Condition, ...]:
        """What the symbols must fulfil for the formulas to hold, beside the conditions.

        >>> import symparam
        >>> net = symparam.parse("Input(a) -> Dense(d) * (n - 1)")
        >>> [(str(c.left), c.relation, str(c.right)) for c in net.domain]
        [('n', '>=', '2')]
        >>> net.at(n=1).params
        0

        Outside of it ``at`` runs the network at its numbers and is as exact.
        """
        return self.counts.domain

    @property
    def steps(self) -> tuple[CountedStep, ...]:
        """One step a layer: name, layer, shapes, weights and counts."""
        return self.counts.steps

    @property
    def remarks(self) -> tuple[str, ...]:
        """What is easily misread in the script, though it is no error, each with its place.

        >>> import symparam
        >>> for remark in symparam.parse("Input(9, 9, 3) -> Convolution2D(32, 5, 5)").remarks:
        ...     print(remark)
        Remark: Convolution2D: 5 is the stride, as in Keras 2 and 3
          1 | Input(9, 9, 3) -> Convolution2D(32, 5, 5)
            |                   ^^^^^^^^^^^^^
          hint: for the 5 x 5 kernel of Keras 1 write Convolution2D(32, 5 x 5)

        The command line prints them to standard error.
        """
        located = (
            self.definition.located(RemarkText(*remark)) for remark in self._model.register.remarks
        )
        return tuple(map(str, located))

    @property
    def configs(self) -> dict[str, dict[str, Any]]:
        """The named sizes of the script, ``config base: L=12, d=768``.

        >>> import symparam
        >>> symparam.parse("Input(n) -> Dense(m); config small: n=4, m=2*n").configs
        {'small': {'n': 4, 'm': 8}}
        """
        return {name: dict(sizes) for name, sizes in self._model.configs.items()}

    def at(self, /, *configs: str, **sizes: Any) -> "Network":
        """The same network with numbers for some of its symbols.

        >>> import symparam
        >>> net = symparam.parse("Input(h, w, 3) -> Conv2D(64, 7, 2)")
        >>> print(net.at(h=224, w=224).output_shape)
        (109, 109, 64)

        A sequence takes a list, and a config of the script can be given by its name:

        >>> script = "Input(w[0]) -> Dense(w[i]) for i in 1..L; config a: L=2, w=[4, 3, 2]"
        >>> net = symparam.parse(script)
        >>> net.at(L=1, w=[4, 3]).params, net.at("a").params, net.at("a", L=1).params
        (15, 23, 15)

        A text is an expression, which may use the other numbers:

        >>> symparam.parse("Input(d) -> Dense(f)").at(f="4*d", d=768).params
        2362368

        A symbol that scales sizes, as a width multiplier does, can be a positive fraction; every
        size that comes of it must be whole:

        >>> symparam.parse("Input(4) -> Dense(32*alpha)").at(alpha="3/4").params
        120

        Every layer checks its shapes again. Raises SizeError for anything but positive
        numbers, UnknownNameError for a name the network does not have, ArgumentError where two
        configs set the same size, ShapeError where a layer becomes impossible.
        """
        whole = self._origin
        # A size of the Input of a network that is applied stands for whatever enters there.
        bound = set(whole._names) - set(whole.trace.symbols)
        before = {**self.sizes, **self._of_configs(configs)}
        given = _numbers(before, sizes, whole._model.given)
        kept = {name: size for name, size in given.items() if name not in bound}
        return Network(self.definition, kept, whole)

    def _of_configs(self, names: tuple[str, ...]) -> dict[str, Numbers]:
        """The sizes of these configs together, each of which sets its own."""
        known = self._model.configs
        setter: dict[str, str] = {}
        for config in names:
            if config not in known:
                raise UnknownNameError(
                    f"the script has no config {shorten(config)}",
                    hint=did_you_mean(config, list(known))
                    or (f"its configs are {', '.join(known)}" if known else None),
                )
            for name in known[config]:
                if name in setter:
                    raise ArgumentError(
                        f"{name} is set by config {shorten(setter[name])} "
                        f"and by config {shorten(config)}"
                    )
                setter[name] = config
        return {name: known[config][name] for name, config in setter.items()}

    def _at_configs(self) -> dict[str, content.Config]:
        return {
            name: content.Config({**self.sizes, **sizes}, self.at(name).counts)
            for name, sizes in self._model.configs.items()
        }

    def form(self, kind: str, on: str | None = None) -> "Network":
        """The same network with its totals in another form.

        >>> import symparam
        >>> net = symparam.load("zoo:gpt2")
        >>> for kind in ("built", "expanded", "collected", "factored", "leading"):
        ...     print(kind, net.form(kind).params, sep=": ")
        built: 8*L*d*(d + 1) + L*d*(4*d + 1) + 4*L*d + T*d + V*d + 2*d
        expanded: 12*L*d**2 + 13*L*d + T*d + V*d + 2*d
        collected: 12*L*d**2 + d*(13*L + T + V + 2)
        factored: L*d*(12*d + 13) + d*(T + V + 2)
        leading: 12*L*d**2

        ``on`` is the symbol that the collected form is written in powers of. Raises
        UnknownNameError for a form or a symbol that there is not.
        """
        other = copy.copy(self)
        other.counts = self.counts.formed(Form(kind, on, self.symbols))
        return other

    def __eq__(self, other: object) -> bool:
        """Whether both have the same text, the same sizes and the same form."""
        return isinstance(other, Network) and self._identity() == other._identity()

    def __hash__(self) -> int:
        return hash(self._identity())

    def _identity(self) -> tuple[Any, ...]:
        return self.definition.identity, tuple(sorted(self.sizes.items())), self.counts.form

    def __reduce__(self) -> tuple[Any, ...]:
        """A copy, here or in another process, derives the network anew."""
        return _restored, (self.definition, self.sizes, self.counts.form)

    def __repr__(self) -> str:
        at = f" at {_listed(self.sizes)}" if self.sizes else ""
        return f"<Network {shorten(str(self.definition))}{at}>"

    def _check_tables(self) -> None:
        """Refuse a config or a glossary of sizes that the network does not have."""
        tables = [(f"config {name}", config) for name, config in self._model.configs.items()]
        for title, names in [*tables, ("where", self._model.glossary)]:
            for name in names:
                if name not in self._names:
                    raise UnknownNameError(
                        f"{shorten(title)}: the network has no size named {shorten(name)}",
                        self.definition.place_of(title, name),
                        did_you_mean(name, list(self._names)),
                    )

    def _refuse_unknown(self, given: Mapping[str, Any]) -> None:
        for name in self.sizes:
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


def _restored(definition: Definition, sizes: dict[str, Any], form: Form) -> Network:
    net = Network(definition)
    net = net.at(**sizes) if sizes else net
    return net if form == Form() else net.form(form.kind, form.on)


def parse(source: str, root: "str | os.PathLike[str] | None" = None) -> Network:
    """The network that a text in the language writes.

    >>> import symparam
    >>> print(symparam.parse("Dense(7) -> Conv2D(32,3x2)").params)
    7*c + 1383

    A text that uses files needs a ``root``, the folder in which they lie. Raises a
    SymparamError, with line, column and caret, for whatever is not a network.
    """
    return Network(Program(from_text(source, root)))


def load(path: "str | os.PathLike[str]", root: "str | os.PathLike[str] | None" = None) -> Network:
    """The network that a file writes; ``-`` is standard input, ``zoo:resnet`` one of the zoo.

    >>> import symparam
    >>> symparam.load("zoo:lenet5").at("mnist").params
    61706

    A file uses files in its own folder and below, or below ``root``. Raises SourceError when
    a file is not there, is a directory or is not UTF-8.
    """
    return Network(Program(from_file(path, root)))


def _numbers(
    before: Mapping[str, Numbers], given: Mapping[str, Any], around: Mapping[str, Any]
) -> dict[str, Numbers]:
    """The numbers known before and those that are given, where a text is an expression."""
    texts = {name: value for name, value in given.items() if isinstance(value, str)}
    plain = {name: sizes_at(name, given[name]) for name in given if name not in texts}
    if not texts:
        return {**before, **plain}
    text = ", ".join(f"{name}={value}" for name, value in texts.items())
    written = settings(text)
    if [setting.name for setting in written] != list(texts):
        raise SizeError(f"a size takes one expression, got {shorten(text)}")
    read = {setting.name: setting.value for setting in written}
    try:
        return numbers(read, {**before, **plain}, around)
    except SymparamError as error:
        raise located(error, text) from None


def _listed(sizes: Mapping[str, Any]) -> str:
    shown = {k: str(list(v) if isinstance(v, tuple) else v) for k, v in sizes.items()}
    return shorten(", ".join(f"{name}={value}" for name, value in shown.items()))
