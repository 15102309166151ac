# %% [markdown]
# # Adam converges faster than SGD
#
# Kingma and Ba (2015, arXiv:1412.6980) showed it, and it is the reason most people give. We train four tasks for 300
# steps with Adam and with SGD and momentum, each with a linear decay from its own best peak: a network on digits, and
# softmax regressions on inputs that are well scaled, on raw ones, and with 64 classes of which most are rare.
#
# **By the task. Adam ends at 0.46 times the training loss of momentum on the network (95% interval 0.32 to 0.67) and at
# 0.76 times on raw inputs, but at 0.97 times where the inputs are well scaled, and at 0.93 times with rare classes.**

# %%
from functools import partial

import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np
from scipy.stats import t
from sklearn.datasets import load_breast_cancer, load_digits

from lropt_jax.optimizers import adam, sgd
from lropt_jax.problems import Problem, solve
from lropt_jax.report.style import COLORS, STYLE
from lropt_jax.schedules import linear


def experiment(task, rule, peaks, steps=300, seeds=16):
    """The training loss, (peaks, seeds, 31): the mean of each ten steps, and that of all examples at the end."""
    if task == "rare classes":  # 64 of them, class k has a share of about 1 / k
        noise, rank = np.random.default_rng(0), np.arange(1, 65)
        y = noise.choice(64, 3000, p=1 / rank / np.sum(1 / rank))
        x = 0.4 * noise.normal(size=(64, 64))[y] + noise.normal(size=(3000, 64))
    else:
        x, y = (load_digits if "network" in task else load_breast_cancer)(return_X_y=True)
    x = x if task == "raw inputs" else (x - x.mean(0)) / (x.std(0) + 1e-3)
    x, y = np.pad(x, ((0, 0), (0, 1)), constant_values=1).astype(np.float32), np.eye(y.max() + 1, dtype=np.float32)[y]

    def init(key):
        if "network" in task:
            first, second = jax.random.split(key)
            return [jax.random.normal(first, (65, 32)) / 8, jax.random.normal(second, (32, 10)) / 32**0.5]
        return [jnp.zeros((x.shape[1], y.shape[1]))]

    def loss(params, batch):
        rows = batch[0]
        for weights in params[:-1]:
            rows = jax.nn.relu(rows @ weights)
        return -jnp.mean(jnp.sum(jax.nn.log_softmax(rows @ params[-1]) * batch[1], axis=1))

    problem = Problem.from_loss(loss, init, (x, y), batch_size=32)

    def run(peak, key):
        solution = solve(problem, rule(linear(peak, float(steps))), key, steps)
        return jnp.append(solution.values.reshape(-1, 10).mean(1), loss(solution.params, (x, y)))

    run = jax.vmap(jax.vmap(run, (None, 0)), (0, None))
    return np.asarray(jax.jit(run)(peaks, jax.random.split(jax.random.key(0), seeds)))


# %% rtol=0.5
momentum = partial(sgd, momentum=0.9)
tasks = {
    "network, digits": (np.geomspace(0.01, 0.32, 8), np.geomspace(0.003, 0.1, 8)),
    "inputs well scaled": (np.geomspace(0.003, 3, 9), np.geomspace(0.003, 3, 9)),
    "raw inputs": (np.geomspace(1e-7, 1e-4, 9), np.geomspace(3e-4, 0.3, 9)),
    "rare classes": (np.geomspace(0.06, 3, 8), np.geomspace(0.01, 0.5, 8)),
}
tuned = []
for task, grids in tasks.items():
    for rule, grid in zip((momentum, adam), grids, strict=True):
        runs = np.nan_to_num(np.log(experiment(task, rule, grid)), nan=np.inf)
        best = np.argmin(runs[:, ::2, -1].mean(1))  # half of the seeds choose the peak, the others judge it
        assert 0 < best < len(grid) - 1, f"{task}: the best peak lies at the edge of its grid"
        tuned.append(runs[best, 1::2])
tuned = np.array(tuned).reshape(4, 2, *tuned[0].shape)  # logarithms: (tasks, rules, seeds, 31)
ratios = tuned[:, 1, :, -1] - tuned[:, 0, :, -1]
n = ratios.shape[1]
half = t.ppf(0.975, n - 1) * ratios.std(1, ddof=1) / n**0.5
mean, low, high = np.exp([ratios.mean(1), ratios.mean(1) - half, ratios.mean(1) + half])
print(f"Adam's training loss after 300 steps over that of SGD with momentum, each at its best peak; {n} seeds")
for task, *each in zip(tasks, mean, low, high, strict=True):
    print("{:19s} {:.2f}, 95% interval {:.2f} to {:.2f}".format(task, *each))
assert high[0] < 0.75, "Adam is not faster on the network"
assert high[2] < 0.9, "Adam is not faster on raw inputs"
assert 0.85 < mean[1] < 1.15, "one of them is faster on inputs that are well scaled"

# %%
plt.rcParams.update(STYLE)
figure, axes = plt.subplots(1, 4, figsize=(10, 2.6), layout="constrained", sharey=True)
for axis, task, runs in zip(axes, tasks, tuned, strict=True):
    for place, name in enumerate(("SGD with momentum", "Adam")):
        curves = runs[place, :, :-1]
        middle, error = curves.mean(0), t.ppf(0.975, n - 1) * curves.std(0, ddof=1) / n**0.5
        steps = np.arange(5, 300, 10)
        axis.plot(steps, np.exp(middle), ("--", "-")[place], color=COLORS[place], label=name)
        axis.fill_between(
            steps, np.exp(middle - error), np.exp(middle + error), color=COLORS[place], alpha=0.2, linewidth=0
        )
    axis.set(yscale="log", ylim=(4e-3, 8), title=task, xlabel="step")
axes[0].set_ylabel("training loss (nats)")
axes[0].legend()
plt.show()

# %% [markdown]
# Adam helps where coordinates need rates of different sizes: raw inputs, the layers of a network. Where they do not,
# momentum is as fast. The gap that Kunstner et al. (2024, arXiv:2402.19449) found with rare classes in language models
# is hardly there in this small linear one.
