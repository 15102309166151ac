"""AdamW, Lion, Muon, SOAP, Shampoo, schedule-free AdamW and Prodigy on four small networks.

Each optimizer finds its rate by one call of `tuning.auto`, on one seed, and then trains five other seeds at that rate,
under the linear schedule of `auto`. Schedule-free AdamW has a warmup of 5% and then a constant rate, and is read at its
average. Prodigy searches for nothing: it runs at `linear(1.0, steps)`. All have a weight decay of 0.01.

Columns: what the search cost, in runs; the validation loss after the last step, mean +- half of its 95% interval; the
difference from AdamW's, seed by seed (same starts, same batches); the loss of the first seed at a third of the rate and
at three times the rate, by which nothing is chosen: lower ones tell that the search missed; the first of 25 looks at
which the mean loss is AdamW's last one or lower; processor seconds to there, of the median run and without looks and
compilation; milliseconds a step; bytes of state a parameter.

With --wider each search goes on with four runs of its seed, at a third, one, three and nine times the rate of `auto`.

Run: python benchmarks/race.py [transformer] [mlp] [vae] [convolution] [--steps N] [--only soap,muon] [--wider]
AdamW always runs, since all are held against it.
"""

import argparse
import functools
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import numpy as np
from auto_tasks import tasks
from looks import looked
from scipy.stats import t as student
from small_state import characters
from verdict_tasks import convolution

from lropt_jax.optimizers import adamw, lion, muon, prodigy, shampoo, soap
from lropt_jax.problems import Problem, vae
from lropt_jax.schedules import linear, warmup
from lropt_jax.tuning import auto
from lropt_jax.wrappers import averaged, schedule_free

LOOKS, SEEDS, DECAY = 25, (11, 12, 13, 14, 15), 0.01
WIDER = (1 / 3, 1, 3, 9)


class Task(NamedTuple):
    """A problem, how long it is trained, and which matrices are no hidden ones: these Muon leaves to Adam."""

    make: Callable[[], Problem]
    steps: int
    heads: list[str]


TASKS = {
    "transformer": Task(lambda: characters(held_out=400), 600, ["embed", "place", "read"]),
    "mlp": Task(tasks()["mlp"], 1000, ["1/w"]),
    "vae": Task(vae, 1000, ["decoder/1/kernel"]),
    "convolution": Task(lambda: convolution(batch=64), 1000, ["c"]),
}


class Entrant(NamedTuple):
    """How an optimizer is made of its rate, and the rate over the run."""

    make: Callable[[Any], Any]
    schedule: Callable[[float, int], Any] = linear
    searches: bool = True
    averages: bool = False


class Result(NamedTuple):
    """What one optimizer did on one task."""

    rate: float
    cost: float
    losses: np.ndarray  # (seeds, looks)
    nearby: list[float]
    seconds: float  # of a step
    state: float  # bytes a parameter

    @property
    def last(self) -> np.ndarray:
        """The final loss of each seed."""
        return self.losses[:, -1]


def entrants(heads: list[str]) -> dict[str, Entrant]:
    """All of them, where `heads` are the matrices that Muon leaves to Adam."""
    return {
        "adamw": Entrant(functools.partial(adamw, weight_decay=DECAY)),
        "lion": Entrant(functools.partial(lion, weight_decay=DECAY)),
        "muon": Entrant(functools.partial(muon, weight_decay=DECAY, adam_mask=heads, more_axes="flatten")),
        "soap": Entrant(functools.partial(soap, weight_decay=DECAY, more_axes="flatten", skip_first=False)),
        "shampoo": Entrant(functools.partial(shampoo, weight_decay=DECAY, more_axes="flatten")),
        "schedule_free": Entrant(
            lambda rate: schedule_free(adamw(rate, b1=0.0, weight_decay=DECAY)),
            schedule=lambda rate, steps: warmup(rate, max(steps // 20, 1)),
            averages=True,
        ),
        "prodigy": Entrant(functools.partial(prodigy, weight_decay=DECAY), searches=False),
    }


def last(problem: Problem, params: Any, state: Any, slots: Any) -> tuple[Any, Any]:
    """The parameters to evaluate with, and the state."""
    return params, state


def mean(problem: Problem, params: Any, state: Any, slots: Any) -> tuple[Any, Any]:
    """The same where the optimizer keeps averages."""
    return averaged(slots), state


@jax.jit
def judge(problem: Problem, looks: Any) -> jax.Array:
    """The validation losses (looks,)."""
    return jax.lax.map(lambda at: problem.validate(at[0], at[1], jax.random.key(0)), looks)  # type: ignore[misc]


def race(problem: Problem, entrant: Entrant, steps: int, wider: bool) -> Result:
    """Search, and train all seeds."""
    rate, cost, every = 1.0, 0.0, steps // LOOKS
    if entrant.searches:
        found = auto(problem, entrant.make, steps=steps, key=jax.random.key(0), schedule=entrant.schedule)
        rate, cost = found.rate, found.cost

    def run(rate: float, seed: int) -> tuple[np.ndarray, float]:
        tx, key = entrant.make(entrant.schedule(rate, every * LOOKS)), jax.random.key(seed)
        began = time.process_time()
        see = mean if entrant.averages else last
        looks = jax.block_until_ready(looked(problem, tx, key, looks=LOOKS, every=every, see=see))
        return np.asarray(judge(problem, looks)), time.process_time() - began

    if wider and entrant.searches:
        rate, cost = (
            min((rate * by for by in WIDER), key=lambda rate: np.nan_to_num(run(rate, 0)[0][-1], nan=np.inf)),
            cost + len(WIDER),
        )
    runs = [run(rate, seed) for seed in SEEDS]  # the first one compiles
    nearby = [run(rate * factor, SEEDS[0])[0][-1] for factor in (1 / 3, 3)]
    params, _ = jax.eval_shape(problem.init, jax.random.key(0))
    held = jax.eval_shape(entrant.make(rate).init, params)
    size, state = (sum(x.size * n for x, n in ((x, n(x)) for x in jax.tree.leaves(tree)))
                   for tree, n in ((params, lambda x: 1), (held, lambda x: x.dtype.itemsize)))  # fmt: skip
    seconds = statistics.median(spent for _, spent in runs[1:]) / (every * LOOKS)
    return Result(rate, cost, np.array([losses for losses, _ in runs]), nearby, seconds, state / size)


def interval(sample: np.ndarray) -> str:
    """The mean and half of its 95% interval."""
    half = sample.std(ddof=1) / np.sqrt(len(sample)) * student.ppf(0.975, len(sample) - 1)
    return f"{sample.mean():.4g} ± {half:.2g}"


def row(name: str, mine: Result, base: Result, steps: int) -> str:
    """A line of the table."""
    reached = np.flatnonzero(mine.losses.mean(0) <= base.last.mean())
    at = (reached[0] + 1) * (steps // LOOKS) if len(reached) else None
    cells = [
        f"`{name}`", f"{mine.rate:.2g}", f"{mine.cost:.2f}" if mine.cost else "no search", interval(mine.last),
        "" if mine is base else interval(mine.last - base.last), ", ".join(f"{loss:.4g}" for loss in mine.nearby),
        "never" if at is None else f"{at}", "" if at is None else f"{at * mine.seconds:.2g} s",
        f"{1e3 * mine.seconds:.3g} ms", f"{mine.state:.1f}",
    ]  # fmt: skip
    return f"| {' | '.join(cells)} |"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("tasks", nargs="*", default=list(TASKS))
    parser.add_argument("--steps", type=int, help="at least 25; without it each task has its own number")
    parser.add_argument("--only", default="")
    parser.add_argument("--wider", action="store_true", help="four runs more for each search")
    given = parser.parse_args()
    for task in given.tasks:
        if task not in TASKS:
            sys.exit(f"race: task must be one of {', '.join(TASKS)}, got {task}.")
        make, usual, heads = TASKS[task]
        problem, everyone, steps = make(), entrants(heads), given.steps or usual
        wanted = given.only.split(",") if given.only else list(everyone)
        print(f"\n{task}: {problem.name}, {steps} steps\n")
        print("| | rate | search | validation loss | less AdamW's | at rate / 3, x 3 | steps to AdamW's | time "
              "| a step | bytes a parameter |\n" + "| --- " * 10 + "|")  # fmt: skip
        base = race(problem, everyone["adamw"], steps, given.wider)
        for name, entrant in everyone.items():
            if name in wanted:
                mine = base if name == "adamw" else race(problem, entrant, steps, given.wider)
                print(row(name, mine, base, steps), flush=True)


if __name__ == "__main__":
    main()
