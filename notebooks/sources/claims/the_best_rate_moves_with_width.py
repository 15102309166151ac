# %% [markdown]
# # The best rate moves when the network grows
#
# So says everyone who tuned a small model and trained a large one; Yang et al. (2022, arXiv:2203.03466) give rates by
# layer, muP, that should keep it. We train a network with two hidden layers on digits for 200 steps with Adam, at
# widths 64, 128 and 256, without a rule and with `transfer.width`.
#
# **True, and muP stops the fall. From width 64 to 256 the best rate falls by 0.9 ± 0.4 octaves without a rule; with muP
# it rises by 0.5 ± 0.3. At the best rate of width 64 the wide network ends at 1.14 times its best loss without a rule,
# and at 1.00 times with muP.**

# %%
import functools

import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np
from scipy.stats import t
from sklearn.datasets import load_digits

from lropt_jax import transfer
from lropt_jax.optimizers import adam
from lropt_jax.problems import Problem, solve
from lropt_jax.report.style import COLORS, STYLE
from lropt_jax.schedules import linear


def experiment(widths, rates, steps=200, seeds=6):
    """The training loss at the end of a run, (widths, rules, rates, seeds), without a rule and with muP."""
    x, y = load_digits(return_X_y=True)
    x, y = (x / 16).astype(np.float32), np.eye(10, dtype=np.float32)[y]

    def init(key, width):
        first, second = jax.random.split(key)
        into, hidden = jax.random.normal(first, (64, width)) / 8, jax.random.normal(second, (width, width)) / width**0.5
        return {"in": into, "hidden": hidden, "out": jnp.zeros((width, 10))}

    def loss(params, batch):
        rows = jax.nn.relu(jax.nn.relu(batch[0] @ params["in"]) @ params["hidden"])
        return -jnp.mean(jnp.sum(jax.nn.log_softmax(rows @ params["out"]) * batch[1], axis=1))

    def shapes(width):
        return jax.eval_shape(lambda: init(jax.random.key(0), width))

    keys = jax.random.split(jax.random.key(0), seeds)

    @functools.cache  # at the narrowest width both rules are the same
    def ends(width, base):
        problem = Problem.from_loss(loss, lambda key: init(key, width), (x, y), batch_size=16)

        def end(rate, key):
            tx = transfer.width(adam(linear(rate, float(steps)), eps=1e-12), shapes(width), shapes(base), rule="adam")
            return loss(solve(problem, tx, key, steps).params, (x, y))

        return np.asarray(jax.jit(jax.vmap(jax.vmap(end, (None, 0)), (0, None)))(rates, keys))

    return np.array([[ends(width, base) for base in (width, widths[0])] for width in widths])


# %% rtol=2  # differences about zero: the asserts are the test
widths, rates = (64, 128, 256), np.geomspace(2e-3, 0.256, 8)
losses = np.nan_to_num(experiment(widths, rates), nan=np.inf)
best = np.argmin(losses, axis=2)  # (widths, rules, seeds)
assert np.all((best > 0) & (best < len(rates) - 1)), "a best rate lies at the edge of the grid"
low, middle, high = (np.take_along_axis(np.log(losses), best[:, :, None] + side, 2)[:, :, 0] for side in (-1, 0, 1))
octaves = np.log2(rates)[best] + (low - high) / (low - 2 * middle + high) / 2  # a parabola through three points
moved = octaves[0] - octaves[-1]  # (rules, seeds)
n = moved.shape[1]
mean, half = moved.mean(1), t.ppf(0.975, n - 1) * moved.std(1, ddof=1) / n**0.5
for rule, name in enumerate(("without a rule", "with muP")):
    found = ", ".join(f"{2 ** octaves[i, rule].mean():.3f} at width {width}" for i, width in enumerate(widths))
    print(f"{name:14s} the best rate is {found}")
    print(f"{'':14s} from width 64 to 256 it falls by {mean[rule]:.1f} ± {half[rule]:.1f} octaves; {n} seeds")
logs = np.log(losses)
chosen = np.argmin(logs.mean(-1), axis=2)  # (widths, rules), by the mean of all seeds
for rule, name in enumerate(("without a rule", "with muP")):
    cost = logs[-1, rule, chosen[0, rule]] - logs[-1, rule, chosen[-1, rule]]
    error = t.ppf(0.975, n - 1) * cost.std(ddof=1) / n**0.5
    low, middle, high = np.exp(cost.mean() + error * np.array([-1, 0, 1]))
    own = np.exp(logs[-1, rule, chosen[-1, rule]].mean())
    print(f"{name:14s} width 256 at the best rate of width 64 ends at {middle:.2f} x its best, {own:.3f}; "
          f"95% interval {low:.2f} to {high:.2f}")  # fmt: skip
assert mean[0] - half[0] > 0.2, "without a rule the best rate stays"
assert mean[1] < 0.3, "with muP the best rate falls"

# %%
plt.rcParams.update(STYLE)
figure, axes = plt.subplots(1, 2, figsize=(8, 3), layout="constrained", sharey=True)
for rule, name in enumerate(("without a rule", "with muP")):
    for place, width in enumerate(widths):
        curves = np.log(losses[place, rule])
        middle, error = curves.mean(1), t.ppf(0.975, n - 1) * curves.std(1, ddof=1) / n**0.5
        axes[rule].plot(rates, np.exp(middle), "os^"[place] + "-", color=COLORS[place], label=f"width {width}")
        axes[rule].fill_between(rates, np.exp(middle - error), np.exp(middle + error), color=COLORS[place], alpha=0.2)
    axes[rule].set(xscale="log", yscale="log", xlabel="peak rate of Adam", title=name, ylim=(0.05, 3))
axes[0].set_ylabel("training loss at the end (nats)")
axes[0].legend()
plt.show()

# %% [markdown]
# muP carries a rate, it does not find a better network: tuned by itself, the wide one ends a little lower without it.
# From a very narrow network the best rate under muP rises instead, because the narrow one bears less than its rule
# says: tune at a width of 64 or more. The output weights must begin at 0.
