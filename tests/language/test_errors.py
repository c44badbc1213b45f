"""What is refused, how it reads, and that the language's later features are refused by name."""

import pytest

import symparam
from symparam import SymparamError


def refusal(text: str) -> SymparamError:
    with pytest.raises(SymparamError) as caught:
        symparam.parse(text)
    return caught.value


@pytest.mark.parametrize(
    ("text", "kind", "marked", "message", "hint"),
    [
        # Names.
        ("Conv2d(3, 3)", "UnknownNameError", "Conv2d", "no layer named Conv2d", "mean Conv2D?"),
        ("Input(4) -> Desne(3)", "UnknownNameError", "Desne", "no layer", "mean Dense?"),
        ("Input(4) -> GELU", "UnknownNameError", "GELU", "no layer", "write Activation(gelu)"),
        ("Input(4) -> Wombat", "UnknownNameError", "Wombat", "no layer named Wombat", None),
        ("Dense(3, activatoin=relu)", "UnknownNameError", "activatoin=relu", "no argument", "activation"),
        ("Dense(3, zzz=1)", "UnknownNameError", "zzz=1", "no argument zzz", "write Dense(units"),
        ("Dense(foo(3))", "UnknownNameError", "foo", "no function of sizes named foo", "floor"),
        ("Input(①)", "ParseError", "①", "1 is not a name", "letters"),
        # Arguments.
        ("Input(4) -> Dense", "ArgumentError", "Dense", "Dense needs units", "write Dense(units"),
        ("Conv2D()", "ArgumentError", "Conv2D(", "needs filters and kernel_size", None),
        ("Conv2D(3)", "ArgumentError", "Conv2D(3", "needs kernel_size", None),
        ("Dense(3, units=4)", "ArgumentError", "units=4", "given units twice", None),
        ("Flatten(channels_last, 3)", "ArgumentError", "3", "takes 1 argument at most", None),
        ("Dense(0)", "ArgumentError", "0", "at least 1, got 0", None),
        ("Dense(-3)", "ArgumentError", "-3", "at least 1, got -3", None),
        ("Dense(-n)", "ArgumentError", "-n", "at least 1, got -n", None),
        ("Dense(2.5)", "ArgumentError", "2.5", "got 2.5", "// divides"),
        ("Dense(7/2)", "ArgumentError", "7/2", "got 3.5", "// divides"),
        ("Dense('n')", "ArgumentError", "'n'", "units must be", None),
        ("Dense(true)", "ArgumentError", "Dense(true", "needs units", None),
        ("Dense(3, rleu)", "ArgumentError", "rleu", "activation must be", "mean relu?"),
        ("Dense(3, use_bias=1)", "ArgumentError", "use_bias=1", "must be true or false", None),
        ("Conv2D(3, 3, sme)", "ArgumentError", "sme", "sme reads like a word", "mean same?"),
        ("Conv2D(3, 3, padding=full)", "ArgumentError", "padding=full", "one of valid, same", None),
        ("Conv2D(3, same, 3)", "ArgumentError", "3", "after a word needs its name", "kernel_size=3"),
        ("Conv2D(3, (1, 2, 3))", "ArgumentError", "(1, 2, 3)", "kernel_size must be", "2 spatial axes"),
        ("Conv1D(3, 3x3)", "ArgumentError", "3x3", "kernel_size must be", "1 spatial axis"),
        ("Conv2D(10, 3, groups=4)", "ArgumentError", "Conv2D(10, 3, groups=4", "4 groups do not divide 10", None),
        ("Conv2D(4, 3, 2, dilation_rate=2)", "ArgumentError", "Conv2D(4, 3, 2, dilation_rate=2", "do not go together", None),
        ("Dropout(1.5)", "ArgumentError", "1.5", "from 0 to 1, got", None),
        ("Permute((1, 1))", "ArgumentError", "Permute((1, 1)", "once each", None),
        ("Input", "ArgumentError", "Input", "Input needs shape", None),
        ("Input(4) -> Input(4)", "ArgumentError", "Input(4)", "only stand first", None),
        ("Input((4, 5), 6)", "ArgumentError", "(4, 5)", "one by one or as one tuple", None),
        ("3 -> Dense(4)", "ArgumentError", "3", "3 is not a layer", "Dense(10)"),
        ("Dense(Flatten)", "ArgumentError", "Flatten", "is a layer, not a size", None),
        ("d = 3; d -> Dense(4)", "ArgumentError", "d", "d is a size, not a layer", None),
        ("d = 3; d = 4; Dense(d)", "ArgumentError", "d", "is already defined", None),
        ("Dense = 4; Dense(3)", "ArgumentError", "Dense", "is already defined", None),
        ("d = 3", "ArgumentError", "3", "no network", None),
        # Sizes.
        ("Dense(1/0)", "SizeError", "0", "division by zero", None),
        ("Dense(7//0)", "SizeError", "0", "division by zero", None),
        ("Dense((2, 3) + 1)", "SizeError", "(2, 3)", "a pair of sizes", None),
        ("Dense(2**-1)", "ArgumentError", "2**-1", "a whole number of at least 1, got 0.5", None),
        ("Dense(2**2**2**2**2**2)", "SizeError", "2**2**2**2**2", "more than 1000 digits", None),
        ("Dense(10**999 * 10)", "SizeError", "10**999 * 10", "more than 1000 digits", None),
        # Shapes.
        ("Input(8, 8) -> Conv2D(3, 3)", "ShapeError", "Conv2D(3, 3)", "rank-3 input (h, w, c), got rank 2: (8, 8)", None),
        ("Input(3, 8, 8) -> Conv1D(3, 3, channels_first)", "ShapeError", "Conv1D(3, 3, channels_first)", "rank-2 input (c, t)", None),
        ("Input(shape=()) -> Dense(3)", "ShapeError", "Dense(3)", "rank 1 or more", None),
        ("Input(2, 9, 1) -> Conv2D(3, 3)", "ShapeError", "Conv2D(3, 3)", "window of height 3 does not fit into an input of height 2", "same"),
        ("Input(9, 2, 1) -> MaxPooling2D(3)", "ShapeError", "MaxPooling2D(3)", "window of width 3", "same"),
        ("Input(9, 9, 6) -> Conv2D(4, 3, groups=4)", "ShapeError", "Conv2D(4, 3, groups=4)", "4 groups do not divide the 6 channels", None),
        ("Input(4, 6) -> GroupNormalization", "ShapeError", "GroupNormalization", "32 groups do not divide the 6 channels", "32 unless given"),
        ("Input(12) -> Reshape((5, 3))", "ShapeError", "Reshape((5, 3))", "12 elements are not 15", None),
        ("Input(2*n) -> Reshape((2*n + 1,))", "ShapeError", "Reshape((2*n + 1,))", "cannot turn", None),
        ("Input(6, 3) -> Cropping1D(3)", "ShapeError", "Cropping1D(3)", "cut 3 + 3 off", None),
        ("Input(3, 5) -> Activation(glu)", "ShapeError", "Activation(glu)", "glu halves", None),
        ("Input(5, 10) -> LayerNormalization(axis=3)", "ShapeError", "LayerNormalization(axis=3)", "axis=3", None),
        ("Input(5, 10) -> LayerNormalization(axis=0)", "ShapeError", "LayerNormalization(axis=0)", "batch axis", None),
        ("Input(8, 5, 1) -> RMSNormalization(axis=1)", "ShapeError", "RMSNormalization(axis=1)", "(8,) does not fit the last axes", None),
        ("Input(shape=()) -> Rescaling((1, 2))", "ShapeError", "Rescaling((1, 2))", "(2,) does not fit", None),
        ("Input(2, 1) -> Rescaling((1, 1, 1))", "ShapeError", "Rescaling((1, 1, 1))", "(3,) does not fit", None),
        ("Flatten -> Conv2D(3, 3)", "ShapeError", "Conv2D(3, 3)", "no input of rank 1 to 8", None),
    ],
)  # fmt: skip
def test_refused(text: str, kind: str, marked: str, message: str, hint: str | None) -> None:
    error = refusal(text)
    assert str(error).startswith(f"{kind}: ")
    assert message in error.message
    assert (hint or "") in (error.hint or "")
    assert error.span is not None
    assert text[error.span.start : error.span.end].rstrip(")") == marked.rstrip(")")


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("Conv2D(3, kxk)", "write k x k"),
        ("Conv2D(3, kernel_size=k1xk2)", "write k1 x k2"),
        ("Input(hxw, 3)", "write h x w"),
        ("Conv3D(3, kx2x2)", "write k x 2 x 2"),
    ],
)
def test_a_name_that_looks_like_a_pair(text: str, hint: str) -> None:
    error = refusal(text)
    assert "is one name" in error.message
    assert error.hint == hint


def test_a_name_with_an_x_in_it_is_a_name() -> None:
    network = symparam.parse("Input(box, pixel, x) -> Conv2D(max_size, x x x)")
    assert network.symbols == ("box", "pixel", "x", "max_size")


@pytest.mark.parametrize(
    ("sizes", "message", "hint"),
    [
        ({"hh": 3}, "no size named hh", "did you mean h?"),
        ({"zebra": 3}, "no size named zebra", "its sizes are h, w, c, f"),
        ({"h": 0}, "Conv2D: a window of height 3 does not fit into an input of height 0", None),
        ({"h": -4}, "h must be a whole number of at least 0, got -4", None),
        ({"h": 2.5}, "h must be a whole number of at least 0, got 2.5", None),
        ({"h": True}, "h must be a whole number of at least 0, got True", None),
        ({"h": "2 - 3"}, "h must be a whole number of at least 0, got 2 - 3 = -1", None),
        ({"h": 10**2000}, "more than 1000 digits", None),
        ({"h": 2}, "Conv2D: a window of height 3 does not fit into an input of height 2: (2, w) (at h=2)", "same"),
    ],
)  # fmt: skip
def test_at_refuses(sizes: dict[str, object], message: str, hint: str | None) -> None:
    network = symparam.parse("Input(h, w, c) -> Conv2D(f, 3)")
    with pytest.raises(SymparamError) as caught:
        network.at(**sizes)
    assert message in caught.value.message
    assert (hint or "") in (caught.value.hint or "")


def test_named_sizes_cannot_be_put_in() -> None:
    network = symparam.parse("d = 64; Input(n) -> Dense(d)")
    with pytest.raises(SymparamError, match="set in the script"):
        network.at(d=3)


def test_the_caret_stands_under_the_right_column() -> None:
    text = str(refusal("Input(8)\n  -> Dense(größe, 日本=3) -> Dense(2)"))
    assert text.splitlines()[1:3] == [
        "  2 |   -> Dense(größe, 日本=3) -> Dense(2)",
        "    |                   ^^^^^^",
    ]


def test_a_long_line_is_shown_around_the_caret() -> None:
    text = str(refusal("Input(8)" + " -> Dense(3)" * 1000 + " -> Dnse(3)" + " -> Dense(3)" * 1000))
    _, line, caret, _ = text.splitlines()
    assert len(line) < 130
    assert line[caret.index("^") :].startswith("Dnse")
    assert line.startswith("  1 | ...")
    assert line.endswith("...")


def test_control_characters_do_not_reach_the_terminal() -> None:
    text = str(refusal("Dense(\x1b[31m3)"))
    assert "\x1b" not in text
    assert "\\x1b" in text
