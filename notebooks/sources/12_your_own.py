# %% [markdown]
# # How do I add my own schedule, rate, optimizer or problem?
#
# Write a function and put `@lift` above it. What it returns is then a value like all others: it prints, compares, goes
# through `jit` as an argument, and works with `sweep`. This notebook makes one of each, races them, and lets the laws
# of the test suite find what is wrong with the optimizer.
#
# **A problem.** Oja's rule finds the first principal component of the digits from one image at a time. The answer is
# known from linear algebra, so `judge` can say how far off we are.

# %% rtol=0.2
from collections import namedtuple

import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits

from lropt_jax import kinds, lift
from lropt_jax.optimizers import Direction, descent, sgd
from lropt_jax.problems import Problem, start, step
from lropt_jax.rates import Rate
from lropt_jax.report.style import COLORS, STYLE

plt.rcParams.update(STYLE | {"axes.prop_cycle": plt.cycler(color=COLORS), "figure.figsize": (7, 3.4)})
x = load_digits().data
x = jnp.asarray((x - x.mean(0)) / x.std(), jnp.float32)
answer = jnp.linalg.svd(x, full_matrices=False)[2][0]


def init(key):
    w = jax.random.normal(key, (64,))
    return w / jnp.linalg.norm(w), ()


def field(w, state, key):
    image = x[jax.random.randint(key, (), 0, len(x))]
    projection = image @ w
    return projection * (projection * w - image), state, projection**2


def judge(w, state):
    """One minus the squared cosine of the angle between our direction and the true one."""
    return 1 - (w @ answer) ** 2 / (w @ w)


oja = Problem(init, field, judge=judge, value="monitor", name="Oja's rule on digits")


# A schedule: a function of the step.
@lift
def half_life(peak: kinds.Height, steps: kinds.Steps):
    """Halve the rate after every `steps` steps, smoothly."""
    return lambda step: peak * 0.5 ** (step / steps)


# A rate that sets itself: it may read the gradients, the parameters, the loss.
@lift
def unit_length(length: kinds.AnySchedule):
    """Make every step of gradient descent as long as `length` says."""

    def next_rate(state, reading):
        wanted = length(reading.count) if callable(length) else length
        return wanted / jnp.maximum(jnp.linalg.norm(reading.grads), 1e-12), state

    return Rate(lambda params: (0.0, ()), next_rate)


# An optimizer: what it makes of the gradients. `descent` multiplies by the rate.
SoftSignState = namedtuple("SoftSignState", ["count", "learning_rate", "rate", "mu"])


@lift
def soft_sign(learning_rate: kinds.LearningRate, *, softness: float = 0.1):
    """Momentum, pressed into (-1, 1) for each parameter."""

    def init(params):
        return {"mu": jax.tree.map(jnp.zeros_like, params)}

    def apply(grads, state, params):
        mu = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, state.mu, grads)
        return jax.tree.map(lambda m: m / (jnp.abs(m) + softness), mu), state._replace(mu=mu)

    return descent(Direction(SoftSignState, init, apply), learning_rate)


@jax.jit
def errors(tx):
    """The error at each step, from eight seeds."""

    def run(key):
        def one(at, _):
            at, _ = step(oja, tx, at)
            return at, oja.judge(at.params, ())

        return jax.lax.scan(one, start(oja, tx, key), None, length=3000)[1]

    return jax.vmap(run)(jax.random.split(jax.random.key(0), 8))


rules = {
    "sgd(0.002)": sgd(0.002),
    "sgd(half_life(0.01, 500))": sgd(half_life(0.01, 500)),
    "sgd(unit_length(half_life(0.03, 500)))": sgd(unit_length(half_life(0.03, 500))),
    "soft_sign(half_life(0.006, 500))": soft_sign(half_life(0.006, 500)),
}
ends = {name: errors(tx) for name, tx in rules.items()}

# %% rtol=0.5
for name, error in ends.items():
    middle = jnp.median(error, axis=0)
    plt.plot(middle, label=name)
    plt.fill_between(np.arange(3000), *jnp.percentile(error, jnp.array([25, 75]), axis=0), alpha=0.15, linewidth=0)
    print(f"{name:38s} error at the end: {float(middle[-1]):.5f} (median of 8 seeds)")
plt.yscale("log")
plt.xlabel("step")
plt.ylabel("1 - cos²; bands: middle half of the seeds")
plt.legend()
plt.show()

# %% [markdown]
# ## They are values
#
# They print, and a number can be changed. What is outside its kind is refused, with the name of your function. A sweep
# takes them as it takes ours.

# %% rtol=0.5
from lropt_jax.tuning import sweep

print(soft_sign(half_life(0.03, 500)).replace(softness=0.2))
try:
    half_life(0.1, steps=-1)
except ValueError as refusal:
    print(refusal)
found = sweep(oja, {"soft_sign": soft_sign(half_life(0.03, 500)), "sgd": sgd(half_life(0.01, 500))}, steps=3000,
              rates=np.geomspace(1e-3, 0.1, 6), seeds=3, on_progress=None)  # fmt: skip
for name in found.optimizers:
    print(f"{name:10s} best peak {found.best(name).rate:.4f}, error {found.best(name).validation:.5f}")

# %% [markdown]
# ## The laws
#
# A checkout of the project has laws that every rule of the library keeps: about forty for an optimizer. A subclass with
# a specimen runs them. Let us see what our first try breaks. (Two laws are left out: they ask for names that the
# library itself knows.)

# %%
import inspect
import os
import pathlib
import subprocess
import sys
import tempfile

HEAD = """
from collections import namedtuple
import jax, jax.numpy as jnp
from laws import OptimizerLaws, ScheduleLaws
from lropt_jax import kinds, lift
from lropt_jax.optimizers import Direction, descent
SoftSignState = namedtuple("SoftSignState", ["count", "learning_rate", "rate", "mu"])
"""
tests = pathlib.Path.cwd().parent / "tests"


def broken(rule, laws, specimen):
    """The laws that a rule breaks."""
    if not (tests / "laws").is_dir():
        return ["the laws are in the folder tests of a checkout, and there is none here"]
    with tempfile.TemporaryDirectory() as folder:
        own = f"{HEAD}\n\n{inspect.getsource(rule.__wrapped__)}\n\nclass TestMine({laws}):\n    specimen = {specimen}\n"
        (pathlib.Path(folder) / "test_mine.py").write_text(own)
        quiet = ["-q", "--tb=no", "--color=no", "-c", "/dev/null", "-p", "no:cacheprovider"]
        command = [sys.executable, "-m", "pytest", *quiet, "-k", "not config and not read_back", "test_mine.py"]
        ran = subprocess.run(command, cwd=folder, env=os.environ | {"PYTHONPATH": str(tests)}, capture_output=True,
                             text=True, check=False)  # fmt: skip
    failed = [line.split("::")[-1].split(" - ")[0] for line in ran.stdout.splitlines() if line.startswith("FAILED")]
    return failed or ([] if ran.returncode == 0 else [ran.stdout + ran.stderr])


print("half_life breaks:", *broken(half_life, "ScheduleLaws", "half_life(0.1, 20)") or ["no law"], sep="\n  ")
print("soft_sign breaks:", *broken(soft_sign, "OptimizerLaws", "soft_sign(0.1)") or ["no law"], sep="\n  ")

# %% [markdown]
# Behind these names are two faults. In bfloat16 the momentum is rounded at every step. And `softness` has no kind, so
# nobody says whether a schedule may stand in its place; one ends in an error deep inside. So: keep slots in float32,
# give every argument a kind, and ask a number for its value at the step.

# %%


@lift
def better_sign(learning_rate: kinds.LearningRate, *, softness: kinds.Epsilon = 0.1):
    """Momentum, pressed into (-1, 1) for each parameter."""

    def wide(leaf):
        return leaf.astype(jnp.float32) if leaf.dtype.itemsize < 4 else leaf

    def init(params):
        return {"mu": jax.tree.map(lambda p: wide(jnp.zeros_like(p)), params)}

    def apply(grads, state, params):
        soft = softness(state.count) if callable(softness) else softness
        mu = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * wide(g), state.mu, grads)
        pressed = jax.tree.map(lambda m: m / (jnp.abs(m) + jnp.asarray(soft, m.dtype)), mu)
        return pressed, state._replace(mu=mu)

    return descent(Direction(SoftSignState, init, apply), learning_rate)


print("better_sign breaks:", *broken(better_sign, "OptimizerLaws", "better_sign(0.1)") or ["no law"], sep="\n  ")

# %% [markdown]
# **Take away.** `@lift` over a function. A kind for every argument. A line that runs the laws. CONTRIBUTING says where
# each file goes if you want to give your rule to everybody.
