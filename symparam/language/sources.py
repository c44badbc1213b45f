"""Where a script's text comes from, and which other files it may use."""

import os
import sys
from typing import NamedTuple

from symparam.errors import SourceError, did_you_mean, shorten
from symparam.language.syntax import MAX_LENGTH

_MAX_BYTES = 4 * MAX_LENGTH  # no character of UTF-8 takes more than 4
_ZOO = os.path.join(os.path.dirname(os.path.dirname(__file__)), "zoo")
ZOO_PREFIX = "zoo:"
EXTENSION = ".sym"


class Source(NamedTuple):
    """The text of a script, and the folders that its ``use`` statements look into.

    ``folder`` is where its relative paths begin and ``root`` what no path may leave; both
    are None for a text that came from nowhere.
    """

    text: str
    name: str | None = None  # as error messages call it, None for what was typed
    path: str | None = None
    folder: str | None = None
    root: str | None = None

    def find(self, reference: str) -> "Source":
        """The script that a ``use`` statement of this one names."""
        if reference.startswith(ZOO_PREFIX):
            return from_zoo(reference)
        if self.folder is None or self.root is None:
            raise SourceError(
                f"a text has no folder in which {shorten(reference)} could be",
                hint="say which with root=, or --root on the command line",
            )
        path = os.path.realpath(os.path.join(self.folder, reference))
        if not os.path.exists(path) and os.path.exists(path + EXTENSION):
            path += EXTENSION
        if os.path.commonpath([path, self.root]) != self.root:
            raise SourceError(
                f"{shorten(reference)} lies outside of {self.root}",
                hint="root=, or --root on the command line, opens a larger folder",
            )
        return _of(path, os.path.relpath(path, self.root), self.root)


def from_text(text: str, root: "str | os.PathLike[str] | None" = None) -> Source:
    """A text that was typed; it uses files below ``root`` only."""
    folder = None if root is None else os.path.realpath(root)
    return Source(text, folder=folder, root=folder)


def from_file(
    path: "str | os.PathLike[str]", root: "str | os.PathLike[str] | None" = None
) -> Source:
    """A file, standard input (``-``) or a script of the zoo (``zoo:resnet``).

    It uses files below ``root``, which is its own folder unless it is given.
    """
    name = os.fspath(path)
    if name.startswith(ZOO_PREFIX) and not os.path.exists(name):
        return from_zoo(name)
    if name == "-":
        return from_text(read(path), root)
    real = os.path.realpath(path)
    source = _of(name, None, os.path.dirname(real) if root is None else os.path.realpath(root))
    return source._replace(path=real, folder=os.path.dirname(real))


def from_zoo(reference: str) -> Source:
    """A script of the zoo: ``zoo:resnet``."""
    name = reference.removeprefix(ZOO_PREFIX)
    known = [*zoo(), *zoo("blocks")]
    if name not in known:
        raise SourceError(
            f"there is no {shorten(name)} in the zoo",
            hint=did_you_mean(name, known) or "symparam zoo lists what there is",
        )
    path = os.path.join(_ZOO, *name.split("/")) + EXTENSION
    return _of(path, ZOO_PREFIX + name, _ZOO)


def _of(path: str, name: str | None, root: str) -> Source:
    return Source(read(path), name, path, os.path.dirname(path), root)


def zoo(folder: str = "") -> list[str]:
    """The names of the scripts in a folder of the zoo, in alphabetical order."""
    files = sorted(os.listdir(os.path.join(_ZOO, folder)))
    prefix = f"{folder}/" if folder else ""
    return [prefix + name.removesuffix(EXTENSION) for name in files if name.endswith(EXTENSION)]


def read(path: "str | os.PathLike[str]") -> str:
    """The text of a file; ``-`` is standard input."""
    name = shorten(os.fspath(path))
    try:
        if os.fspath(path) == "-":
            content = sys.stdin.buffer.read(_MAX_BYTES + 1)
        else:
            with open(path, "rb") as file:
                content = file.read(_MAX_BYTES + 1)
    except FileNotFoundError:
        raise SourceError(f"there is no file {name}") from None
    except IsADirectoryError:
        raise SourceError(f"{name} is a directory") from None
    except (OSError, ValueError) as error:
        raise SourceError(f"{name} cannot be read: {error}") from None
    if len(content) > _MAX_BYTES:
        raise SourceError(f"{name} is longer than any source: {_MAX_BYTES} bytes")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SourceError(f"{name} is not UTF-8 text: byte {error.start} is not") from None
