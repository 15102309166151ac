# %% [markdown]
# # Which schedule, and what does the wrong one cost?
#
# A schedule says how large the learning rate is at each step. There are many shapes. This notebook draws them, and then
# races six of them on handwritten digits. Each shape gets its own best peak, so that no shape loses only because its
# peak was wrong.

# %%
import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits

from lropt_jax import schedules as s
from lropt_jax.report.style import COLORS, STYLE

plt.rcParams.update(STYLE | {"axes.prop_cycle": plt.cycler(color=COLORS), "figure.figsize": (7, 3.4)})
n = 1000
shapes = {
    "linear": s.linear(1.0, n),
    "cosine": s.cosine(1.0, n),
    "wsd": s.wsd(1.0, n, warmup_steps=50, cooldown_steps=200),
    "one_cycle": s.one_cycle(1.0, n),
    "rex": s.rex(1.0, n),
    "polynomial": s.polynomial(1.0, n),
    "knee": s.knee(1.0, n),
    "tanh": s.tanh(1.0, n),
    "exponential": s.exponential(1.0, n),
    "step_decay": s.step_decay(1.0, 300, decay=0.3),
    "inverse_sqrt": s.inverse_sqrt(1.0, 50),
    "cosine_restarts": s.cosine_restarts(1.0, 250),
    "cyclic": s.cyclic(1.0, 125),
    "warmup + cosine": s.warmup(s.cosine(1.0, 900), 100),
    "constant": s.constant(1.0),
}
figure, axes = plt.subplots(3, 5, figsize=(9, 4.2), sharex=True, sharey=True, layout="constrained")
steps = jnp.arange(n)
for axis, (name, schedule), color in zip(axes.flat, shapes.items(), COLORS + COLORS, strict=False):
    axis.plot(steps, jax.vmap(schedule)(steps), color=color)
    axis.set_title(name, fontsize=9)
figure.supxlabel("step", fontsize=9)
figure.supylabel("rate / peak", fontsize=9)
plt.show()

# %% [markdown]
# A schedule is a plain function of the step, and it is also a value: you can print it, compare it and change a number.

# %%
schedule = s.warmup(s.cosine(1e-3, 900), 100)
print(schedule)
print("rate at step 0, 100 and 1000:", *(f"{float(schedule(step)):.2g}" for step in (0, 100, 1000)))

# %% [markdown]
# ## The race
#
# The problem: a small network on scikit-learn's 8 x 8 digits, small batches (so the gradients are noisy), Adam, 400
# steps. We hold out a part of the images. The loss on those is the result.

# %%
from lropt_jax.problems import Problem

x, y = load_digits(return_X_y=True)
order = np.random.default_rng(0).permutation(len(x))
x, y = (x[order] / 16).astype(np.float32), y[order]


def init(key):
    first, second = jax.random.split(key)
    return {"hidden": jax.random.normal(first, (64, 64)) / 8, "out": jax.random.normal(second, (64, 10)) / 8}


def loss(params, batch):
    images, labels = batch
    logits = jax.nn.relu(images @ params["hidden"]) @ params["out"]
    return -jnp.mean(jnp.sum(jax.nn.log_softmax(logits) * jax.nn.one_hot(labels, 10), axis=1))


digits = Problem.from_loss(loss, init, (x[:1200], y[:1200]), batch_size=16, validation=(x[1200:], y[1200:]))

# %% [markdown]
# `sweep` trains every schedule at eight peaks from four seeds, side by side. A schedule of your own in an optimizer
# stays, and `sweep` moves its peak.

# %% rtol=0.5
from lropt_jax.optimizers import adam
from lropt_jax.tuning import sweep

n = 400
racers = {
    "linear": s.linear(0.01, n),
    "warmup + linear": s.warmup(s.linear(0.01, n - 20), 20),
    "cosine": s.cosine(0.01, n),
    "wsd": s.wsd(0.01, n, warmup_steps=20, cooldown_steps=80),
    "inverse_sqrt": s.inverse_sqrt(0.01, 20),
    "constant": s.constant(0.01),
}
rates = np.geomspace(0.001, 0.1, 8)
found = sweep(digits, {name: adam(shape) for name, shape in racers.items()}, steps=n, rates=rates, seeds=4,
              on_progress=None)  # fmt: skip
results = {name: found.best(name) for name in racers}
for name, best in results.items():
    print(
        f"{name:16s} best peak {best.rate:.4f}   validation loss {best.validation:.3f} ± {best.validation_spread:.3f}"
    )

# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.4), layout="constrained")
for name in racers:
    choices = found.choices(name)
    left.errorbar([c.rate for c in choices], [c.validation for c in choices],
                  [c.validation_spread for c in choices], label=name, marker=".")  # fmt: skip
left.set(xscale="log", yscale="log", xlabel="peak rate", ylabel="validation loss", title="every peak, 4 seeds")
left.legend(fontsize=7)
for place, (name, best) in enumerate(results.items()):
    right.errorbar(best.validation, name, xerr=best.validation_spread, fmt="o", color=COLORS[place])
right.invert_yaxis()
right.set(xlabel="validation loss", title="each at its own best peak")
plt.show()

# %% [markdown]
# Read it so:
#
# * The schedules that end at 0 are close together. Their bars overlap: this race cannot rank them.
# * A constant rate and 1/sqrt(t) never become small. The noise of the last steps stays in the weights.
# * The peak matters more than the shape. Go along a curve by one decade, then go from curve to curve.

# %% rtol=0.3
of = {name: best.validation for name, best in results.items()}
falling = [of[name] for name in ("linear", "warmup + linear", "cosine", "wsd")]
worst = max(choice.validation for choice in found.choices("linear"))
print(f"between the best and the worst shape that ends at 0: factor {max(falling) / min(falling):.2f}")
print(f"constant, against the best shape:                    factor {of['constant'] / min(falling):.2f}")
print(f"linear at the worst peak of the grid:                factor {worst / min(falling):.2f}")

# %% [markdown]
# ## If you do not know how long you will train
#
# Keep the rate up, and branch off a `cooldown` whenever you want a finished model. The run itself goes on.

# %%
going_on = s.warmup(0.004, 50)
branches = {f"stop at {at + 100}": s.cooldown(going_on, at, 100) for at in (300, 600, 900)}
for name, branch in {"goes on": going_on, **branches}.items():
    plt.plot(np.arange(1100), jax.vmap(branch)(jnp.arange(1100)), label=name, linewidth=3 if name == "goes on" else 1.6)
plt.xlabel("step")
plt.ylabel("learning rate")
plt.legend(loc="center left")
plt.show()

# %% [markdown]
# **Take away.** Take `linear` with a short warmup, and spend your time on the peak: `01_find_the_rate` does that for
# you. Take `wsd` or `cooldown` if the length is open.
