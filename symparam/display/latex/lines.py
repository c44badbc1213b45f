"""Equations on lines of a given width, broken where a reader would break them."""

import re
from collections.abc import Sequence

from symparam.display.latex.formulas import Piece, joined
from symparam.display.latex.widths import EM, width

COLUMN = 20  # em: a column of a two-column article
_DEEPEST = 3  # em that a line stands in at most: one, and one more for each pair of brackets
_EQUALS = width("=")
_MANY = 8  # rows, from which on a page may end between two


def rows(
    left: list[Piece], sides: Sequence[list[Piece]], em: int = COLUMN, relation: str = "="
) -> list[str]:
    r"""``left = side = side`` as rows of an align: one if it fits, else one a side or more.

    Sides that say the same as the one before are left out.
    """
    room = em * EM * 97 // 100
    shown = [joined(left)]
    kept: list[list[Piece]] = []
    for side in sides:
        if (text := joined(side)) != shown[-1]:
            shown.append(text)
            kept.append(side)
    if sum(map(width, shown)) + len(kept) * _EQUALS <= room:
        whole = f" {relation} ".join(shown[1:])
        return [f"{shown[0]} &{relation} {whole}"]
    found: list[str] = []
    before = width(shown[0])
    if before > room // 3:
        found += [f"&{line}" for line in broken(left, room)]
        before = EM
    for place, side in enumerate(kept):
        first, *more = broken(side, room - before - _EQUALS)
        start = r"&\quad " if found and before == EM else "&" if place else f"{shown[0]} &"
        found += [f"{start}{relation} {first}", *(f"&{line}" for line in more)]
    return found


def broken(parts: list[Piece], room: int) -> list[str]:
    """A formula in lines: broken at its outer level, inside a term only where that is too wide.

    The lines are as even as their number allows.
    """
    filled = _filled(parts, room)
    for less in range(room * 9 // 10, room // 2, -room // 10):
        even = _filled(parts, less)
        if len(even.lines) > len(filled.lines) or even.widest > room:
            break
        filled = even
    lines = [joined(line).rstrip().removesuffix(r"\,") for _, line in filled.lines]
    if len(lines) == 1:
        return lines
    for place, (_, line) in enumerate(filled.lines[1:], 1):
        indent = r"\quad" * _indent(line[0])
        lines[place] = f"{indent} {{}}{lines[place].lstrip()}"
    # A pair of brackets that grow cannot stand on two lines.
    return [re.sub(r"\\(left|right)(?=[()\\])", _of_one_size, line) for line in lines]


def _filled(parts: list[Piece], room: int) -> "_Lines":
    lines = _Lines(room)
    lines.put(parts)
    return lines


def align(found: Sequence[str], is_numbered: bool = True) -> str:
    """Rows as an environment, which has one number if any."""
    if len(found) == 1 and is_numbered:
        return f"\\begin{{equation}}\n  {found[0].replace('&', '')}\n\\end{{equation}}"
    name = "align" if is_numbered else "align*"
    hidden = r" \nonumber" if is_numbered else ""
    body = f"{hidden} \\\\\n  ".join(found)
    shown = f"\\begin{{{name}}}\n  {body}\n\\end{{{name}}}"
    if len(found) > _MANY:
        return f"\\begingroup\\allowdisplaybreaks\n{shown}\n\\endgroup"
    return shown


class _Lines:
    """Lines that fill up, each with how deep inside brackets it begins."""

    def __init__(self, room: int) -> None:
        self.lines: list[tuple[int, list[Piece]]] = [(0, [])]
        self.widest = 0
        self._room = room
        self._used = 0

    def put(self, parts: list[Piece]) -> None:
        """Add pieces to the last line, or to new ones."""
        wide = sum(width(piece.text) for piece in parts)
        inner = _split(parts)
        is_split = wide > self._room - _indent(parts[0]) * EM and len(inner) > 1
        depth, line = self.lines[-1]
        # A term begins a line of its own where the one before it is broken in its brackets.
        is_behind = parts[0].depth % 2 == 0 and parts[0].depth < depth - 1
        is_late = self._used > self._room // 3 if is_split else self._used + wide > self._room
        if line and parts[0].begins and (is_behind or is_late):
            depth = parts[0].depth
            self.lines.append((depth, []))
            self._used = _indent(parts[0]) * EM
        if is_split:
            for part in inner:
                self.put(part)
            return
        self.lines[-1][1].extend(parts)
        self._used += wide
        self.widest = max(self.widest, self._used)


def _indent(first: Piece) -> int:
    """How many em a line stands in from the first that begins with a piece."""
    return min(first.depth // 2 + 1, _DEEPEST) if first.begins else 0


def _split(parts: list[Piece]) -> list[list[Piece]]:
    """The pieces between the places where a line ends best."""
    shallowest = min((piece.depth for piece in parts[1:] if piece.begins), default=None)
    split = [[parts[0]]]
    for piece in parts[1:]:
        if piece.depth == shallowest:
            split.append([])
        split[-1].append(piece)
    return split


def _of_one_size(match: "re.Match[str]") -> str:
    return r"\biggl" if match[1] == "left" else r"\biggr"
