"""What the numbers mean: every output names the convention it counts by."""

from collections.abc import Iterable
from typing import NamedTuple


class Convention(NamedTuple):
    """A way of counting, in the words an output uses for it."""

    framework: str
    params: str
    shapes: str

    def sentence(self) -> str:
        return f"{self.framework} counts, {self.params}; {self.shapes}."


_PARAMS = {
    "Keras 3": "moving statistics included",
    "PyTorch": "buffers not included",
}


def convention(frameworks: Iterable[str]) -> Convention:
    """How layers of these frameworks are counted; Keras's way when there are none.

    >>> convention(["Keras 3"]).sentence()
    'Keras 3 counts, moving statistics included; shapes without the batch axis.'
    """
    names = list(dict.fromkeys(frameworks)) or ["Keras 3"]
    rules = [_PARAMS[name] for name in names if name in _PARAMS]
    return Convention(" and ".join(names), ", ".join(rules), "shapes without the batch axis")
