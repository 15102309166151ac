# %% [markdown]
# # Does it work with Equinox, Linen, NNX and plain JAX in the same way?
#
# Yes: an optimizer of lropt_jax is an Optax transformation, and every framework takes those. Here is one network in
# four loops, from the same weights, on the same batches of the digits. If all is right, the four curves are one.

# %% rtol=0.1
import equinox as eqx
import flax.linen as nn
import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np
import optax
from flax import nnx
from flax.training.train_state import TrainState
from sklearn.datasets import load_digits

from lropt_jax import learning_rate
from lropt_jax.optimizers import adamw
from lropt_jax.report.style import COLORS, STYLE
from lropt_jax.schedules import linear, warmup
from lropt_jax.wrappers import clip_norm

plt.rcParams.update(STYLE | {"axes.prop_cycle": plt.cycler(color=COLORS), "figure.figsize": (7, 3.4)})
x, y = load_digits(return_X_y=True)
x = (x / 16).astype(np.float32)
steps = 200
batches = np.random.default_rng(0).integers(0, len(x), (steps, 64))
first, second = jax.random.split(jax.random.key(0))
weights = jax.random.normal(first, (64, 48)) / 8, jax.random.normal(second, (48, 10)) / 7

tx = clip_norm(adamw(warmup(linear(0.01, steps - 20), 20), weight_decay=0.01), 1.0)


def entropy(logits, labels):
    return -jnp.mean(jnp.sum(jax.nn.log_softmax(logits) * jax.nn.one_hot(labels, 10), axis=1))


# Plain JAX: parameters are a dict.
def plain():
    params = {"first": weights[0], "second": weights[1]}
    state = tx.init(params)

    def loss(params, images, labels):
        return entropy(jax.nn.relu(images @ params["first"]) @ params["second"], labels)

    @jax.jit
    def step(params, state, images, labels):
        value, grads = jax.value_and_grad(loss)(params, images, labels)
        updates, state = tx.update(grads, state, params)
        return optax.apply_updates(params, updates), state, value

    for rows in batches:
        params, state, value = step(params, state, x[rows], y[rows])
        yield value, learning_rate(state)


# Equinox: the model is the parameters.
def equinox():
    model = eqx.nn.MLP(64, 10, 48, 1, use_bias=False, use_final_bias=False, key=first)
    model = eqx.tree_at(lambda m: [layer.weight for layer in m.layers], model, [w.T for w in weights])
    state = tx.init(eqx.filter(model, eqx.is_inexact_array))

    def loss(model, images, labels):
        return entropy(jax.vmap(model)(images), labels)

    @eqx.filter_jit
    def step(model, state, images, labels):
        value, grads = eqx.filter_value_and_grad(loss)(model, images, labels)
        updates, state = tx.update(grads, state, eqx.filter(model, eqx.is_inexact_array))
        return eqx.apply_updates(model, updates), state, value

    for rows in batches:
        model, state, value = step(model, state, x[rows], y[rows])
        yield value, learning_rate(state)


# Flax Linen: a TrainState.
def linen():
    model = nn.Sequential([nn.Dense(48, use_bias=False), nn.relu, nn.Dense(10, use_bias=False)])
    params = {"params": {"layers_0": {"kernel": weights[0]}, "layers_2": {"kernel": weights[1]}}}
    state = TrainState.create(apply_fn=model.apply, params=params, tx=tx)

    @jax.jit
    def step(state, images, labels):
        value, grads = jax.value_and_grad(lambda params: entropy(state.apply_fn(params, images), labels))(state.params)
        return state.apply_gradients(grads=grads), value

    for rows in batches:
        state, value = step(state, x[rows], y[rows])
        yield value, learning_rate(state.opt_state)


# Flax NNX: an Optimizer beside the model.
def new_flax():
    class Net(nnx.Module):
        def __init__(self):
            self.first, self.second = (nnx.Linear(*w.shape, use_bias=False, rngs=nnx.Rngs(0)) for w in weights)
            self.first.kernel, self.second.kernel = map(nnx.Param, weights)

        def __call__(self, images):
            return self.second(nnx.relu(self.first(images)))

    model = Net()
    optimizer = nnx.Optimizer(model, tx, wrt=nnx.Param)

    @nnx.jit
    def step(model, optimizer, images, labels):
        value, grads = nnx.value_and_grad(lambda model: entropy(model(images), labels))(model)
        optimizer.update(model, grads)
        return value

    for rows in batches:
        value = step(model, optimizer, x[rows], y[rows])
        yield value, learning_rate(optimizer.opt_state)


curves = {}
for name, run in {"plain JAX": plain, "Equinox": equinox, "Flax Linen": linen, "Flax NNX": new_flax}.items():
    curves[name] = np.array([[float(each) for each in pair] for pair in run()])
    print(f"{name:10s} loss at the end {np.mean(curves[name][-20:, 0]):.4f}")

# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.2), layout="constrained")
for width, (name, curve) in zip((7, 5, 3, 1), curves.items(), strict=True):
    left.plot(curve[:, 0], label=name, linewidth=width)
    right.plot(curve[:, 1], label=name, linewidth=width)
left.set(xlabel="step", ylabel="training loss", yscale="log")
right.set(xlabel="step", ylabel="learning rate, read from the state")
left.legend()
plt.show()
apart = max(np.max(np.abs(curve - curves["plain JAX"])) for curve in curves.values())
print(f"no two curves are further apart than 0.001: {apart < 1e-3}")

# %% [markdown]
# ## One program for many rates
#
# The optimizer is a value, so it may be an *argument* of the compiled step. Another rate, horizon or `b1` compiles
# nothing new. With a closure, as in the loops above, every optimizer compiles again.

# %%
compiled = 0


@jax.jit
def train(tx):
    global compiled
    compiled += 1  # Python runs this only while JAX compiles
    params = {"first": weights[0], "second": weights[1]}

    def loss(params, rows):
        return entropy(jax.nn.relu(jnp.asarray(x)[rows] @ params["first"]) @ params["second"], jnp.asarray(y)[rows])

    def step(carry, rows):
        params, state = carry
        value, grads = jax.value_and_grad(loss)(params, rows)
        updates, state = tx.update(grads, state, params)
        return (optax.apply_updates(params, updates), state), value

    return jax.lax.scan(step, (params, tx.init(params)), batches)[1]


for peak in (1e-4, 1e-3, 1e-2, 1e-1):
    for b1 in (0.8, 0.9):
        values = train(clip_norm(adamw(warmup(linear(peak, steps - 20), 20), b1=b1), 1.0))
    plt.plot(values, label=f"peak {peak:g}", linewidth=1)
print("runs: 8, compilations:", compiled)
plt.yscale("log")
plt.xlabel("step")
plt.ylabel("training loss")
plt.legend()
plt.show()

# %% [markdown]
# **Take away.** Keep your loop and change the line that makes the optimizer. `learning_rate(state)` reads the rate in
# every framework.
