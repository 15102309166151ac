# %% [markdown]
# # How do I find the learning rate of my network?
#
# Describe what you train as a `Problem`: a loss, a start and data. Then
#
# * `tune` tries many rates of several optimizers, and gives intervals and a picture. Take it to compare or to publish.
# * `auto` finds one good rate and trains the model, for about 15% more than one run. Take it to get a model.

# %%
import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits

from lropt_jax.optimizers import adam, rmsprop, sgd
from lropt_jax.problems import Problem
from lropt_jax.report.style import COLORS, STYLE
from lropt_jax.tuning import auto, log_rates, tune

plt.rcParams.update(STYLE | {"axes.prop_cycle": plt.cycler(color=COLORS), "figure.figsize": (7, 3.4)})
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


digits = Problem.from_loss(
    loss, init, (x[:1000], y[:1000]), batch_size=32, validation=(x[1000:1400], y[1000:1400]),
    test=(x[1400:], y[1400:]), name="digits",
)  # fmt: skip
found = tune(digits, [sgd, rmsprop, adam], steps=1000, rates=log_rates(1e-4, 1.0, 13), seeds=3, on_progress=None)
figure = found.plot()
figure

# %% [markdown]
# Faint: 13 rates, short runs of 200 steps. Bold: the five best rates of each optimizer at full length, three seeds.
# Crosses: runs that diverged. Stars: the rates to use. A schedule falls to 0 in every run, short or long.

# %% rtol=0.5
from lropt_jax.report import recommendation

print(recommendation(found, "linear"))
for row in sorted(found.last.summary(), key=lambda row: row["optimizer"]):
    (validation, spread), (test, _) = row["validation"], row["test"]
    print(
        f"{row['optimizer']:8s} rate {row['rate']:.4f}   validation {validation:.4f} ± {spread:.4f}   test {test:.4f}"
    )
for name in found.coarse.optimizers:
    print(f"{name:8s} rates that are nearly as good span {found.coarse.width(name):.1f} decades")

# %% [markdown]
# The three optimizers end within a standard deviation of each other. A wrong rate costs far more than another
# optimizer: look at the curves.
#
# The result holds the optimizer, ready to use: its schedule has the rate inside.

# %% rtol=0.5
print(found.best().tx)

# %% [markdown]
# ## One call
#
# `auto` makes its probes from the same start and the same batches, and then trains. Its cost is counted in runs.

# %% rtol=0.7
done = auto(digits, adam, steps=1000, key=jax.random.key(0))
print(done.equation)
print(f"cost {done.cost:.2f} runs, {len(done.probes)} probes")
for flag in done.flags:
    print("look:", flag)
print(f"held-out loss {float(digits.validate(done.solution.params, (), None)):.4f}")
print(f"tune reached  {found.best('adam').validation:.4f} ± {found.best('adam').validation_spread:.4f}")

# %%
print(f"{adam.name}'s exponent: {done.found.exponent}")

# %%
for place, stage in enumerate(dict.fromkeys(probe.stage for probe in done.probes)):
    mine = [probe for probe in done.probes if probe.stage == stage and np.isfinite(probe.loss)]
    plt.plot([p.rate for p in mine], [p.loss for p in mine], "o-", color=COLORS[place], markersize=4,
             label=f"{stage}: {mine[0].steps} steps")  # fmt: skip
plt.axvline(done.rate, color="black", linestyle="--", linewidth=1, label=f"rate of the run: {done.rate:.2g}")
plt.xscale("log")
plt.yscale("log")
plt.ylim(top=20)
plt.xlabel("learning rate")
plt.ylabel("loss after the probe")
plt.legend()
plt.show()

# %% [markdown]
# ## The range test
#
# One short run whose rate rises from far too small to far too large. It takes a second and shows where rates work at
# all. What to read off it is folklore: its rules differ a lot.

# %%
from lropt_jax.tuning import range_test

tested = range_test(digits, adam)
figure = tested.plot()
figure

# %% rtol=0.5
for rule, rate in tested.by_rule.items():
    print(f"rule {rule:10s} suggests {rate:.2g}")
print(f"tune found         {found.best('adam').rate:.2g} for 1000 steps")

# %% [markdown]
# The rules are orders of magnitude apart. Take the picture as a range for a grid, and not as the rate of your run.
#
# ## The edge of a grid
#
# If the best rate is the smallest or the largest that you tried, you do not know the best rate. `tune` then goes on
# beyond the edge once, and says if that was not enough.

# %% rtol=0.5
low = tune(digits, adam, steps=500, rates=log_rates(1e-6, 1e-4, 5), seeds=1, extend=False, on_progress=None)
print(recommendation(low, "linear"))
more = tune(digits, adam, steps=500, rates=log_rates(1e-5, 1e-3, 5), seeds=1, on_progress=None)
print(recommendation(more, "linear"))
print("rates that were tried:", ", ".join(f"{rate:.1e}" for rate in np.unique(more.coarse.rate)))

# %% [markdown]
# **Take away.** Describe the problem once. `auto` for a model, `tune` for a comparison. Never trust a best rate at the
# edge of its grid, and tune at the length of run that you will use: longer runs need smaller rates.
