"""Random networks: single layers, chains, branches, wrappers, and layers that cannot be."""

from collections.abc import Callable
from math import prod
from typing import Any

from hypothesis import assume
from hypothesis import strategies as st

from judge.answers import ask
from judge.cases import Call, Case, Chain, Enter, Fork, Named, Pick, Same, Size, Stage, written
from judge.shapes import shape, sizes
from judge.table import ALONE, ROWS, WRAPPERS, Row, calls
from symparam.frameworks.keras import Facts

LARGEST = 4000  # elements of a tensor, for the runs to be quick
SINGLE = [layer for layer in ROWS.values() if layer.inputs is None and layer.ranks]
COMMON = [layer for layer in SINGLE if layer.name not in ALONE]
SEVERAL = [layer for layer in ROWS.values() if layer.inputs is not None]

plans = st.one_of(st.just((0,)), st.lists(st.integers(0, 5), min_size=1, max_size=12).map(tuple))


def entry(shapes: tuple[Any, ...]) -> Stage:
    """The inputs of these shapes."""
    return Fork(tuple((Enter(x),) for x in shapes))


@st.composite
def inputs(draw: st.DrawFn, layer: Row) -> tuple[Stage, Any]:
    """What enters a layer, and the shape of the first tensor of it."""
    if layer.inputs is not None:
        shapes = draw(layer.inputs)
        return entry(shapes), shapes[0]
    x = draw(shape(layer.ranks))
    return Enter(x), x


@st.composite
def single_layers(draw: st.DrawFn) -> Case:
    """One layer, mostly one that works."""
    layer = draw(
        st.sampled_from([layer for layer in [*SINGLE, *SEVERAL] if layer.name not in WRAPPERS])
    )
    start, x = draw(inputs(layer))
    return Case((start, draw(calls(layer, x))))


@st.composite
def wrappers(draw: st.DrawFn) -> Case:
    """A layer inside another one, and perhaps at work beside it as well."""
    layer = draw(st.sampled_from([layer for layer in SINGLE if layer.name in WRAPPERS]))
    start, x = draw(inputs(layer))
    call = draw(calls(layer, x))
    inner = next((value for value in call.arguments if isinstance(value, Call)), None)
    if inner is None or draw(st.integers(0, 4)) < 4:
        return Case((start, call))
    shared = Call(
        call.name,
        tuple(Named("inner") if v is inner else v for v in call.positional),
        tuple((name, Named("inner") if v is inner else v) for name, v in call.keywords),
    )
    again: Stage = shared if draw(st.booleans()) else Named("inner")
    beside = Fork(((Same(), again), (Same(), shared)))
    return Case((start, beside), (("inner", inner),))


@st.composite
def refusals(draw: st.DrawFn) -> Case:
    """One layer with something that does not fit: an argument, a word, a rank."""
    layer = draw(st.sampled_from([layer for layer in [*COMMON, *SEVERAL] if layer.arguments]))
    start, x = draw(inputs(layer))
    call = draw(calls(layer, x))
    how = draw(st.integers(0, 4))
    if how == 0 and layer.inputs is None:
        return Case((Enter(draw(shape((1, 2, 3, 4, 5)))), call))
    named = dict(zip(layer.arguments, call.positional, strict=False))
    keywords = {**named, **dict(call.keywords)}
    damaged = [name for name in keywords if misfits(keywords[name]) and name != "output_shape"]
    if how == 1 and (required := set(layer.arguments) - layer.optional):
        del keywords[draw(st.sampled_from(sorted(required)))]
    elif how == 2 or not damaged:
        keywords["sizes"] = Size(2)
    else:
        name = draw(st.sampled_from(damaged))
        keywords[name] = draw(st.sampled_from(misfits(keywords[name])))
    return Case((start, Call(call.name, (), tuple(keywords.items()))))


def misfits(value: Any) -> list[Any]:
    """Values that can hardly stand where this one stands."""
    if isinstance(value, Size):
        return [0, -1, "foo bar", (1, 2, 3, 4)]
    if isinstance(value, tuple):
        return [(*value, *value), (0,) * len(value), (-2,) * len(value), "foo bar"]
    if isinstance(value, str):
        return ["foo bar"]
    return []


class _Draft:
    """A network while it is drawn: what is named so far, and the shape that each part has."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.layers: dict[str, tuple[Call, Any]] = {}
        self.tensors: dict[str, tuple[Chain, Any]] = {}

    def case(self, network: Chain) -> Case:
        """The drawn network, its definitions before it."""
        named = {**self.layers, **self.tensors}
        return Case(network, tuple((name, value) for name, (value, _) in named.items()))

    def after(self, chain: Chain, x: Any) -> Any:
        """The shape behind layers; None where they are refused, or where it is too large."""
        definitions = "".join(
            f"{name} = {written(call)}\n" for name, (call, _) in self.layers.items()
        )
        several = len(x) > 0 and isinstance(x[0], tuple)
        answer = ask(definitions + Case((entry(x) if several else Enter(x), *chain)).text())
        return _sized(answer.output_shape) if isinstance(answer, Facts) else None

    def stage(self, x: Any) -> tuple[Chain, Any]:
        """A layer for this input, new or met before, and the shape behind it."""
        again = [name for name, (_, known) in self.layers.items() if len(known) == len(x)]
        if again and self.draw(st.integers(0, 3)) == 3:
            chain: Chain = (Named(self.draw(st.sampled_from(again))),)
            return self.picked(chain, self.after(chain, x))
        layer = self.draw(st.sampled_from([layer for layer in COMMON if len(x) in layer.ranks]))
        call = self.draw(calls(layer, x))
        y = self.after((call,), x)
        if y is None or self.draw(st.integers(0, 5)) < 5:
            return self.picked((call,), y)
        name = f"layer{len(self.layers)}"
        self.layers[name] = call, x
        return self.picked((Named(name),), y)

    def picked(self, chain: Chain, y: Any) -> tuple[Chain, Any]:
        """One of the tensors where there are several, such as the states of an LSTM."""
        while y and isinstance(y[0], tuple):
            index = self.draw(st.integers(0, len(y) - 1))
            chain, y = (*chain, Pick(index)), y[index]
        return chain, y

    def chain(self, x: Any, most: int, refused: bool = True) -> tuple[Chain, Any]:
        """Up to ``most`` layers; a refused one ends the chain, or is left out."""
        chain: Chain = ()
        for _ in range(self.draw(st.integers(0, most))):
            if len(x) not in (1, 2, 3, 4, 5):
                break
            stages, y = self.stage(x)
            if y is None and not (refused and self.draw(st.integers(0, 3)) == 3):
                break
            chain += stages
            if y is None:
                break
            x = y
        return chain, x

    def fork(self, x: Any) -> tuple[Chain, Any]:
        """Two or three chains from one input, and a layer that takes what comes out of them."""
        branches = [self.chain(x, 2, refused=False) for _ in range(self.draw(st.integers(2, 3)))]
        return self.merge([(chain or (Same(),), y) for chain, y in branches])

    def merge(self, branches: list[tuple[Chain, Any]]) -> tuple[Chain, Any]:
        """Branches side by side, made to fit, and the layer that takes them all."""
        names = [
            name for name in ("Add", "Multiply", "Average", "Maximum", "Minimum") if name in ROWS
        ]
        merge = Call(self.draw(st.sampled_from(["Concatenate", *names])))
        shapes = [y for _, y in branches]
        if self.draw(st.integers(0, 9)) < 9:
            if () in shapes or len({y[:-1] for y in shapes}) > 1:
                branches = [((*chain, Call("Flatten")), (Size(prod(y)),)) for chain, y in branches]
            if merge.name != "Concatenate" and len({y[-1] for _, y in branches}) > 1:
                width = self.draw(sizes)
                dense = Call("Dense", (width,))
                branches = [((*chain, dense), (*y[:-1], width)) for chain, y in branches]
        y = self.after((merge,), tuple(y for _, y in branches))
        fork = Fork(tuple(chain for chain, _ in branches))
        return (fork, merge), y

    def tensor(self, x: Any, most: int) -> tuple[Chain, Any]:
        """A chain from an input of its own, perhaps named to be used again."""
        known = [name for name in self.tensors if self.draw(st.booleans())]
        if known:
            return (Named(known[0]),), self.tensors[known[0]][1]
        chain, y = self.chain(x, most, refused=False)
        chain = (Enter(x), *chain)
        if self.draw(st.booleans()):
            name = f"x{len(self.tensors)}"
            self.tensors[name] = chain, y
            return (Named(name),), y
        return chain, y


def _sized(shape: Any) -> Any:
    """The shape with sizes that can be symbols; None where it is too large or not all numbers."""
    if any(isinstance(entry, tuple) for entry in shape):
        shapes = tuple(map(_sized, shape))
        return None if None in shapes else shapes
    fits = all(isinstance(size, int) for size in shape) and 0 < prod(shape) <= LARGEST
    return tuple(map(Size, shape)) if fits else None


@st.composite
def chains(draw: st.DrawFn) -> Case:
    """One input, and one layer after the other."""
    draft = _Draft(draw)
    x = draw(shape((1, 2, 3, 4)))
    chain, _ = draft.chain(x, 6)
    assume(chain)
    return draft.case((Enter(x), *chain))


@st.composite
def branches(draw: st.DrawFn) -> Case:
    """Branches that meet again, several inputs, layers and tensors used more than once."""
    draft = _Draft(draw)
    x = draw(shape((1, 2, 3)))
    if draw(st.booleans()):
        ways = [
            draft.tensor(draw(st.sampled_from([x, draw(shape((len(x),)))])), 2) for _ in range(2)
        ]
        network, y = draft.merge(ways)
    else:
        before, between = draft.chain(x, 2, refused=False)
        fork, y = draft.fork(between)
        network = (Enter(x), *before, *fork)
    if y is not None:
        after, _ = draft.chain(y, 3)
        network = (*network, *after)
    return draft.case(network)


KINDS: dict[str, Callable[[], st.SearchStrategy[Case]]] = {
    "single layers": single_layers,
    "chains": chains,
    "branches": branches,
    "wrappers": wrappers,
    "refusals": refusals,
}
