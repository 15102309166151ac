# %% [markdown]
# # A constant rate converges if you wait
#
# The loss still creeps down, so people wait. We fit the posterior of a Bayesian regression on diabetes data by
# maximising the ELBO with SGD, where the gap to the log evidence is known exactly. Robbins and Monro (1951) ask for
# rates that fall. **Not with noise. At the rate 0.001 the gap is 0.96 nats in the third quarter of the run and 1.1 in
# the last: waiting does not help. The average of the same run has a gap of 0.001, and a rate that falls to 0 one of
# 0.006.** Half the rate gives less than half the floor. Where the noise dies out at the answer, a constant rate does
# converge.

# %%
import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np
from scipy import stats
from sklearn.datasets import load_diabetes

from lropt_jax.optimizers import sgd
from lropt_jax.problems import conjugate_gaussian, start, step
from lropt_jax.report.style import COLORS, STYLE
from lropt_jax.schedules import linear
from lropt_jax.wrappers import averaged, polyak_ruppert


def experiment(rates, estimator, *, steps, every, seeds):
    """SGD maximises the ELBO of a Bayesian regression on diabetes data, at constant rates and falling to 0.

    Returns the gap to the log evidence in nats, every `every` steps: of the last parameters, of their average over the
    last half, and of the run whose rate falls linearly. Each is (rates, seeds, rows).
    """
    x, y = load_diabetes(return_X_y=True)
    x, y = np.linalg.svd(x - x.mean(0), full_matrices=False)[0] * len(y) ** 0.5, (y - y.mean()) / y.std()
    problem = conjugate_gaussian(data=(x, y), estimator=estimator)

    def gaps(rate, key):
        tx = polyak_ruppert(sgd(rate), start=steps // 2)

        def row(at, _):
            at, _ = jax.lax.scan(lambda at, _: step(problem, tx, at), at, None, length=every)
            return at, [problem.judge(each, ()) for each in (at.params, averaged(at.optimizer_state))]

        return jax.lax.scan(row, start(problem, tx, key), None, length=steps // every)[1]

    def run(rate, key):
        last, average = gaps(rate, key)
        return last, average, gaps(linear(rate, steps), key)[0]

    keys = jax.random.split(jax.random.key(0), seeds)
    return tuple(map(np.asarray, jax.jit(jax.vmap(jax.vmap(run, (None, 0)), (0, None)))(jnp.asarray(rates), keys)))


# %% rtol=0.3
rates, steps, every, seeds = np.array([0.00025, 0.0005, 0.001]), 16_000, 400, 8
noisy = experiment(rates, "analytic_entropy", steps=steps, every=every, seeds=seeds)
calm = experiment(rates, "sticking_the_landing", steps=steps, every=every, seeds=seeds)


def told(numbers):
    """The mean over seeds and its 95% interval, in words."""
    half = stats.t.ppf(0.975, len(numbers) - 1) * numbers.std(ddof=1) / np.sqrt(len(numbers))
    return f"{numbers.mean():.2g} +- {half:.1g}"


quarter = steps // every // 4
third, fourth = noisy[0][:, :, 2 * quarter : 3 * quarter].mean(2), noisy[0][:, :, 3 * quarter :].mean(2)
average, falling = noisy[1][:, :, -1], noisy[2][:, :, -1]
print("nats below the log evidence, in the third and the last quarter of the run; its average; a rate falling to 0:")
for place, rate in enumerate(rates):
    print(f"    {rate}: {' | '.join(told(each[place]) for each in (third, fourth, average, falling))}")
floor = (third.mean(1) + fourth.mean(1)) / 2
power = np.polyfit(np.log(rates), np.log(floor), 1)[0]
lower = floor[2] / average[2].mean()
print(f"the floor grows with the rate to the power {power:.2f}; the average is {lower:.0f} times lower")
print(f"without noise at the answer, the gap at the end at {rates[2]}: below {max(1e-4, calm[0][2, :, -1].max()):.0e}")
assert np.all(np.abs(third.mean(1) / floor - 1) < 0.25)  # waiting does not help
assert 0.9 < power < 1.6
assert np.all(average.mean(1) < floor / 30)
assert np.all(falling.mean(1) < floor / 10)
assert calm[0][2, :, -1].max() < 1e-4

# %%
plt.rcParams.update(STYLE | {"axes.prop_cycle": plt.cycler(color=COLORS)})
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.2), layout="constrained")
at = every * np.arange(1, 1 + steps // every)
for name, lines, dash in (
    ("constant", noisy[0], "-"),
    ("its average", noisy[1], "--"),
    ("falling to 0", noisy[2], ":"),
):
    left.plot(at, lines[2].mean(0), dash, label=name)
left.plot(at, np.maximum(calm[0][2].mean(0), 1e-4), "-.", label="constant, noise dies out")
left.set(yscale="log", ylim=(1e-4, 30), xlabel="step", ylabel="nats below the log evidence", title="rate 0.001")
left.legend(loc=(0.16, 0.02))
for name, ends, mark in (("constant", fourth, "o-"), ("its average", average, "s--"), ("falling to 0", falling, "^:")):
    half = stats.t.ppf(0.975, seeds - 1) * ends.std(1, ddof=1) / np.sqrt(seeds)
    right.errorbar(rates, ends.mean(1), half, fmt=mark, markersize=4, label=name)
right.set(xscale="log", yscale="log", xlabel="rate", ylabel="nats below, at the end (8 seeds)")
right.legend()
plt.show()

# %% [markdown]
# The floor is the noise of the gradients times the rate, so a plateau of a constant rate says nothing about the best
# loss. Average (`polyak_ruppert`, `averaged`) or let the rate fall: both take the same run. An average needs a start
# that is forgotten before it begins. A constant rate is right where the noise dies out at the answer: here with the
# estimator `sticking_the_landing`, in networks where all examples can be fitted.
