"""Real Keras beside symparam, on random networks; ``make fuzz`` runs more of them."""

import doctest
import importlib.util
import os
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from places import ROOT

import symparam

MISSING = importlib.util.find_spec("keras") is None
if MISSING and os.environ.get("CI") == "true":
    raise ModuleNotFoundError('Keras is needed here: pip install "symparam[keras]"')
if MISSING:
    pytest.skip('Keras is not installed: pip install "symparam[keras]"', allow_module_level=True)

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning:(keras|jax|h5py)"),
]

from judge.answers import ask_keras  # noqa: E402
from judge.cases import Call, Case, Enter, Fork, Lift, Named, Same, Size  # noqa: E402
from judge.networks import branches, chains, plans, refusals, single_layers, wrappers  # noqa: E402
from judge.table import ROWS  # noqa: E402
from judge.verdict import Difference, judge  # noqa: E402
from symparam.frameworks import keras as beside  # noqa: E402
from symparam.layers import catalogue  # noqa: E402


def judged(examples: int) -> settings:
    """Within a time that a test may take."""
    return settings(
        max_examples=examples,
        database=None,
        deadline=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
    )


@judged(150)
@given(single_layers(), plans)
def test_single_layers(case: Case, plan: tuple[int, ...]) -> None:
    judge(case, plan)


@judged(80)
@given(chains(), plans)
def test_chains(case: Case, plan: tuple[int, ...]) -> None:
    judge(case, plan)


@judged(80)
@given(branches(), plans)
def test_branches_and_shared_layers(case: Case, plan: tuple[int, ...]) -> None:
    judge(case, plan)


@judged(80)
@given(wrappers(), plans)
def test_wrappers(case: Case, plan: tuple[int, ...]) -> None:
    judge(case, plan)


@judged(150)
@given(refusals(), plans)
def test_refusals(case: Case, plan: tuple[int, ...]) -> None:
    judge(case, plan)


def test_every_layer_has_a_row() -> None:
    """But for masks, which are not followed, layers whose run depends on values, and KerasHub's."""
    keras = [cls for cls in catalogue() if cls.framework == "Keras 3"]
    families = (".lookups", ".encoding", ".spectrograms", ".parameters", ".splitting")
    others = {cls.title for cls in keras if cls.__module__.endswith(families)}
    others |= {"Input", "Masking", "Pipeline", "MaxNumBoundingBoxes", "RandomElasticTransform"}
    others |= {"RandomPerspective", "AugMix", "RandAugment"}
    others |= {"ContrastLimitedAdaptiveHistogramEqualization"}
    assert {cls.title for cls in keras} - set(ROWS) <= others


SHARED = Case(
    (
        Fork(
            ((Enter((Size(3), Size(4))), Named("enc")), (Enter((Size(3), Size(4))), Named("enc")))
        ),
        Call("Add"),
        Fork(((Same(),), (Call("Dense", (Size(6),), (("use_bias", False),)),))),
        Call("Concatenate"),
    ),
    (("enc", Call("Dense", (Size(4), "relu"))),),
)


def test_a_case_is_one_network_in_the_language_in_keras_and_in_code(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert SHARED.text() == (
        "enc = Dense(4, relu)\n"
        "(Input(shape=(3, 4)) -> enc, Input(shape=(3, 4)) -> enc) -> Add"
        " -> (_, Dense(6, use_bias=false)) -> Concatenate"
    )
    lift = Lift((0, 2, 3))
    assert SHARED.text(lift).startswith("enc = Dense(s0, relu)\n(Input(shape=(s1, 2*s2)) -> enc,")
    assert lift.numbers == {"s0": 4, "s1": 3, "s2": 2, "s3": 3, "s4": 3}
    assert judge(SHARED, (0,)) == ["agreed", "symbolic"]
    answer = ask_keras(SHARED)
    assert isinstance(answer, beside.Facts)
    assert (answer.output_shape, answer.params) == ((3, 10), 5 * 4 + 4 * 6)
    exec(compile(SHARED.code(), "case", "exec"), {})
    shapes, weights = capsys.readouterr().out.splitlines()
    assert shapes == "(2, 3, 10)"
    assert weights.count("kernel") == 2


def test_a_difference_is_found_and_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    from symparam.layers import Dense

    monkeypatch.setattr(Dense, "output_shape", lambda self, x: (*x[:-1], self.units + 1))
    with pytest.raises(Difference, match=r"output shape: symparam \(3,\), Keras \(2,\)") as caught:
        judge(Case((Enter((Size(5),)), Call("Dense", (Size(2),)))), (0,))
    assert "Input(shape=(5,)) -> Dense(2)" in str(caught.value)
    assert "layers.Dense(2)" in str(caught.value)


# Where Keras's static shape is not what its layer does; the run is followed.
@pytest.mark.parametrize(
    ("text", "layer", "static", "run"),
    [
        ("Activation(glu)", "Activation('glu')", (3, 4), (3, 2)),
        ("Dense(6, glu)", "Dense(6, activation='glu')", (3, 6), (3, 3)),
    ],
)
def test_the_run_decides(text: str, layer: str, static: Any, run: Any) -> None:
    layers = beside.import_keras().layers
    made = eval(f"layers.{layer}", {"layers": layers})
    assert beside.measure(made, (3, 4)).output_shape == static
    assert beside.measure(made, (3, 4), run=True).output_shape == run
    assert symparam.parse(f"Input(3, 4) -> {text}").output_shape == run
    beside.check(text, made, (3, 4))


def test_check_tests_a_layer_of_ones_own() -> None:
    layers = beside.import_keras().layers
    enc = layers.Dense(4)
    beside.check("d = 4; Dense(d)", enc, (3, 7))
    beside.check(symparam.parse("Dense(4)"), layers.Dense(4), (7,))
    beside.check("MultiHeadAttention(2, 3)", layers.MultiHeadAttention(2, 3), [(5, 4), (6, 4)])
    with pytest.raises(beside.DifferenceError) as caught:
        beside.check("Dense(5)", enc, (3, 7))
    assert len(caught.value.differences) == 4
    with pytest.raises(symparam.SymparamError):
        beside.check("Conv2D(4, 3)", enc, (3, 7))


def test_check_takes_a_model() -> None:
    keras = beside.import_keras()
    one, other = keras.Input((8,)), keras.Input((8,))
    enc = keras.layers.Dense(4)
    model = keras.Model([one, other], keras.layers.Add()([enc(one), enc(other)]))
    beside.check("enc = Dense(4); (_[0] -> enc, _[1] -> enc) -> Add", model, [(8,), (8,)])


def test_examples_run() -> None:
    assert doctest.testmod(beside).failed == 0
    assert doctest.testfile(str(ROOT / "docs/judge.md"), module_relative=False).failed == 0
