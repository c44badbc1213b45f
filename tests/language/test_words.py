"""A word never becomes a size by accident, and words are taken wherever they are written."""

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

import symparam
from symparam import SymparamError
from symparam.language.syntax import parse
from symparam.layers import Layer, catalogue
from symparam.layers.contract.aliases import KEYWORDS, LAYERS, WORDS
from symparam.layers.contract.base import mapped
from symparam.layers.contract.signature import show_value
from symparam.model.build import Builder
from symparam.model.scope import Scope
from symparam.model.values import Stage
from symparam.model.words import GREEK


@pytest.mark.parametrize(
    ("network", "word", "hint"),
    [
        ("Input(8, 8, 3) -> Conv2D(8, 3, no_bias)", "no_bias", "did you mean nobias? For a size of that name write strides=no_bias"),
        ("Input(8, 8, 3) -> Conv2D(8, 3, use_bias)", "use_bias", "write use_bias=... for that argument; for a size of that name write strides=use_bias"),
        ("Input(8, 8, 3) -> Conv2D(8, 3, bn)", "bn", "Conv2D knows no such word; a size needs another name"),
        ("Input(8, 8, 3) -> Conv2D(8, 3, full)", "full", "Conv2D knows no such word; for a size of that name write strides=full"),
        ("Input(8, 8, 3) -> Conv2D(8, 3, global)", "global", "Conv2D knows no such word; for a size of that name write strides=global"),
        ("Input(8, 8, 3) -> Conv2D(8, 3, causal)", "causal", "Conv2D knows no such word; a size needs another name"),
        ("Input(8, 8, 3) -> Conv2D(8, 3, stride)", "stride", "write strides=... for that argument; for a size of that name write strides=stride"),
        ("Input(8, 8, 3) -> Conv2D(8, 3, (full, full))", "full", "strides=full"),
        ("Input(8, 8, 3) -> Conv2D(8, 3, strides=same)", "same", "write padding=same; a size needs another name"),
        ("Input(8, 8, 3) -> MaxPooling2D(full)", "full", "pool_size=full"),
        ("Input(3, 8, 8) -> nn.Conv2d(3, 8, 3, no_bias)", "no_bias", "write bias=... for that argument; for a size of that name write stride=no_bias"),
        ("Input(3, 8, 8) -> nn.MaxPool2d(2, full)", "full", "stride=full"),
        ("F(c, s) = Conv2D(c, 3, s); Input(8, 8, 3) -> F(8, full)", "full", "strides=full"),
    ],
)  # fmt: skip
def test_refused(network: str, word: str, hint: str) -> None:
    with pytest.raises(SymparamError) as caught:
        symparam.parse(network)
    assert f"{word} reads like a word" in caught.value.message
    assert caught.value.hint is not None
    assert caught.value.hint.endswith(hint)


@pytest.mark.parametrize(
    "network",
    [
        "Input(h, w, 3) -> Conv2D(8, 3, s)",
        "Input(h, w, 3) -> Conv2D(8, 3, s_1)",
        "Input(h, w, 3) -> Conv2D(8, 3, lambda)",
        "Input(h, w, 3) -> Conv2D(8, 3, strides=step)",
        "Input(h, w, 3) -> Conv2D(8, 3, step) -> Conv2D(2*step, 3)",
        "Input(h, w, step) -> Conv2D(8, 3, step)",
        "Input(h, w, 3) -> Conv2D(8, 3, step); where step = 'the stride'",
        "Input(h, w, 3) -> Conv2D(8, 3, step); config a: step=2, h=9, w=9",
        "assume step >= 2; Input(h, w, 3) -> Conv2D(8, 3, step)",
        "step = 2; Input(h, w, 3) -> Conv2D(8, 3, step)",
        "F(step) = Conv2D(8, 3, step); Input(h, w, 3) -> F(s)",
        "F(step) = Conv2D(8, 3, step); Input(h, w, 3) -> F(step)",
        "F(s) = Conv2D(8, 3, s); Input(h, w, 3) -> F(s=step)",
        "Input(h, w, 3) -> Conv2D(8, 3) for step in 1..n",
    ],
)
def test_sizes_stay_sizes(network: str) -> None:
    assert symparam.parse(network).steps[0].layer.value("filters") == 8


@pytest.mark.parametrize(
    ("network", "same_as"),
    [
        ("Input(8, 8, 3) -> Conv2D(8, 3, SAME, RELU)", "Input(8, 8, 3) -> Conv2D(8, 3, same, relu)"),
        ("Input(8) -> Dense(4, NOBIAS, GELU)", "Input(8) -> Dense(4, nobias, gelu)"),
        ("Input(8) -> Dense(4, use_bias=FALSE)", "Input(8) -> Dense(4, nobias)"),
        ("Input(3, 8, 8) -> nn.Conv2d(3, 8, 3, padding=SAME)", "Input(3, 8, 8) -> nn.Conv2d(3, 8, 3, padding=same)"),
        (
            "p = [same, valid]; Input(8, 8, 3) -> Conv2D(3, 3, p[i]) for i in 0..1",
            "Input(8, 8, 3) -> Conv2D(3, 3, same) -> Conv2D(3, 3, valid)",
        ),
        (
            "F(p) = Conv2D(3, 3, p[0]) -> Conv2D(3, 3, padding=p[1]); Input(8, 8, 3) -> F([same, valid])",
            "Input(8, 8, 3) -> Conv2D(3, 3, same) -> Conv2D(3, 3, valid)",
        ),
        ("b = [true, false]; Input(3) -> Dense(4, use_bias=b[i]) for i in 0..1", "Input(3) -> Dense(4) -> Dense(4, nobias)"),
        ("a = [relu, 'tanh']; Input(3) -> Dense(i + 2, a[i]) for i in 0..1", "Input(3) -> Dense(2, relu) -> Dense(3, tanh)"),
        ("b = false; Input(3) -> Dense(4, use_bias=b)", "Input(3) -> Dense(4, nobias)"),
        ("pad = SAME; act = relu; Input(8, 8, 3) -> Conv2D(3, 3, pad, act)", "Input(8, 8, 3) -> Conv2D(3, 3, same, relu)"),
        ("F(c, pad=valid) = Conv2D(c, 3, pad); Input(8, 8, 3) -> F(3, SAME)", "Input(8, 8, 3) -> Conv2D(3, 3, same)"),
    ],
)  # fmt: skip
def test_words_are_words(network: str, same_as: str) -> None:
    found, wanted = symparam.parse(network), symparam.parse(same_as)
    assert [str(step.layer) for step in found.steps] == [str(step.layer) for step in wanted.steps]
    assert (found.params, found.output_shape) == (wanted.params, wanted.output_shape)


@pytest.mark.parametrize(
    ("network", "message"),
    [
        (
            "p = [same, valid]; Input(8, 8, 3) -> Conv2D(2*p[0], 3)",
            "p[0] is the word same, not a size",
        ),
        ("pad = same; Input(8, 8, 3) -> Conv2D(2*pad, 3)", "pad is the word same here, not a size"),
        (
            "p = [same, valid]; Input(n, 3) -> Conv1D(3, 3, p[i]) for i in 0..L",
            "only a number picks one",
        ),
    ],
)
def test_words_are_no_sizes(network: str, message: str) -> None:
    with pytest.raises(SymparamError) as caught:
        symparam.parse(network)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("network", "remarks"),
    [
        ("Input(9, 9, 3) -> Convolution2D(32, 5, 5)", 1),
        ("Input(9, 9, 3) -> Convolution2D(f, k, k)", 1),
        ("F(n) = Convolution2D(n, 5, 5, same); Input(9, 9, 3) -> F(3) -> F(3)", 1),
        ("Input(9, 9, 3) -> Convolution2D(32, 5, same)", 0),
        ("Input(9, 9, 3) -> Convolution2D(32, 5x5)", 0),
        ("Input(9, 9, 3) -> Convolution2D(32, 5, strides=5)", 0),
        ("Input(9, 9, 3) -> Conv2D(32, 5, 5)", 0),
        ("Input(9, 3) -> Convolution1D(32, 5, 5)", 0),  # never meant anything else
    ],
)
def test_keras_1_kernels_get_a_remark(network: str, remarks: int) -> None:
    found = symparam.parse(network).remarks
    assert len(found) == remarks
    assert all("is the stride" in remark for remark in found)


CLASSES = list(catalogue())
KNOWN = sorted(
    {
        *(word for cls in CLASSES for f in cls.fields.values() for word in getattr(f.kind, "words", ())),
        *(name for cls in CLASSES for name in cls.fields if len(name) > 2),
        *(word for word in (*KEYWORDS, *WORDS, *LAYERS) if word.isidentifier()),
        *("full", "global", "bn", "no_bias", "batchnorm", "full_conv", "halve", "strided"),
    }
)  # fmt: skip
names = st.sampled_from([word for word in KNOWN if word.isidentifier() and word not in GREEK])
words = names.flatmap(lambda word: st.sampled_from([word, word.upper(), word.title()]))
free = st.text("abcdefghijklmnopqrstuvwxyz_", min_size=4, max_size=9).filter(
    lambda text: sum(map(str.isalpha, text)) >= 4 and text.strip("_") not in GREEK
)
KINDS_WORDS = {w for c in CLASSES for f in c.fields.values() for w in getattr(f.kind, "words", ())}


def built(text: str) -> Layer | None:
    """The layer that a call writes; None where it is refused."""
    script = parse(text)
    (record,) = script.statements
    try:
        value = Builder(Scope({}).beside(script)).stage(record)
    except SymparamError:
        return None
    return value.layer if isinstance(value, Stage) else None


def symbols(layer: Layer) -> set[str]:
    found: set[str] = set()

    def look(value: object) -> object:
        found.update(map(str, getattr(value, "free_symbols", ())))
        return value

    for name in layer.fields:
        mapped(layer.value(name), look)
    return found


COMPARED = {"refused": 0, "taken as a word": 0}


@settings(max_examples=1500, deadline=None, phases=[Phase.generate])
@given(st.sampled_from(CLASSES), st.one_of(words, free))
def _each_word_in_each_place(cls: type[Layer], word: str) -> None:
    sample = cls.sample()
    needed = [show_value(sample.value(name)) for name, f in cls.fields.items() if f.required]
    optional = [name for name, field in cls.fields.items() if not field.required]
    given_last = [word, f"({word}, {word})"]
    if word.lower() in KINDS_WORDS:
        given_last += [f"{name}={word}" for name in optional]
    for last in given_last:
        layer = built(f"{cls.title}({', '.join([*needed, last])})")
        COMPARED["refused" if layer is None else "taken as a word"] += 1
        assert layer is None or not symbols(layer), layer


def test_random_words_never_become_sizes() -> None:
    _each_word_in_each_place()
    assert COMPARED["refused"] >= 2_000
    assert COMPARED["taken as a word"] >= 100
