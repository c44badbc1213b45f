"""Where a count comes from: the weights of a layer, grouped by the sizes they share.

A kernel of shape ``(3, 2, 1, 32)`` and a bias of shape ``(32,)`` end in the same size, so
together they hold ``(3*2*1 + 1)*32`` numbers. Run on symbols named after the layer's own
fields, the same grouping gives the rule in the layer's argument names.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import compress, groupby
from math import gcd
from typing import Any, NamedTuple

from symparam.algebra.formula import (
    Node,
    Number,
    Product,
    Quotient,
    Sum,
    Term,
    added,
    in_words,
    tree,
)
from symparam.algebra.sizes import Shape, Size, Tensors, product, settle, symbol, total
from symparam.layers.contract.base import Layer, Weight
from symparam.layers.contract.words import Factor, Role, Roles, Words, multiplied


class _Leaf(NamedTuple):
    """A size, or a word that stands for one, before it is a formula."""

    value: Size


class _Factors(frozenset[tuple[Factor, int]]):
    """A size of a layer in numbers: the words it comes from, each with its exponent."""

    __slots__ = ()


class Rule(NamedTuple):
    """How a layer's parameters come about: in argument names, and with sizes substituted."""

    words: Node
    numbers: Node


class Group(NamedTuple):
    """Weights whose shapes end alike: ``(sum of the prefixes) * suffix``."""

    prefixes: tuple[Shape, ...]
    suffix: Shape


def count(weights: Iterable[Weight]) -> Size:
    """The number of elements in all weights, factored as they are grouped.

    >>> from symparam.layers import Dense
    >>> from symparam.algebra.sizes import symbol
    >>> count(Dense(symbol("m")).weights((symbol("n"),)))
    m*(n + 1)
    """
    weights = list(weights)
    if all(isinstance(size, int) for weight in weights for size in weight.shape):
        return total(product(weight.shape) for weight in weights)
    return total(
        product([*_common_out(total(map(product, group.prefixes))), *group.suffix])
        for group in _groups(weights)
    )


def _common_out(inner: Size) -> tuple[Size, ...]:
    """A sum with the common factor of its terms before it: ``2*d + 2`` as 2 and ``d + 1``."""
    if isinstance(inner, int) or not inner.is_Add:
        return (inner,)
    common, rest = inner.primitive()
    return (int(common), rest) if common.is_Integer else (inner,)


def derive(layer: Layer, x: Shape | Tensors, counted: Sequence[bool]) -> Rule | None:
    """The rule of a layer for an input of shape ``x``; None when it has no parameters.

    ``counted`` says which of its weights to count: not those it shares.
    """
    if not any(counted):
        return None
    form, words = _worded(layer, x, counted, Words())
    numbers = _spelt(form, lambda word: tree(_put(word, words.meaning)))
    return Rule(in_words(_spelt(form, tree)), numbers)


def formula(layer: Layer, x: Shape | Tensors, counted: Sequence[bool]) -> Node | None:
    """The rule of a layer with its sizes substituted, without the words.

    >>> from symparam.layers import Embedding
    >>> formula(Embedding(1000, 8), (3,), [True])
    Product(factors=(Number(value=1000), Number(value=8)))
    """
    if not any(counted):
        return None
    form, words = _worded(layer, x, counted, Roles())
    return _spelt(form, lambda word: tree(_put(word, words.meaning)))


def _worded(
    layer: Layer, x: Shape | Tensors, counted: Sequence[bool], words: Words
) -> tuple[Any, Words]:
    """The form of the weights of a layer run on words."""
    named, inputs = layer.in_words(layer.accept(x), words)
    return _form(_without_ones(compress(map(_by_roles, named.weights(inputs)), counted))), words


def general_rule(cls: type[Layer]) -> Node | None:
    """The rule of a layer class with every optional argument at its default.

    None when it has no parameters then.
    """
    sample = cls.sample()
    named, inputs = sample.in_words(sample.sample_input(), Words())
    weights = named.weights(inputs)
    return in_words(_spelt(_form(_without_ones(weights)), tree)) if weights else None


def grouped(shapes: Sequence[Shape]) -> list[Group]:
    """Neighbouring shapes that end in the same sizes, taken together.

    >>> grouped([(3, 2, 1, 32), (32,)])
    [Group(prefixes=((3, 2, 1), ()), suffix=(32,))]
    """
    groups: list[Group] = []
    for shape in shapes:
        joined = _join(groups[-1], shape) if groups else None
        if joined is None:
            groups.append(Group(((),), shape))
        else:
            groups[-1] = joined
    return groups


def _form(weights: Iterable[Weight]) -> Any:
    """The groups written out as a sum of products; equal ones as one, times their number."""
    groups = _groups(weights)
    terms = []
    for group, number in Counter(groups).items():
        repeats = Counter(group.prefixes)  # keeps the order in which they come
        common = gcd(*repeats.values())
        ones = repeats.pop((), 0) // common
        prefixes = [
            _product([*_several(times // common), *map(_spell, prefix)])
            for prefix, times in repeats.items()
        ]
        inner = _sum([*prefixes, *([_Leaf(ones)] if ones else [])])
        shared = [_spell(size) for size in group.suffix if size != 1]
        inside = [] if shared and inner == _Leaf(1) else [inner]
        terms.append(_product([*_several(number * common), *inside, *shared]))
    return _sum(terms)


def _several(times: int) -> list[Any]:
    return [_Leaf(times)] if times > 1 else []


def _without_ones(weights: Iterable[Weight]) -> Iterator[Weight]:
    """Weights whose sizes are words; a size of 1 goes without saying."""
    for weight in weights:
        yield weight._replace(shape=tuple(size for size in weight.shape if size != 1))


def _groups(weights: Iterable[Weight]) -> list[Group]:
    """The groups of each part by itself: ``linear1.weight`` and ``linear1.bias`` are one."""
    parts = groupby(weights, lambda weight: weight.name.rpartition(".")[0])
    return [group for _, part in parts for group in grouped([weight.shape for weight in part])]


def _join(group: Group, shape: Shape) -> Group | None:
    """The group with one more shape, over the longest end they share."""
    for cut in range(len(group.suffix)):
        tail = group.suffix[cut:]
        if tail[0] == 1 and len(tail) > 1:
            continue  # a leading 1 shares nothing
        shared = _whole(tail)
        for start in range(len(shape)):
            if _whole(shape[start:]) == shared:
                return _split(group, group.suffix[:cut], tail, shape[:start])
    if group.prefixes == ((),) and len(shape) > 1 and shape[0] == group.suffix[0] != 1:
        # PyTorch keeps what leaves a matrix before what enters it.
        return _split(group, group.suffix[1:], shape[:1], shape[1:])
    if len(shape) == 1 and shape[0] in group.suffix:
        # A transposed convolution keeps its filters before the channels.
        place = group.suffix.index(shape[0])
        before = group.suffix[:place] + group.suffix[place + 1 :]
        return _split(group, before, shape, ())
    return None


def _by_roles(weight: Weight) -> Weight:
    """The weight with sizes that are equal where they come from the same words."""
    shape: Any = (
        _Factors(size.factors.items()) if isinstance(size, Role) else size for size in weight.shape
    )
    return weight._replace(shape=tuple(shape))


def _whole(sizes: Shape) -> Any:
    """The product of sizes, as far as it tells two of them apart."""
    if not any(isinstance(size, _Factors) for size in sizes):
        return product(sizes)
    numbers: Any = (Role(1, dict(size)) if isinstance(size, _Factors) else size for size in sizes)
    return _Factors(multiplied(numbers).items())


def _split(group: Group, moved: Shape, suffix: Shape, prefix: Shape) -> Group:
    return Group((*((*old, *moved) for old in group.prefixes), prefix), suffix)


def _sum(terms: Sequence[Any]) -> Any:
    return terms[0] if len(terms) == 1 else Sum(tuple(Term(False, term) for term in terms))


def _product(factors: Iterable[Any]) -> Any:
    flat: list[Any] = []
    for factor in factors:
        flat += factor.factors if isinstance(factor, Product) else [factor]
    return flat[0] if len(flat) == 1 else Product(tuple(flat))


def _spell(size: Size) -> Any:
    """A size as a formula of its own: products and quotients taken apart."""
    if isinstance(size, _Factors):
        return _quotient(size)
    if isinstance(size, int) or not size.is_Mul:
        return _Leaf(size)
    dividend, divisor = size.as_numer_denom()
    if divisor != 1:
        return Quotient(_spell(_plain(dividend)), _spell(_plain(divisor)))
    return _product(_spell(_plain(factor)) for factor in size.as_ordered_factors())


def _quotient(factors: _Factors) -> Any:
    """A size of a layer in numbers, its factors in the order of their words."""
    above: list[Any] = []
    below: list[Any] = []
    for factor, exponent in sorted(factors, key=lambda one: (one[0].word[0].isalpha(), one)):
        power = _Leaf(factor.value ** abs(exponent))
        (above if exponent > 0 else below).append(power)
    dividend = _product(above or [_Leaf(1)])
    return Quotient(dividend, _product(below)) if below else dividend


def _plain(expression: Any) -> Size:
    return int(expression) if expression.is_Integer else expression


def _put(word: Any, meaning: dict[str, Size]) -> Size:
    """The size that a word, or an expression of words, stands for."""
    if str(word) in meaning:
        return meaning[str(word)]
    from sympy import Integer

    sizes = {
        symbol(name): Integer(size) if isinstance(size, int) else size
        for name, size in meaning.items()
    }
    return settle(word.xreplace(sizes))


def _spelt(form: Any, leaf: Callable[[Size], Node]) -> Node:
    """The form as a formula, each of its leaves by itself."""
    if isinstance(form, _Leaf):
        return Number(form.value) if isinstance(form.value, int) else leaf(form.value)
    if isinstance(form, Quotient):
        return Quotient(_spelt(form.dividend, leaf), _spelt(form.divisor, leaf))
    if isinstance(form, Sum):
        return added(_spelt(term.node, leaf) for term in form.terms)
    return Product(tuple(_spelt(factor, leaf) for factor in form.factors))
