"""Layers from outside the package: a file of them, or an installed package that offers some."""

import os
import sys
from functools import cache

from symparam.errors import SourceError, shorten
from symparam.layers.contract.base import Layer
from symparam.layers.contract.keras1 import LAYERS
from symparam.layers.contract.registry import find

GROUP = "symparam.layers"  # the entry point group under which packages offer layers


def load_file(path: "str | os.PathLike[str]") -> None:
    """Run a Python file, so that the classes it marks with ``@layer`` are known.

    Raises SourceError when it is not there or fails.
    """
    name = shorten(os.fspath(path))
    stem = os.path.splitext(os.path.basename(path))[0]
    if not os.path.isfile(path):
        raise SourceError(f"there is no file {name}", hint="--layers takes a Python file")
    import importlib.util

    spec = importlib.util.spec_from_file_location(stem, path)
    if spec is None or spec.loader is None:
        raise SourceError(f"{name} is no Python file", hint="its name must end in .py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[f"{GROUP}.{stem}"] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise SourceError(f"{name} cannot be loaded: {type(error).__name__}: {error}") from error


@cache
def load_installed() -> None:
    """Import the layers that installed packages offer."""
    from importlib.metadata import entry_points  # slow to import, and seldom needed

    for offered in entry_points(group=GROUP):
        try:
            offered.load()
        except Exception as error:
            raise SourceError(
                f"the layers of {offered.value} cannot be loaded: {type(error).__name__}: {error}"
            ) from error


def find_anywhere(name: str) -> type[Layer] | None:
    """The layer of this name, from installed packages too when it is not built in.

    What Keras 1 called it is the last that it may be.
    """
    cls = find(name)
    if cls is None:
        load_installed()
        cls = find(name) or find(LAYERS.get(name, ""))
    return cls
