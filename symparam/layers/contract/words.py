"""Names for rules: symbols after the fields of a layer and the axes of its input."""

from symparam.algebra.sizes import Size, symbol

AXIS_WORDS = {
    "h": "height",
    "w": "width",
    "d": "depth",
    "c": "channels",
    "n": "features",
    "t": "steps",
}


class Words:
    """Symbols named after fields and axes, and the size that each of them stands for."""

    def __init__(self) -> None:
        self.meaning: dict[str, Size] = {}

    def symbol(self, name: str, size: Size) -> Size:
        """The symbol of this name; numbered where the name stands for another size already."""
        candidate, number = name, 1
        while self.meaning.setdefault(candidate, size) != size:
            number += 1
            candidate = f"{name}_{number}"
        return symbol(candidate)
