"""Arguments that are a pair or a range of numbers, which no count depends on."""

from typing import Annotated, Any

from symparam.layers.contract.base import Layer
from symparam.layers.contract.kinds import RealKind, UnfitError


class PairKind(RealKind):
    """Two numbers."""

    def __init__(self, low: int | None = None, high: int | None = None) -> None:
        super().__init__(low, high)
        self.says = f"a pair: {self.says} twice"

    def read(self, value: Any, layer: type[Layer]) -> Any:
        if not isinstance(value, tuple | list) or len(value) != 2:
            raise UnfitError("write (lower, upper)")
        return tuple(super(PairKind, self).read(entry, layer) for entry in value)


class RangeKind(RealKind):
    """The lower and the upper end of a range, or one number for both."""

    def __init__(
        self,
        low: int | None = None,
        high: int | None = None,
        *,
        optional: bool = False,
        keyword_only: bool = False,
    ) -> None:
        super().__init__(low, high, optional=optional)
        self.keyword_only = keyword_only
        self.pair = PairKind(low, high)
        self.says += ", or a pair of them"

    def read(self, value: Any, layer: type[Layer]) -> Any:
        if isinstance(value, tuple | list):
            return self.pair.read(value, layer)
        return super().read(value, layer)


class FactorKind(RangeKind):
    """The strength of an augmentation; of a pair Keras looks at one bound of each end only."""

    def __init__(self, low: int, high: int, *, optional: bool = False) -> None:
        super().__init__(low, high, optional=optional)
        self.pair = PairKind()
        self.ends = RealKind(None, high), RealKind(low, None)

    def read(self, value: Any, layer: type[Layer]) -> Any:
        value = super().read(value, layer)
        if isinstance(value, tuple):
            for end, kind in zip(value, self.ends, strict=True):
                kind.read(end, layer)
        return value


class OddKind(RangeKind):
    """An odd number, or a pair of them."""

    def __init__(self) -> None:
        super().__init__(1)
        self.says = "an odd number, or a pair of them"

    def read(self, value: Any, layer: type[Layer]) -> Any:
        value = super().read(value, layer)
        for entry in value if isinstance(value, tuple) else (value,):
            if isinstance(entry, int) and entry % 2 == 0:
                raise UnfitError
        return value


class ZoomKind(RangeKind):
    """How far to zoom: above -1, where nothing of the image would be left, to 1."""

    def __init__(self, *, optional: bool = False) -> None:
        super().__init__(-1, 1, optional=optional)
        self.says = "a number above -1, at most 1, or a pair of them"

    def read(self, value: Any, layer: type[Layer]) -> Any:
        value = super().read(value, layer)
        if -1 in (value if isinstance(value, tuple) else (value,)):
            raise UnfitError
        return value


Pair = Annotated[Any, PairKind()]
Share = Annotated[Any, FactorKind(0, 1)]
SignedShare = Annotated[Any, FactorKind(-1, 1)]
StrictShare = Annotated[Any, RangeKind(0, 1)]
StrictSignedShare = Annotated[Any, RangeKind(-1, 1)]
