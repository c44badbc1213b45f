"""What a layer computes in a forward pass, as data: products that are summed, and the rest.

Nothing is counted here by any convention. A convention is a table over these records: which
of them it counts, and at how many operations each.
"""

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from symparam.algebra.sizes import Shape, Size, ceildiv, exact, product

CONTRACTIONS = (
    *("matmul", "einsum", "bilinear", "convolution", "transposed convolution"),
    *("recurrence", "scores", "values"),
)
ELEMENTWISE = (
    *("bias", "activation", "softmax", "gate", "normalization", "gain", "shift", "pooling"),
    *("unpooling", "upsampling", "padding", "add", "subtract", "multiply", "average", "maximum"),
    *("minimum", "sum", "distance", "lookup", "dropout", "noise", "fft"),
)
SOFTMAX = ("softmax", "log_softmax", "softmin", "sparsemax")
SAME = {"swish": "silu", "hard_silu": "hard_swish"}  # functions of two names


class Contraction(NamedTuple):
    """Products that are summed: a matrix product, a convolution, the scores of an attention.

    >>> dense = Contraction("matmul", (5,), (20,), (7,), ("kernel",))
    >>> dense.macs, dense.elements
    (700, 35)

    At each of the ``positions`` there are as many sums as the product of ``outputs``, each over
    as many products as that of ``summed``. ``weights`` names the weights among the factors: one
    where a weight multiplies what enters, none where two tensors are multiplied, and two where
    weights are multiplied with each other.
    """

    kind: str
    positions: Shape
    summed: Shape
    outputs: Shape
    weights: tuple[str, ...] = ()

    @property
    def macs(self) -> Size:
        """How many multiply-accumulates there are; products with padding are among them."""
        return product((*self.positions, *self.summed, *self.outputs))

    @property
    def elements(self) -> Size:
        """How many sums there are."""
        return product((*self.positions, *self.outputs))


class Elementwise(NamedTuple):
    """An operation on single elements, or one that takes together the few of a window or an axis.

    >>> Elementwise("pooling", 48, "max", each=9)
    Elementwise(kind='pooling', elements=48, word='max', each=9)

    ``elements`` is how many come out, ``each`` how many that enter are needed for one of them:
    the window of a pooling, the axis of a softmax, the number of tensors that are added.
    ``word`` tells activations, poolings and normalizations apart.
    """

    kind: str
    elements: Size
    word: str = ""
    each: Size = 1


Work: TypeAlias = "tuple[Contraction | Elementwise, ...]"


def elementwise(kind: str, shape: Shape, word: str = "", each: Size = 1) -> Work:
    """One operation that gives out a tensor of this shape."""
    return (Elementwise(kind, product(shape), word, each),)


def bias(shape: Shape, is_there: bool = True) -> Work:
    """The addition of a bias to a tensor of this shape, where the layer has one."""
    return elementwise("bias", shape) if is_there else ()


def activation(shape: Shape, word: str) -> Work:
    """An activation function on the last axis of a tensor of this shape.

    >>> activation((8, 6), "relu"), activation((8, 6), "linear")
    ((Elementwise(kind='activation', elements=48, word='relu', each=1),), ())
    """
    if word == "linear":
        return ()
    if word in SOFTMAX:
        return elementwise("softmax", shape, word, product(shape[-1:]))
    if word == "glu":
        return (Elementwise("activation", exact(product(shape), 2), word, 2),)
    return elementwise("activation", shape, SAME.get(word, word))


def normalization(
    shape: Shape, word: str, each: Size = 1, *, gain: bool = False, shift: bool = False
) -> Work:
    """A normalization over ``each`` elements together, then what is learned for it."""
    return (
        *elementwise("normalization", shape, word, each),
        *(elementwise("gain", shape) if gain else ()),
        *(elementwise("shift", shape) if shift else ()),
    )


def adaptive_window(spatial: Shape, places: Shape) -> Size:
    """The window of a pooling to so many positions, which may differ by an element or two.

    It is the size of an axis over the number of windows, rounded up.

    >>> adaptive_window((12, 10), (4, 3))
    12
    """
    return product(
        n if count == 0 else ceildiv(n, count) for n, count in zip(spatial, places, strict=True)
    )


def attention(positions: Shape, queries: Size, keys: Size, width: Size, values: Size) -> Work:
    """Scores of all pairs of queries and keys, their softmax, and the weighted values.

    ``positions`` are the heads and the axes along which nothing attends; ``width`` and
    ``values`` are those of one head. A mask changes nothing: frameworks multiply before they mask.
    """
    pairs = (*positions, queries, keys)
    return (
        Contraction("scores", positions, (width,), (queries, keys)),
        *elementwise("softmax", pairs, "softmax", keys),
        Contraction("values", positions, (keys,), (queries, values)),
    )


def scale(shape: Shape) -> Work:
    """The multiplication of a tensor by one number, or by one for each feature."""
    return elementwise("multiply", shape, "scale")


def merging(name: str, rows: Shape, columns: Size, rank: Size | None) -> Work:
    """The product of the two thin matrices of an adapter, added to the weight they belong to.

    Keras merges them anew in each forward pass, however few positions there are.
    """
    if rank is None:
        return ()
    pair = (f"lora_{name}_a", f"lora_{name}_b")
    return (
        Contraction("matmul", rows, (rank,), (columns,), pair),
        *elementwise("add", (*rows, columns), each=2),
    )


def repeated(work: Work, times: Size) -> Work:
    """The same work at each of so many steps.

    >>> step = Contraction("matmul", (), (5,), (6,), ("kernel",))
    >>> repeated((step,), 7)[0].positions
    (7,)
    """
    return tuple(
        part._replace(positions=(times, *part.positions))
        if isinstance(part, Contraction)
        else part._replace(elements=product((times, part.elements)))
        for part in work
    )


def renamed(work: Work, name: Callable[[str], str]) -> Work:
    """The same work with other names for its weights, as a layer has them that wraps another."""
    return tuple(
        part._replace(weights=tuple(map(name, part.weights)))
        if isinstance(part, Contraction)
        else part
        for part in work
    )
