"""Operations at numbers are their formulas substituted, over random networks."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import networks

import symparam
from symparam.costs.work import work_convention, work_conventions
from symparam.errors import SymparamError

CASES = 60
compared: list[str] = []


@settings(max_examples=CASES, deadline=None, suppress_health_check=list(HealthCheck))
@given(networks(), st.data())
def operations_are_formulas_substituted(program: str, data: st.DataObject) -> None:
    try:
        network = symparam.parse(program)
    except SymparamError:
        return
    sizes = {name: data.draw(st.integers(1, 40), name) for name in network.symbols}
    try:
        there = network.at(**sizes)
    except SymparamError:
        return
    values: dict[Any, int] = {symparam.symbol(name): n for name, n in sizes.items()}
    for name in work_conventions():
        cost = work_convention(name).cost
        if any(one.fails(values) for one in network.counts.domain_of(cost, active=True)):
            continue
        found, number = network.counted(name), there.counted(name)
        assert type(number) is int
        assert number == (found if isinstance(found, int) else found.subs(values).doit())
        compared.append(name)
    assert there.flops == 2 * there.macs


def test_operations_are_formulas_substituted() -> None:
    operations_are_formulas_substituted()
    print(f"{len(compared)} counts at numbers were compared with their formulas")
    assert len(compared) >= CASES
