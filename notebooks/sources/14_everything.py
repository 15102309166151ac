# %% [markdown]
# # What else has a learning rate?
#
# All learning by small steps is `params <- params - rate * field(params, noise)` (Robbins and Monro, 1951). So EM,
# dynamic programming, samplers, maps and causal tables have a learning rate too, and the same schedules and optimizers
# solve them. Six of them follow. Each has an answer that is known, so we can see what the rate does.

# %% rtol=0.3
import warnings

import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits, load_iris

from lropt_jax import problems
from lropt_jax.optimizers import adam, delta_bar_delta, sgd
from lropt_jax.problems import solve, start, step
from lropt_jax.report.style import COLORS, STYLE
from lropt_jax.schedules import inverse_time, linear, piecewise, rescaled_linear, robbins_monro
from lropt_jax.wrappers import averaged, polyak_ruppert

plt.rcParams.update(STYLE | {"axes.prop_cycle": plt.cycler(color=COLORS), "figure.figsize": (6.4, 3.0)})
key = jax.random.key(0)
pictures, labels = (each[:600] for each in load_digits(return_X_y=True))
n = len(pictures)


def map_of(factor):
    """t-SNE of 600 digits, at the rate of Belkina et al. (2019) times a factor."""
    rate = piecewise((factor * n / 48, factor * n / 4), (100,))
    tx = delta_bar_delta(rate, theta=None, momentum=piecewise((0.5, 0.8), (100,)), at_zero="shrink")
    problem = problems.tsne(data=pictures, labels=labels, exaggeration=piecewise((12.0, 1.0), (100,)))
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        solution = solve(problem, tx, key, 300)
    for warning in said:
        print(f"rate x {factor:g}: {warning.message}")
    return solution.params, float(problem.judge(solution.params, solution.state))


maps = {factor: map_of(factor) for factor in (0.001, 1.0, 100.0)}

# %%
figure, axes = plt.subplots(1, 3, figsize=(9.5, 3.2), layout="constrained")
for axis, (factor, (points, divergence)) in zip(axes, maps.items(), strict=True):
    for label in range(10):
        axis.plot(*points[labels == label].T, ".", color=COLORS[label], markersize=3)
    axis.set(title=f"rate x {factor:g}: divergence {divergence:.2f}", xticks=[], yticks=[])
plt.show()

# %% [markdown]
# **t-SNE.** The rate makes up for gradients of size 1/n. A thousandth of it is still on its way after
# 300 steps, and only because delta-bar-delta raises each point's own rate. A hundred times as much tears the map apart,
# and `solve` says so. `problems.tsne_optimizer(problem)` has the right rate by itself.
#
# ## The ELBO: a constant rate leaves a floor
#
# Variational inference for a regression on the diabetes data. The gap to the log evidence is known exactly. With a
# noisy estimator, a constant rate stops at a distance. A falling rate goes below it. So does the average of a constant
# one.

# %% rtol=0.7
elbo = problems.conjugate_gaussian(estimator="analytic_entropy")
steps = 2000


@jax.jit
def gaps(tx):
    def judged(at, _):
        at, _ = step(elbo, tx, at)
        params = averaged(at.optimizer_state) if hasattr(at.optimizer_state, "kept_params") else at.params
        return at, elbo.judge(params, ())

    return jax.lax.scan(judged, start(elbo, tx, key), None, length=steps)[1]


ways = {
    "constant 0.03": adam(0.03),
    "constant 0.03, averaged": polyak_ruppert(adam(0.03), start=1000),
    "linear from 0.03": adam(linear(0.03, steps)),
}
for name, tx in ways.items():
    gap = gaps(tx)
    plt.plot(gap, label=name, linewidth=1)
    print(f"{name:24s} gap at the end: {float(jnp.mean(gap[-20:])):.4f} nats")
plt.xlabel("step")
plt.ylabel("log evidence - ELBO, nats")
plt.yscale("log")
plt.legend()
plt.show()

# %% [markdown]
# ## EM is gradient descent at the rate 1
#
# On all data, `sgd(1.0)` over the sufficient statistics *is* the EM algorithm. A rate below 1 is slower. On small
# batches the rate must fall: then it is stepwise EM.

# %% rtol=0.05
flowers = load_iris().data
whole = problems.gaussian_mixture(data=flowers, components=3, batch_size=None)
batches = problems.gaussian_mixture(data=flowers, components=3, batch_size=15)


def likelihoods(problem, tx):
    """The log likelihood of all flowers after each step."""

    @jax.jit
    def run():
        def one(at, _):
            at, _ = step(problem, tx, at)
            return at, -whole.field(at.params, (), key)[2]

        return jax.lax.scan(one, start(problem, tx, jax.random.key(2)), None, length=100)[1]

    return run()


for name, problem, tx in (
    ("EM, sgd(1.0)", whole, sgd(1.0)),
    ("all data, sgd(0.3)", whole, sgd(0.3)),
    ("batches of 15, sgd(1.0)", batches, sgd(1.0)),
    ("batches of 15, 1 / (t + 2)^0.6", batches, sgd(robbins_monro(2**-0.6, 2, exponent=0.6))),
):
    values = np.asarray(likelihoods(problem, tx))
    plt.plot(values, label=name, linewidth=1.2)
    print(f"{name:32s} log likelihood per flower after 100 steps: {values[-1]:.3f}")
plt.xlabel("step")
plt.ylabel("log likelihood per flower, nats")
plt.ylim(-7, -1)
plt.legend(loc="lower right")
plt.show()

# %% [markdown]
# On batches `sgd(1.0)` forgets all flowers but the last 15. The falling rate keeps what it saw. EM can also end in
# another optimum from another start: that is a property of the likelihood, and no rate repairs it.
#
# ## Bellman: a textbook rate that hardly moves
#
# On a known process `sgd(1.0)` is value iteration, and the error falls as 0.9^t. If the process can only be sampled,
# 1/t looks right and is not: it forgets the start as slowly as t^-(1 - 0.9). `rescaled_linear` repairs that.

# %% rtol=0.2


def errors(problem, tx, steps):
    @jax.jit
    def run():
        def judged(at, _):
            at, _ = step(problem, tx, at)
            return at, problem.judge(at.params, at.state)

        return jax.lax.scan(judged, start(problem, tx, key), None, length=steps)[1]

    return run()


for name, problem, tx in (
    ("value iteration, sgd(1.0)", problems.value_iteration(), sgd(1.0)),
    ("Q-learning, 1/t", problems.q_learning(), sgd(inverse_time(1.0, 1))),
    ("Q-learning, constant 0.1", problems.q_learning(), sgd(0.1)),
    ("Q-learning, rescaled_linear(0.9)", problems.q_learning(), sgd(rescaled_linear(0.9))),
):
    error = errors(problem, tx, 10_000)
    plt.loglog(np.arange(1, len(error) + 1), np.maximum(error, 1e-4), label=name)
    print(f"{name:33s} largest error of a value after 10000 steps: {max(float(error[-1]), 1e-4):.4f}")
plt.ylim(1e-3, 50)
plt.xlabel("step")
plt.ylabel("largest error of any value")
plt.legend()
plt.show()

# %% [markdown]
# ## A sampler finds its step
#
# Metropolis works best if 23% of the proposals are accepted. The learning rate says how fast the step follows the
# acceptance. From starts that are seven decades apart:

# %% rtol=0.1
for first in (1e-4, 1e-2, 1.0, 1e3):
    sampler = problems.metropolis(step=first)
    tx = sgd(robbins_monro(1.0, 20, exponent=0.75))
    solution = solve(sampler, tx, key, 2000)
    off = float(sampler.judge(solution.params, solution.state))
    plt.plot(solution.values, label=f"from a step of {first:g}", linewidth=1)
    print(f"from {first:8g}: step {float(jnp.exp(solution.params)):.3f}, acceptance within 0.05 of 0.234: {off < 0.05}")
plt.axhline(0.234, color="black", linestyle="--", linewidth=1)
plt.xscale("log")
plt.xlim(1, 300)
plt.xlabel("iteration")
plt.ylabel("share accepted")
plt.legend()
plt.show()

# %% [markdown]
# ## A causal effect, one patient at a time
#
# Kidney stones (Charig et al., 1986): treatment B cured more patients than A, because A got the large stones. The graph
# says what to adjust for. The rate 1/t makes the table of frequencies; a constant rate never settles.

# %% rtol=0.1
from lropt_jax.objectives import identify

cured = np.array([[[6, 81], [36, 234]], [[71, 192], [25, 55]]])  # [small, large][A, B][not cured, cured]
stones = problems.causal(graph="size -> treatment -> cured, size -> cured", x="treatment", y="cured",
                         table=cured / cured.sum(), batch_size=1)  # fmt: skip
effect = identify("size -> treatment -> cured, size -> cured", x="treatment", y="cured")
print("seen:     cured with A {:.3f}, with B {:.3f}".format(*(cured.sum(0)[:, 1] / cured.sum(0).sum(1))))
print("do(x):    cured with A {:.3f}, with B {:.3f}".format(*np.asarray(effect(cured / cured.sum()))[:, 1]))


@jax.jit
def benefit(tx):
    def one(at, _):
        at, _ = step(stones, tx, at)
        done = effect(at.params)
        return at, done[0, 1] - done[1, 1]

    return jax.lax.scan(one, start(stones, tx, key), None, length=20_000)[1]


patients = np.unique(np.geomspace(1, 20_000, 400).astype(int))
for name, tx in (("constant 0.01", sgd(0.01)), ("1 / t", sgd(inverse_time(1.0, 1)))):
    plt.plot(patients, benefit(tx)[patients - 1], label=name, linewidth=1.2)
truth = float(effect(cured / cured.sum())[0, 1] - effect(cured / cured.sum())[1, 1])
plt.axhline(truth, color="black", linestyle="--", linewidth=1, label="all patients")
plt.xscale("log")
plt.ylim(-0.4, 0.4)
plt.xlabel("patients seen")
plt.ylabel("effect of A over B")
plt.legend()
plt.show()

# %% [markdown]
# **Take away.** If your method moves something by small steps, it has a learning rate, and you can write it as a
# `Problem`: `init`, `field`, and a `judge` if you know the answer. Noise asks for a falling rate or an average. Exact
# steps may keep the rate at 1.
