"""All layers by name: the catalogue that the language, the command line and the docs read."""

from collections.abc import Iterator
from importlib import import_module
from typing import TypeVar

from symparam.layers.contract.aliases import LAYERS
from symparam.layers.contract.base import Layer

L = TypeVar("L", bound=Layer)

_REGISTRY: dict[str, type[Layer]] = {}


def layer(cls: type[L]) -> type[L]:
    """Enter a layer class into the catalogue, under its own name.

    >>> from symparam.layers import Layer, Weight, layer, find
    >>> find("Dense").__name__
    'Dense'

    From then on the language, the command line and the catalogue know it. Raises TypeError
    when another class has the name; running the same definition again replaces it.
    """
    before = _REGISTRY.get(cls.title)
    if before is not None and before.__module__ != cls.__module__:
        raise TypeError(f"there is already a layer named {cls.title}")
    _REGISTRY[cls.title] = cls
    return cls


def find(name: str) -> type[Layer] | None:
    """The layer class of this name or alias, None when there is none."""
    if name.startswith("nn."):
        _import_torch()
    return _REGISTRY.get(name) or _REGISTRY.get(LAYERS.get(name, ""))


def catalogue() -> Iterator[type[Layer]]:
    """Every layer class, in the order of the families."""
    _import_torch()
    yield from _REGISTRY.values()


def known_names() -> list[str]:
    """Every name that ``find`` knows."""
    _import_torch()
    return [*_REGISTRY, *LAYERS]


def _import_torch() -> None:
    """PyTorch's family is imported when one of its names is met: it is as large as Keras's."""
    import_module("symparam.layers.torch")
