"""The parser, and the tables of it that each user keeps between runs, as plain data."""

import json
import os
import stat
from contextlib import suppress
from typing import Any

import lark
from lark.grammar import Rule
from lark.lexer import TerminalDef

_MAX_BYTES = 10_000_000  # far above any tables
_PARTS = ("postlex", "transformer")  # code, which is never stored


def parser(grammar: str, **parts: Any) -> lark.Lark:
    """The parser of a grammar, with its ``postlex`` and its ``transformer``.

    Making the tables takes longer than all else that a short run does, so they are kept as
    JSON: a file in the cache can be wrong, but it cannot act. They are read only where they
    belong to this user and nobody else may write them, and were made of this grammar by this
    version of the parser library.
    """
    made_of = [lark.__version__, grammar]
    file = _file()
    kept = _read(file) if file else None
    if isinstance(kept, dict) and kept.get("made_of") == made_of:
        with suppress(AttributeError, KeyError, LookupError, TypeError, ValueError):
            loaded: lark.Lark = lark.Lark._load_from_dict(  # type: ignore[no-untyped-call]
                kept["data"], kept["memo"], **parts
            )
            return loaded
    made = lark.Lark(
        grammar,
        start="script",
        parser="lalr",
        lexer="contextual",
        maybe_placeholders=False,
        **parts,
    )
    if file:
        data, memo = made.memo_serialize([TerminalDef, Rule])
        data["options"] = {k: v for k, v in data["options"].items() if k not in _PARTS}
        with suppress(OSError):
            _write(file, json.dumps({"made_of": made_of, "data": data, "memo": memo}))
    return made


def _file() -> str | None:
    """Where this user keeps the tables; None when there is no place."""
    home = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser(os.path.join("~", ".cache"))
    folder = os.path.join(home, "symparam")
    if not os.path.isabs(folder):
        return None
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
    except (OSError, ValueError):
        return None
    return os.path.join(folder, "parser.json")


def _read(path: str) -> Any:
    """What a file says in JSON; None where it is not there, broken, or not ours alone."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        with open(os.open(path, flags), "rb") as file:
            if not _is_own(os.fstat(file.fileno())):
                return None
            return json.loads(file.read(_MAX_BYTES), object_pairs_hook=_numbered)
    except (OSError, ValueError, RecursionError):
        return None


def _is_own(found: os.stat_result) -> bool:
    """Whether it is a regular file of this user's that nobody else may write."""
    if not stat.S_ISREG(found.st_mode):
        return False
    if not hasattr(os, "geteuid"):  # on Windows the folder of a user is the user's alone
        return True
    return found.st_uid == os.geteuid() and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def _numbered(pairs: list[tuple[str, Any]]) -> dict[Any, Any]:
    """An object whose keys were numbers before JSON made them texts; no name is all digits."""
    return {int(key) if key.isdecimal() else key: value for key, value in pairs}


def _write(path: str, text: str) -> None:
    """Write a private file, whole or not at all."""
    import tempfile  # the first run of a user alone needs it

    descriptor, unfinished = tempfile.mkstemp(dir=os.path.dirname(path), prefix=".parser-")
    try:
        with open(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(unfinished, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(unfinished)
        raise
