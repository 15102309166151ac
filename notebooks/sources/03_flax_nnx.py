# %% [markdown]
# # How do I train a Flax NNX model that has BatchNorm and Dropout?
#
# As with Optax: an optimizer of lropt_jax goes into `nnx.Optimizer`. Two things go wrong often: the statistics of
# BatchNorm must be updated in training and used in evaluation, and Dropout must be off in evaluation. This notebook
# trains, shows the rate that was really used, and then finds a better rate.

# %% rtol=0.1
import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np
from flax import nnx
from sklearn.datasets import load_digits

from lropt_jax import learning_rate
from lropt_jax.optimizers import adamw
from lropt_jax.report.style import COLORS, STYLE
from lropt_jax.schedules import linear, warmup

plt.rcParams.update(STYLE | {"axes.prop_cycle": plt.cycler(color=COLORS), "figure.figsize": (7, 3.4)})
x, y = load_digits(return_X_y=True)
order = np.random.default_rng(0).permutation(len(x))
x, y = (x[order] / 16).astype(np.float32), y[order]
train, held_out = (x[:1200], y[:1200]), (x[1200:], y[1200:])


class Net(nnx.Module):
    def __init__(self, rngs):
        self.first = nnx.Linear(64, 96, rngs=rngs)
        self.norm = nnx.BatchNorm(96, momentum=0.9, rngs=rngs)
        self.dropout = nnx.Dropout(0.3, rngs=rngs)
        self.last = nnx.Linear(96, 10, rngs=rngs)

    def __call__(self, images):
        return self.last(self.dropout(nnx.relu(self.norm(self.first(images)))))


def loss(model, batch):
    images, labels = batch
    return -jnp.mean(jnp.sum(jax.nn.log_softmax(model(images)) * jax.nn.one_hot(labels, 10), axis=1))


@nnx.jit
def step(model, optimizer, batch):
    value, gradient = nnx.value_and_grad(loss)(model, batch)
    optimizer.update(model, gradient)
    return value


@nnx.jit
def evaluate(model):
    return loss(model, held_out), jnp.mean(jnp.argmax(model(held_out[0]), axis=1) == held_out[1])


def fit(peak, steps=300):
    model = Net(nnx.Rngs(0))
    optimizer = nnx.Optimizer(model, adamw(warmup(linear(peak, steps - 30), 30)), wrt=nnx.Param)
    draw, records = np.random.default_rng(1), []
    for number in range(steps):
        rows = draw.integers(0, 1200, 32)
        model.train()
        value = step(model, optimizer, (train[0][rows], train[1][rows]))
        rate = learning_rate(optimizer.opt_state)
        if number % 15 == 14:
            model.eval()
            records.append([number + 1, float(value), *map(float, evaluate(model)), float(rate)])
    return model, optimizer, np.array(records).T


model, optimizer, (at, training, validation, accuracy, rates) = fit(1e-3)

# %%
figure, axes = plt.subplots(1, 3, figsize=(10, 2.9), layout="constrained")
axes[0].plot(at, training, label="training, with dropout")
axes[0].plot(at, validation, label="held out")
axes[0].set(xlabel="step", ylabel="loss", yscale="log")
axes[0].legend()
axes[1].plot(at, 100 * accuracy)
axes[1].set(xlabel="step", ylabel="held-out accuracy, %")
axes[2].plot(at, rates)
axes[2].set(xlabel="step", ylabel="rate of the last update")
plt.show()
print(f"held-out accuracy {100 * accuracy[-1]:.1f}%, loss {validation[-1]:.3f}, last rate {rates[-1]:.2g}")

# %% [markdown]
# ## What if I forget `model.eval()`?
#
# Then Dropout still throws 30% of the units away, and BatchNorm uses the batch in the place of its statistics. The
# numbers look worse, and the model is not.

# %% rtol=0.3
model.eval()
print(f"held-out loss in evaluation:  {float(evaluate(model)[0]):.3f}")
model.train()
print(f"held-out loss if forgotten:   {float(evaluate(model)[0]):.3f}")

# %% [markdown]
# ## Was 1e-3 a good rate?
#
# `sweep` needs a function of parameters. `nnx.split` gives one: parameters to learn, and the rest (the statistics and
# the random numbers of Dropout), which is the `state` of a `Problem`. Then all rates train side by side.

# %% rtol=0.5
from lropt_jax.problems import Problem
from lropt_jax.tuning import sweep

definition, _, _ = nnx.split(Net(nnx.Rngs(0)), nnx.Param, ...)


def init(key):
    _, params, rest = nnx.split(Net(nnx.Rngs(key)), nnx.Param, ...)
    return params, rest


def field(params, rest, key):
    rows = jax.random.randint(key, (32,), 0, 1200)

    def value_and_rest(params):
        own = jax.tree.map(lambda leaf: leaf, rest)  # NNX writes only into variables made inside the gradient
        model = nnx.merge(definition, params, own)
        model.train()
        value = loss(model, (jnp.asarray(train[0])[rows], jnp.asarray(train[1])[rows]))
        return value, nnx.state(model, nnx.Not(nnx.Param))

    (value, rest), gradient = jax.value_and_grad(value_and_rest, has_aux=True)(params)
    return gradient, rest, value


def validate(params, rest, key):
    model = nnx.merge(definition, params, rest)
    model.eval()
    return loss(model, held_out)


problem = Problem(init, field, validate=validate, name="NNX on digits")
found = sweep(problem, adamw, steps=300, rates=np.geomspace(3e-4, 0.3, 7), seeds=3, on_progress=None)
for choice in found.choices("adamw"):
    print(f"rate {choice.rate:.4f}: held-out loss {choice.validation:.3f} ± {choice.validation_spread:.3f}")

# %%
figure = found.plot()
figure

# %% rtol=0.3
better = found.best().rate
_, _, (at, _, validation_at_best, accuracy_at_best, _) = fit(float(better))
plt.plot(at, validation, label="1e-3, the usual guess")
plt.plot(at, validation_at_best, label=f"{better:.2g}, found")
plt.yscale("log")
plt.xlabel("step")
plt.ylabel("held-out loss")
plt.legend()
plt.show()
print(f"in the NNX loop: {validation[-1]:.3f} at 1e-3, {validation_at_best[-1]:.3f} at {better:.2g}")

# %% [markdown]
# **Take away.** `nnx.Optimizer(model, adamw(schedule), wrt=nnx.Param)`, `model.train()` before a step, `model.eval()`
# before an evaluation. `learning_rate(optimizer.opt_state)` is the rate of the last update, for your log.
