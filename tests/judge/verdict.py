"""Whether Keras and symparam answer the same to a network."""

from judge.answers import Answer, Facts, Refusal, ask, ask_keras, formula, requires_a_one
from judge.cases import Case, Lift
from judge.exemptions import EXEMPTIONS
from symparam.frameworks.keras import differences


class Difference(AssertionError):  # noqa: N818  (what the judge finds, not what goes wrong)
    """Keras and symparam do not agree; the text shows how to see it."""

    def __init__(self, case: Case, text: str, found: list[str]) -> None:
        rows = [*found, "", "In the language:", text, "", "In Keras:", case.code()]
        super().__init__("\n".join(rows))
        self.case = case


def judge(case: Case, plan: tuple[int, ...]) -> list[str]:
    """Compare the answers in numbers and in symbols; what was compared, or a Difference."""
    theirs = ask_keras(case)
    compared = [compare(case, case.text(), theirs, ask(case.text()))]
    lift = Lift(plan)
    text = case.text(lift)
    if compared[0].startswith("exempt") or not lift.numbers:
        return compared
    at = ", ".join(f"{name}={number}" for name, number in lift.numbers.items())
    ours = ask(text, lift.numbers)
    if isinstance(theirs, Facts) and isinstance(ours, Refusal) and requires_a_one(text, lift):
        return [*compared, "exempt (a size that comes to 1 is not stretched where it is a formula)"]
    compare(case, f"{text}\n# at({at})", theirs, ours)
    if isinstance(theirs, Facts):
        compare(case, f"{text}\n# with {at} put into the formula", theirs, formula(text, lift))
    return [*compared, "symbolic"]


def compare(case: Case, text: str, theirs: Answer, ours: Answer) -> str:
    """``agreed``, ``refused`` by both, or ``exempt`` and why; raises Difference."""
    if isinstance(theirs, Refusal) and isinstance(ours, Refusal):
        return "refused"
    if isinstance(theirs, Facts) and isinstance(ours, Facts):
        found = differences(ours, theirs)
    else:
        found = [f"symparam: {ours}", f"Keras: {theirs}"]
    if not found:
        return "agreed"
    for exemption in EXEMPTIONS:
        if exemption.holds(case, theirs, ours):
            return f"exempt ({exemption.reason})"
    raise Difference(case, text, found)
