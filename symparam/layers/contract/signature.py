"""How the arguments of a call find the fields of a layer."""

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

from symparam.algebra.sizes import Size
from symparam.errors import (
    ArgumentError,
    Span,
    SymparamError,
    UnknownNameError,
    did_you_mean,
    shorten,
)
from symparam.layers.contract.aliases import KEYWORDS, WORDS
from symparam.layers.contract.kinds import Bare, Kind, UnfitError

if TYPE_CHECKING:
    from symparam.layers.contract.base import Layer


class Argument(NamedTuple):
    """One argument as given: its value, its name if it has one, and where it stands."""

    value: Any
    keyword: str | None = None
    span: Span | None = None


class Field(NamedTuple):
    """One parameter of a layer's signature.

    ``name`` is the attribute that holds it; ``default`` is ``declared`` as the layer reads it.
    """

    name: str
    kind: Kind
    required: bool
    declared: Any
    default: Any


def bind(cls: "type[Layer]", arguments: Iterable[Argument]) -> dict[str, Any]:
    """The value of every field of the layer, from the arguments of a call.

    Sizes go in order. A bare word goes to the one field it can belong to, in order or
    not. Errors carry the place of the argument.
    """
    values: dict[str, Any] = {}
    positional = [name for name, field in cls.fields.items() if not field.kind.keyword_only]
    cursor = 0
    word_skipped_ahead = False
    for argument in arguments:
        value: Any = argument.value
        try:
            if argument.keyword is not None:
                name = _keyword(cls, argument.keyword)
            elif (word := _word(cls, value, positional[cursor : cursor + 1], values)) is not None:
                name, value = word
                in_turn = positional[cursor : cursor + 1] == [name]
                cursor += in_turn
                word_skipped_ahead |= not in_turn
            elif cursor >= len(positional):
                most = len(positional) or "no"
                plural = "" if most == 1 else "s"
                shape = [kind for name in positional if (kind := cls.fields[name].kind).is_shape]
                hint = f"several sizes are one tuple: {cls.title}((a, b))" if shape else None
                raise ArgumentError(
                    f"{cls.title} takes {most} argument{plural} at most",
                    hint=hint or usage(cls),
                )
            elif word_skipped_ahead:
                raise ArgumentError(
                    f"{cls.title}: a size after a word needs its name",
                    hint=f"for example {positional[cursor]}={show_value(value)}",
                )
            else:
                name = positional[cursor]
                cursor += 1
                _refuse_misspelt(cls, name, value)
            if name in values:
                raise ArgumentError(f"{cls.title} is given {name} twice")
            values[name] = _read(cls, name, value)
        except SymparamError as error:
            error.span = error.span or argument.span
            raise
    return _complete(cls, values)


def _keyword(cls: "type[Layer]", keyword: str) -> str:
    name = keyword
    if keyword not in cls.fields:
        name = KEYWORDS.get(f"{cls.title}.{keyword}") or KEYWORDS.get(keyword, keyword)
    if name not in cls.fields:
        raise UnknownNameError(
            f"{cls.title} has no argument {shorten(keyword)}",
            hint=did_you_mean(keyword, list(cls.fields)) or usage(cls),
        )
    return name


def _word(
    cls: "type[Layer]", value: Any, next_up: list[str], taken: Mapping[str, Any]
) -> tuple[str, Any] | None:
    """The field a word belongs to, and its value; None when it is not a word here."""
    if not isinstance(value, str):
        return None
    if value in WORDS and WORDS[value][0] in cls.fields:
        return WORDS[value]
    if next_up and cls.fields[next_up[0]].kind.takes_word(value):
        return next_up[0], value
    homes = [
        name
        for name, field in cls.fields.items()
        if name not in taken and not field.kind.keyword_only and field.kind.takes_word(value)
    ]
    if len(homes) > 1:
        raise ArgumentError(
            f"{cls.title}: {value} could be {' or '.join(homes)}",
            hint=f"name it: {homes[0]}={value}",
        )
    return (homes[0], value) if homes else None


def _refuse_misspelt(cls: "type[Layer]", name: str, value: Any) -> None:
    """A bare name for an optional size that is nearly a word is no symbol but a mistake."""
    field = cls.fields[name]
    if not isinstance(value, Bare) or field.required or not field.kind.counts or len(value) < 3:
        return
    from difflib import get_close_matches

    words = [w for field in cls.fields.values() for w in getattr(field.kind, "words", ())]
    near = get_close_matches(value, words, n=1, cutoff=0.75)
    if near:
        raise ArgumentError(
            f"{cls.title}: {value} is not a word it knows",
            hint=f"did you mean {near[0]}? For a size of that name write {name}={value}",
        )


def _read(cls: "type[Layer]", name: str, value: Any) -> Any:
    kind = cls.fields[name].kind
    try:
        return kind.take(value, cls)
    except UnfitError as unfit:
        got = shorten(show_value(value))
        if isinstance(value, Bare) and kind.counts and isinstance(size := value.size(), int):
            got += f" = {size}"
        raise ArgumentError(
            f"{cls.title}: {name} must be {kind.says}, got {got}", hint=unfit.hint
        ) from None


def _complete(cls: "type[Layer]", values: dict[str, Any]) -> dict[str, Any]:
    missing = [name for name, field in cls.fields.items() if field.required and name not in values]
    if missing:
        raise ArgumentError(f"{cls.title} needs {' and '.join(missing)}", hint=usage(cls))
    return {name: values.get(name, field.default) for name, field in cls.fields.items()}


def usage(cls: "type[Layer]") -> str:
    """The hint that shows how a layer is called."""
    return f"write {signature(cls)}"


def signature(cls: "type[Layer]") -> str:
    """A layer's name and parameters as one would call it."""
    parts = []
    for name, field in cls.fields.items():
        if name != "trainable":
            default = "" if field.required else f"={show_value(field.default, spread=True)}"
            parts.append(f"{name}{default}")
    return f"{cls.title}({', '.join(parts)})" if parts else cls.title


def show_shape(shape: Iterable[Size]) -> str:
    """A shape as a tuple, the way the language writes it."""
    return show_value(tuple(shape))


def show_value(value: Any, spread: bool = False) -> str:
    """An argument's value the way the language writes it."""
    if isinstance(value, tuple | list):
        if spread and value and all(entry == value[0] for entry in value):
            return show_value(value[0], spread)
        inner = ", ".join(show_value(entry) for entry in value)
        return f"({inner},)" if len(value) == 1 else f"({inner})"
    if isinstance(value, bool) or value is None:
        return str(value).lower()
    if isinstance(value, str) and not value.isidentifier():
        return f'"{value}"'
    if isinstance(value, Fraction):
        return str(float(value)) if abs(value) < 10**15 else str(value)
    return str(value)
