# %% [markdown]
# # My loss curve looks odd. Is the learning rate too high, too low or fine?
#
# A curve alone rarely says. `watch` keeps a record of the rate, the updates and the curvature while you train;
# `diagnose` gives a verdict with its evidence; `plot_landscape` shows whether one step is too long. Here are three runs
# of the same network on handwritten digits: one too low, one good, one too high.

# %%
import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits

from lropt_jax.diagnostics import diagnose, record, watch
from lropt_jax.optimizers import sgd
from lropt_jax.problems import Problem, solve
from lropt_jax.report.style import COLORS, STYLE

plt.rcParams.update(STYLE | {"axes.prop_cycle": plt.cycler(color=COLORS), "figure.figsize": (7, 3.4)})
x, y = load_digits(return_X_y=True)
order = np.random.default_rng(0).permutation(len(x))
x, y = (x[order] / 16).astype(np.float32), y[order]


def init(key):
    first, second = jax.random.split(key)
    return {"hidden": jax.random.normal(first, (64, 64)) / 8, "out": jax.random.normal(second, (64, 10)) / 8}


def loss(params, batch):
    images, labels = batch
    logits = jnp.tanh(images @ params["hidden"]) @ params["out"]
    return -jnp.mean(jnp.sum(jax.nn.log_softmax(logits) * jax.nn.one_hot(labels, 10), axis=1))


def on_all(params):
    """The loss on one fixed batch, which is what a curvature is of."""
    return loss(params, (x[:1000], y[:1000]))


STEPS, RATES = 600, (0.01, 0.3, 2.0)
digits = Problem.from_loss(loss, init, (x[:1000], y[:1000]), batch_size=50, validation=(x[1000:], y[1000:]))
key = jax.random.key(0)
runs, found = {}, {}
for rate in RATES:
    solution = solve(digits, watch(sgd(rate), every=10, sharpness=on_all), key, STEPS)
    runs[rate] = record(solution.optimizer_state)
    found[rate] = diagnose(digits, sgd(rate), steps=STEPS, key=key)

# %%
figure, axes = plt.subplots(2, 3, figsize=(9, 4), sharex=True, sharey="row", layout="constrained")
for (above, below), (rate, row), color in zip(axes.T, runs.items(), COLORS, strict=False):
    above.plot(row["step"], row["value_mean"], color=color)
    above.set(title=f"rate {rate}: {found[rate].verdict}", yscale="log")
    below.plot(row["step"], np.where(row["sharpness"] > 0, row["sharpness"], np.nan), color=color, label="sharpness")
    below.plot(row["step"], row["limit"], "--", color="black", linewidth=1, label="limit: 2 / rate")
    below.set(xlabel="step", yscale="log")
axes[0, 0].set_ylabel("training loss")
axes[1, 0].set_ylabel("curvature")
axes[1, 0].legend()
plt.show()

# %% [markdown]
# Below: how fast the loss curves, and how much of it this rate can take. Far below the limit there is room for a
# higher rate. Over it the steps grow.
#
# ## The verdict
#
# `diagnose` trains the first fifth of a run. From there it makes short runs at other rates, on the same batches. Its
# verdict has evidence, advice and a price.

# %% rtol=0.8
for rate, verdict in found.items():
    print(f"rate {rate}: {verdict.verdict}")
    print("   ", *verdict.evidence)
    print(f"    do: {verdict.advice}   (cost: {verdict.cost:.1f} runs)")

# %% [markdown]
# `diagnose(record)` reads the record of a run that you already have. It trains nothing, so it can say less.
#
# ## The record
#
# `plot_run` draws a record, and `events` names what happened in it. Here is the run that was too high.

# %%
from lropt_jax.diagnostics import events
from lropt_jax.report import plot_run

figure = plot_run(runs[2.0], events=events(runs[2.0]), title="rate 2.0")
figure

# %% [markdown]
# The curvature stands over the limit in the first row, so the steps grow: in 30 steps the loss goes from 2 to 50. The
# rest of the run goes into coming back. The last panel shows how far each module moves in a step, in shares of its own
# size: here by more than a half.

# %% rtol=0.5
for rate, row in runs.items():
    print(f"rate {rate:<5} sharpness / limit in the first row {row['sharpness'][0] / row['limit'][0]:.2f}   "
          f"update / parameters at step 10: {row['ratio'][1]:.4f}")  # fmt: skip

# %% [markdown]
# ## Is this one step too long?
#
# `critical_rate` asks that of a single update, for the price of some forward passes: by which factor may it grow until
# it raises the loss? The picture of it is `plot_landscape`. One place, after 200 steps at the rate 0.3, and the step
# from there at the three rates:

# %%
from lropt_jax.diagnostics import critical_rate, noise_scale, sharpness
from lropt_jax.report import plot_landscape

params = solve(digits, sgd(0.3), key, 200).params
grads = jax.grad(on_all)(params)
figure, axes = plt.subplots(1, 3, figsize=(9, 3.4), layout="constrained")
for axis, rate in zip(axes, RATES, strict=True):
    plot_landscape(on_all, params, jax.tree.map(lambda g, rate=rate: -rate * g, grads), ax=axis)
    axis.set_title(f"rate {rate}")
    axis.get_legend().remove()
handles, labels = axes[0].get_legend_handles_labels()
labels = [label.split(":")[0] for label in labels]
figure.legend(handles, labels, loc="outside lower center", ncols=6, fontsize=8)
plt.show()

# %% rtol=0.3
for rate in RATES:
    room = critical_rate(on_all, params, jax.tree.map(lambda g, rate=rate: -rate * g, grads))
    print(f"rate {rate:<5} this step may grow by {float(room):7.2f} until it raises the loss")
curved = float(sharpness(on_all, params).value)
print(f"sharpness {curved:.2f}: by a quadratic, rates up to 2 / {curved:.2f} = {2 / curved:.2f} are stable here")

# %% [markdown]
# At the rate 0.01 the step is a hundredth of the best one. At 2.0 it crosses the valley, and ends as high as it
# began.
#
# ## Is it the rate, or the noise?
#
# A loss that stands still may be held up by the noise of the batches. The noise scale is the batch, in examples, at
# which noise and signal of a gradient are alike. Far below it, a smaller rate or a larger batch helps.


# %% rtol=0.5
def noise_after(steps):
    """From the gradients of 20 batches at one place."""
    params = solve(digits, sgd(0.3), key, steps).params
    parts = jax.vmap(lambda *batch: jax.grad(loss)(params, batch))(
        x[:1000].reshape(20, 50, 64), y[:1000].reshape(20, 50)
    )
    return float(noise_scale(parts, 50).value)


for steps in (20, 600):
    print(f"after {steps:3d} steps the noise scale is {noise_after(steps):5.0f} examples, and a batch has 50")

# %% [markdown]
# At first a batch of 50 shows the way. At the end it is nearly all noise: now a falling rate is worth most.
#
# **Take away.** Put `watch` around the optimizer of every run that you may have to explain: it changes no update.
# Before a long run ask `diagnose(problem, tx, steps=..., key=...)`. To know whether a single step is too long, ask
# `critical_rate`.
