"""Numbers for symbols: the settings of a config, of ``--at`` and of ``Network.at``."""

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any, TypeAlias, TypeVar

from symparam.algebra.conditions import evaluated
from symparam.algebra.sizes import bounded
from symparam.errors import SizeError, SymparamError, shorten
from symparam.language import records
from symparam.model.expressions import size_of
from symparam.model.scope import Scope, Sequence

N = TypeVar("N", int, "int | Fraction")

MAX_CHAINED = 100  # settings that need one another, one behind the other

Numbers: TypeAlias = "int | Fraction | tuple[int, ...]"


def numbers(
    settings: Mapping[str, records.Expression],
    known: Mapping[str, Numbers],
    around: Mapping[str, Any],
) -> dict[str, Numbers]:
    """The numbers that are known, and that of every setting, which may use all of them.

    >>> from symparam.language.syntax import settings
    >>> written = settings("f=4*d, w=[d, 2*d]")
    >>> numbers({setting.name: setting.value for setting in written}, {"d": 768}, {})
    {'d': 768, 'f': 3072, 'w': (768, 1536)}

    ``around`` is what the names of the script mean. Raises SizeError where a setting is no
    whole number of at least 0 and no positive fraction.
    """
    scope = _Settings(settings, {name: known[name] for name in known if name not in settings})
    scope.names = {**around, **scope.names}
    return {name: scope.number(name) for name in dict.fromkeys([*known, *settings])}


class _Settings(Scope):
    """Names in settings: first the other settings, then what the script defines."""

    def __init__(
        self, settings: Mapping[str, records.Expression], known: Mapping[str, Numbers]
    ) -> None:
        super().__init__({})
        self._waiting = dict(settings)
        self._open: list[str] = []
        self._numbers: dict[str, Numbers] = {}
        for name, value in known.items():
            self._know(name, value)

    def lookup(self, name: str) -> Any:
        if name in self._waiting or name in self._open:
            self.number(name)
        return super().lookup(name)

    def number(self, name: str) -> Numbers:
        """The number of a setting, worked out when something needs it first."""
        if name in self._open:
            raise SizeError(f"{name} depends on itself")
        if name in self._waiting:
            if len(self._open) == MAX_CHAINED:
                raise SizeError(f"more than {MAX_CHAINED} settings depend on one another")
            setting = self._waiting.pop(name)
            self._open.append(name)
            value = self._value(name, setting)
            self._open.remove(name)
            self._know(name, value)
        return self._numbers[name]

    def _know(self, name: str, value: Numbers) -> None:
        self._numbers[name] = value
        self.names[name] = Sequence(value) if isinstance(value, tuple) else value

    def _value(self, name: str, setting: records.Expression) -> Numbers:
        try:
            if not isinstance(setting, records.Listing):
                return self._single(name, setting, scale_at)
            if not setting.entries:
                raise SizeError(f"{name} needs at least one number, as in {name}=[1, 2]")
            return tuple(self._single(name, entry, size_at) for entry in setting.entries)
        except SymparamError as error:
            error.span = error.span or setting.span
            raise

    def _single(
        self, name: str, record: records.Expression, taken: Callable[[str, Any, str], N]
    ) -> N:
        """The number that a record writes, as it is ``taken`` for this name."""
        value = size_of(record, self)
        free: list[str] = []
        if hasattr(value, "free_symbols"):  # the script may define a name by other symbols
            known = {size: self.lookup(str(size)) for size in value.free_symbols}
            put = {size: number for size, number in known.items() if isinstance(number, int)}
            (value,) = evaluated((value,), put)
            free = sorted({str(size) for size in known if size not in put})
        text, shown = str(record), str(value)
        got = text if free or text == shown or shown in text else f"{text} = {shown}"
        try:
            return taken(name, value, got)
        except SizeError as error:
            if free:
                error.hint = f"no number is given for {' and '.join(free)}"
            raise


def sizes_at(name: str, value: Any) -> Numbers:
    """The number for a symbol, or numbers for a sequence; raises SizeError."""
    if isinstance(value, list | tuple):
        if not value:
            raise SizeError(f"{name} needs at least one number, as in {name}=[1, 2]")
        return tuple(size_at(name, entry) for entry in value)
    return scale_at(name, value)


def scale_at(name: str, value: Any, written: str | None = None) -> int | Fraction:
    """The number for a symbol, which somebody has ``written`` so; raises SizeError.

    A positive fraction stands for a symbol that scales sizes, as a width multiplier does.
    """
    if isinstance(value, Fraction) and value > 0 and value.denominator > 1:
        bounded(max(value.numerator, value.denominator))
        return value
    return size_at(name, value, written)


def size_at(name: str, value: Any, written: str | None = None) -> int:
    """The number for one size, which somebody has ``written`` so; raises SizeError."""
    if isinstance(value, Fraction) and value.denominator == 1:
        value = value.numerator
    try:
        number = value.__index__()
    except (AttributeError, TypeError):
        number = None
    if number is None or isinstance(value, bool) or number < 0:
        got = shorten(str(value) if written is None else written)
        raise SizeError(f"{name} must be a whole number of at least 0, got {got}")
    return int(bounded(number))
