# %% [markdown]
# # Weight decay is a regulariser of its own
#
# It is taught as a penalty on large weights, to be tuned apart from the rate. Most weights of today stand before a
# norm layer, which takes their size out. We train such a network on digits with 3 rates for each product of rate and
# decay, and measure how far a step turns the weights (Kosson, Messmer and Jaggi 2023, arXiv:2305.17212). **Not before
# a norm. The same product is the same run: with ten times the decay and a tenth of the rate SGD ends at the test
# errors 0.035 and 0.035, while thirty times the product makes it 0.135. A step turns the weights by the root of twice
# that product: the measured angle is 0.96 to 1.03 times that.**

# %%
import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np
from scipy import stats
from sklearn.datasets import load_digits

from lropt_jax.optimizers import adamw, sgd
from lropt_jax.problems import Problem, start, step
from lropt_jax.report.style import COLORS, STYLE


def experiment(rule, rates, decays, sizes, *, steps, seeds, width=32):
    """`rule(rate, decay)` trains a network whose hidden weights are divided by their norm; they begin at a size.

    Returns the test error (runs, seeds), and the root mean square angle of a step of the hidden weights, over the last
    half, in radians (runs, seeds). The runs are those of rates, decays and sizes.
    """
    x, y = load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(x))
    x, y = jnp.asarray(((x - x.mean(0)) / x.std())[order], jnp.float32), jnp.asarray(y[order])
    fixed = jax.random.normal(jax.random.key(9), (width, 10)) / 2

    def logits(hidden, images):
        return jnp.tanh(images @ (hidden / jnp.linalg.norm(hidden, axis=0)) * 2) @ fixed

    def loss(hidden, batch):
        return -jnp.mean(jnp.sum(jax.nn.log_softmax(logits(hidden, batch[0])) * jax.nn.one_hot(batch[1], 10), axis=1))

    def run(rate, decay, size, key):
        def init(key):
            return size * jax.random.normal(key, (64, width)) / 8

        digits, tx = Problem.from_loss(loss, init, (x[:1000], y[:1000]), batch_size=16), rule(rate, decay)

        def ahead(at, _):
            after, _ = step(digits, tx, at)
            both = [each / jnp.linalg.norm(each, axis=0) for each in (at.params, after.params)]
            chord = jnp.linalg.norm(both[1] - both[0], axis=0)
            return after, (2 * jnp.arcsin(chord / 2)) ** 2

        at, squares = jax.lax.scan(ahead, start(digits, tx, key), None, length=steps)
        wrong = jnp.argmax(logits(at.params, x[1000:]), axis=1) != y[1000:]
        return jnp.mean(wrong), jnp.sqrt(jnp.mean(squares[steps // 2 :]))

    keys = jax.random.split(jax.random.key(0), seeds)
    runs = jax.vmap(jax.vmap(run, (None, None, None, 0)), (0, 0, 0, None))
    return tuple(map(np.asarray, jax.jit(runs)(*map(jnp.asarray, (rates, decays, sizes)), keys)))


# %% rtol=0.8
products, rates, seeds = np.array([1e-3, 3e-3, 1e-2, 3e-2]), np.array([0.1, 0.3, 1.0]), 4
product, factor = (grid.ravel() for grid in np.meshgrid(products, rates))
rules = {"sgd": (lambda rate, decay: sgd(rate, weight_decay=decay), 1.0, 0.5, 1.0),  # rate, power of size, turn
         "adamw": (lambda rate, decay: adamw(rate, weight_decay=decay), 0.03, 1.0, 19**-0.5)}  # fmt: skip
found = {}
for name, (rule, unit, power, turn) in rules.items():
    fair, same = factor**power, np.ones_like(factor)  # starts whose runs should be alike; the same start for all
    rate, decay, sizes = np.tile(unit * factor, 2), np.tile(product / unit / factor, 2), np.concatenate([fair, same])
    errors, angles = experiment(rule, rate, decay, sizes, steps=3000, seeds=seeds)
    theory = turn * np.sqrt(2 * product)
    found[name] = errors.reshape(2, 3, 4, seeds), angles.reshape(2, 3, 4, seeds), theory.reshape(3, 4)

for name, (errors, angles, theory) in found.items():
    ratio = angles / theory[..., None]
    print(f"{name}: the angle of a step is {ratio[0].min():.2f} to {ratio[0].max():.2f} times that of theory")
    apart = np.ptp(angles[0].mean(2), axis=0) / angles[0].mean((0, 2))
    print(f"    the decay times ten at the same product changes it by {100 * apart.max():.1f}% at most")
    for place, each in enumerate(products):
        half = stats.t.ppf(0.975, seeds - 1) * errors[0, :, place].std(1, ddof=1) / np.sqrt(seeds)
        told = " | ".join(f"{e:.3f} +- {h:.3f}" for e, h in zip(errors[0, :, place].mean(1), half, strict=True))
        print(f"    rate x decay {each}: test error at three decays {told}")
    assert apart.max() < 0.03
    assert np.all(np.ptp(errors[0, :, 0], axis=0) < 0.01)  # the same runs, until rounding drives them apart
    assert errors[0, :, 3].mean() > 2 * errors[0, :, 0].mean()
assert np.all(np.abs(found["sgd"][1].mean(3) / found["sgd"][2] - 1) < 0.03)
assert np.all(np.abs(found["adamw"][1].mean(3) / found["adamw"][2] - 1) < 0.2)

# %%
plt.rcParams.update(STYLE)
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.2), layout="constrained")
for (name, (errors, angles, theory)), color in zip(found.items(), COLORS, strict=False):
    left.plot(products, theory[0], color=color, linewidth=1)
    for place, mark in enumerate("osD"):
        at = products * 1.06 ** (place - 1)  # side by side
        label = f"{name}, decay x {('10', '3.3', '1')[place]}"
        left.plot(at, angles[0, place].mean(1), mark, color=color, markersize=4, fillstyle="none")
        half = stats.t.ppf(0.975, seeds - 1) * errors[0, place].std(1, ddof=1) / np.sqrt(seeds)
        right.errorbar(
            at, errors[0, place].mean(1), half, fmt=mark, color=color, markersize=4, linewidth=1, label=label
        )
left.text(4e-3, 0.12, "sgd: sqrt(2 rate decay)", fontsize=8, ha="right")
left.text(3.2e-2, 0.0125, "adamw: times sqrt((1 - b1) / (1 + b1))", fontsize=8, ha="right")
left.set(xscale="log", yscale="log", xlabel="rate x decay", ylabel="angle of a step, radians")
right.set(xscale="log", xlabel="rate x decay", ylabel="test error, 95% of 4 seeds")
right.legend(loc="upper left")
plt.show()

# %% [markdown]
# The runs of one product are the same runs for SGD, to rounding, if the weights begin larger by the root of the rate
# (for AdamW: by the rate); from one start they are alike after 1 / (2 rate decay) steps. So tune the product, or the
# rate with the decay fixed, and not both on a grid. It holds for weights before a norm layer. Biases, gains, the last
# layer and embeddings have a size that counts: there decay is the penalty of the textbook. And when the rate falls,
# the product falls with it.
