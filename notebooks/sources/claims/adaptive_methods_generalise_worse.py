# %% [markdown]
# # Adaptive methods generalise worse
#
# Wilson et al. (2017, arXiv:1705.08292) found so, and SGD with momentum is still the advice for images. We train a
# network on 300 images of digits to no errors at all, with small and large batches, with weight decay and without.
# Other 300 images choose the peak and the decay, and 1197 more judge.
#
# **Not here. With batch 10 and no decay momentum ends at a test error of 5.0 percent and Adam at 4.9; with batch 150,
# at 5.3 and 5.2. The largest difference of four is +0.3 percent (95% interval +0.0 to +0.6), for batch 10 with decay.**

# %%
import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np
from scipy.stats import t
from sklearn.datasets import load_digits

from lropt_jax.optimizers import adamw, sgd
from lropt_jax.problems import Problem, solve
from lropt_jax.report.style import COLORS, STYLE
from lropt_jax.schedules import linear


def experiment(adaptive, batch, peaks, decays, steps, seeds=16):
    """Errors in percent, (peaks, decays, seeds, 3): on 300 training, 300 validation and 1197 test images of digits."""
    x, y = load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(x))
    x, labels, y = (x[order] / 16).astype(np.float32), y[order], np.eye(10, dtype=np.float32)[y[order]]

    def init(key):
        first, second = jax.random.split(key)
        return {"in": jax.random.normal(first, (64, 32)) / 6, "b": jnp.zeros(32),
                "out": jax.random.normal(second, (32, 10)) / 6, "c": jnp.zeros(10)}  # fmt: skip

    def logits(params, rows):
        return jax.nn.relu(rows @ params["in"] + params["b"]) @ params["out"] + params["c"]

    def loss(params, batch):
        return -jnp.mean(jnp.sum(jax.nn.log_softmax(logits(params, batch[0])) * batch[1], axis=1))

    problem = Problem.from_loss(loss, init, (x[:300], y[:300]), batch_size=batch)

    def errors(peak, decay, key):
        rate = linear(peak, float(steps))
        tx = adamw(rate, weight_decay=decay) if adaptive else sgd(rate, momentum=0.9, weight_decay=decay)
        params = solve(problem, tx, key, steps).params
        wrong = jnp.argmax(logits(params, x), axis=1) != labels
        return 100 * jnp.array([wrong[:300].mean(), wrong[300:600].mean(), wrong[600:].mean()])

    errors = jax.vmap(jax.vmap(jax.vmap(errors, (None, None, 0)), (None, 0, None)), (0, None, None))
    return np.asarray(jax.jit(errors)(peaks, decays, jax.random.split(jax.random.key(0), seeds)))


# %% rtol=2  # differences about zero: the asserts are the test
batches = {"batch 10": (10, 400), "batch 150": (150, 100)}
decays = {"SGD with momentum": np.array([0, 5e-3, 2e-2]), "Adam": np.array([0, 0.1, 0.5])}
peaks = {
    ("batch 10", "SGD with momentum"): np.geomspace(0.02, 0.2, 5),
    ("batch 10", "Adam"): np.geomspace(0.005, 0.08, 5),
    ("batch 150", "SGD with momentum"): np.geomspace(0.16, 2.56, 5),
    ("batch 150", "Adam"): np.geomspace(0.01, 0.16, 5),
}
rows, training = {}, []
for (batch, rule), grid in peaks.items():
    size, steps = batches[batch]
    found = experiment(rule == "Adam", size, grid, decays[rule], steps)
    validation = found[..., 1].mean(2)  # which chooses the peak and the decay; the test images judge
    for how, among in (("without decay", validation[:, :1]), ("with decay", validation[:, 1:])):
        peak, decay = np.unravel_index(np.argmin(among), among.shape)
        chosen = found[peak, decay + (how == "with decay")]
        rows[f"{batch}, {how}", rule] = chosen[:, 2]
        training.append(chosen[:, 0].mean())
cases = list(dict.fromkeys(case for case, _ in rows))
tests = np.array([[rows[case, rule] for rule in decays] for case in cases])  # (cases, rules, seeds)
n = tests.shape[-1]
mean, half = tests.mean(-1), t.ppf(0.975, n - 1) * tests.std(-1, ddof=1) / n**0.5
gap = tests[:, 1] - tests[:, 0]
low, high = gap.mean(1) + t.ppf(0.975, n - 1) * gap.std(1, ddof=1) / n**0.5 * np.array([[-1], [1]])
print(
    f"test error in percent, {n} seeds, mean ± 95% interval; errors on the training images: at most {max(training):.1f}"
)
for place, case in enumerate(cases):
    told = ", ".join(f"{rule} {mean[place, i]:.1f} ± {half[place, i]:.1f}" for i, rule in enumerate(decays))
    print(f"{case:24s} {told}; Adam is worse by {gap[place].mean():+.1f} ({low[place]:+.1f} to {high[place]:+.1f})")
assert np.all(low < 0.5), "Adam is worse by half a percent"
assert np.all(np.abs(gap.mean(1)) < 1), "they differ by more than one percent"

# %%
plt.rcParams.update(STYLE)
plt.figure(figsize=(6.4, 2.8), layout="constrained")
for i, rule in enumerate(decays):
    plt.errorbar(mean[:, i], np.arange(4) + 0.16 * i - 0.08, xerr=half[:, i], fmt="os"[i], color=COLORS[i], label=rule)
    plt.plot(tests[:, i].T, np.tile(np.arange(4) + 0.16 * i - 0.08, (n, 1)), ".", color=COLORS[i], alpha=0.3, zorder=0)
plt.yticks(range(4), cases)
plt.gca().invert_yaxis()
plt.xlim(left=0)
plt.xlabel("errors on 1197 test images (percent); dots are seeds")
plt.legend()
plt.show()

# %% [markdown]
# With tuned rates, the same schedule and decoupled decay the difference is within the noise of the seeds. One small
# network says nothing about large vision models, where momentum is often better by a little. Tune both, or choose by
# what tunes more easily.
