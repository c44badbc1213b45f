"""The input of a network that has none: the simplest that every layer accepts."""

from symparam.algebra.sizes import Shape, symbol
from symparam.errors import RankError
from symparam.layers.contract.base import default_letters
from symparam.model.program import Model
from symparam.model.values import Value, stages
from symparam.trace.nodes import Trace
from symparam.trace.run import trace

MAX_INFERRED_RANK = 8  # an input is tried with up to this many axes


def inferred(model: Model) -> Trace:
    """The trace of a network without Input, on an input of the lowest rank that all layers accept.

    Its sizes are fresh symbols with the usual letters, but for those a layer insists on; none
    of them is a name of the script's.
    """
    while True:  # a size of what enters, ``Dense(_.channels*k)``, may bring in more names
        taken = {*model.names, *model.given}
        found = _of_lowest_rank(model, taken)
        if not {*model.names} & {*found.inferred}:
            return found


def _of_lowest_rank(model: Model, taken: set[str]) -> Trace:
    furthest: RankError | None = None
    reached = -1
    for rank in range(1, MAX_INFERRED_RANK + 1):
        letters = _letters(model.network, rank, set(taken))
        try:
            return _with_known_sizes(model, tuple(map(symbol, letters)), tuple(letters))
        except RankError as error:
            place = error.span.start if error.span else 0
            if place > reached:
                furthest, reached = error, place
    assert furthest is not None
    furthest.message += f"; no input of rank 1 to {MAX_INFERRED_RANK} suits every layer"
    furthest.hint = None
    raise furthest


def _with_known_sizes(model: Model, shape: Shape, letters: tuple[str, ...]) -> Trace:
    """The trace on an inferred input, with the sizes that a layer insists on."""
    found = trace(model, (), shape, letters)
    for condition in found.conditions:
        left, _, right = condition
        for size, wanted in ((left, right), (right, left)):
            open_ = set(map(str, getattr(wanted, "free_symbols", ()))) & set(letters)
            if condition.relation == "=" and str(size) in letters and not open_:
                known = tuple(wanted if size == given else given for given in shape)
                rest = tuple(letter for letter in letters if letter != str(size))
                return _with_known_sizes(model, known, rest)
    return found


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
