# %% [markdown]
# # My embedding table has millions of rows. Must every step touch all of them?
#
# No. A batch reads a few thousand rows, but the gradient of a table is as high as the table, and Adam goes through all
# of it. `rows(adam(...))` updates the rows that the batch read. And `small_state(adam(...))` keeps the moments in two
# bytes or in one. We measure both, and what they cost, on words of Python's own manual.

# %%
import pydoc_data.topics
import re
import time
from functools import partial

import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np
import optax

from lropt_jax.optimizers import adam
from lropt_jax.report.style import COLORS, STYLE
from lropt_jax.wrappers import caught_up, rows, rows_value_and_grad, small_state

plt.rcParams.update(STYLE | {"axes.prop_cycle": plt.cycler(color=COLORS), "figure.figsize": (7, 3.2)})
words = re.findall("[a-z]+", " ".join(pydoc_data.topics.topics.values()).lower())
names, tokens = np.unique(words, return_inverse=True)
random, WIDTH, STEPS = np.random.default_rng(0), 32, 300
at = random.integers(2, len(tokens) - 2, (STEPS, 256))
near = tokens[at + random.choice([-2, -1, 1, 2], at.shape)]
far = tokens[random.integers(0, len(tokens), (*at.shape, 5))]
batches = {"word": tokens[at], "near": near, "far": far}


def loss(params, batch):
    """Word vectors: a word goes with its neighbour, and not with five others (Mikolov et al. 2013)."""
    word, context = params["word"][batch["word"]], params["context"]
    near = jnp.sum(word * context[batch["near"]], axis=-1)
    far = jnp.einsum("bd,bnd->bn", word, context[batch["far"]])
    return -jnp.mean(jax.nn.log_sigmoid(near) + jnp.sum(jax.nn.log_sigmoid(-far), axis=-1))


def ids(batch):
    """The rows that the loss reads in each table."""
    return {"word": batch["word"], "context": jnp.concatenate([batch["near"][:, None], batch["far"]], axis=1)}


def is_exact(tx):
    return getattr(tx, "mode", None) == "exact"


def step(tx, grad, params, state, batch):
    if is_exact(tx):  # rows that are about to be read make the updates that they have missed
        params, state = caught_up(tx, state, params, ids(batch))
    value, grads = grad(params, batch)
    updates, state = tx.update(grads, state, params)
    return optax.apply_updates(params, updates), state, value


ways = {
    "dense": (adam(0.01), jax.value_and_grad(loss)),
    "rows, lazy": (rows(adam(0.01)), rows_value_and_grad(loss)),
    "rows, exact": (rows(adam(0.01), mode="exact"), rows_value_and_grad(loss)),
}


def tables(height):
    made = (
        jax.random.normal(jax.random.key(1), (height, WIDTH)),
        jax.random.normal(jax.random.key(2), (len(names), WIDTH)),
    )
    return {"word": 0.1 * made[0], "context": 0.1 * made[1]}


def seconds(way, height):
    """The fastest of many steps. A word and the one before it are hashed into a table of this height."""
    tx, grad = ways[way]
    params = tables(height)
    state = jax.jit(tx.init)(params)
    one = jax.jit(partial(step, tx, grad), donate_argnums=(0, 1))  # it writes in place
    pairs = (tokens[at].astype(np.int64) * 7919 + tokens[at - 1]) * 104_729 % height
    took = []
    while len(took) < 6 or sum(took) < 1:
        batch = {name: jnp.asarray(each[len(took) % STEPS]) for name, each in (batches | {"word": pairs}).items()}
        begun = time.perf_counter()
        params, state, _ = jax.block_until_ready(one(params, state, batch))
        took.append(time.perf_counter() - begun)
    return min(took)


HEIGHTS = (10_000, 100_000, 1_000_000)
times = {way: [seconds(way, height) for height in HEIGHTS] for way in ways}

# %%
for place, (way, took) in enumerate(times.items()):
    plt.plot(HEIGHTS, 1e3 * np.array(took), "os^"[place] + "-", label=way)
plt.xscale("log")
plt.yscale("log")
plt.xlabel("rows of the table")
plt.ylabel("milliseconds a step")
plt.legend()
plt.show()

# %% rtol=0.7
for way in ("rows, lazy", "rows, exact"):
    ratio = times["dense"][-1] / times[way][-1]
    print(f"on a million rows dense takes some 10^{np.log10(ratio):.0f} times as long as {way}")

# %% [markdown]
# The picture is of the machine that ran it last. The shape is the same everywhere: the dense step grows with the table,
# and the others do not.
#
# `rows_value_and_grad` takes the place of `jax.value_and_grad`. The loss stays as it is. It gives `Rows(ids, values)`:
# no gradient as high as the table is ever made.

# %%
batch = jax.tree.map(lambda each: each[0], batches)
_, grads = rows_value_and_grad(loss)(tables(len(names)), batch)
for name, grad in grads.items():
    print(f"{name:8s} ids {grad.ids.shape}, values {grad.values.shape}, whatever the height of the table")

# %% [markdown]
# ## Is it the same training?
#
# Under the dense Adam a row that is not read still moves, by its momentum, and its moments shrink.
#
# * `mode="lazy"`: a row that is not read stands still. This is `torch.optim.SparseAdam`.
# * `mode="exact"`: a row makes up for what it missed, by a formula, just before it is read: `caught_up`.
#
# Word vectors, trained in the three ways, on the same batches:


# %%
@partial(jax.jit, static_argnums=(0, 1))
def train(tx, grad):
    def one(carry, batch):
        params, state, value = step(tx, grad, *carry, batch)
        return (params, state), value

    params = tables(len(names))
    (params, state), curve = jax.lax.scan(one, (params, tx.init(params)), batches)
    return curve, caught_up(tx, state, params)[0] if is_exact(tx) else params


curves, ends = {}, {}
for way, (tx, grad) in ways.items():
    curves[way], ends[way] = train(tx, grad)


def smooth(curve):
    return np.convolve(curve, np.ones(20) / 20, mode="valid")


for place, (way, curve) in enumerate(curves.items()):
    plt.plot(smooth(curve), ("-", "-", "--")[place], linewidth=(3, 1.5, 1.5)[place], label=way)
plt.xlabel("step")
plt.ylabel("loss, mean of 20 steps")
plt.legend()
plt.show()

# %% rtol=0.05
for way, curve in curves.items():
    print(f"{way:12s} loss of the last 50 steps {np.mean(curve[-50:]):.3f}")


# %%
def far_from_dense(way):
    """How far the tables end from the dense ones, in shares of the way that those have gone."""
    begun = tables(len(names))
    off = sum(float(jnp.sum((ends[way][name] - ends["dense"][name]) ** 2)) for name in begun)
    gone = sum(float(jnp.sum((begun[name] - ends["dense"][name]) ** 2)) for name in begun)
    return np.sqrt(off / gone)


for way in ("rows, lazy", "rows, exact"):
    print(f"{way} ends within 1% of the dense tables: {far_from_dense(way) < 0.01}")

# %% [markdown]
# "exact" is the dense run at the price of rows. "lazy" is another algorithm, and here it lags: between two of its
# readings a row does not go on by its momentum. Words of a manual are rare, so most of the way is lost so.
#
# ## The state in two bytes, or in one
#
# Adam keeps two numbers for each parameter. `small_state` keeps them in bf16, or in 8 bits with a scale for each block
# of 256. Every update is computed in float32, and rounded by chance, so the mean is right.


# %%
def nbytes(tree):
    return sum(leaf.size * leaf.dtype.itemsize for leaf in jax.tree.leaves(tree))


shapes = jax.eval_shape(lambda: {"word": jnp.zeros((1_000_000, WIDTH))})
small = {"float32": adam(0.01), "bf16": small_state(adam(0.01), "bf16"), "int8": small_state(adam(0.01), "int8")}
sizes = {"the table": nbytes(shapes)}
for name, tx in small.items():
    sizes[f"Adam, {name}"] = nbytes(jax.eval_shape(tx.init, shapes))
for name, size in sizes.items():
    print(f"{name:14s} {size / 1e6:4.0f} MB, {4 * size / sizes['the table']:.2f} bytes a parameter")
plt.figure(figsize=(7, 2))
plt.barh(list(sizes), [size / 1e6 for size in sizes.values()], color=[COLORS[1], *[COLORS[0]] * 3])
plt.gca().invert_yaxis()
plt.xlabel("MB for a million rows of 32 numbers")
plt.show()

# %% rtol=0.05
small |= {"rows, bf16": rows(small_state(adam(0.01)))}
for name, tx in small.items():
    grad = rows_value_and_grad(loss) if "rows" in name else jax.value_and_grad(loss)
    print(f"{name:10s} loss of the last 50 steps {np.mean(train(tx, grad)[0][-50:]):.3f}")

# %% [markdown]
# The three states end alike, and rows with moments in bf16 end as "lazy" did. 8 bits do not go with `rows`, because a
# scale belongs to several rows. In 8 bits rare words get smaller steps beside frequent ones in the same block: on long
# runs compare with "bf16" first. On a CPU an update with "int8" takes about twice the time of float32.
#
# **Take away.** A table of more than ten thousand rows: `rows(adam(...), mode="exact")` with `rows_value_and_grad` and
# `caught_up`, or `mode="lazy"` if speed counts most. Memory is short: `small_state`, around the optimizer and inside of
# everything else.
