# %% [markdown]
# # I tuned a small run. Which rate does the large one need?
#
# People tune where it is cheap: a narrow network, a small batch, a short run. `transfer` rewrites the tuned optimizer
# for the large run. This notebook measures each of the three rules on digits, and says where it falls short.

# %%
import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits

from lropt_jax import transfer
from lropt_jax.optimizers import adam
from lropt_jax.problems import Problem
from lropt_jax.report.style import COLORS, STYLE
from lropt_jax.schedules import linear
from lropt_jax.tuning import sweep

plt.rcParams.update(STYLE | {"axes.prop_cycle": plt.cycler(color=COLORS), "figure.figsize": (6.4, 3.2)})
x, y = load_digits(return_X_y=True)
order = np.random.default_rng(0).permutation(len(x))
x, y = (x[order] / 16).astype(np.float32), y[order]


def init(key, width):
    first, second = jax.random.split(key)
    return {
        "in": jax.random.normal(first, (64, width)) / 8,
        "hidden": jax.random.normal(second, (width, width)) / jnp.sqrt(width),
        "out": jnp.zeros((width, 10)),
    }


def loss(params, batch):
    images, labels = batch
    logits = jax.nn.relu(jax.nn.relu(images @ params["in"]) @ params["hidden"]) @ params["out"]
    return -jnp.mean(jnp.sum(jax.nn.log_softmax(logits) * jax.nn.one_hot(labels, 10), axis=1))


def digits(width=32, batch=32):
    held_out = x[1200:], y[1200:]
    return Problem.from_loss(loss, lambda key: init(key, width), (x[:1200], y[:1200]), batch_size=batch,
                             validation=held_out)  # fmt: skip


def shapes(width):
    return jax.eval_shape(lambda: init(jax.random.key(0), width))


def wide(width):
    """Adam at a rate, rewritten from a network of width 16 by muP."""
    return lambda rate: transfer.width(adam(rate, eps=1e-12), shapes(width), shapes(16), rule="adam")


rates, steps, widths = np.geomspace(1e-3, 1.0, 10), 100, (16, 64, 256)
by_width = {
    width: sweep(digits(width), {"as it is": lambda rate: adam(rate, eps=1e-12), "muP": wide(width)},
                 steps=steps, rates=rates, seeds=2, on_progress=None)
    for width in widths
}  # fmt: skip

# %%
figure, axes = plt.subplots(1, 2, figsize=(9, 3.2), sharey=True, layout="constrained")
for axis, name in zip(axes, ("as it is", "muP"), strict=True):
    for width, found in by_width.items():
        choices = found.choices(name)
        axis.plot(
            [c.rate for c in choices], [c.validation for c in choices], "o-", markersize=3, label=f"width {width}"
        )
        best = found.best(name)
        axis.plot(best.rate, best.validation, "*", markersize=12, color=axis.lines[-1].get_color())
    axis.set(xscale="log", yscale="log", xlabel="learning rate", title=name, ylim=(0.05, 3))
axes[0].set_ylabel("held-out loss")
axes[0].legend()
plt.show()

# %% rtol=0.5
for name in ("as it is", "muP"):
    best = {width: found.best(name).rate for width, found in by_width.items()}
    octaves = np.log2(best[16] / best[256])
    print(f"{name:9s} best rate:", ", ".join(f"{rate:.3f} at width {width}" for width, rate in best.items()))
    print(f"{'':9s} from width 16 to 256 it moves by {octaves:.1f} octaves")
    carried = {choice.rate: choice.validation for choice in by_width[256].choices(name)}[best[16]]
    print(f"{'':9s} width 256 at its own best rate: {by_width[256].best(name).validation:.3f}; "
          f"at the best rate of width 16: {carried:.3f}")  # fmt: skip

# %% [markdown]
# ## Batch
#
# Eight times the batch, the same number of samples, an eighth of the steps. For Adam the rule is the square root. We
# tune at batch 8 and then carry the optimizer over by three rules.

# %% rtol=0.5
import functools

from lropt_jax.problems import solve


@functools.partial(jax.jit, static_argnames="steps")
def runs(problem, tx, steps):
    """The held-out loss at the end, for four seeds."""

    def one(key):
        return problem.validate(solve(problem, tx, key, steps).params, (), key)

    return jax.lax.map(one, jax.random.split(jax.random.key(5), 4))


small, n = 8, 1600
found = sweep(digits(batch=small), adam, steps=n, rates=np.geomspace(1e-3, 3e-2, 6), seeds=2, on_progress=None)
peak = found.best().rate
print(f"batch {small}, {n} steps: best peak {peak:.4f}, held-out loss {found.best().validation:.3f}")
rules = {"same rate": [], "square root": [], "linear": []}
factors = (2, 4, 8)
for factor in factors:
    problem, short = digits(batch=small * factor), n // factor
    for name, tx in (
        ("same rate", adam(linear(peak, short))),
        ("square root", transfer.batch_size(adam(linear(peak, n)), factor, rule="sqrt")),
        ("linear", adam(linear(peak * factor, short))),
    ):
        rules[name].append(np.asarray(runs(problem, tx, short)))
for name, ends in rules.items():
    print(f"{name:12s}", "   ".join(f"batch {small * f:2d}: {np.mean(end):.3f} ± {np.std(end, ddof=1):.3f}"
                                     for f, end in zip(factors, ends, strict=True)))  # fmt: skip

# %%
for name, ends in rules.items():
    plt.errorbar(
        [small * f for f in factors], np.mean(ends, axis=1), np.std(ends, axis=1, ddof=1), fmt="o-", label=name
    )
plt.axhline(found.best().validation, color="black", linestyle="--", linewidth=1, label=f"tuned at batch {small}")
plt.xscale("log", base=2)
plt.xlabel("batch size (the same number of samples)")
plt.ylabel("held-out loss")
plt.legend()
plt.show()
print(transfer.batch_size(adam(linear(peak, n)), 4, rule="sqrt"))

# %% [markdown]
# ## Horizon
#
# A longer run wants a lower peak. Theory says 1/sqrt(length); the measured drift is often smaller. We look for the best
# peak at three lengths, and at what `transfer.horizon` would have made of the shortest one.

# %% rtol=0.5
lengths = (100, 400, 1600)
by_length = {
    length: sweep(digits(), adam, steps=length, rates=np.geomspace(2e-3, 0.2, 9), seeds=2, on_progress=None)
    for length in lengths
}
first = adam(linear(by_length[100].best().rate, 100))
for length, found in by_length.items():
    best, longer = found.best(), transfer.horizon(first, length / 100)
    tuned, carried = (np.mean(runs(digits(), tx, length)) for tx in (adam(linear(best.rate, length)), longer))
    print(f"{length:4d} steps: tuned peak {best.rate:.4f} ends at {tuned:.3f}; "
          f"the rule's peak {float(longer.learning_rate(0)):.4f} ends at {carried:.3f}")  # fmt: skip

# %%
for length, found in by_length.items():
    choices = found.choices("adam")
    plt.plot([c.rate for c in choices], [c.validation for c in choices], "o-", markersize=3, label=f"{length} steps")
    carried = float(transfer.horizon(first, length / 100).learning_rate(0))
    plt.axvline(carried, color=plt.gca().lines[-1].get_color(), linestyle=":", linewidth=1)
plt.xscale("log")
plt.yscale("log")
plt.xlabel("peak rate (dotted: what the rule makes of 100 steps)")
plt.ylabel("held-out loss")
plt.legend()
plt.show()

# %% [markdown]
# **Take away.**
#
# * *Width*: without a rule the best rate of Adam falls as the network grows. With muP it stays within a step of the
#   grid, so the rate of the small network can be used as it is. muP finds no better network: tuned by itself, the wide
#   one is as good without it. The network must begin as muP wants it: here the output begins at 0.
# * *Batch*: keep the rate, and a large batch ends worse. The square root keeps most of the result. Here the linear rule
#   does as well: the batches are small beside the critical size, and its spread grows at 8 times. It is no proof.
# * *Horizon*: the rule lands beside the tuned peak at 4 and 16 times the length. Language models showed a slower fall:
#   `horizon(..., power=0.32)`.
