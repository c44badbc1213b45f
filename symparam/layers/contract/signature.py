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
                value = _lower(cls.fields[name].kind, value)
                _refuse_words(cls, name, value, is_named=True)
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
                _refuse_words(cls, name, value, is_named=False)
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
    found = _word_as_written(cls, value, next_up, taken)
    if found is None and isinstance(value, Bare) and value.is_word() and value != value.lower():
        found = _word_as_written(cls, value.lower(), next_up, taken)
    return found


def _word_as_written(
    cls: "type[Layer]", value: str, next_up: list[str], taken: Mapping[str, Any]
) -> tuple[str, Any] | None:
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


def _lower(kind: Kind, value: Any) -> Any:
    """A word in capitals as the layer writes it."""
    if isinstance(value, Bare) and value.is_word() and not kind.takes_word(value):
        return value.lower() if kind.takes_word(value.lower()) else value
    return value


def _refuse_words(cls: "type[Layer]", name: str, value: Any, is_named: bool) -> None:
    """What reads like a word is no size by accident, unless its argument is named."""
    field = cls.fields[name]
    if not field.kind.takes_sizes or (field.required and not is_named):
        return
    for part in value if isinstance(value, tuple) else (value,):
        if isinstance(part, tuple):
            _refuse_words(cls, name, part, is_named)
        elif (
            isinstance(part, Bare)
            and not field.kind.takes_word(part)
            and (part.is_word() or (not (is_named or field.required) and part.reads_like_a_word()))
        ):
            raise ArgumentError(
                f"{cls.title}: {part} reads like a word, but {name} is a size",
                hint=_readings(cls, name, part),
            )


def _readings(cls: "type[Layer]", name: str, value: Bare) -> str:
    """How to write a word that was meant, and a size."""
    from difflib import get_close_matches

    text = value.lower()
    known = {w for field in cls.fields.values() for w in getattr(field.kind, "words", ())}
    known |= {w for w, (field, _) in WORDS.items() if field in cls.fields}
    homes = [field for field in cls.fields if cls.fields[field].kind.takes_word(text)]
    (near,) = get_close_matches(text, [*known, *cls.fields], n=1, cutoff=0.7) or ("",)
    keyword = KEYWORDS.get(text, near)
    if homes:
        word = f"write {homes[0]}={text}"
    elif keyword in cls.fields:
        word = f"write {keyword}=... for that argument"
    else:
        word = f"did you mean {near}?" if near else f"{cls.title} knows no such word"
    size = f"for a size of that name write {name}={value}"
    if value.is_word():
        size = "a size needs another name"
    return f"{word} {size[0].upper()}{size[1:]}" if word.endswith("?") else f"{word}; {size}"


def _read(cls: "type[Layer]", name: str, value: Any) -> Any:
    kind = cls.fields[name].kind
    try:
        return kind.take(value, cls)
    except UnfitError as unfit:
        got = shorten(show_value(value))
        if isinstance(value, Bare) and kind.counts:
            size = value.size()
            got += f" = {show_value(size)}" if isinstance(size, int | Fraction) else ""
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
        is_decimal = 10**9 % value.denominator == 0 and abs(value) < 10**15
        return str(float(value)) if is_decimal else str(value)
    return str(value)
