"""What a layer's arguments may be, as strategies, where need be for the input at hand."""

from collections.abc import Callable
from dataclasses import dataclass
from math import gcd, prod
from typing import Any, TypeAlias

from hypothesis import strategies as st

from judge.cases import Size
from judge.shapes import sizes

Values: TypeAlias = st.SearchStrategy[Any]
Argument: TypeAlias = "Values | Callable[[At], Values]"


@dataclass(frozen=True)
class At:
    """Where an argument is drawn: the layer's input and the arguments before this one."""

    x: Any
    spatial: int
    values: dict[str, Any]

    @property
    def rank(self) -> int:
        return len(self.x)

    @property
    def channels(self) -> int:
        first = self.values.get("data_format") == "channels_first"
        return int(self.x[self.rank - 1 - self.spatial if first else -1])


flag = st.booleans()
rate = st.sampled_from([0, 0.25, 0.5])
real = st.sampled_from([0, 0.1, 1, 2.5])
activation = st.sampled_from(
    ["relu", "tanh", "softmax", "glu", "gelu", "linear", "sigmoid", "silu", "log_softmax", None]
)
format_word = st.sampled_from(["channels_first", "channels_last", None])
channels_word = st.sampled_from(["channels_first", "channels_last"])
portion = st.sampled_from([0.1, 0.2])
padding = st.sampled_from(["valid", "same"])
causal_padding = st.sampled_from(["valid", "same", "causal"])
gates = st.sampled_from(["sigmoid", "hard_sigmoid", "tanh"])


def each(*numbers: int) -> Callable[[At], Values]:
    """One of these for all spatial axes, or one for each."""
    one = st.sampled_from(numbers).map(Size)
    return lambda at: st.one_of(one, st.tuples(*[one] * at.spatial))


def borders(most: int) -> Callable[[At], Values]:
    """One width, one for each spatial axis, or a pair for each."""
    one = st.integers(0, most).map(Size)
    pair = st.tuples(one, one)

    def argument(at: At) -> Values:
        if at.spatial == 1:
            return st.one_of(one, pair)
        return st.one_of(one, st.tuples(*[one] * at.spatial), st.tuples(*[pair] * at.spatial))

    return argument


def axis(at: At) -> Values:
    """An axis, from either end."""
    return st.integers(1, at.rank).flatmap(lambda i: st.sampled_from([i, i - at.rank - 1]))


def axes(at: At) -> Values:
    """One axis or several, none of them twice."""
    several = st.lists(st.integers(1, at.rank), min_size=1, max_size=at.rank, unique=True)
    return st.one_of(
        axis(at), several.map(tuple), several.map(lambda a: tuple(i - at.rank - 1 for i in a))
    )


def shared_axes(at: At) -> Values:
    return st.lists(st.integers(1, at.rank), min_size=1, max_size=at.rank, unique=True).map(tuple)


def divisor(*names: str) -> Callable[[At], Values]:
    """A number that divides the channels and these arguments, or now and then does not."""

    def argument(at: At) -> Values:
        common = gcd(at.channels, *(at.values[name] for name in names))
        fitting = [n for n in range(1, common + 1) if common % n == 0]
        return st.sampled_from([*fitting, *fitting, 2, 3]).map(Size)

    return argument


def target_shape(at: At) -> Values:
    """A shape with as many elements, perhaps with one size left open."""
    elements = prod(at.x)
    factors = [n for n in range(1, elements + 1) if elements % n == 0]

    def split(pair: tuple[int, int]) -> tuple[int, ...]:
        first, second = pair
        rest = elements // first
        second = gcd(second, rest)
        return tuple(map(Size, (first, second, rest // second)))

    shapes = st.tuples(st.sampled_from(factors), st.sampled_from(factors)).map(split)
    shapes = st.one_of(
        shapes, shapes.map(lambda s: (s[0], Size(s[1] * s[2]))), st.just((Size(elements),))
    )
    opened = st.tuples(shapes, st.integers(0, 2)).map(
        lambda drawn: tuple(-1 if i == drawn[1] else n for i, n in enumerate(drawn[0]))
    )
    return st.one_of(shapes, opened)


def dims(at: At) -> Values:
    return st.permutations(range(1, at.rank + 1)).map(tuple)


@st.composite
def _equation(draw: st.DrawFn, rank: int) -> str:
    """An einsum equation of a tensor and a kernel: some axes summed, some kept, some new."""
    letters = "bcde"[:rank]
    met = draw(st.lists(st.sampled_from(letters), min_size=1, unique=True))
    summed = met[: draw(st.integers(0, len(met)))]
    new = "xy"[: draw(st.integers(0, 2))]
    kept = [letter for letter in letters if letter not in summed]
    kernel = "".join(draw(st.permutations([*met, *new])))
    output = "".join(draw(st.one_of(st.just([*kept, *new]), st.permutations([*kept, *new]))))
    if draw(st.booleans()) and output.startswith(letters[0]) and letters[0] not in met:
        return f"...{letters[1:]},{kernel}->...{output[1:]}"
    return f"a{letters},{kernel}->a{output}"


def equation(at: At) -> Values:
    return _equation(at.rank)


def einsum_shape(at: At) -> Values:
    """The output shape that the equation asks for, sizes known from the input perhaps open."""
    x, _, rest = at.values["equation"].partition(",")
    output = rest.partition("->")[2]
    ellipsis = x.startswith("...")
    letters = x.removeprefix("...") if ellipsis else x[1:]
    known = dict(zip(reversed(letters), reversed(at.x), strict=False))
    wanted = output.removeprefix("...") if ellipsis else output[1:]
    one = [
        st.sampled_from([Size(known[letter]), None]) if letter in known else sizes
        for letter in wanted
    ]
    shapes = st.tuples(*one)
    return st.one_of(shapes, shapes.map(lambda s: s[0])) if len(one) == 1 else shapes


def bias_axes(at: At) -> Values:
    output = at.values["equation"].partition("->")[2].removeprefix("...").removeprefix("a")
    return st.one_of(
        st.none(), st.lists(st.sampled_from(output or "a"), min_size=1, unique=True).map("".join)
    )
