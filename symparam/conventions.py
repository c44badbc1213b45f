"""What the numbers mean: every output names the convention it counts by."""

from typing import NamedTuple


class Convention(NamedTuple):
    """A way of counting, in the words an output uses for it."""

    framework: str
    params: str
    shapes: str

    def sentence(self) -> str:
        return f"{self.framework} counts, {self.params}; {self.shapes}."


KERAS = Convention(
    framework="Keras 3",
    params="moving statistics included",
    shapes="shapes without the batch axis",
)
