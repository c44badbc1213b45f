"""Random shapes, one or several that belong together, small enough for a real run."""

from typing import Any

from hypothesis import strategies as st

from judge.cases import Size

sizes = st.integers(1, 8).map(Size)
LARGEST = {1: 12, 2: 9, 3: 7, 4: 5, 5: 4}  # of an axis, by rank


def shape(ranks: tuple[int, ...]) -> st.SearchStrategy[Any]:
    """A shape of one of these ranks."""
    return st.sampled_from(ranks).flatmap(
        lambda rank: st.tuples(*[st.integers(1, LARGEST[rank]).map(Size)] * rank)
    )


ANY = (1, 2, 3, 4)


@st.composite
def alike(draw: st.DrawFn, least: int = 2, most: int = 3) -> tuple[Any, ...]:
    """Equal shapes; some with axes of size 1 or missing, some that do not fit."""
    x = draw(shape(ANY))
    others = [x]
    for _ in range(draw(st.integers(least - 1, most - 1))):
        how = draw(st.integers(0, 7))
        y = list(x)
        if how == 5:
            y[draw(st.integers(0, len(y) - 1))] = Size(1)
        elif how == 6 and len(y) > 1:
            y = y[1:]
        elif how == 7:
            y[draw(st.integers(0, len(y) - 1))] = draw(sizes)
        others.append(tuple(y))
    return tuple(draw(st.permutations(others)))


@st.composite
def joined(draw: st.DrawFn) -> tuple[Any, ...]:
    """Shapes that differ along one axis."""
    x = draw(shape(ANY))
    place = draw(st.sampled_from([len(x) - 1, len(x) - 1, 0]))
    return (x, *[
        tuple(draw(sizes) if i == place else n for i, n in enumerate(x))
        for _ in range(draw(st.integers(1, 2)))
    ])  # fmt: skip


@st.composite
def dotted(draw: st.DrawFn) -> tuple[Any, ...]:
    """Two shapes that have a size in common."""
    x, y = draw(shape((1, 2, 3))), draw(shape((1, 2, 3)))
    place = draw(st.integers(0, len(y) - 1))
    return x, tuple(draw(st.sampled_from(x)) if i == place else n for i, n in enumerate(y))


@st.composite
def attended(draw: st.DrawFn, least: int = 2, free: bool = False) -> tuple[Any, ...]:
    """Query, value and perhaps key; widths are equal unless ``free``."""
    query, steps, width = draw(shape((2,))), draw(sizes), draw(sizes)
    value = (steps, width if free else query[-1])
    key = (steps, draw(sizes) if free else query[-1])
    return (query, value, key)[: draw(st.integers(least, 3))]
