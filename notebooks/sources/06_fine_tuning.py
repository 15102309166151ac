# %% [markdown]
# # I fine-tune a pretrained network. Which layers should move, and how fast?
#
# We train a network on the digits. Then the scanner changes: each image arrives one pixel to the right, and faint. We
# have 40 labelled images of the new kind. We compare: all layers at one rate, small rates for early layers, some layers
# frozen, layers that unfreeze later, and training from scratch. Each way is tuned over the same rates, so that no way
# loses only because its rate was wrong.

# %% rtol=0.3
import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits

from lropt_jax.optimizers import adam
from lropt_jax.problems import Problem, solve
from lropt_jax.report.style import COLORS, STYLE
from lropt_jax.schedules import linear, piecewise, product
from lropt_jax.wrappers import frozen, groups, layerwise_decay, multiply

plt.rcParams.update(STYLE | {"axes.prop_cycle": plt.cycler(color=COLORS), "figure.figsize": (7, 3.2)})
x, y = load_digits(return_X_y=True)
order = np.random.default_rng(0).permutation(len(x))
x, y = (x[order] / 16).astype(np.float32), y[order]
faint = 0.5 * np.roll(x.reshape(-1, 8, 8), 1, axis=2).reshape(-1, 64)
layers = ("layer1", "layer2", "layer3", "head")
sizes = (64, 64, 64, 64, 10)


def init(key):
    keys = jax.random.split(key, 4)
    return {name: jax.random.normal(key, (a, b)) * jnp.sqrt(2 / a) for name, key, a, b in
            zip(layers, keys, sizes[:-1], sizes[1:], strict=True)}  # fmt: skip


def logits(params, images):
    for name in layers[:-1]:
        images = jax.nn.relu(images @ params[name])
    return images @ params["head"]


def loss(params, batch):
    images, labels = batch
    return -jnp.mean(jnp.sum(jax.nn.log_softmax(logits(params, images)) * jax.nn.one_hot(labels, 10), axis=1))


before = Problem.from_loss(loss, init, (x[:1000], y[:1000]), batch_size=64)
pretrained = solve(before, adam(linear(0.005, 600)), jax.random.key(0), 600).params
few, held_out = (faint[1000:1040], y[1000:1040]), (faint[1040:], y[1040:])
n = 150


def accuracy(params):
    return jnp.mean(jnp.argmax(logits(params, held_out[0]), axis=1) == held_out[1])


def late(rate, first):
    """A schedule that is 0 before a step."""
    return product(linear(rate, n), piecewise((0.0, 1.0), (first,)))


ways = {
    "one rate": lambda r: adam(linear(r, n)),
    "layer by layer, x 0.3": lambda r: multiply(adam(linear(r, n)), layerwise_decay(list(layers), 0.3)),
    "head alone": lambda r: groups({"head": adam(linear(r, n)), "*": frozen()}),
    "layer 1 alone": lambda r: groups({"layer1": adam(linear(r, n)), "*": frozen()}),
    "layer 1 frozen": lambda r: groups({"layer1": frozen(), "*": adam(linear(r, n))}),
    "unfreeze from the top": lambda r: groups(
        {"head": adam(linear(r, n)), "layer3": adam(late(r, 40)), "layer2": adam(late(r, 80)), "*": adam(late(r, 120))}
    ),
}
print(f"pretrained, before: {100 * float(accuracy(pretrained)):.1f}% of the new images are right")
print(ways["layer by layer, x 0.3"](0.01).multipliers)


@jax.jit
def fine_tune(tx, start):
    """The held-out accuracy after fine-tuning; six runs with other batches."""
    task = Problem.from_loss(loss, lambda key: start, few, batch_size=16)
    return jax.lax.map(lambda key: accuracy(solve(task, tx, key, n).params), jax.random.split(jax.random.key(1), 6))


rates = np.geomspace(3e-4, 0.1, 6)
results = {name: np.array([fine_tune(way(float(r)), pretrained) for r in rates]) for name, way in ways.items()}
results["from scratch"] = np.array([fine_tune(ways["one rate"](float(r)), init(jax.random.key(9))) for r in rates])

# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(9.5, 3.4), layout="constrained")
for place, (name, found) in enumerate(results.items()):
    left.plot(rates, 100 * found.mean(1), "o-", markersize=3, label=name)
    best = found[found.mean(1).argmax()]
    right.errorbar(100 * best.mean(), name, xerr=100 * best.std(ddof=1), fmt="o", color=COLORS[place])
left.set(xscale="log", xlabel="rate", ylabel="held-out accuracy, %", title="40 labelled images")
left.legend(fontsize=7)
right.set(xlabel="held-out accuracy, %", title="each at its best rate")
right.invert_yaxis()
plt.show()

# %% rtol=0.5
for name, found in results.items():
    place = found.mean(1).argmax()
    mean, spread = 100 * found[place].mean(), 100 * found[place].std(ddof=1)
    print(f"{name:22s} best rate {rates[place]:.4f}: {mean:.1f}% ± {spread:.1f}")

# %% [markdown]
# Read it so:
#
# * Every way that begins from the pretrained network is far better than training from scratch.
# * The usual advice, small rates for early layers and a fresh head, is *not* the best here. What has changed is the
#   input, and the first layer sees the input. Moving it alone does best (Lee et al. 2022, arXiv:2210.11466).
# * If the labels had changed, and not the images, the head would be the layer to move.
#
# ## What frozen means
#
# `frozen()` makes no update and keeps no state. So a frozen layer costs no memory for moments, and weight decay does
# not move it either.

# %%
tx = ways["layer 1 alone"](0.01)
state = tx.init(pretrained)
moments = sum(leaf.size for leaf in jax.tree.leaves(state) if leaf.ndim == 2)
print("numbers in the parameters:", sum(leaf.size for leaf in jax.tree.leaves(pretrained)))
print("numbers in Adam's moments:", moments)
print(tx)

# %% [markdown]
# ## When the layers unfreeze
#
# `late` is a schedule times another one. Any rule by the step can be written so.

# %%
for name, first in (("head", 0), ("layer3", 40), ("layer2", 80), ("layer1", 120)):
    schedule = linear(0.01, n) if first == 0 else late(0.01, first)
    plt.plot(jax.vmap(schedule)(jnp.arange(n)), label=name)
plt.xlabel("step")
plt.ylabel("learning rate")
plt.legend()
plt.show()

# %% [markdown]
# **Take away.** `multiply` for rates that differ by a factor, `groups` for layers with rules of their own, `frozen()`
# for layers that stay. Ask what changed, images or labels, before you choose the layers. And tune the rate of each way:
# their best rates differ by more than ten.
