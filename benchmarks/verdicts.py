"""Verdicts of `diagnostics.diagnose` against the truth: how often they are right, and what they miss.

8 tasks, two of them held out, x (sgd with momentum 0.9, adam, lion) x (constant, linear) x 16 rates over 5 decades.
Truth: `sweep`'s validation loss at the end, one seed. A rate is fine if it falls at least 95% as far as the best,
without a worse one between, as in `Sweep.good`; else it is too low or too high. The verdict sees the first fifth of the
run. "With probes" is `diagnose(problem, tx)`. "Record" is `diagnose(record)` on 50 rows of step, rate and loss. `noise
floor` and `decays too late` count as too high, `decays too early` as too low. All lanes of a rule are tried side by
side, as `diagnose` tries one.

The truth and what was tried are kept in the folder that KEPT names. While they are there, only the rules are applied.

Run: python benchmarks/verdicts.py [TASK ...]
"""

import os
import pickle
import sys
from collections import Counter
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from verdict_tasks import HELD_OUT, RATES, RULES, STEPS, tasks

from lropt_jax.diagnostics import diagnose
from lropt_jax.diagnostics._parts import branches, first_part
from lropt_jax.diagnostics._trying import Plan, finite
from lropt_jax.diagnostics._weighing import weigh
from lropt_jax.schedules import linear, sampled
from lropt_jax.tuning import sweep

SEED = 1
CLASS = {"too low": -1, "decays too early": -1, "fine": 0, "too high": 1, "noise floor": 1, "decays too late": 1}
SHAPES = {"constant": None, "linear": linear}


def truth(problem, steps):
    """-1, 0 or 1 for each rate, by schedule and rule."""
    found = {}
    for shape, schedule in SHAPES.items():
        swept = sweep(
            problem, RULES, rates=RATES, steps=steps, seeds=[SEED], schedule=schedule, on_progress=None
        )  # fmt: skip
        for rule, rates in RATES.items():
            low, high = swept.good(rule)
            found[f"{shape} {rule}"] = [int(rate > high * 1.001) - int(rate < low / 1.001) for rate in rates]
    return found


def tried(problem, rule, steps):
    """For each schedule and rate: what was seen of the run, and its record."""
    tables = [jnp.full(steps, rate) for rate in RATES[rule]]
    tables += [rate * (1 - jnp.arange(steps) / steps) for rate in RATES[rule]]
    done = steps // 50 * 10
    each = [RULES[rule](sampled(jnp.float32(table))) for table in tables]
    txs = jax.tree.map(lambda *leaves: jnp.stack(leaves), *each)
    plans = [Plan.of(problem, tx, steps) for tx in each]
    stands = jax.vmap(lambda tx: first_part(problem, tx, jax.random.key(SEED), done))(txs)
    here, begun = (
        np.asarray(jax.vmap(branches, (None, 0, 0, 0, 0))(problem, txs, at, *tables_of(plans, some, step)))
        for at, some, step in ((stands.at, "from_here", done), (stands.begin, "from_start", 0))
    )
    seen = []
    for lane, plan in enumerate(plans):
        ended = (
            dict(zip(some, finite(losses).tolist(), strict=False))
            for some, losses in ((plan.from_here, here[lane]), (plan.from_start, begun[lane]))
        )
        seen.append(plan.ends(stands.judged[lane], *ended))
    rows = np.arange(0, done, done // 50)
    means = np.asarray(stands.values).reshape(len(each), 50, -1).mean(-1)
    return seen, [
        {"step": rows, "rate": table[rows], "value": values[rows], "value_mean": mean}
        for table, values, mean in zip(np.asarray(tables), np.asarray(stands.values), means, strict=True)
    ]


def judged(ends, steps):
    """The verdict with probes, and its cost over one run, as `diagnose` gives them."""
    found, cost = weigh(ends._replace(restarts={})), ends.steps + len(ends.branches) * (steps // 20)
    if CLASS.get(found.verdict) != -1:
        found, cost = weigh(ends), cost + len(ends.restarts) * (steps // 10)
    return found.verdict, cost / steps


def tables_of(plans, some, step):
    pairs = [plan.table(getattr(plan, some), step) for plan in plans]
    return tuple(np.stack(parts) for parts in zip(*pairs, strict=True))


def said(title, lanes):
    """One row: (truth, verdict) of every lane."""
    given = [(true, CLASS[word]) for true, word in lanes if word in CLASS]
    fine = [word for true, word in lanes if true == 0]
    right = sum(true == verdict for true, verdict in given) / max(len(given), 1)
    silent = 1 - len(given) / len(lanes)
    high = sum(CLASS.get(word) == 1 for word in fine)
    print(f"| {title} | {len(lanes)} | {100 * right:.1f}% | {100 * silent:.1f}% | {high} of {len(fine)} |", flush=True)


def how_wrong(true, place, word):
    """How many rates away a wrong verdict would be right, of all 16 at most. None: it is right, or there is none."""
    if CLASS.get(word, true[place]) == true[place]:
        return None
    return min([abs(other - place) for other in range(len(true)) if true[other] == CLASS[word]], default=len(true))


def drawn(true, words):
    signs = "-0+"
    both = [
        "".join(signs[1 + each] for each in true),
        "".join(signs[1 + CLASS[w]] if w in CLASS else "?" for w in words),
    ]
    return " ".join(both)


def kept(path, make, *arguments):
    """What a file holds, or what is made and kept there."""
    if not path.exists():
        path.write_bytes(pickle.dumps(make(*arguments)))
    return pickle.loads(path.read_bytes())


def main():
    folder = Path(os.environ.get("KEPT", "verdicts"))
    folder.mkdir(exist_ok=True)
    lanes, costs, words, wrong = {}, [], Counter(), []
    for name in sys.argv[1:] or tasks():
        problem, steps = tasks()[name](), STEPS[name]
        true = kept(folder / f"{name}.truth", truth, problem, steps)
        for rule in RULES:
            seen, rows = kept(folder / f"{name}-{rule}.tried", tried, problem, rule, steps)
            found = [(*judged(ends, steps), diagnose(row).verdict) for ends, row in zip(seen, rows, strict=True)]
            for at, shape in enumerate(SHAPES):
                mine, truly = found[16 * at : 16 * at + 16], true[f"{shape} {rule}"]
                print(f"{name} {rule} {shape}: {drawn(truly, [each[0] for each in mine])}", flush=True)
                for place, (right, (probed, cost, read)) in enumerate(zip(truly, mine, strict=True)):
                    costs.append(cost)
                    wrong.append(how_wrong(truly, place, probed))
                    words[probed] += 1
                    held = "held out" if name in HELD_OUT else "six"
                    for way, word in (("with probes", probed), ("record", read)):
                        for title in (f"{held}, {way}", f"{held}, {way}, {shape}", f"{name}, {way}", f"{rule}, {way}"):
                            lanes.setdefault(title, []).append((right, word))
    print("| | runs | right | cannot say | fine, called too high |\n|---|---|---|---|---|")
    for title in sorted(lanes, key=lambda title: ("record" in title, title)):
        said(title, lanes[title])
    print(f"cost {np.mean(costs):.2f} x one run; verdicts {dict(words)}")
    far = [distance for distance in wrong if distance is not None]
    print(f"{len(far)} wrong, {sum(distance <= 2 for distance in far)} of them by two rates at most")


main()
