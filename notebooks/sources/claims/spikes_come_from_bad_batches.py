# %% [markdown]
# # Spikes come from bad batches
#
# The usual cure for a spike is to skip the batch. We train a small tanh network with Adam at one rate, once on all 64
# points at each step, where no batch can be bad, and once on a random half of them. At every step we measure the
# `sharpness` in Adam's scale over its `limit` (Cohen et al. 2022, arXiv:2207.14484). **Not these: without batches 4
# runs have 71 spikes, and before 71 of them the curvature was over the limit, on average 40 steps ahead. With halves
# there are 17 small ones, and the curvature is nowhere near the limit: those do come from batches.**

# %%
import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np
from scipy import stats

from lropt_jax.diagnostics import limit, scale_of, sharpness
from lropt_jax.optimizers import adam
from lropt_jax.problems import Problem, start, step
from lropt_jax.report.style import COLORS, STYLE


def experiment(shares, *, rate, steps, seeds, width=32):
    """Adam at a constant rate; a step sees all 64 points, or a random share of them.

    Returns the loss on all points and the sharpness on all points over the limit, before each step, both
    (shares, seeds, steps).
    """
    x = jnp.linspace(-1, 1, 64)[:, None]
    y = jnp.cos(5 * jnp.arccos(x))  # Chebyshev's polynomial of degree 5

    def init(key):
        sizes = zip(jax.random.split(key, 3), (1, width, width), (width, width, 1), strict=True)
        return [
            (jax.random.normal(key, (rows, columns)) / rows**0.5, jnp.zeros(columns)) for key, rows, columns in sizes
        ]

    def loss(weights, seen=1.0):
        (w1, b1), (w2, b2), (w3, b3) = weights
        errors = (jnp.tanh(jnp.tanh(x @ w1 + b1) @ w2 + b2) @ w3 + b3 - y) ** 2 / 2
        return jnp.sum(errors * seen) / jnp.sum(jnp.ones_like(y) * seen)

    def run(share, key):
        def sampled(weights, _, key):
            return loss(weights, jax.random.uniform(key, y.shape) < share)

        curve, tx = Problem.from_loss(sampled, init, x), adam(rate)

        def ahead(carry, _):
            at, vector = carry
            after, _ = step(curve, tx, at)
            scale = scale_of(tx, after.optimizer_state, at.params)
            found = sharpness(loss, at.params, scale=scale, vector=vector, steps=4)
            return (after, found.vector), (loss(at.params), found.value / limit(tx, after.optimizer_state))

        at = start(curve, tx, key)
        return jax.lax.scan(ahead, (at, jax.tree.map(jnp.zeros_like, at.params)), None, length=steps)[1]

    keys = jax.random.split(jax.random.key(0), seeds)
    return tuple(map(np.asarray, jax.jit(jax.vmap(jax.vmap(run, (None, 0)), (0, None)))(jnp.asarray(shares), keys)))


# %% rtol=0.4
shares = np.array([1.0, 0.5])
losses, ratios = experiment(shares, rate=0.003, steps=4000, seeds=4)
begin, before, after = 500, 80, 60


def onsets(loss):
    """The steps at which the loss is twice the median of the 50 steps before, one for each spike."""
    found = []
    for at in range(begin, len(loss) - after):
        if loss[at] > 2 * np.median(loss[at - 50 : at]) and (not found or at - found[-1] > 50):
            found.append(at)
    return found


spikes = [[(run, at) for run, loss in enumerate(each) for at in onsets(loss)] for each in losses]
around = [
    np.array([ratio[run, at - before : at + after] for run, at in each])
    for ratio, each in zip(ratios, spikes, strict=True)
]
heights = [
    np.array([loss[run, at : at + 50].max() / np.median(loss[run, at - 50 : at]) for run, at in each])
    for loss, each in zip(losses, spikes, strict=True)
]
over = (around[0][:, :before] > 1).any(1)
lead = before - (around[0][:, :before] > 1).argmax(1)
by_run = np.array([lead[[run == each for run, _ in spikes[0]]].mean() for each in range(4)])
half = stats.t.ppf(0.975, 3) * by_run.std(ddof=1) / 2
print(f"all points at each step: {len(spikes[0])} spikes in 4 runs, {np.median(heights[0]):.1f} times the loss before")
print(
    f"    the curvature was over the limit before {over.sum()} of them, {by_run.mean():.0f} +- {half:.0f} steps ahead"
)
print(f"    it is over the limit in {np.mean(ratios[0, :, begin:] > 1):.2f} of all steps")
print(f"half of the points: {len(spikes[1])} spikes in 4 runs, {np.median(heights[1]):.1f} times the loss before")
print(f"    the curvature is at most {ratios[1, :, begin:].max():.2f} of the limit")
assert len(spikes[0]) > 40
assert over.mean() > 0.95
assert np.mean(ratios[0, :, begin:] > 1) < 0.5  # so that this is no accident
assert ratios[1, :, begin:].max() < 0.5

# %%
plt.rcParams.update(STYLE | {"axes.prop_cycle": plt.cycler(color=COLORS)})
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.2), layout="constrained")
for loss, name in zip(losses, ("all points", "a random half"), strict=True):
    left.plot(np.arange(0, 4000, 2), loss[1].reshape(-1, 2).max(1), linewidth=0.8, label=name)
left.set(yscale="log", xlabel="step", ylabel="loss on all points (one seed)")
left.legend(title="a step sees", loc="lower left")
steps = np.arange(-before, after)
for each, name, color in zip(around, ("all points", "a random half"), COLORS, strict=False):
    low, middle, high = np.quantile(each, [0.1, 0.5, 0.9], axis=0)
    right.fill_between(steps, low, high, color=color, alpha=0.25, linewidth=0)
    right.plot(steps, middle, color=color, label=name)
right.axhline(1, color="black", linestyle="--", linewidth=1)
right.axvline(0, color="black", linewidth=0.8)
right.set(ylim=(0, 1.1), xlabel="steps from the spike", ylabel="sharpness / limit\n(median, 10% to 90% of spikes)")
right.legend(loc="center left")
plt.show()

# %% [markdown]
# On smooth losses with large batches a spike is the rate's doing: the curvature goes over the limit, the steps grow
# for some 40 steps, the loss jumps, and the jump brings the curvature down. `watch(..., sharpness=...)` sees it
# coming, and `events` calls it a precursor; a lower rate prevents it. On small batches noise keeps the curvature
# below the limit (0.28 of it here), and a spike there is noise: then skip or clip. So measure before you blame the
# data.
