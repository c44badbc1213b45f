"""Labels of a finished statement: for the statements below it each is a named tensor."""

from collections.abc import Iterable, Iterator

from symparam.model.values import (
    Branches,
    Chain,
    Frozen,
    Mark,
    Repeat,
    Slot,
    Tensor,
    Value,
    chain,
    is_closed,
    is_tensor,
    named,
)


def apart(value: Value, slots: Iterable[Slot]) -> "tuple[Value, dict[Slot, Tensor | None]]":
    """A statement in which what leads to each label is a tensor of its own, and these tensors.

    A label that is numbered by the index of a repeat has none.
    """
    splitting = _Splitting(slots)
    whole = splitting.whole(value, None)
    return whole, splitting.found


class _Splitting:
    """A statement while it is cut behind its labels."""

    def __init__(self, slots: Iterable[Slot]) -> None:
        self._wanted = set(slots)
        self.found: dict[Slot, Tensor | None] = {}

    def whole(self, value: Value, before: Tensor | None) -> Value:
        """The value, which ``before`` enters, cut behind each label."""
        stages = [(stage, self._set_in(stage)) for stage in self._stages(value)]
        last = {slot: place for place, (_, slots) in enumerate(stages) for slot in slots}
        done: list[Value] = [] if before is None else [before]
        for place, (stage, slots) in enumerate(stages):
            here = [slot for slot in slots if last[slot] == place]
            if here and isinstance(stage, Branches):
                if done:
                    done = [_tensor(done)]
                done.append(self._branches(stage, done))
                continue
            done.append(stage)
            tensors = [slot for slot in here if not slot.is_indexed]
            if tensors:
                done = [_tensor(done)]
            self.found |= {slot: done[0] if slot in tensors else None for slot in here}  # type: ignore[misc]
        return chain(done)

    def _branches(self, stage: Branches, before: list[Value]) -> Branches:
        entering = before[0] if before else None
        branches = []
        for branch in stage.branches:
            if self._set_in(branch):
                is_open = not (is_tensor(branch) or is_closed(branch))
                assert entering is None or isinstance(entering, Tensor)
                branch = self.whole(branch, entering if is_open else None)
            branches.append(branch)
        return stage._replace(branches=tuple(branches))

    def _stages(self, value: Value) -> Iterator[Value]:
        """The stages of a chain; a frozen network that has labels is one of frozen stages."""
        for stage in value.stages if isinstance(value, Chain) else (value,):
            if not isinstance(stage, Frozen) or not self._set_in(stage):
                yield stage
                continue
            body, span = stage.body, stage.span
            if isinstance(body, Branches):
                yield body._replace(branches=tuple(Frozen(b, span) for b in body.branches))
            elif isinstance(body, Mark):
                yield body
            elif isinstance(body, Chain | Frozen):
                for part in self._stages(body):
                    yield from self._stages(Frozen(part, span))
            else:
                yield stage

    def _set_in(self, value: Value) -> list[Slot]:
        """The labels that a value sets, in order."""
        found: dict[Slot, None] = {}
        stack: list[Value] = [value]
        while stack:
            part = stack.pop()
            if isinstance(part, Mark):
                if part.slot in self._wanted:
                    found[part.slot] = None
            elif isinstance(part, Chain):
                stack.extend(reversed(part.stages))
            elif isinstance(part, Branches):
                stack.extend(reversed(part.branches))
            elif isinstance(part, Frozen):
                stack.append(part.body)
            elif isinstance(part, Repeat) and part.generic:
                stack.append(part.generic.value)
        return list(found)


def _tensor(done: list[Value]) -> Tensor:
    """What stages come to, as a tensor; one that is alone stays."""
    value = chain(done)
    return value if isinstance(value, Tensor) else named(value, is_label=True)
