"""Runs that diverge while their rate rises: how many `diagnose` foresees from their first fifth, and false alarms.

The rate rises linearly over 500 steps to 16 peaks over 5 decades, for the tasks and optimizers of verdicts.py. A run
diverges where the mean of 5 losses is not finite, or over that of the first 5 by 5% and twice their spread. Of those
that do so at step 150 or later, `diagnose` should call the rate too high at step 100: 50 steps ahead at least. A false
alarm is that verdict on a run that never diverges. What was seen is kept in the folder that KEPT names.

Run: python benchmarks/divergence.py [TASK ...]
"""

import os
import pickle
import sys
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from verdict_tasks import HELD_OUT, RATES, RULES, tasks

from lropt_jax.diagnostics._parts import branches, first_part
from lropt_jax.diagnostics._trying import Plan, finite
from lropt_jax.diagnostics._weighing import weigh
from lropt_jax.problems import step
from lropt_jax.schedules import sampled

STEPS, FIRST, AHEAD = 500, 100, 50


def lost(values):
    """The first step at which a run has diverged. None: it never has."""
    values = np.where(np.isfinite(values), values, 1e30)
    smooth = np.convolve(values, np.ones(5) / 5, "valid")
    over = np.flatnonzero(smooth > 1.05 * values[:5].mean() + 2 * values[:5].std())
    return int(over[0]) if len(over) else None


def runs(problem, rule):
    """For each peak: where the run diverges, and what was seen of it at step 100."""
    each = [RULES[rule](sampled(jnp.float32(peak * np.arange(1, STEPS + 1) / STEPS))) for peak in RATES[rule]]
    txs = jax.tree.map(lambda *leaves: jnp.stack(leaves), *each)
    plans = [Plan.of(problem, tx, STEPS) for tx in each]
    stands = jax.vmap(lambda tx: first_part(problem, tx, jax.random.key(1), FIRST))(txs)
    tables = [plan.table([*plan.from_here, *plan.ahead], FIRST) for plan in plans]
    tables = tuple(np.stack(parts) for parts in zip(*tables, strict=True))
    ended = np.asarray(jax.vmap(branches, (None, 0, 0, 0, 0))(problem, txs, stands.at, *tables))

    def rest(tx, at):
        return jax.lax.scan(lambda at, _: step(problem, tx, at), at, None, length=STEPS - FIRST)[1]

    values = np.concatenate([stands.values, jax.jit(jax.vmap(rest))(txs, stands.at)], axis=1)
    found = []
    for lane, plan in enumerate(plans):
        some = dict(zip([*plan.from_here, *plan.ahead], finite(ended[lane]).tolist(), strict=True))
        here = {branch: some[branch] for branch in plan.from_here}
        ends = plan.ends(stands.judged[lane], here, {})._replace(
            ahead=next(((branch, some[branch]) for branch in plan.ahead), None)
        )
        found.append((lost(values[lane]), ends))
    return found


def kept(path, make, *arguments):
    """What a file holds, or what is made and kept there."""
    if not path.exists():
        path.write_bytes(pickle.dumps(make(*arguments)))
    return pickle.loads(path.read_bytes())


def main():
    folder = Path(os.environ.get("KEPT", "verdicts"))
    folder.mkdir(exist_ok=True)
    seen = {"six": [], "held out": []}
    for name in sys.argv[1:] or tasks():
        problem = tasks()[name]()
        for rule in RULES:
            seen_of = kept(folder / f"{name}-{rule}.rising", runs, problem, rule)
            found = [(at, weigh(ends).verdict == "too high") for at, ends in seen_of]
            seen["held out" if name in HELD_OUT else "six"] += found
            print(name, rule, " ".join(f"{'-' if at is None else at}{'!' * alarm}" for at, alarm in found), flush=True)
    for title, found in seen.items():
        late = [alarm for at, alarm in found if at is not None and at >= FIRST + AHEAD]
        never = [alarm for at, alarm in found if at is None]
        early = sum(at is not None and at < FIRST + AHEAD for at, _ in found)
        if found:
            print(f"{title}: {sum(late)} of {len(late)} foreseen; false alarms {sum(never)} of {len(never)}; {early} "
                  f"diverged before step {FIRST + AHEAD}")  # fmt: skip


main()
