# %% [markdown]
# # Noise helps SGD to escape local minima
#
# It is said of small batches and of high rates. We start at the worse minimum of a double well, with gradients of the
# variance 12 / batch, and count the steps until SGD is in the better one: at 3 rates, each with 4 batches, and 128
# seeds. Theory (Kramers 1940) knows only the temperature, rate x variance / batch. **True: at the temperature 0.2 the
# mean time of escape, in steps x rate, is 28.1, 27.7 and 23.7 at the three rates, and 25.9 in theory. Rate and batch
# are one knob. But noise leaves the better minimum too: at 0.1 SGD spends 0.98 of the time there, at 0.3 only 0.76,
# unless the rate falls.**

# %%
import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np
from scipy import stats

from lropt_jax.optimizers import sgd
from lropt_jax.problems import Problem, start, step
from lropt_jax.report.style import COLORS, STYLE
from lropt_jax.schedules import linear


def experiment(rates, batches, *, steps, every, seeds, falling=False):
    """SGD in the double well (x^2 - 1)^2 / 4 + x / 10 with the variance 12 / batch, from the higher minimum near 1.

    Returns where it is every `every` steps (pairs, seeds, rows); the pairs are those of rates and batches.
    """

    def run(rate, batch, key):
        def field(x, state, key):
            gradient = x**3 - x + 0.1 + jax.random.normal(key) * jnp.sqrt(12 / batch)
            return gradient, state, (x**2 - 1) ** 2 / 4 + x / 10

        wells = Problem(lambda key: (jnp.asarray(0.946), ()), field)
        tx = sgd(linear(rate, steps) if falling else rate)

        def row(at, _):
            at, _ = jax.lax.scan(lambda at, _: step(wells, tx, at), at, None, length=every)
            return at, at.params

        return jax.lax.scan(row, start(wells, tx, key), None, length=steps // every)[1]

    keys = jax.random.split(jax.random.key(0), seeds)
    both = jax.vmap(jax.vmap(run, (None, None, 0)), (0, 0, None))
    return np.asarray(jax.jit(both)(jnp.asarray(rates), jnp.asarray(batches), keys))


# %% rtol=0.3
rates, temperatures, every, seeds = np.array([0.05, 0.1, 0.2]), np.array([0.1, 0.15, 0.2, 0.3]), 2, 128
rate, temperature = (grid.ravel() for grid in np.meshgrid(rates, temperatures))
rate, temperature = np.append(rate, 0.1), np.append(temperature, 1e-9)  # and once with hardly any noise
batch = 12 * rate / temperature
x = experiment(rate, batch, steps=20_000, every=every, seeds=seeds)
cooled = experiment(rate, batch, steps=20_000, every=20_000, seeds=seeds, falling=True)[:, :, 0]
there = x < -0.4
times = np.where(there.any(2), there.argmax(2) + 1.0, np.nan) * every * rate[:, None]  # steps x rate
better = (x[:, :, 5000:] < 0).mean((1, 2))


def in_theory(temperature):
    """The mean time to -0.4 and the share of the better minimum, of the diffusion that small rates make."""
    grid = np.linspace(-3, 3, 6001)
    tilted = ((grid**2 - 1) ** 2 / 4 + grid / 10) * 2 / temperature
    weight, step = np.exp(-tilted), grid[1] - grid[0]
    right = np.cumsum(weight[::-1])[::-1] * step
    way = (grid > -0.4) & (grid < 0.946)
    return np.sum(np.exp(tilted[way]) * right[way]) * step * 2 / temperature, weight[grid < 0].sum() / weight.sum()


for each in temperatures:
    mine = temperature == each
    time, share = in_theory(each)
    print(
        f"temperature {each}: mean time of escape {time:.1f} in theory; in the better minimum {share:.2f} of the time"
    )
    for place in np.flatnonzero(mine):
        half = stats.t.ppf(0.975, seeds - 1) * times[place].std(ddof=1) / np.sqrt(seeds)
        print(
            f"    rate {rate[place]}, batch {batch[place]:2.0f}: {np.mean(times[place]):.1f} +- {half:.1f}; "
            f"{better[place]:.2f} of the time; {np.mean(cooled[place] < 0):.2f} of runs, if the rate falls to 0"
        )
    assert np.all(np.abs(times[mine].mean(1) / time - 1) < 0.3)
    assert np.all(np.abs(better[mine] - share) < 0.05)
print(f"without noise {there[-1].any(1).sum()} of {seeds} runs escape")
assert not there[-1].any()
assert np.all(np.mean(cooled[:-1] < 0, axis=1) > 0.7)

# %%
plt.rcParams.update(STYLE | {"axes.prop_cycle": plt.cycler(color=COLORS)})
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.2), layout="constrained")
grid = np.linspace(0.09, 0.33, 40)
passing, staying = np.array([in_theory(each) for each in grid]).T
left.plot(grid, passing, color="black", linewidth=1, label="theory")
right.plot(grid, staying, color="black", linewidth=1, label="theory, constant rate")
for place, (each, mark) in enumerate(zip(rates, "osD", strict=True)):
    mine = (rate == each) & (temperature > 0.01)
    half = stats.t.ppf(0.975, seeds - 1) * times[mine].std(1, ddof=1) / np.sqrt(seeds)
    at = temperature[mine] + 0.003 * (place - 1)  # side by side
    left.errorbar(at, times[mine].mean(1), half, fmt=mark, markersize=4, label=f"rate {each}")
    right.plot(at, better[mine], mark, markersize=4, color=COLORS[place], label=f"rate {each}")
    right.plot(at, np.mean(cooled[mine] < 0, axis=1), mark, markersize=4, color=COLORS[place], fillstyle="none")
left.set(yscale="log", xlabel="temperature: rate x variance / batch", ylabel="time of escape, steps x rate")
left.set_yticks([], minor=True)
left.set_yticks([15, 30, 60, 120], ["15", "30", "60", "120"])
left.legend()
right.set(ylim=(0.5, 1.03), xlabel="temperature: rate x variance / batch", ylabel="share in the better minimum")
right.legend(title="open: runs whose rate falls to 0", loc="lower left")
plt.show()

# %% [markdown]
# The time grows like exp(2 x height / temperature): a barrier a few times higher than the temperature is never
# crossed. So for escaping, a larger batch asks for a rate that is larger by the same factor. This is one dimension
# with noise that is the same everywhere; in networks the noise hangs on the place, and few people have seen their
# minima. What to take: begin hot, at a high rate, and let it fall slowly.
