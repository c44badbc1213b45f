"""Values of parameters that are left out: they mean what they mean in Python."""

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

import symparam
from symparam import SymparamError


@pytest.mark.parametrize(
    ("script", "params"),
    [
        ("k = 4; F(f=k, k=5) = Dense(f) -> Dense(k); Input(3) -> F", 41),
        ("k = 4; F(f=k, k=5) = Dense(f) -> Dense(k); Input(3) -> F(k=7)", 51),
        ("k = 4; F(k=5, f=k) = Dense(f) -> Dense(k); Input(3) -> F(k=7)", 51),
        ("F(f=k) = Dense(f); Input(3) -> F", "4*k"),
        ("F(f=k) = Dense(f); Input(3) -> F for k in 1..2", "k**2 + 5*k"),
        ("n = 2; F(f=n, n=1) = Dense(f + n); G(n) = F(n=n); Input(3) -> G(5)", 28),
        ("F(d, f=4*d) = Dense(f); Input(3) -> F(2)", 32),
        ("F(d, f=4*d) = Dense(f); d = 5; Input(3) -> F(2)", 32),
        ("d = 5; F(d, f=4*d) = Dense(f); Input(3) -> F(2)", 80),
        ("F(a, b=a+1, c=a*b) = Dense(c); Input(1) -> F(2)", 12),
        ("F(net, twice=net -> net) = twice; Input(3) -> F(Dense(3))", 12),
        ("F(net, other=net) = other -> net; Input(3) -> F(Dense(3))", 12),
        ("F(net=Dense(3)) = net -> net; Input(3) -> F -> F", 24),
    ],
)
def test_a_default_is_that_of_the_place_of_the_function(script: str, params: int | str) -> None:
    assert str(symparam.parse(script).params) == str(params)


@pytest.mark.parametrize(
    ("script", "message", "marked"),
    [
        ("F(f=Dense(d), d=3) = f; Input(3) -> F", "the default of f names d, which has no", "d"),
        ("F(f=f) = Dense(f); Input(3) -> F", "the default of f names f, which has no value", "f"),
        ("F(f=k) = Dense(f); k = 4; Input(3) -> F", "k is used as a symbol above", "k"),
    ],
)
def test_refused(script: str, message: str, marked: str) -> None:
    with pytest.raises(SymparamError, match=message) as caught:
        symparam.parse(script)
    assert caught.value.span is not None
    assert script[caught.value.span.start : caught.value.span.end] == marked


@given(
    st.sets(st.sampled_from("abc")),
    st.lists(st.sampled_from([*"abc", "7", "8"]), min_size=3, max_size=3),
    st.sets(st.sampled_from("abc")),
)
def test_defaults_agree_with_python(outer: set[str], values: list[str], given: set[str]) -> None:
    above = {name: 10 + place for place, name in enumerate("abc") if name in outer}
    parameters = ", ".join(map("{}={}".format, "abc", values))
    call = f"F({', '.join(f'{name}={20 + len(name)}' for name in sorted(given))})"
    lines = [f"{name} = {value}" for name, value in above.items()]
    written = "\n".join(
        [*lines, f"F({parameters}) = Dense(a) -> Dense(b) -> Dense(c)", f"Input(1) -> {call}"]
    )
    names: dict[str, object] = {}
    try:
        exec("\n".join([*lines, f"def F({parameters}): return a, b, c"]), names)
    except NameError:  # an earlier parameter may be meant, and no other
        is_open = any(v in set("abc"[place:]) - outer for place, v in enumerate(values))
        event("refused" if is_open else "of an earlier parameter")
        if is_open:
            with pytest.raises(SymparamError, match="which has no value yet"):
                symparam.parse(written)
        else:
            symparam.parse(written)
        return
    event("compared")
    widths = [step.output_shape[0] for step in symparam.parse(written).steps]
    assert tuple(widths) == eval(call, names)
