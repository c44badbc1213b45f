"""The smallest piece of a network on which a difference shows."""

import re
from collections.abc import Iterator

from judge.answers import ask
from judge.cases import Call, Case, Chain, Enter, Fork, Size
from judge.verdict import Difference, judge
from symparam.frameworks.keras import Facts


def smallest(found: Difference, plan: tuple[int, ...]) -> Difference:
    """The difference on the smallest piece of its network that has one."""
    for case in sorted(pieces(found.case), key=lambda case: len(case.text())):
        try:
            judge(case, plan)
        except Difference as difference:
            return difference
    return found


def pieces(case: Case) -> Iterator[Case]:
    """Each run of layers, with the input that it has in the network."""
    chains: list[Chain] = [value for _, value in case.definitions if isinstance(value, tuple)]
    chains.append(case.network)
    while chains:
        chain = chains.pop()
        for start in range(len(chain)):
            entry = _entry(case, chain[:start])
            for end in range(start + 1, len(chain) + 1):
                piece = chain[start:end] if start == 0 else (*entry, *chain[start:end])
                if start == 0 or entry:
                    yield _with_definitions(case, piece)
            if isinstance(fork := chain[start], Fork):
                own = start == 0
                chains += [branch if own else (*entry, *branch) for branch in fork.branches]


def _entry(case: Case, before: Chain) -> Chain:
    """The input of the shape that leaves these layers; nothing where it is not one shape."""
    answer = ask(_with_definitions(case, before).text()) if before else None
    if not isinstance(answer, Facts) or not all(isinstance(n, int) for n in answer.output_shape):
        return ()
    return (Enter(tuple(map(Size, answer.output_shape))),)


def _with_definitions(case: Case, network: Chain) -> Case:
    """A network with those definitions that it needs."""
    kept: list[tuple[str, Call | Chain]] = []
    for definition in reversed(case.definitions):
        if definition[0] in re.findall(r"\w+", Case(network, tuple(kept)).text()):
            kept.insert(0, definition)
    return Case(network, tuple(kept))
