# %% [markdown]
# # How do I train a transformer if I do not know how long I will train?
#
# A cosine must know its length at the first step. WSD (warmup, stable, decay) does not: run one *trunk* at a constant
# rate, and cool down from any point of it when you want a finished model. Here a small transformer reads the manual of
# Python, character by character. Muon trains its matrices, AdamW the rest.

# %%
import pydoc_data.topics
import textwrap

import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np
import optax

from lropt_jax.optimizers import adamw, muon
from lropt_jax.report.style import COLORS, STYLE
from lropt_jax.schedules import cooldown, cosine, warmup

plt.rcParams.update(STYLE | {"axes.prop_cycle": plt.cycler(color=COLORS), "figure.figsize": (7, 3.4)})
manual = "\n".join(pydoc_data.topics.topics.values()).encode("ascii", "ignore")
codes = jnp.asarray(np.clip(np.frombuffer(manual, np.uint8).astype(np.int32) - 31, 0, 95))  # 0: the end of a line
train, rest = codes[:-40_000], codes[-40_000:]
LENGTH, WIDTH, HEADS, BATCH = 64, 64, 4, 12


def init(key):
    def matrix(*shape):
        nonlocal key
        key, use = jax.random.split(key)
        return jax.random.normal(use, shape) / np.sqrt(shape[-2])

    def block():
        attention = {"norm": jnp.ones(WIDTH), "qkv": matrix(3, WIDTH, WIDTH), "out": matrix(WIDTH, WIDTH)}
        mlp = {"mlp_norm": jnp.ones(WIDTH), "up": matrix(WIDTH, 4 * WIDTH), "down": matrix(4 * WIDTH, WIDTH)}
        return attention | mlp

    tables = {"embed": matrix(96, WIDTH), "position": matrix(LENGTH, WIDTH), "head": 0.1 * matrix(WIDTH, 96)}
    return tables | {"blocks": [block(), block()], "norm": jnp.ones(WIDTH)}


def normed(x, gain):
    return gain * x * jax.lax.rsqrt(jnp.mean(x**2, axis=-1, keepdims=True) + 1e-6)


def logits(params, text):
    """For each character of a text, what may come next."""
    x = params["embed"][text] + params["position"][: text.shape[-1]]
    for block in params["blocks"]:
        heads = (*x.shape[:-1], HEADS, WIDTH // HEADS)
        q, k, v = ((normed(x, block["norm"]) @ matrix).reshape(heads) for matrix in block["qkv"])
        x = x + jax.nn.dot_product_attention(q, k, v, is_causal=True).reshape(x.shape) @ block["out"]
        x = x + jax.nn.gelu(normed(x, block["mlp_norm"]) @ block["up"]) @ block["down"]
    return normed(x, params["norm"]) @ params["head"]


def loss(params, text):
    each = optax.softmax_cross_entropy_with_integer_labels(logits(params, text[:, :-1]), text[:, 1:])
    return jnp.mean(each)


def windows(text, starts):
    return text[starts[:, None] + jnp.arange(LENGTH + 1)]


CHUNK = 48
held_out = windows(rest, jnp.arange(0, len(rest) - LENGTH - 1, 300))


@jax.jit
def chunk(tx, params, state, first):
    """48 steps. The batch of a step follows from its number, so all runs see the same batches."""

    def step(carry, number):
        params, state = carry
        key = jax.random.fold_in(jax.random.key(1), number)
        batch = windows(train, jax.random.randint(key, (BATCH,), 0, len(train) - LENGTH))
        grads = jax.grad(loss)(params, batch)
        updates, state = tx.update(grads, state, params)
        return (optax.apply_updates(params, updates), state), None

    (params, state), _ = jax.lax.scan(step, (params, state), first + jnp.arange(CHUNK))
    return params, state, loss(params, held_out)


def run(tx, begin, end, params=None, state=None):
    """The held-out loss after every 48 steps, and what is needed to go on from each of these places."""
    if params is None:
        params = init(jax.random.key(0))
        state = tx.init(params)
    places = {}
    for first in range(begin, end, CHUNK):
        params, state, value = chunk(tx, params, state, first)
        places[first + CHUNK] = (float(value), params, state)
    return places


def of_matrices(rate):
    """Muon for what multiplies; AdamW for tables, head and gains. One rate serves both."""
    return muon(rate, adam_mask=["embed", "position", "head"], weight_decay=0.1)


LENGTHS, RISE, PEAK = (240, 480, 960), 24, 0.03  # the race below says where the peak comes from
rise = warmup(PEAK / 2, RISE)
trunk = run(of_matrices(rise), 0, 768)
branches = {}
for length in LENGTHS:  # the last fifth of each run is its tail
    begin = length * 4 // 5
    tail = cooldown(rise, begin, length - begin)
    branches[length] = run(of_matrices(tail), begin, length, *trunk[begin][1:])
cosines = {length: run(of_matrices(warmup(cosine(PEAK, length - RISE), RISE)), 0, length) for length in LENGTHS}

# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.4), layout="constrained", width_ratios=(2, 3))
at = np.arange(960)
left.plot(at[:768], rise(at[:768]), color=COLORS[0])
right.plot(list(trunk), [each[0] for each in trunk.values()], color=COLORS[0], label="trunk, constant rate")
for length in LENGTHS:
    begin, name = length * 4 // 5, {} if length > LENGTHS[0] else {"label": "cooled down from the trunk"}
    left.plot(at[begin:length], cooldown(rise, begin, length - begin)(at[begin:length]), color=COLORS[1])
    left.plot(at[:length], warmup(cosine(PEAK, length - RISE), RISE)(at[:length]), "--", color=COLORS[2], linewidth=1)
    curve = {begin: trunk[begin]} | branches[length]
    right.plot(list(curve), [each[0] for each in curve.values()], color=COLORS[1], **name)
    right.plot(length, branches[length][length][0], "o", color=COLORS[1])
    name = {} if length > LENGTHS[0] else {"label": "a cosine for each length"}
    right.plot(list(cosines[length]), [each[0] for each in cosines[length].values()], "--", color=COLORS[2],
               linewidth=1, **name)  # fmt: skip
    right.plot(length, cosines[length][length][0], "x", color=COLORS[2])
left.set(xlabel="step", ylabel="learning rate")
right.set(xlabel="step", ylabel="held-out loss, nats a character", ylim=(None, trunk[96][0]))
right.legend()
plt.show()

# %% rtol=0.1
for length in LENGTHS:
    cooled, whole = branches[length][length][0], cosines[length][length][0]
    print(f"{length:5d} steps   trunk and tail {cooled:.2f}   cosine {whole:.2f}   ratio {cooled / whole:.2f}")
print("steps that were made:  trunk and tails", 768 + sum(length // 5 for length in LENGTHS), "  cosines", sum(LENGTHS))

# %% [markdown]
# Look at the longest run: the trunk lies above the cosine, because a constant rate keeps the weights in motion. The
# tail brings them to rest, and both end alike. So compare finished models only. In the short runs the trunk is ahead,
# though its rate is half of a peak that was searched for the cosine. This is one seed: take from it that nothing is
# lost.
#
# One trunk gave three models; each cosine had to begin anew. And the trunk can still go on: nothing was decided at its
# first step.
#
# ## Muon or AdamW, and at which rate?
#
# Muon makes each matrix move as far in all its directions. That is for matrices that multiply. `adam_mask` names what
# stays with Adam: the tables and the head. Gains and biases always do. Here `qkv` has three axes, and Muon takes it as
# three matrices.

# %%
RATES = (0.001, 0.003, 0.01, 0.03, 0.1)
length = LENGTHS[0]
plans = {"muon": of_matrices, "adamw": lambda rate: adamw(rate, weight_decay=0.1)}
raced = {
    name: [run(plan(warmup(cosine(rate, length - RISE), RISE)), 0, length)[length][0] for rate in RATES]
    for name, plan in plans.items()
}
for place, (name, losses) in enumerate(raced.items()):
    plt.plot(RATES, losses, ("o-", "s--")[place], label=name)
plt.xscale("log")
plt.xlabel("peak rate of the cosine")
plt.ylabel(f"held-out loss after {length} steps")
plt.legend()
plt.show()

# %% rtol=0.1
for name, losses in raced.items():
    print(f"{name:6s}", "   ".join(f"{rate}: {value:.2f}" for rate, value in zip(RATES, losses, strict=True)))
for name, tx in {"muon": of_matrices(PEAK), "adamw": adamw(PEAK)}.items():
    state = tx.init(init(jax.random.key(0)))
    print(f"{name:6s} keeps {sum(leaf.nbytes for leaf in jax.tree.leaves(state)) / 1e3:.0f} kB of state")

# %% [markdown]
# Muon is ahead at every rate, with less state: one number for each entry of a matrix in place of two. And its good
# range is wide. The best rate is not AdamW's, so search for it anew.
#
# ## What it writes
#
# After 960 steps the model has read the manual once or twice. It continues the grey text, a character at a time. It has
# learned how words are spelled and how lines are set, and not what they mean.


# %%
@jax.jit
def longer(params, text):
    def write(text, key):
        following = jax.random.categorical(key, logits(params, text)[-1] / 0.7)  # 0.7: rather what it believes in
        return jnp.append(text[1:], following), following

    return jax.lax.scan(write, text, jax.random.split(jax.random.key(2), 400))[1]


def letters(numbers):
    return "".join(chr(code + 31) if code else "\n" for code in np.asarray(numbers))


begun = rest[1000 : 1000 + LENGTH]
written = letters(longer(branches[LENGTHS[-1]][LENGTHS[-1]][1], begun))
lines = [part for line in written.split("\n") for part in textwrap.wrap(line, 90) or [""]]
axis = plt.figure(figsize=(7, 2.6)).add_axes((0, 0, 1, 1))
axis.axis("off")
look = {"family": "monospace", "fontsize": 8, "va": "top", "parse_math": False}
axis.text(0.01, 0.97, letters(begun), color="0.6", **look)
axis.text(0.01, 0.97, "\n" * (1 + letters(begun).count("\n")) + "\n".join(lines[:14]), **look)
plt.show()

# %% [markdown]
# **Take away.** If you know the length, take a cosine or `linear`. If you do not, run a trunk at `warmup(rate, steps)`,
# keep its checkpoints, and end any of them with `cooldown(trunk, at, steps)`. For a transformer try `muon` with the
# embeddings and the head in `adam_mask`.
