"""``make fuzz N=100000``: the judge at work on all cores, up to the first difference.

A batch is one seed: the same seed gives the same networks again.
"""

import multiprocessing
import os
import random
import signal
import sys
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

import click
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from judge.cases import Case
from judge.networks import KINDS, plans
from judge.smaller import smallest
from judge.verdict import Difference, judge

BATCH = 100
BATCHES_A_PROCESS = 40  # then a new one takes over, for what jax has compiled is kept
ENDS = ("agreed", "refused", "symbolic")
ONE_THREAD = {  # the cores are shared out among processes already
    "OMP_NUM_THREADS": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false",
    "JAX_PLATFORMS": "cpu",
}


class Result(NamedTuple):
    """What a batch has compared, and the smallest network on which it found a difference."""

    seed: int
    counts: "Counter[str]"
    difference: str | None


def batch(job: tuple[int, int]) -> Result:
    """Judge some networks, in a process of its own."""
    number, networks = job
    counts: Counter[str] = Counter()
    last_failed: tuple[int, ...] = ()  # the plan of symbols of the smallest case so far

    @seeded(number)
    @settings(
        max_examples=networks,
        database=None,
        deadline=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
    )
    @given(st.one_of([st.tuples(st.just(kind), cases()) for kind, cases in KINDS.items()]), plans)
    def run(drawn: tuple[str, Case], plan: tuple[int, ...]) -> None:
        nonlocal last_failed
        kind, case = drawn
        try:
            compared = judge(case, plan)
        except Difference:
            last_failed = plan
            raise
        if not last_failed:  # what is tried afterwards only makes the network smaller
            counts.update([kind, *compared])

    try:
        run()
    except Difference as difference:
        return Result(number, counts, str(smallest(difference, last_failed)))
    return Result(number, counts, None)


def jobs(networks: int, seed: int) -> Iterator[tuple[int, int]]:
    """The seed and the size of every batch."""
    for start in range(0, networks, BATCH):
        yield seed + start // BATCH, min(BATCH, networks - start)


@click.command()
@click.argument("networks", type=click.IntRange(1))
@click.option("--seed", type=int, help="The seed of the first batch; the next ones follow.")
def main(networks: int, seed: int | None) -> None:
    """Judge random NETWORKS and stop at the first difference."""
    seed = random.randrange(10**9) if seed is None else seed
    console = Console(highlight=False)
    os.environ.update({key: os.environ.get(key, value) for key, value in ONE_THREAD.items()})
    total: Counter[str] = Counter()
    columns = [TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()]
    pool = multiprocessing.get_context("spawn").Pool(
        initializer=signal.signal,
        initargs=(signal.SIGINT, signal.SIG_IGN),
        maxtasksperchild=BATCHES_A_PROCESS,
    )
    failed = None
    try:
        with pool, Progress(*columns, TimeRemainingColumn(), console=console) as progress:
            bar = progress.add_task(f"seed {seed}", total=networks)
            for result in pool.imap_unordered(batch, jobs(networks, seed)):
                total += result.counts
                progress.update(bar, advance=BATCH, description=said(total))
                if result.difference is not None:
                    failed = result
                    break
    except KeyboardInterrupt:
        console.print(f"\nstopped (SEED={seed})\n{said(total)}\n{reasons(total)}", soft_wrap=True)
        sys.exit(130)
    console.print(f"SEED={seed}\n{said(total)}\n{reasons(total)}", soft_wrap=True)
    if failed is not None:
        console.print(
            f"\nA difference, in the batch of SEED={failed.seed} N={BATCH}:\n", style="bold"
        )
        console.print(failed.difference, markup=False, soft_wrap=True)
        sys.exit(1)


def said(counts: "Counter[str]") -> str:
    """The counters: what was drawn, and how it came out."""
    drawn = ", ".join(f"{counts[kind]:,} {kind}" for kind in KINDS)
    ends = ", ".join(f"{counts[end]:,} {end}" for end in ENDS)
    exempt = sum(number for end, number in counts.items() if end.startswith("exempt"))
    return f"{drawn}\n{ends}, {exempt:,} exempt"


def reasons(counts: "Counter[str]") -> str:
    """Why differences were passed over, one a line."""
    lines = [f"  {number:,} {end}" for end, number in sorted(counts.items()) if "exempt" in end]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
