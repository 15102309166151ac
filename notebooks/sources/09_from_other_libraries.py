# %% [markdown]
# # I come from PyTorch, timm, transformers or Keras. Are the numbers the same?
#
# `compat` has their schedules and optimizers under their own names, with their arguments. Here we compare with numbers
# that those libraries printed themselves (PyTorch 2.13.0, timm 1.0.31, transformers 5.23.0, Keras 3.15.1). None of them
# is installed for this.

# %%
import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np

from lropt_jax import compat
from lropt_jax.report.style import COLORS, STYLE

plt.rcParams.update(STYLE | {"axes.prop_cycle": plt.cycler(color=COLORS), "figure.figsize": (7, 3.2)})
# fmt: off
theirs = [  # library, name, arguments, updates, the rates that the library had at those updates
    ("torch", "OneCycleLR",
     {"base_lr": 0.123, "max_lr": 0.1, "total_steps": 100},
     [0, 1, 10, 25, 50, 74, 99],
     [0.004, 0.004281378057, 0.02951639485, 0.09556362014, 0.07938934506, 0.02830609982, 4e-07]),
    ("torch", "CosineAnnealingWarmRestarts",
     {"base_lr": 0.05, "T_0": 5, "T_mult": 3},
     [0, 1, 20, 50, 100, 150, 200],
     [0.05, 0.04522542486, 0.05, 0.0125, 0.04215604095, 0.01509800585, 0.05]),
    ("torch", "CyclicLR",
     {"base_lr": 0.001, "max_lr": 0.1, "step_size_up": 20},
     [0, 1, 12, 30, 60, 90, 120],
     [0.001, 0.00595, 0.0604, 0.0505, 0.1, 0.0505, 0.001]),
    ("timm", "CosineLRScheduler",
     {"base_lr": 0.1, "t_initial": 80, "lr_min": 0.0001, "warmup_prefix": True,
      "warmup_t": 10, "warmup_lr_init": 1e-05},
     [0, 1, 12, 30, 60, 90, 120],
     [1e-05, 0.010009, 0.09984602082, 0.08536998372, 0.03093496255, 0.0001, 0.0001]),
    ("timm", "PolyLRScheduler",
     {"base_lr": 0.1, "t_initial": 60, "power": 0.9, "k_decay": 2.0,
      "warmup_prefix": True, "warmup_t": 10, "warmup_lr_init": 1e-05},
     [0, 1, 9, 22, 45, 68, 90],
     [1e-05, 0.010009, 0.090001, 0.09639269213, 0.06877411363, 0.008608917619, 0.0]),
    ("transformers", "get_linear_schedule_with_warmup",
     {"base_lr": 5e-05, "num_warmup_steps": 10, "num_training_steps": 100},
     [0, 1, 12, 30, 60, 90, 120],
     [0.0, 5e-06, 4.888888889e-05, 3.888888889e-05, 2.222222222e-05, 5.555555556e-06, 0.0]),
    ("transformers", "get_cosine_with_hard_restarts_schedule_with_warmup",
     {"base_lr": 0.001, "num_warmup_steps": 5, "num_training_steps": 60},
     [0, 1, 8, 20, 40, 60, 80],
     [0.0, 0.0002, 0.0009926769179, 0.000827430367, 0.0002922924935, 0.0, 0.0]),
    ("keras", "CosineDecay",
     {"initial_learning_rate": 0.0, "decay_steps": 70, "warmup_target": 0.2, "warmup_steps": 15},
     [0, 1, 11, 28, 55, 82, 110],
     [0.0, 0.01333333333, 0.1466666667, 0.1834573254, 0.0777479066, 0.0009050238232, 0.0]),
    ("keras", "ExponentialDecay",
     {"initial_learning_rate": 0.1, "decay_steps": 20, "decay_rate": 0.9},
     [0, 1, 10, 25, 50, 75, 100],
     [0.1, 0.09947458259, 0.09486832981, 0.08766033718, 0.07684334714, 0.0673611372, 0.059049]),
]
# fmt: on
figure, axes = plt.subplots(3, 3, figsize=(9.5, 5.4), layout="constrained")
for axis, (library, name, arguments, at, rates) in zip(axes.flat, theirs, strict=True):
    ours = getattr(getattr(compat, library), name)(**arguments)
    axis.plot(jax.vmap(ours)(jnp.arange(at[-1] + 1)), label="ours")
    axis.plot(at, rates, "o", markersize=4, label="theirs")
    axis.set_title(f"{library}: {name.removeprefix('get_').removesuffix('_with_warmup')}", fontsize=8)
axes[0, 0].legend()
figure.supxlabel("update", fontsize=9)
figure.supylabel("learning rate", fontsize=9)
plt.show()

# %%
for library, name, arguments, at, rates in theirs:
    ours = getattr(getattr(compat, library), name)(**arguments)
    off = np.max(np.abs(np.asarray([float(ours(step)) for step in at]) - rates)) / max(rates)
    print(f"{library:12s} {name:52s} same to a millionth: {off < 1e-6}")

# %% [markdown]
# ## What a name means
#
# A ported optimizer prints with all its numbers, defaults included. Look at the weight decay: 0.01 in PyTorch's AdamW,
# 1e-4 in Optax's. The same call in two libraries is two optimizers.

# %%
import optax

from lropt_jax import lift

print(compat.torch.AdamW(lr=1e-3))
print(compat.torch.SGD(lr=0.1, momentum=0.9, weight_decay=5e-4))
print(lift(optax.adamw)(1e-3))

# %% [markdown]
# ## The numbers of an optimizer
#
# Two steps of PyTorch's SGD with momentum 0.9 and dampening 0.5 from 1.0, on the gradient 1: PyTorch does not dampen
# the first step, so the velocities are 1 and 0.9 + 0.5.

# %%
tx = compat.torch.SGD(lr=0.1, momentum=0.9, dampening=0.5)
x = jnp.array(1.0)
state = tx.init(x)
for expected in (0.9, 0.76):
    updates, state = tx.update(jnp.array(1.0), state, x)
    x = x + updates
    print(f"ours {float(x):.6f}, PyTorch's formula {expected:.6f}")

# %% [markdown]
# ## Three surprises
#
# They are in the other libraries, and `compat` keeps them, because a ported recipe must have the same numbers.

# %%
first = compat.transformers.get_linear_schedule_with_warmup(5e-5, num_warmup_steps=10, num_training_steps=100)
print(f"transformers: the first update has the rate {float(first(0)):g}, so it moves nothing")
again = compat.torch.CosineAnnealingLR(0.1, T_max=50)
print(f"PyTorch's cosine rises again after its end: {float(again(50)):.3f} at 50, {float(again(100)):.3f} at 100")
cycle = compat.torch.OneCycleLR(0.1, max_lr=0.1, total_steps=100)
print(f"PyTorch's one-cycle ends at {float(cycle(99)):.1e}, 250,000 times below its peak")

# %%
from lropt_jax.schedules import cosine

steps = jnp.arange(200)
plt.plot(steps, jax.vmap(again)(steps), label="compat.torch.CosineAnnealingLR(0.1, T_max=50)")
plt.plot(steps, jax.vmap(cosine(0.1, 50))(steps), label="schedules.cosine(0.1, 50)")
plt.xlabel("step")
plt.ylabel("learning rate")
plt.legend(loc="lower left", bbox_to_anchor=(0, 1))
plt.show()

# %% [markdown]
# **Take away.** Port a recipe by its names in `compat`, and you have its numbers. For a new run take the names of
# `lropt_jax.schedules` and `lropt_jax.optimizers`: they have no surprises to keep.
