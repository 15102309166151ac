"""Verdicts of `diagnostics.diagnose` against the truth: how often they are right, and what they miss.

8 tasks, the last two held out, x (sgd with momentum 0.9, adam, lion) x (constant, linear) x 16 rates over 5 decades, one
seed. Truth: `sweep`'s validation loss at the end. A rate is fine if it falls at least 95% as far as the best, without a
worse one between, as in `Sweep.good`; else it is too low or too high. The verdict sees the first fifth of the run.
"With probes" is `diagnose(problem, tx)`, "record" is `diagnose(record)`. `noise floor` and `decays too late` count as
too high, `decays too early` as too low. All lanes of a rule are tried side by side, as `diagnose` tries one.

The truth is kept in the file that TRUTH names, and is not computed again while it is there.

Run: python benchmarks/verdicts.py [TASK ...]
"""

import json
import os
import sys
from collections import Counter
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from verdict_tasks import HELD_OUT, RATES, RULES, STEPS, tasks

from lropt_jax.diagnostics import diagnose, record, watch
from lropt_jax.diagnostics._branches import branches, first_part
from lropt_jax.diagnostics._trying import Plan
from lropt_jax.diagnostics._weighing import weigh
from lropt_jax.schedules import linear, sampled
from lropt_jax.tuning import sweep

SEED = 1
CLASS = {"too low": -1, "decays too early": -1, "fine": 0, "too high": 1, "noise floor": 1, "decays too late": 1}
SHAPES = {"constant": None, "linear": linear}


def truth(name, kept):
    """-1, 0 or 1 for each rate, by schedule and rule."""
    if name not in kept:
        kept[name] = {}
        for shape, schedule in SHAPES.items():
            found = sweep(
                tasks()[name](), RULES, rates=RATES, steps=STEPS[name], seeds=[SEED], schedule=schedule,
                on_progress=None,
            )  # fmt: skip
            for rule, rates in RATES.items():
                low, high = found.good(rule)
                kept[name][f"{shape} {rule}"] = [int(rate > high * 1.001) - int(rate < low / 1.001) for rate in rates]
    return kept[name]


def tried(problem, rule, steps):
    """For each schedule and rate the verdict with probes, its cost, and the verdict of the record alone."""
    tables = [jnp.full(steps, rate) for rate in RATES[rule]]
    tables += [rate * (1 - jnp.arange(steps) / steps) for rate in RATES[rule]]
    plain = [RULES[rule](sampled(jnp.float32(table))) for table in tables]
    done = steps // 50 * 10
    each = [watch(tx, every=max(1, done // 50), keep=100) for tx in plain]
    txs = jax.tree.map(lambda *leaves: jnp.stack(leaves), *each)
    plans = [Plan.of(problem, tx, steps) for tx in each]
    stands = jax.vmap(lambda tx: first_part(problem, tx, jax.random.key(SEED), done))(txs)
    here, begun = (
        np.asarray(jax.vmap(branches, (None, 0, 0, 0, 0))(problem, txs, at, *tables_of(plans, some, step)))
        for at, some, step in ((stands.at, "from_here", done), (stands.begin, "from_start", 0))
    )
    rows = record(stands.at.optimizer_state)
    for lane, plan in enumerate(plans):
        ended = [
            dict(zip(some, np.where(np.isfinite(losses), losses, np.inf).tolist(), strict=False))
            for some, losses in ((plan.from_here, here[lane]), (plan.from_start, begun[lane]))
        ]
        found = weigh(plan.ends(stands.judged[lane], ended[0], {}))
        cost = done + 20 * steps // 80
        if CLASS.get(found.verdict) != -1:
            found, cost = weigh(plan.ends(stands.judged[lane], *ended)), cost + steps // 5
        yield found.verdict, cost / steps, diagnose(rows[lane]).verdict


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


def drawn(true, words):
    signs = "-0+"
    both = [
        "".join(signs[1 + each] for each in true),
        "".join(signs[1 + CLASS[w]] if w in CLASS else "?" for w in words),
    ]
    return " ".join(both)


def main():
    path = Path(os.environ.get("TRUTH", "verdicts-truth.json"))
    kept = json.loads(path.read_text()) if path.exists() else {}
    lanes, costs, words = {}, [], Counter()
    for name in sys.argv[1:] or tasks():
        true = truth(name, kept)
        path.write_text(json.dumps(kept))
        problem = tasks()[name]()
        for rule in RULES:
            found = list(tried(problem, rule, STEPS[name]))
            for at, shape in enumerate(SHAPES):
                mine, truly = found[16 * at : 16 * at + 16], true[f"{shape} {rule}"]
                print(f"{name} {rule} {shape}: {drawn(truly, [each[0] for each in mine])}", flush=True)
                for right, (probed, cost, read) in zip(truly, mine, strict=True):
                    costs.append(cost)
                    words[probed] += 1
                    held = "held out" if name in HELD_OUT else "six"
                    for way, word in (("with probes", probed), ("record", read)):
                        for title in (f"{held}, {way}", f"{held}, {way}, {shape}", f"{name}, {way}", f"{rule}, {way}"):
                            lanes.setdefault(title, []).append((right, word))
    print("| | runs | right | cannot say | fine, called too high |\n|---|---|---|---|---|")
    for title in sorted(lanes, key=lambda title: (title.split(", ")[-1], title)):
        said(title, lanes[title])
    print(f"cost {np.mean(costs):.2f} x one run; verdicts {dict(words)}")


main()
