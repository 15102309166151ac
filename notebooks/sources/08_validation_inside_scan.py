# %% [markdown]
# # Can the validation loss set the rate, inside one compiled loop?
#
# Yes. A rate such as `plateau` reads `value=` of `tx.update`. Inside `jax.lax.scan` every step must pass something, so
# pass NaN where there is no new result: NaN means "no result now". The whole run stays one compiled program.

# %%
import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np
import optax
from sklearn.datasets import load_digits

from lropt_jax import learning_rate
from lropt_jax.optimizers import adam
from lropt_jax.rates import control, greedy, plateau, stopped
from lropt_jax.report.style import COLORS, STYLE
from lropt_jax.schedules import linear

plt.rcParams.update(STYLE | {"axes.prop_cycle": plt.cycler(color=COLORS), "figure.figsize": (7, 3.4)})
x, y = load_digits(return_X_y=True)
order = np.random.default_rng(0).permutation(len(x))
x, y = jnp.asarray(x[order] / 16), jnp.asarray(y[order])
held_out = x[1200:], y[1200:]
n, every = 1500, 30


def init(key):
    first, second = jax.random.split(key)
    return {"hidden": jax.random.normal(first, (64, 64)) / 8, "out": jax.random.normal(second, (64, 10)) / 8}


def loss(params, images, labels):
    logits = jax.nn.relu(images @ params["hidden"]) @ params["out"]
    return -jnp.mean(jnp.sum(jax.nn.log_softmax(logits) * jax.nn.one_hot(labels, 10), axis=1))


def step(tx, carry, number):
    params, state, key = carry
    key, own = jax.random.split(key)
    rows = jax.random.randint(own, (16,), 0, 1200)
    gradient = jax.grad(loss)(params, x[rows], y[rows])
    due = (number + 1) % every == 0
    result = jax.lax.cond(due, lambda: loss(params, *held_out), lambda: jnp.nan)  # NaN: no result now
    updates, state = tx.update(gradient, state, params, value=result)
    return (optax.apply_updates(params, updates), state, key), (result, learning_rate(state))


@jax.jit
def run(tx, key):
    params = init(key)
    (params, *_), (results, rates) = jax.lax.scan(
        lambda carry, number: step(tx, carry, number), (params, tx.init(params), key), jnp.arange(n)
    )
    return loss(params, *held_out), results, rates


rules = {
    "constant 0.02": adam(0.02),
    "plateau from 0.02": adam(plateau(0.02, factor=0.5, patience=3)),
    "greedy from 0.002": adam(greedy(0.002, factor=0.7, patience=1)),
    "linear from 0.02": adam(linear(0.02, n)),
}
keys = jax.random.split(jax.random.key(0), 5)
found = {name: jax.vmap(run, in_axes=(None, 0))(tx, keys) for name, tx in rules.items()}

# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.4), layout="constrained")
due = np.arange(every - 1, n, every)
for name, (_, results, rates) in found.items():
    left.plot(due, np.exp(np.mean(np.log(results[:, due]), axis=0)), label=name)
    right.plot(rates[0], label=name)
left.set(xlabel="step", ylabel="held-out loss, mean of 5 seeds", yscale="log")
right.set(xlabel="step", ylabel="learning rate, first seed", yscale="log", ylim=(1e-5, 0.1))
left.legend()
plt.show()

# %% rtol=0.5
for name, (end, *_) in found.items():
    print(f"{name:18s} held-out loss at the end {np.mean(end):.3f} ± {np.std(end, ddof=1):.3f}")

# %% [markdown]
# Read it so:
#
# * `plateau` cuts the rate when results stop improving. It removes most of the noise of a constant rate, and nobody had
#   to say how long the run is.
# * `greedy` also raises the rate while results improve, so it may begin with a rate that is too low.
# * If you know the length of the run, `linear` is hard to beat. A rule that must *see* a plateau has already waited.
#
# ## Stop early
#
# With `stop_after`, `plateau` says when to stop. A `while_loop` then ends by itself.

# %% rtol=0.5
tx = adam(plateau(0.02, factor=0.5, patience=3, stop_after=10))


@jax.jit
def until_it_stops(tx, key):
    params = init(key)

    def go_on(at):
        (_, state, _), number = at
        return ~stopped(state) & (number < 10_000)

    def body(at):
        carry, number = at
        return step(tx, carry, number)[0], number + 1

    (params, *_), number = jax.lax.while_loop(go_on, body, ((params, tx.init(params), key), jnp.array(0)))
    return loss(params, *held_out), number


end, stopped_at = until_it_stops(tx, keys[0])
print(f"stopped by itself at step {int(stopped_at)} of at most 10000, held-out loss {float(end):.3f}")

# %% [markdown]
# ## Steer something else
#
# `control` moves the rate until a measured quantity is at its target. Here: each update is a thousandth of the length
# of the parameters. Four starts, a million apart.

# %% rtol=0.1
starts = {first: adam(control(first, target=1e-3, measure="update_ratio")) for first in (1e-6, 1e-4, 1e-2, 1.0)}
for first, tx in starts.items():
    _, _, rates = run(tx, keys[0])
    plt.plot(np.arange(1, n + 1), rates, label=f"from {first:g}")
    print(f"from {first:g}: the rate is {float(rates[199]):.2e} at step 200 and {float(rates[-1]):.2e} at the end")
plt.xscale("log")
plt.yscale("log")
plt.xlabel("step")
plt.ylabel("learning rate")
plt.legend()
plt.show()

# %% [markdown]
# Three starts meet. The start at 1.0 does not: its first steps threw the parameters far away, and a thousandth of a
# large length is a large step. `control` finds the right rate for where you are. It does not undo what was done.
#
# **Take away.** Give `value=` the metric where there is one and NaN elsewhere. `plateau` for a run of unknown length,
# `linear` when you know it, `control` when you know a good value of something else, such as a divergence or an
# acceptance rate.
