"""Vocabularies: words and numbers as their indices in a list."""

from typing import Annotated, Any

from symparam.algebra.conditions import required
from symparam.algebra.sizes import Shape, Size
from symparam.errors import ArgumentError, ShapeError
from symparam.layers.contract.base import Layer
from symparam.layers.contract.kinds import (
    AxesKind,
    Flag,
    Kind,
    NumbersKind,
    SizeKind,
    Uncounted,
    UnfitError,
    WordKind,
)
from symparam.layers.contract.registry import layer
from symparam.layers.contract.signature import show_shape, show_value
from symparam.layers.keras.encoding import Encoding, SaltKind, one_hot

_MODES = ("int", "one_hot", "multi_hot", "count", "tf_idf", "binary", "tf-idf")


class TokenKind(Kind):
    """One entry of a vocabulary: a string or a whole number."""

    def __init__(self, sort: type, **flags: bool) -> None:
        super().__init__(**flags)
        self.sort = sort
        self.says = "a word" if sort is str else "a whole number"

    def read(self, value: Any, layer: type[Layer]) -> Any:
        if not isinstance(value, self.sort) or isinstance(value, bool):
            raise UnfitError
        return self.sort(value)


class VocabularyKind(TokenKind):
    """All entries of a vocabulary."""

    def __init__(self, sort: type) -> None:
        super().__init__(sort, optional=True)
        self.says = f"a list, each entry {self.says}"

    def read(self, value: Any, layer: type[Layer]) -> Any:
        if isinstance(value, str):
            raise UnfitError("how many tokens a file has is not known here")
        if not isinstance(value, tuple | list):
            raise UnfitError
        return tuple(super(VocabularyKind, self).read(entry, layer) for entry in value)


class NumberKind(SizeKind):
    """A number that is no symbol."""

    def read(self, value: Any, layer: type[Layer]) -> Any:
        number = super().read(value, layer)
        if not isinstance(number, int):
            raise UnfitError("a symbol is not allowed here")
        return number


class Vocabulary(Encoding):
    """What layers with a vocabulary share."""

    num_oov_indices = 1
    mask_token = ""
    oov_token = "[UNK]"
    invert = False

    max_tokens: Annotated[Size | None, SizeKind(2, optional=True)] = None
    vocabulary: Annotated[Any, VocabularyKind(str)] = None
    idf_weights: Annotated[Any, NumbersKind(optional=True)] = None
    output_mode: Annotated[str, WordKind(*_MODES)] = "int"
    pad_to_max_tokens: Flag = False
    sparse: Flag = False

    def check(self) -> None:
        self.check_sparse(self.sparse, self.output_mode)
        weighted = self.output_mode in ("tf_idf", "tf-idf")
        if self.pad_to_max_tokens and self.max_tokens is None:
            raise ArgumentError(f"{self.title}: pad_to_max_tokens needs max_tokens")
        if self.invert and self.output_mode != "int":
            raise ArgumentError(f"{self.title}: invert needs output_mode=int")
        if self.idf_weights is not None and not weighted:
            raise ArgumentError(f"{self.title}: idf_weights need output_mode=tf_idf")
        if self.vocabulary is None:
            return
        if weighted and len(self.idf_weights or ()) != len(self.vocabulary):
            raise ArgumentError(f"{self.title}: tf_idf needs one of idf_weights for each token")
        self.check_tokens(self.tokens())
        size = self.vocabulary_size()
        if self.max_tokens is not None and not required(self.max_tokens, ">=", size):
            raise ArgumentError(
                f"{self.title}: a vocabulary of {size} is more than max_tokens={self.max_tokens}"
            )

    def check_tokens(self, tokens: tuple[Any, ...]) -> None:
        """Refuse a vocabulary that does not name each token once."""
        if not self.vocabulary or len(set(tokens)) < len(tokens):
            raise ArgumentError(
                f"{self.title}: a vocabulary names each token once, got "
                f"{show_value(self.vocabulary)}"
            )
        reserved = (self.mask_token, self.oov_token if self.invert else None)
        for token in tokens:
            if token in reserved:
                raise ArgumentError(f"{self.title}: its token {show_value(token)} is reserved")

    def special(self) -> tuple[Any, ...]:
        """The tokens that stand before those of the vocabulary."""
        masks = (self.mask_token,) * (self.output_mode == "int" and self.mask_token is not None)
        return masks + (self.oov_token,) * self.num_oov_indices

    def tokens(self) -> tuple[Any, ...]:
        """The vocabulary without the special tokens it may begin with."""
        count = len(self.special())
        given: tuple[Any, ...] = self.vocabulary
        return given[count:] if given[:count] == self.special() else given

    def vocabulary_size(self) -> int:
        """How many tokens there are, the special ones among them."""
        return len(self.special()) + len(self.tokens())

    def depth(self) -> Size:
        """The length of the vectors."""
        if self.pad_to_max_tokens and self.max_tokens is not None:
            return self.max_tokens
        if self.vocabulary is None:
            raise ShapeError(
                f"{self.title} has as many tokens as it is adapted to, so its shape is open",
                hint="give a vocabulary, or pad_to_max_tokens=true with max_tokens",
            )
        return self.vocabulary_size()


class Lookup(Vocabulary):
    """What layers share that replace tokens by their indices."""

    num_oov_indices: Annotated[int, NumberKind(0)] = 1
    invert: Flag = False

    def output_shape(self, x: Shape) -> Shape:
        return x if self.output_mode == "int" else self.encoded(x, self.output_mode, self.depth())


@layer
class IntegerLookup(Lookup):
    """Replace whole numbers by their indices in a vocabulary.

    >>> net = parse("Input(n) -> IntegerLookup(vocabulary=(12, 36, 1138), output_mode=count)")
    >>> print(net.output_shape)
    (4,)

    Shape: kept for int, else as for CategoryEncoding, with the size of the vocabulary, the
    unknown ones included, or ``max_tokens`` if padded to it. No weights.
    """

    order = (
        "max_tokens num_oov_indices mask_token oov_token vocabulary vocabulary_dtype idf_weights "
        "invert output_mode sparse pad_to_max_tokens oov_method salt"
    )

    mask_token: Annotated[Any, TokenKind(int, optional=True)] = None
    oov_token: Annotated[Any, TokenKind(int, optional=True)] = -1
    vocabulary: Annotated[Any, VocabularyKind(int)] = None
    vocabulary_dtype: Annotated[str, WordKind("int64")] = "int64"
    oov_method: Annotated[str, WordKind("floormod", "farmhash")] = "floormod"
    salt: Annotated[Any, SaltKind(optional=True)] = None

    def check(self) -> None:
        super().check()
        if self.salt is not None and self.oov_method != "farmhash":
            raise ArgumentError("IntegerLookup: salt needs oov_method=farmhash")


@layer
class StringLookup(Lookup):
    """Replace words by their indices in a vocabulary.

    >>> net = parse("Input(n) -> StringLookup(V, output_mode=one_hot, pad_to_max_tokens=true)")
    >>> print(net.output_shape)
    (n, V)

    Shape: kept for int, else as for CategoryEncoding, with the size of the vocabulary, the
    unknown ones included, or ``max_tokens`` if padded to it. No weights.
    """

    order = (
        "max_tokens num_oov_indices mask_token oov_token vocabulary idf_weights invert "
        "output_mode pad_to_max_tokens sparse encoding"
    )

    mask_token: Annotated[Any, TokenKind(str, optional=True)] = None
    oov_token: Annotated[Any, TokenKind(str, optional=True)] = "[UNK]"
    encoding: Uncounted = "utf-8"
    salt: Annotated[Any, SaltKind(optional=True, keyword_only=True)] = None


class WidthsKind(AxesKind):
    """How many words to take together."""

    says = "a whole number, or a tuple of them"


@layer
class TextVectorization(Vocabulary):
    """Split a text into words and replace them by their indices in a vocabulary.

    >>> print(parse("Input(1) -> TextVectorization(output_sequence_length=n)").output_shape)
    (n,)

    Shape: one text, ``()`` or ``(1,)``, to ``(output_sequence_length,)`` for int, or to a
    vector as long as the vocabulary. Without ``split`` the input is a list of words. Shapes
    that depend on the text itself, as without ``output_sequence_length``, are refused; for
    ``(1,)`` they are those of a real run. No weights.
    """

    order = (
        "max_tokens standardize split ngrams output_mode output_sequence_length "
        "pad_to_max_tokens vocabulary idf_weights sparse ragged encoding"
    )

    standardize: Annotated[
        str, WordKind("lower_and_strip_punctuation", "lower", "strip_punctuation", none="none")
    ] = "lower_and_strip_punctuation"
    split: Annotated[str, WordKind("whitespace", "character", none="none")] = "whitespace"
    ngrams: Annotated[Any, WidthsKind(optional=True)] = None
    output_sequence_length: Annotated[Size | None, SizeKind(0, optional=True)] = None
    ragged: Flag = False
    encoding: Uncounted = "utf-8"

    def check(self) -> None:
        if self.output_mode != "int" and (self.output_sequence_length is not None or self.ragged):
            raise ArgumentError(
                "TextVectorization: output_sequence_length and ragged need output_mode=int"
            )
        super().check()

    def output_shape(self, x: Shape) -> Shape:
        words = self.words(x)
        if self.output_mode == "int":
            if self.output_sequence_length is not None and not self.ragged:
                return (self.output_sequence_length,)
            words = None if self.ragged else words
        elif self.output_mode != "one_hot":
            return (self.depth(),)
        if words is None:
            raise ShapeError(
                "TextVectorization: the length of the output depends on the text",
                hint="output_sequence_length=n cuts and pads it, output_mode=count sums it up",
            )
        return words if self.output_mode == "int" else one_hot(words, self.depth())

    def words(self, x: Shape) -> Shape | None:
        """How many words an example has; None when that depends on the text."""
        if self.split == "none":
            if len(x) != 1:
                raise ShapeError(
                    f"TextVectorization without split takes a list of words, got {show_shape(x)}"
                )
            return x if self.ngrams is None else None
        if len(x) > 1 or (x and not required(x[0], "=", 1)):
            raise ShapeError(
                f"TextVectorization takes one text, of shape () or (1,), got {show_shape(x)}",
                hint="split=none takes a list of words",
            )
        return None
