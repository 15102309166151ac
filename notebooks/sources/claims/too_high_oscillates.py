# %% [markdown]
# # Too high a rate oscillates, too low a rate is slow
#
# Every course says so. We descend a least-squares problem with the curvatures 1, 0.3 and 0.1 at 105 constant rates,
# and lay the exact answer over it. **Half true. Too low is slow: 1553 steps at 0.02, and 17 at the fastest rate. But
# oscillating is not too high: it begins at 1.00, and the fastest rate, 1.68, oscillates. Too high is 2 / curvature.**
# The steps that theory gives are met to the step. On batches of 4 the excess risk where a run settles is the exact
# one, within its interval.

# %%
import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np
from scipy import stats

from lropt_jax.objectives import noise_floor
from lropt_jax.optimizers import sgd
from lropt_jax.problems import least_squares, start, step
from lropt_jax.report.style import COLORS, STYLE


def experiment(curvatures, rates, noisy_rates, *, batch_size, steps, seeds):
    """Gradient descent on least squares at constant rates, without noise and on fresh batches.

    Returns the weights after each step without noise (rates, steps, d), and the mean excess risk over the last quarter
    of the noisy runs (noisy rates, seeds).
    """
    calm, noisy = (least_squares(curvatures=curvatures, batch_size=size) for size in (None, batch_size))

    def path(problem, rate, key):
        tx = sgd(rate)

        def ahead(at, _):
            at, _ = step(problem, tx, at)
            return at, (at.params, problem.judge(at.params, at.state))

        return jax.lax.scan(ahead, start(problem, tx, key), None, length=steps)[1]

    keys = jax.random.split(jax.random.key(1), seeds)
    weights = jax.jit(jax.vmap(lambda rate: path(calm, rate, keys[0])[0]))(rates)
    settled = jax.vmap(
        jax.vmap(lambda rate, key: jnp.mean(path(noisy, rate, key)[1][-steps // 4 :]), (None, 0)), (0, None)
    )
    return np.asarray(weights), np.asarray(jax.jit(settled)(noisy_rates, keys))


# %%
h, batch, tolerance = np.array([1.0, 0.3, 0.1]), 4, 1e-4
rates, noisy_rates = np.linspace(0.02, 2.1, 105), np.array([0.01, 0.03, 0.1, 0.3, 0.6, 0.9])
weights, floors = experiment(h, rates, noisy_rates, batch_size=batch, steps=4000, seeds=32)


def first_below(excess):
    """Steps until the excess risk is below the tolerance; NaN where it never is."""
    below = np.nan_to_num(excess, nan=np.inf) < tolerance
    return np.where(below.any(1), below.argmax(1) + 1.0, np.nan)


np.seterr(over="ignore")  # above the limit the errors soon leave the range of floats
measured = first_below((h * (weights - 1) ** 2).sum(2) / 2)
shrunk = np.abs(1 - rates[:, None, None] * h)  # the error along each direction, by one step
theory = first_below((h * shrunk ** (2 * np.arange(1, 4001)[:, None])).sum(2) / 2)
oscillates = weights[:, 0, 0] > 1  # from 0 the steepest weight jumps over its answer, 1, and back at the next step
converges, best = np.isfinite(measured), np.nanargmin(measured)
print(f"the steepest weight oscillates above a rate of {rates[~oscillates].max():.2f}: 1 / curvature is 1.00")
print(f"the run converges below a rate of {rates[~converges].min():.2f}: 2 / curvature is 2.00")
print(f"steps to an excess risk of 1e-4: {measured[best]:.0f} at {rates[best]:.2f}, the fastest rate, which oscillates")
for place in (0, 4, 49, 98):
    print(f"    {measured[place]:.0f} at {rates[place]:.2f}")
print(f"largest difference from the exact number of steps: {np.nanmax(np.abs(measured - theory)):.0f}")
exact = np.array([float(noise_floor(rate, h, batch_size=batch)) for rate in noisy_rates])
half = stats.t.ppf(0.975, floors.shape[1] - 1) * floors.std(1, ddof=1) / np.sqrt(floors.shape[1])
for rate, mean, width, line in zip(noisy_rates, floors.mean(1), half, exact, strict=True):
    print(f"batches of {batch} at {rate:.2f}: excess risk {mean:.4f} +- {width:.4f}, exact {line:.4f}")
assert abs(rates[~oscillates].max() - 1) < 0.03
assert abs(rates[~converges].min() - 2) < 0.03
assert np.array_equal(converges, np.isfinite(theory))
assert np.nanmax(np.abs(measured - theory)) <= 1
assert oscillates[best]
assert 1.5 < rates[best] < 2
assert measured[0] > 50 * measured[best]
assert np.all(np.abs(floors.mean(1) - exact) < 2 * half)

# %%
plt.rcParams.update(STYLE | {"axes.prop_cycle": plt.cycler(color=COLORS)})
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.2), layout="constrained")
left.plot(rates, theory, color=COLORS[0], label="exact")
left.plot(rates[::4], measured[::4], "o", color=COLORS[1], markersize=4, label="measured")
left.axvspan(1, 2, color="#e6e6e6", zorder=0)
left.axvline(2, color="black", linewidth=1, linestyle="--")
left.text(1.5, 1.4, "jumps over\nthe answer", ha="center", fontsize=8)
left.text(2.03, 300, "2 / curvature", rotation=90, fontsize=8, va="center")
left.set(yscale="log", ylim=(1, 3000), xlim=(0, 2.2), xlabel="rate", ylabel="steps to an excess risk of 1e-4")
left.legend(loc="upper center")
grid = np.geomspace(0.008, 1.2, 400)
right.plot(grid, [float(noise_floor(rate, h, batch_size=batch)) for rate in grid], label="exact: noise_floor")
right.errorbar(noisy_rates, floors.mean(1), half, fmt="o", markersize=4, color=COLORS[1], label="measured, 95%")
right.set(xscale="log", yscale="log", xlabel="rate", ylabel="excess risk at the end", title=f"batches of {batch}")
right.legend()
plt.show()

# %% [markdown]
# For a quadratic all of this is exact. A network is one only near a minimum, and its curvature moves with the rate
# (see *A rate above 2 / sharpness diverges*). On batches the limit is lower, and a constant rate pays for its speed
# with a floor: so take a rate near the limit first, and let it fall. A loss that goes up and down is no reason for a
# lower rate; a loss that grows is one.
