# %% [markdown]
# # Adam converges
#
# The paper had a proof, and the proof had a fault (Reddi, Kale and Kumar 2018, arXiv:1904.09237). Their kind of
# example: the gradient is 10 once in 10 steps and else -1, on [-1, 1], with a rate that falls as it should. The mean
# gradient is positive, so the answer is -1. **Not always: with b2 = 0.9 or less Adam goes to the worst point and
# stays: it ends at 0.99. With b2 = 0.99 it ends at -0.95. AMSGrad and ADOPT go the right way with every b2. ADOPT
# with its usual clip is at 0.67 after 2000 steps with b2 = 0.1, and only later comes back, to -0.90.**

# %%
import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np
from scipy import stats

from lropt_jax.optimizers import adam, adopt, amsgrad
from lropt_jax.problems import Problem, start, step
from lropt_jax.report.style import COLORS, STYLE
from lropt_jax.schedules import inverse_sqrt


def experiment(rule, averages, *, rare, steps, every, seeds):
    """`rule(rate, b2)` descends a line on [-1, 1] whose gradient is `rare` once in `rare` steps and else -1.

    The mean gradient is 1 / rare, so the answer is -1. Returns where it is every `every` steps (averages, seeds, rows).
    """

    def field(x, state, key):
        often = jax.random.uniform(key) > 1 / rare
        return jnp.where(often, -1.0, rare), state, jnp.where(often, -x, rare * x)

    line = Problem(lambda key: (jnp.zeros(()), ()), field)

    def run(b2, key):
        tx = rule(inverse_sqrt(0.5, 1), b2)

        def ahead(at, _):
            at, _ = step(line, tx, at)
            return at._replace(params=jnp.clip(at.params, -1, 1)), None

        def row(at, _):
            at, _ = jax.lax.scan(ahead, at, None, length=every)
            return at, at.params

        return jax.lax.scan(row, start(line, tx, key), None, length=steps // every)[1]

    keys = jax.random.split(jax.random.key(0), seeds)
    return np.asarray(jax.jit(jax.vmap(jax.vmap(run, (None, 0)), (0, None)))(jnp.asarray(averages), keys))


# %% rtol=0.1
rules = {
    "adam": lambda rate, b2: adam(rate, b1=0.0, b2=b2),
    "amsgrad": lambda rate, b2: amsgrad(rate, b1=0.0, b2=b2),
    "adopt": lambda rate, b2: adopt(rate, b1=0.0, b2=b2),
    "adopt, clipped": lambda rate, b2: adopt(rate, b1=0.0, b2=b2, clip=1.0, clip_growth=0.25),
}
averages = np.array([0.1, 0.5, 0.9, 0.99, 0.999])
every, seeds = 500, 8
paths = {
    name: experiment(rule, averages, rare=10.0, steps=50_000, every=every, seeds=seeds) for name, rule in rules.items()
}


def told(numbers):
    """The mean over seeds and its 95% interval, in words."""
    half = stats.t.ppf(0.975, len(numbers) - 1) * numbers.std(ddof=1) / np.sqrt(len(numbers))
    return f"{numbers.mean():5.2f} +- {half:.2f}"


for when in (2000, 50_000):
    print(f"after {when} steps, with b2 = {' | '.join(map(str, averages))}:")
    for name, path in paths.items():
        print(f"    {name:14s} {' | '.join(told(each[:, when // every - 1]) for each in path)}")
ends = {name: path[:, :, -1].mean(1) for name, path in paths.items()}
assert np.all(ends["adam"][:3] > 0.95)
assert np.all(ends["adam"][3:] < -0.9)
assert all(np.all(ends[name] < -0.85) for name in ("amsgrad", "adopt"))
assert paths["adopt, clipped"][0, :, 3].mean() > 0.5
assert np.all(ends["adopt, clipped"] < -0.85)

# %%
plt.rcParams.update(STYLE)
figure, axes = plt.subplots(1, 4, figsize=(8.6, 2.6), sharex=True, sharey=True, layout="constrained")
at = 2 * every * np.arange(1, 1 + 25_000 // every)
for axis, (name, path) in zip(axes, paths.items(), strict=True):
    for b2, lines, color, dash in zip(averages, path[:, :, 1::2], COLORS, ("-", "--", "-.", ":", "-"), strict=False):
        mean, half = lines.mean(0), stats.t.ppf(0.975, seeds - 1) * lines.std(0, ddof=1) / np.sqrt(seeds)
        axis.fill_between(at, mean - half, mean + half, color=color, alpha=0.2, linewidth=0)
        axis.plot(at, mean, dash, color=color, label=f"b2 = {b2}")
    axis.axhline(-1, color="black", linewidth=0.8)
    axis.set(title=name, xlabel="step", xscale="log")
axes[0].set(ylabel="x: the answer is -1, the worst is 1", ylim=(-1.08, 1.08))
axes[2].legend(loc="upper right")
plt.show()

# %% [markdown]
# Adam forgets a large gradient after 1 / (1 - b2) steps, and divides it by itself when it comes. So it fails where
# large gradients that matter are rarer than that: b2 = 0.9 remembers 10 steps. With the usual 0.999 most problems are
# safe; rare classes or words in small batches may not be. Raise `b2` first. `adopt` needs no such care; its clip of
# the t-th step at t^0.25 hides a gradient of 10 until step 10^4, so it is off by default here.
