"""The contract of a layer.

A layer is a frozen record. Its annotated fields are its signature, in the framework's
order and with its defaults; ``output_shape`` and ``weights`` are its physics, and ``work`` says
what it computes where that does not follow from them. Nothing else is written per layer: counts,
rules in argument names, the catalogue and error texts follow.

Layers are not dataclasses: their values are taken from many spellings before they are
stored, so the constructor is written by hand, once, and the hundred classes of the
catalogue then cost no generated code at start-up.
"""

from collections.abc import Callable, Iterable, Mapping
from inspect import get_annotations
from typing import Any, ClassVar, NamedTuple, TypeVar

from symparam.algebra.conditions import required
from symparam.algebra.sizes import Shape, Size, Tensors, settle
from symparam.errors import RankError, ShapeError
from symparam.layers.contract.kinds import FlagKind
from symparam.layers.contract.signature import Argument, Field, bind, show_shape, show_value
from symparam.layers.contract.words import AXIS_WORDS, Words
from symparam.layers.contract.work import Contraction, Work, bias

DEFAULT_AXES = {1: "n", 2: "t c", 3: "h w c", 4: "d h w c"}


class Weight(NamedTuple):
    """One tensor that a layer stores."""

    name: str
    shape: Shape
    trainable: bool = True
    owner: "Layer | None" = None  # the layer inside a wrapper that it belongs to


class Layer:
    """The base of every layer.

    >>> from symparam.layers import Dense
    >>> dense = Dense(10, activation="relu")
    >>> dense.output_shape((7,)), [weight.shape for weight in dense.weights((7,))]
    ((10,), [(7, 10), (10,)])

    Shapes leave the batch axis out. ``takes`` names the axes a layer needs, one letter
    each: ``"h w c"`` is exactly three, ``"... n"`` at least one, ``"..."`` any number.
    ``inputs`` names the tensors of a layer that takes several: ``"query value? key?"``,
    or ``"tensor..."`` for any number; it is then called with ``Tensors``, even of one.
    Raises ArgumentError and UnknownNameError for arguments that do not fit.
    """

    title: ClassVar[str]  # the name in the language
    prefix: ClassVar[str] = ""  # what the language writes before the class name
    framework: ClassVar[str] = "Keras 3"  # whose counts and shapes these are

    takes: ClassVar[str] = "..."
    inputs: ClassVar[str] = ""
    ignores: ClassVar[str] = ""  # keywords that change no count, beyond those every layer has
    transposes: ClassVar[str] = ""  # the weight that ``.T`` of the layer transposes
    lists_sizes: ClassVar[bool] = False  # whether loose sizes are one tuple: Input(h, w, c)
    order: ClassVar[str] = ""  # the fields that come first, where it is not as declared
    fields: ClassVar[dict[str, Field]] = {
        "trainable": Field("trainable", FlagKind(keyword_only=True), False, True, True)
    }

    trainable: bool

    def __init_subclass__(cls) -> None:
        cls.title = cls.prefix + cls.__name__
        fields: dict[str, Field] = {}
        for base in reversed(cls.__bases__):
            fields.update(getattr(base, "fields", {}))
        for name, annotation in get_annotations(cls).items():
            metadata = getattr(annotation, "__metadata__", None)
            if getattr(annotation, "__origin__", None) is ClassVar:
                continue
            if metadata is None:
                raise TypeError(f"{cls.__name__}.{name} needs a kind: name: Count, name: Flag, ...")
            if is_taken(name, cls):
                raise TypeError(
                    f"{cls.__name__}.{name}: layers use this name themselves; {name}_ is the field "
                    f"whose argument is {name}"
                )
            required = name not in cls.__dict__
            # ``output_shape_`` is the field output_shape: its plain name is a method's.
            field = Field(name, metadata[0], required, cls.__dict__.get(name), None)
            fields[name.rstrip("_")] = field
        fields = {name: fields[name] for name in [*cls.order.split(), *fields]}
        cls.fields = {
            name: field
            if field.required
            else field._replace(default=field.kind.take(field.declared, cls))
            for name, field in fields.items()
        }

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        given = [Argument(value) for value in arguments]
        given += [
            Argument(value, name) for name, value in keywords.items() if not self.is_ignored(name)
        ]
        self._store(bind(type(self), given))
        self.check()

    @classmethod
    def of(cls: "type[L]", arguments: Iterable[Argument]) -> "L":
        """The layer with these arguments; errors carry the place of the argument."""
        layer = cls.__new__(cls)
        layer._store(bind(cls, arguments))
        layer.check()
        return layer

    @classmethod
    def sample(cls: "type[L]") -> "L":
        """Some layer of this class, with its optional arguments at their defaults."""
        return cls.with_values(
            {
                name: field.kind.sample(cls) if field.required else field.default
                for name, field in cls.fields.items()
            }
        )

    @classmethod
    def with_values(cls: "type[L]", values: Mapping[str, Any]) -> "L":
        """The layer with field values that are already in their final form."""
        layer = cls.__new__(cls)
        layer._store(values)
        return layer

    def changed(self: "L", change: Callable[[Any], Any]) -> "L":
        """The layer with every value changed; those in a tuple, which may nest, one by one."""
        return self.with_values({name: mapped(self.value(name), change) for name in self.fields})

    def _store(self, values: Mapping[str, Any]) -> None:
        self.__dict__.update({self.fields[name].name: value for name, value in values.items()})

    @property
    def stem(self) -> str:
        """What the names of its uses are made of, as Keras numbers them."""
        return type(self).__name__

    def value(self, name: str) -> Any:
        """The value of a field."""
        return self.__dict__[self.fields[name].name]

    def sample_input(self) -> Shape | Tensors:
        """Some input of the lowest rank, or several where the layer takes several."""
        least = len(self.takes.split()) - self.takes.startswith("...")
        shape = (1,) * max(least, 1)
        named = [word for word in self.inputs.split() if not word.endswith("...")]
        return Tensors([shape] * max(len(named), 1)) if self.inputs else shape

    # What a layer says of itself.

    def check(self) -> None:
        """Refuse arguments that do not go together."""

    def output_shape(self, x: Any) -> Shape | Tensors:
        """The shape that leaves the layer when ``x`` enters it, or several."""
        shape: Shape = x
        return shape

    def weights(self, x: Any) -> tuple[Weight, ...]:
        """What the layer stores for an input of shape ``x``."""
        return ()

    def work(self, x: Any) -> Work:
        """What the layer computes for an input of shape ``x``, see ``Contraction``.

        Unless a layer says otherwise, each trained matrix multiplies its input at every output
        position, and each bias is added to the whole output.
        """
        weights = self.weights(x)
        if not weights:
            return ()
        output = self.first_output(x)
        found: Work = ()
        for weight in weights:
            if "bias" in weight.name:
                found += bias(output)
            elif weight.trainable and len(weight.shape) > 1:
                *summed, last = weight.shape
                places = self.positions(output)
                found += (Contraction("matmul", places, tuple(summed), (last,), (weight.name,)),)
        return found

    def first_output(self, x: Any) -> Shape:
        """The shape that leaves the layer, of several the first."""
        y = self.output_shape(x)
        first: Shape = y[0] if isinstance(y, Tensors) else y
        return first

    def positions(self, y: Shape) -> Shape:
        """The sizes of an output without its channels: where the same weights are used."""
        return y[:-1]

    def buffers(self, x: Any) -> tuple[Weight, ...]:
        """What it stores beside its parameters, where the framework keeps the two apart."""
        return ()

    def table_shape(self) -> Shape | None:
        """The shape of the weight that ``.T`` transposes, where no input is needed to know it."""
        return None

    # What follows from it.

    def accept(self, x: Shape | Tensors) -> Any:
        """The input as the layer takes it; refuses a wrong number of tensors or axes."""
        words = self.inputs.split()
        if not words:
            if isinstance(x, Tensors):
                raise ShapeError(
                    f"{self.title} takes one tensor, got {len(x)}: {show_value(x)}",
                    hint="_[0] picks the first; Concatenate and Add make one of them",
                )
            self.check_rank(x)
            return x
        least = sum(not word.endswith(("?", "...")) for word in words) or 1
        if not isinstance(x, Tensors) and least == 1 and not words[0].endswith("..."):
            x = Tensors((x,))
        most = None if words[-1].endswith("...") else len(words)
        if not isinstance(x, Tensors) or len(x) < least or (most is not None and len(x) > most):
            got = len(x) if isinstance(x, Tensors) else "one"
            needs = f"{least}" if least == most else f"{least} to {most}" if most else "several"
            raise ShapeError(
                f"{self.title} takes {needs} tensors, got {got}: {show_value(x)}",
                hint=f"write ({', '.join('abc'[: max(least, 2)])}) -> {self.title}",
            )
        for tensor in x:
            if isinstance(tensor, Tensors):
                raise ShapeError(f"{self.title} cannot take nested tensors: {show_value(x)}")
        self.check_rank(x[0])
        return x

    def after(self, x: Shape | Tensors) -> Shape | Tensors:
        """The checked shape that leaves the layer when ``x`` enters it."""
        return settled(self.output_shape(self.accept(x)))

    def inside(self, x: Shape | Tensors) -> tuple[Weight, ...]:
        """The weights of this layer as part of another, which are its own all the same."""
        return tuple(
            weight._replace(
                trainable=weight.trainable and self.trainable, owner=weight.owner or self
            )
            for weight in self.weights(self.accept(x))
        )

    @classmethod
    def is_ignored(cls, keyword: str) -> bool:
        """Whether the keyword is accepted and changes no count."""
        return keyword in _IGNORED or keyword in cls.ignores.split()

    @classmethod
    def spatial_letters(cls) -> list[str]:
        """The letters of the spatial axes that the layer works on."""
        return cls.takes.split()[:-1]

    @classmethod
    def spatial_rank(cls) -> int:
        """How many spatial axes the layer works on."""
        return len(cls.spatial_letters())

    def axis_letters(self, rank: int) -> tuple[str, ...]:
        """One letter for each axis of an input of this rank."""
        letters = self.takes.split()
        if letters[0] != "...":
            if getattr(self, "data_format", None) == "channels_first":
                return (letters[-1], *letters[:-1])
            return tuple(letters)
        usual = default_letters(rank)
        return (*usual[: rank - len(letters) + 1], *letters[1:])

    def needs_rank(self) -> int | None:
        """The only rank the layer takes, None when there are several."""
        return None if self.takes.startswith("...") else len(self.takes.split())

    def check_rank(self, x: Shape) -> None:
        """Refuse an input with the wrong number of axes."""
        need = self.needs_rank()
        name = self.title
        if need is not None and len(x) != need:
            letters = ", ".join(self.axis_letters(need)) + ("," if need == 1 else "")
            raise RankError(
                f"{name} needs a rank-{need} input ({letters}), got rank {len(x)}: {show_shape(x)}"
            )
        least = len(self.takes.split()) - 1
        if need is None and len(x) < least:
            raise RankError(
                f"{name} needs an input of rank {least} or more, got rank {len(x)}: {show_shape(x)}"
            )

    def axis_index(self, axis: int, x: Shape) -> int | None:
        """An axis number of the framework as an index into ``x``; None is the batch axis."""
        index = axis - 1 if axis >= 0 else axis + len(x)
        if not -1 <= index < len(x):
            raise RankError(
                f"{self.title} has axis={axis}, but its input has rank {len(x)}: {show_shape(x)}"
            )
        return None if index == -1 else index

    def axis_indices(self, axes: tuple[int, ...], x: Shape) -> list[int | None]:
        """Several axis numbers as indices into ``x``, none of them twice."""
        indices = [self.axis_index(axis, x) for axis in axes]
        if len(set(indices)) < len(indices):
            raise ShapeError(f"{self.title} names an axis twice: {show_value(axes)}")
        return indices

    def axis_size(self, axis: int, x: Shape) -> Size:
        """The size of the input along an axis that must not be the batch axis."""
        index = self.axis_index(axis, x)
        if index is None:
            raise ShapeError(f"{self.title} cannot work along the batch axis")
        return x[index]

    def in_words(self, x: Any, words: Words) -> tuple["Layer", Any]:
        """This layer and its input with words for its fields and axes, which ``words`` notes."""
        named = self.fields_in_words(words)
        if not isinstance(x, Tensors):
            return named, self._axes_in_words("in", x, words)
        roles = [word.rstrip("?.") for word in self.inputs.split()]
        roles += [f"{roles[-1]}{i}" for i in range(2, len(x) - len(roles) + 2)]
        if len(x) == 1:
            roles = ["in"]
        return named, Tensors(map(self._axes_in_words, roles, x, [words] * len(x)))

    def fields_in_words(self: "L", words: Words) -> "L":
        """The layer with words for sizes.

        A field at its default keeps its value, so that a rule names only what somebody chose.
        """
        values: dict[str, Any] = {}
        for name, field in self.fields.items():
            value = self.value(name)
            if field.kind.counts and (field.required or value != field.default):
                value = field.kind.in_words(name, value, type(self), words)
            values[name] = value
        return self.with_values(values)

    def _axes_in_words(self, role: str, shape: Shape, words: Words) -> Shape:
        letters = self.axis_letters(len(shape))
        if len(letters) != len(shape):
            letters = default_letters(len(shape))
        return tuple(
            words.symbol(f"{role}_{axis_word(letter)}", size)
            for letter, size in zip(letters, shape, strict=True)
        )

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"{self.title} is immutable")

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and other.__dict__ == self.__dict__

    def __hash__(self) -> int:
        return hash((type(self), *self.__dict__.values()))

    def __repr__(self) -> str:
        shown = []
        for name, field in self.fields.items():
            value = self.value(name)
            if field.required:
                shown.append(show_value(value))
            elif value != field.default:
                shown.append(f"{name}={show_value(value)}")
        return f"{self.title}({', '.join(shown)})" if shown else self.title


L = TypeVar("L", bound=Layer)


def mapped(value: Any, change: Callable[[Any], Any]) -> Any:
    """A value with all in it changed, in tuples of tuples one by one."""
    if isinstance(value, Tensors):
        return Tensors(mapped(part, change) for part in value)
    if isinstance(value, tuple):
        return tuple(mapped(part, change) for part in value)
    return change(value)


def is_taken(name: str, cls: type[Layer]) -> bool:
    """Whether layers, or a class that this one comes from, use a name for something else."""
    if name in vars(Layer) or name in Layer.__annotations__:
        return name != "trainable"
    # A field of the name of a method would stand in its place in every object.
    return any(hasattr(vars(base).get(name), "__get__") for base in cls.__mro__[1:])


_IGNORED = frozenset({"name", "dtype", "autocast", "activity_regularizer"})


def check_fits(name: str, other: Shape, x: Shape) -> None:
    """Refuse a tensor that does not fit the last axes of ``x``, element by element."""
    for place, size in enumerate(reversed(other), start=1):
        if size != 1 and (place > len(x) or not required(size, "=", x[-place])):
            raise ShapeError(
                f"{name}: {show_shape(other)} does not fit the last axes of {show_shape(x)}"
            )


def settled(x: Shape | Tensors) -> Shape | Tensors:
    """Every size an int where it is one."""
    return Tensors(map(settled, x)) if isinstance(x, Tensors) else tuple(map(settle, x))


def tuning(*weights: str) -> str:
    """The keywords that tune a weight without changing any count."""
    return " ".join(
        f"{weight}_{how}"
        for weight in weights
        for how in ("initializer", "regularizer", "constraint")
    )


def default_letters(rank: int) -> tuple[str, ...]:
    """The usual letters for the axes of a tensor of this rank."""
    if rank in DEFAULT_AXES:
        return tuple(DEFAULT_AXES[rank].split())
    return tuple(f"n{i}" for i in range(1, rank + 1))


def axis_word(letter: str) -> str:
    """The field's word for an axis letter."""
    return AXIS_WORDS.get(letter, f"axis_{letter[1:]}")
