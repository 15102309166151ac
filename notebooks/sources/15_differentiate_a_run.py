# %% [markdown]
# # Can I differentiate a whole training run by its learning rate?
#
# Yes. A schedule and an optimizer are pytrees, and their leaves are the numbers that you wrote. So `jax.grad` of a run
# gives the slope of the final loss by the peak, by the length of the warmup, by `b1`: by all of them at once. This
# notebook checks the slope against finite differences, walks downhill on it, and shows where it must fail.

# %% rtol=0.05
import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_breast_cancer

from lropt_jax.optimizers import adam, sgd
from lropt_jax.problems import Problem, solve
from lropt_jax.report.style import COLORS, STYLE
from lropt_jax.schedules import cosine, linear, sampled, warmup

plt.rcParams.update(STYLE | {"axes.prop_cycle": plt.cycler(color=COLORS), "figure.figsize": (6.4, 3.2)})
x, y = load_breast_cancer(return_X_y=True)
x = ((x - x.mean(0)) / x.std(0)).astype(np.float32)
order = np.random.default_rng(0).permutation(len(x))
x, y = x[order], y[order].astype(np.float32)
n = 100.0  # a float, so that we may differentiate by it too


def loss(w, batch):
    rows, labels = batch
    logits = jnp.tanh(rows @ w["hidden"]) @ w["out"]
    return jnp.mean(jnp.logaddexp(0.0, logits) - labels * logits)


def init(key):
    return {"hidden": jax.random.normal(key, (30, 16)) / 5, "out": jnp.zeros(16)}


cancer = Problem.from_loss(loss, init, (x[:400], y[:400]), batch_size=32, validation=(x[400:], y[400:]))


@jax.jit
def final(tx, key):
    """The held-out loss at the end of a run: a smooth function of every number in `tx`."""
    return cancer.validate(solve(cancer, tx, key, 100).params, (), key)


slope_of = jax.jit(jax.value_and_grad(final))
key, rates = jax.random.key(0), np.geomspace(1e-4, 3.0, 40)
values, slopes = zip(*((float(v), float(g.learning_rate.peak)) for v, g in
                       (slope_of(sgd(linear(float(rate), n)), key) for rate in rates)), strict=True)  # fmt: skip

# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.2), layout="constrained")
left.plot(rates, values)
left.set(xscale="log", xlabel="peak rate", ylabel="held-out loss at the end", title="100 steps of SGD")
right.plot(rates, np.array(slopes) * rates, label="jax.grad through the run")
middle = np.sqrt(rates[1:] * rates[:-1])
right.plot(middle, np.diff(values) / np.diff(np.log(rates)), "o", markersize=3, label="finite differences")
right.axhline(0, color="black", linewidth=0.8)
right.set(xscale="log", xlabel="peak rate", ylabel="slope by the log of the rate")
right.legend()
plt.show()

# %% [markdown]
# ## Every number at once
#
# The gradient has the form of the optimizer. Here: by the peak, the length of the decay, the length of the warmup, the
# momenta.

# %% rtol=0.05
tx = adam(warmup(cosine(0.005, 80.0), 20.0), b1=0.9, b2=0.99)
value, slope = slope_of(tx, key)
print(f"held-out loss {value:.4f}")
for name, number in {
    "peak": slope.learning_rate.schedule.peak,
    "decay steps": slope.learning_rate.schedule.steps,
    "warmup steps": slope.learning_rate.steps,
    "b1": slope.b1,
    "b2": slope.b2,
}.items():
    print(f"d loss / d {name:13s} {float(number):+.5f}")

# %% [markdown]
# All slopes are negative, so more of each number helps. Multiply a slope by the size of its number to compare them: the
# peak matters most.
#
# ## Walk downhill on the rate
#
# The learning rate of the learning rate: Adam on the logarithm of the peak, from a peak that is far too small. One
# step costs a run and its gradient.

# %% rtol=0.1


def by_log(log_peak):
    keys = jax.random.split(jax.random.key(1), 4)  # four seeds, so that we do not fit the noise of one
    return jnp.mean(jax.vmap(lambda key: final(sgd(linear(jnp.exp(log_peak), n)), key))(keys))


log_peak, outer = jnp.log(1e-3), adam(linear(0.6, 25))
state, path = outer.init(log_peak), []
step = jax.jit(jax.value_and_grad(by_log))
for _ in range(25):
    value, slope = step(log_peak)
    path.append((float(jnp.exp(log_peak)), float(value)))
    updates, state = outer.update(slope, state, log_peak)
    log_peak = log_peak + updates
print(f"from a peak of {path[0][0]:.3g} with loss {path[0][1]:.3f} to {path[-1][0]:.3g} with loss {path[-1][1]:.3f}")
grid = [(float(rate), float(step(jnp.log(rate))[0])) for rate in rates[::3]]
best = min(grid, key=lambda each: each[1])
print(f"the best of {len(grid)} rates on a grid: {best[0]:.3g} with loss {best[1]:.3f}")
plt.plot(*zip(*grid, strict=True), label="loss, mean of 4 seeds")
plt.plot(*zip(*path, strict=True), "o-", markersize=4, linewidth=1, label="25 steps downhill")
plt.xscale("log")
plt.xlabel("peak rate")
plt.ylabel("held-out loss at the end")
plt.legend()
plt.show()

# %% [markdown]
# ## A rate for every step
#
# Nothing limits us to one number. `sampled` is a table of 100 rates: we differentiate by all of them and descend.

# %% rtol=0.1


def by_table(logs):
    keys = jax.random.split(jax.random.key(1), 4)
    return jnp.mean(jax.vmap(lambda key: final(sgd(sampled(jnp.exp(logs))), key))(keys))


logs, outer = jnp.full(100, jnp.log(0.3)), adam(0.05)
state, table_step = outer.init(logs), jax.jit(jax.value_and_grad(by_table))
begin = float(table_step(logs)[0])
for _ in range(60):
    value, slope = table_step(logs)
    updates, state = outer.update(slope, state, logs)
    logs = logs + updates
unseen = jax.random.split(jax.random.key(7), 8)


@jax.jit
def on_unseen(tx):
    return jnp.mean(jax.vmap(lambda key: final(tx, key))(unseen))


print(f"table, on the four seeds it was made for: {begin:.4f} -> {float(value):.4f}")
for name, tx in {
    "table": sgd(sampled(jnp.exp(logs))),
    "constant 0.3": sgd(0.3),
    "linear, peak found above": sgd(linear(path[-1][0], n)),
}.items():
    print(f"on eight other seeds, {name:25s} {float(on_unseen(tx)):.4f}")
plt.plot(jnp.exp(logs))
plt.axhline(0.3, color="black", linestyle="--", linewidth=1)
plt.ylim(bottom=0)
plt.xlabel("step")
plt.ylabel("rate in the table")
plt.show()

# %% [markdown]
# The table is far better on the seeds that it was made for, and *worse* than a constant on others. A hundred numbers
# can learn the noise of four runs by heart. One number cannot.
#
# **Take away.** Write step counts as floats, and every number of a rule has a slope. Use it for a few numbers, over
# several seeds, and judge on others. Memory grows with the number of steps: `jax.grad` keeps the whole run.
