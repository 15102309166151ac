# %% [markdown]
# # Scale Adam's rate with the square root of the batch
#
# Malladi et al. (2022, arXiv:2205.10287) derive the rule, and `transfer.batch_size(..., rule="sqrt")` applies it. We
# tune Adam at batch 8 on a softmax regression with a fifth of the labels wrong, and carry its peak to larger batches
# that see as many examples.
#
# **True. With the square root the loss above the minimum is 0.98, 0.98 and 1.07 times that of batch 8, at 2, 4 and 8 x
# the batch. With the linear rule it is 1.48 times at 8 x, and with the same rate 2.30 times.**

# %%
import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np
from scipy.optimize import minimize
from scipy.stats import t
from sklearn.datasets import load_digits

from lropt_jax import transfer
from lropt_jax.optimizers import adam
from lropt_jax.problems import Problem, solve
from lropt_jax.report.style import COLORS, STYLE
from lropt_jax.schedules import linear


def experiment(peaks, factors, batch=8, steps=1600, seeds=16):
    """Losses above the minimum: of the small batch (peaks, seeds), and from its best peak (factors, rules, seeds)."""
    noise = np.random.default_rng(0)
    x, labels = load_digits(return_X_y=True)
    labels = np.where(noise.random(len(x)) < 0.2, noise.integers(0, 10, len(x)), labels)  # a fifth is wrong
    x, y = np.pad(x / 16, ((0, 0), (0, 1)), constant_values=1).astype(np.float32), np.eye(10, dtype=np.float32)[labels]

    def loss(w, rows):
        w = w.reshape(65, 10)
        return 1e-3 * jnp.sum(w**2) - jnp.mean(jnp.sum(jax.nn.log_softmax(rows[0] @ w) * rows[1], axis=1))

    slope = jax.jit(jax.value_and_grad(lambda w: loss(w, (x, y))))
    floor = minimize(lambda w: [np.float64(each) for each in slope(w)], np.zeros(650), jac=True).fun
    keys = jax.random.split(jax.random.key(0), seeds)

    def ends(txs, batch, steps):
        problem = Problem.from_loss(loss, lambda key: jnp.zeros(650), (x, y), batch_size=batch)

        def end(tx, key):
            return loss(solve(problem, tx, key, steps).params, (x, y)) - floor

        stacked = jax.tree.map(lambda *leaves: jnp.stack(leaves), *txs)
        return np.asarray(jax.jit(jax.vmap(jax.vmap(end, (None, 0)), (0, None)))(stacked, keys))

    small = ends([adam(linear(peak, float(steps))) for peak in peaks], batch, steps)
    peak, large = peaks[np.argmin(small.mean(1))], []
    for k in factors:
        own = transfer.batch_size(adam(linear(peak, float(steps))), k, rule="sqrt")
        root = adam(linear(float(own.learning_rate(0)), steps / k), b1=own.b1, b2=own.b2, eps=own.eps)
        rules = [adam(linear(peak, steps / k)), root, adam(linear(k * peak, steps / k))]
        large.append(ends(rules, batch * k, steps // k))
    return small, np.array(large)


# %% rtol=0.5
peaks, factors, rules = np.geomspace(0.008, 0.128, 9), (2, 4, 8), ("the same rate", "square root", "linear")
small, large = experiment(peaks, factors)
best = np.argmin(small.mean(1))
assert 0 < best < len(peaks) - 1, "the best peak lies at the edge of the grid"
n = small.shape[1]
excess = large / small[best].mean()  # (factors, rules, seeds)
mean = excess.mean(-1)
half = t.ppf(0.975, n - 1) * excess.std(-1, ddof=1) / n**0.5
print(f"batch 8: the best peak is {peaks[best]:.3f}; loss above the minimum, over that of batch 8; {n} seeds")
for rule, name in enumerate(rules):
    told = [f"{mean[i, rule]:.2f} ± {half[i, rule]:.2f} at {k} x" for i, k in enumerate(factors)]
    print(f"{name:13s}", ", ".join(told))
assert np.all(np.abs(mean[:, 1] - 1) < 0.15), "the square root does not keep the loss within 15%"
assert np.all(mean[2, [0, 2]] - half[2, [0, 2]] > 1.15), "another rule is as good at 8 x"

# %%
plt.rcParams.update(STYLE)
for rule, name in enumerate(rules):
    plt.errorbar(np.array(factors) * 1.02 ** (rule - 1), mean[:, rule], half[:, rule], fmt="so^"[rule] + "-",
                 color=COLORS[(1, 0, 2)[rule]], label=name)  # fmt: skip
plt.axhspan(0.85, 1.15, color="0.92", zorder=0)
plt.axhline(1, color="black", linewidth=0.8)
plt.gcf().set_size_inches(6.4, 3)
plt.xscale("log", base=2)
plt.xticks(factors, [f"{8 * k} ({k} x)" for k in factors])
plt.xlabel("batch size, in examples; the number of examples seen is the same")
plt.ylabel("loss above its minimum,\nover that of batch 8 (ratio)")
plt.legend(title="Adam's rate")
plt.show()

# %% [markdown]
# The rule holds where the noise of the gradient is larger than the gradient, as here. Above a critical batch size no
# rule holds, and for SGD the linear rule is the right one. The betas change too: `transfer.batch_size` writes all
# numbers.
