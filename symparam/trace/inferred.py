"""The input of a network that has none: the simplest that passes every layer."""

from collections.abc import Iterable, Mapping

from symparam.algebra.assumptions import Facts
from symparam.algebra.conditions import Condition
from symparam.algebra.sizes import Shape, symbol
from symparam.errors import RankError
from symparam.layers import Layer
from symparam.layers.contract.base import default_letters
from symparam.model.values import Value, stages
from symparam.trace.run import Trace

MAX_OPEN_RANK = 8  # an open network is tried on inputs of up to this many axes


def open_trace(
    network: Value,
    conditions: tuple[Condition, ...],
    taken: Iterable[str],
    serials: Mapping[int, tuple[int, Layer]],
    facts: Facts,
) -> Trace:
    """The trace of a network without Input, on an input of the lowest rank that passes.

    Its sizes are fresh symbols with the usual letters, but for those a layer insists on.
    Letters in ``taken`` are somebody else's.
    """
    furthest: RankError | None = None
    reached = -1
    for rank in range(1, MAX_OPEN_RANK + 1):
        letters = _letters(network, rank, set(taken))
        shape = tuple(map(symbol, letters))
        try:
            return _with_known_sizes(network, conditions, shape, tuple(letters), serials, facts)
        except RankError as error:
            place = error.span.start if error.span else 0
            if place > reached:
                furthest, reached = error, place
    assert furthest is not None
    furthest.message += f"; no input of rank 1 to {MAX_OPEN_RANK} passes every layer"
    furthest.hint = None
    raise furthest


def _with_known_sizes(
    network: Value,
    conditions: tuple[Condition, ...],
    shape: Shape,
    letters: tuple[str, ...],
    serials: Mapping[int, tuple[int, Layer]],
    facts: Facts,
) -> Trace:
    """The trace of an open network, with the sizes of its input that a layer insists on."""
    trace = Trace(network, conditions, shape, letters, serials, facts)
    for condition in trace.conditions:
        left, _, right = condition
        for size, wanted in ((left, right), (right, left)):
            inferred = set(map(str, getattr(wanted, "free_symbols", ()))) & set(letters)
            if condition.relation == "=" and str(size) in letters and not inferred:
                known = tuple(wanted if size == given else given for given in shape)
                rest = tuple(letter for letter in letters if letter != str(size))
                return _with_known_sizes(network, conditions, known, rest, serials, facts)
    return trace


def _letters(network: Value, rank: int, taken: set[str]) -> list[str]:
    usual = next(
        (
            stage.layer.axis_letters(rank)
            for stage in stages(network)
            if stage.layer.needs_rank() == rank
        ),
        default_letters(rank),
    )
    letters = []
    for letter in usual:
        candidate, number = letter, 1
        while candidate in taken:
            candidate = f"{letter}_in" if number == 1 else f"{letter}_in{number}"
            number += 1
        taken.add(candidate)
        letters.append(candidate)
    return letters
