# %% [markdown]
# # The range test finds the rate
#
# Smith (2015, arXiv:1506.01186) lets the rate rise over a short run and looks at the loss; fast.ai reads the rate off
# that curve by several rules. We compare five rules of `tuning.range_test` with the best rate of a grid of runs of 500
# steps with linear decay, on four tasks and eight seeds.
#
# **It finds the region, not the rate. Rules that read the same curves differ by 2.1, 2.0, 1.7 and 2.4 decades. The best
# of them here, "steepest", lies between -1.1 and +0.3 decades of the best rate and costs at most 1.7 x its loss;
# "valley" costs up to 6.7 x, "lowest" up to 221.0 x.**

# %%
from functools import partial

import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np
from scipy.stats import t
from sklearn.datasets import load_diabetes, load_digits, load_wine

from lropt_jax.optimizers import adam, sgd
from lropt_jax.problems import Problem, solve
from lropt_jax.report.style import COLORS, STYLE
from lropt_jax.schedules import linear
from lropt_jax.tuning import range_test


def experiment(load, hidden, rule, grid, steps=500, seeds=8):
    """What each rule suggests (rules, seeds), and the held-out loss of runs at the rates of a grid (rates, seeds)."""
    x, y = load(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(x))
    x, y, cut = x[order], y[order], 2 * len(x) // 3
    x = ((x - x.mean(0)) / (x.std(0) + 1e-3)).astype(np.float32)
    regression = load is load_diabetes
    y = ((y[:, None] - y.mean()) / y.std() if regression else np.eye(y.max() + 1)[y]).astype(np.float32)
    sizes = [x.shape[1], *hidden, y.shape[1]]

    def init(key):
        between = zip(jax.random.split(key, len(sizes) - 1), sizes[:-1], sizes[1:], strict=True)
        return [jax.random.normal(key, (wide, high)) / wide**0.5 for key, wide, high in between]

    def loss(params, batch):
        rows, labels = batch
        for weights in params[:-1]:
            rows = jax.nn.relu(rows @ weights)
        out = rows @ params[-1]
        return jnp.mean((out - labels) ** 2) if regression else -jnp.mean(jnp.sum(jax.nn.log_softmax(out) * labels, 1))

    problem = Problem.from_loss(loss, init, (x[:cut], y[:cut]), batch_size=32)

    def end(rate, key):
        params = solve(problem, rule(linear(rate, float(steps))), key, steps).params
        return loss(params, (x[cut:], y[cut:]))

    found = [range_test(problem, rule, seeds=(seed,)).by_rule for seed in range(seeds)]
    names = ("valley", "minimum", "steepest", "middle", "lowest")
    suggested = np.array([[each.get(name, np.nan) for each in found] for name in names])  # NaN: no rate, but a reason
    run = jax.jit(jax.vmap(jax.vmap(end, (None, 0)), (0, None)))
    return suggested, np.asarray(run(grid, jax.random.split(jax.random.key(0), seeds)))


# %% rtol=2  # differences about zero: the asserts are the test
names = ("valley", "minimum", "steepest", "middle", "lowest")
tasks = {
    "softmax, digits, SGD": (load_digits, (), sgd),
    "network, digits, Adam": (load_digits, (32,), adam),
    "squares, diabetes, SGD": (load_diabetes, (), sgd),
    "network, wine, momentum": (load_wine, (16,), partial(sgd, momentum=0.9)),
}
grid = np.logspace(-5, 1, 19)
off, cost = [], []  # decades from the best rate of the grid, and the loss there over the best
for given in tasks.values():
    suggested, losses = experiment(*given, grid)
    curve = np.log(np.nan_to_num(losses.mean(1), nan=1e9)).clip(None, 10)
    off.append(np.log10(suggested / grid[np.argmin(curve)]))
    cost.append(np.exp(np.interp(np.log10(suggested), np.log10(grid), curve) - curve.min()))
off, cost = np.array(off), np.array(cost)  # (tasks, rules, seeds)
n = np.sum(~np.isnan(off), axis=2)
mean, half = np.nanmean(off, axis=2), t.ppf(0.975, n - 1) * np.nanstd(off, axis=2, ddof=1) / n**0.5
middle = np.exp(np.nanmean(np.log(cost), axis=2))
print(f"decades from the best rate of a grid, mean ± 95% interval of {off.shape[2]} seeds (loss over the best)")
for place, task in enumerate(tasks):
    told = [
        f"{name} {mean[place, i]:+.1f} ± {half[place, i]:.1f} ({middle[place, i]:.1f} x)"
        for i, name in enumerate(names)
    ]
    print(f"{task:24s}", ", ".join(told))
apart = mean.max(1) - mean.min(1)
print("the rules differ by", ", ".join(f"{each:.1f}" for each in apart), "decades")
print("seeds without a rate:", np.isnan(off[:, 0]).sum(1))
assert np.all(apart > 1.3), "the rules agree within 1.3 decades"
assert np.all(np.abs(mean).max(0) > 0.5), "one rule is within half a decade of the best rate on all tasks"

# %%
plt.rcParams.update(STYLE)
plt.figure(figsize=(7, 3), layout="constrained")
for i, name in enumerate(names):
    plt.errorbar(mean[:, i], np.arange(4) + 0.1 * (i - 2), xerr=half[:, i], fmt="os^Dv"[i], color=COLORS[i], label=name)
plt.axvline(0, color="black", linewidth=0.8)
plt.yticks(range(4), tasks)
plt.gca().invert_yaxis()
plt.xlabel("suggested rate, in decades from the best rate of a grid")
plt.legend(title="rule", loc="center left", bbox_to_anchor=(1, 0.5))
plt.show()

# %% [markdown]
# The test sees the first steps alone, so it cannot know what the rest of a run can bear: where the loss falls fast, as
# on wine, it reads rates that are too large, and elsewhere rates that are too small. Use it to lay a grid, and let
# `tuning.tune` or `tuning.auto` choose.
