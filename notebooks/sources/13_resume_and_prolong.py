# %% [markdown]
# # My run was preempted. How do I resume it, prolong it, change its rule, or share the work?
#
# Everything that an optimizer remembers is in its state, and a schedule depends on the step alone. So: save parameters
# and state, restore them, go on. The curve of a run that was stopped is that of a run that never stopped. Then we
# prolong a run that was planned too short, and hand its state to another optimizer. In the end two processes share the
# work of one study.

# %%
import json
import pathlib
import tempfile

import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np
import optax
from sklearn.datasets import load_digits

from lropt_jax import from_config, learning_rate, restate, to_config
from lropt_jax.optimizers import adamw, sgd
from lropt_jax.rates import plateau
from lropt_jax.report.style import COLORS, STYLE
from lropt_jax.schedules import cosine, extend, linear, warmup
from lropt_jax.wrappers import clip_norm

plt.rcParams.update(STYLE | {"axes.prop_cycle": plt.cycler(color=COLORS), "figure.figsize": (7, 3.2)})
x, y = load_digits(return_X_y=True)
order = np.random.default_rng(0).permutation(len(x))
x, y = jnp.asarray(x[order] / 16), jnp.asarray(y[order])


def loss(params, images, labels):
    logits = jax.nn.relu(images @ params["hidden"]) @ params["out"]
    return -jnp.mean(jnp.sum(jax.nn.log_softmax(logits) * jax.nn.one_hot(labels, 10), axis=1))


def init(key):
    first, second = jax.random.split(key)
    return {"hidden": jax.random.normal(first, (64, 64)) / 8, "out": jax.random.normal(second, (64, 10)) / 8}


@jax.jit
def go(tx, params, state, numbers):
    """Steps of these numbers. The batch of a step follows from its number, so a resumed run sees the same ones."""

    def step(carry, number):
        params, state = carry
        rows = jax.random.randint(jax.random.fold_in(jax.random.key(1), number), (32,), 0, 1200)
        value, grads = jax.value_and_grad(loss)(params, x[rows], y[rows])
        updates, state = tx.update(grads, state, params, value=value)
        return (optax.apply_updates(params, updates), state), (value, learning_rate(state))

    (params, state), curve = jax.lax.scan(step, (params, state), numbers)
    return params, state, jnp.array(curve)


def held_out(params):
    return float(loss(params, x[1200:], y[1200:]))


n = 600
tx = adamw(warmup(cosine(0.01, n - 50), 50), weight_decay=0.01)
whole, _, at_once = go(tx, init(jax.random.key(0)), tx.init(init(jax.random.key(0))), jnp.arange(n))

# Preempted after 250 steps: save the rule as JSON, parameters and state as a checkpoint of Orbax.
import orbax.checkpoint as ocp

params, state, before = go(tx, init(jax.random.key(0)), tx.init(init(jax.random.key(0))), jnp.arange(250))
folder = pathlib.Path(tempfile.mkdtemp())
(folder / "rule.json").write_text(json.dumps(to_config(tx)))
with ocp.StandardCheckpointer() as checkpointer:
    checkpointer.save(folder / "step250", {"params": params, "state": state})
del tx, params, state

# Another process, another day.
tx = from_config(json.loads((folder / "rule.json").read_text()))
like = init(jax.random.key(0))
with ocp.StandardCheckpointer() as checkpointer:
    kept = checkpointer.restore(folder / "step250", {"params": like, "state": tx.init(like)})
resumed, state, after = go(tx, kept["params"], kept["state"], jnp.arange(250, n))

# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.2), layout="constrained")
for axis, row in ((left, 0), (right, 1)):
    axis.plot(at_once[row], linewidth=4, color="#cccccc", label="never stopped")
    axis.plot(np.arange(250), before[row], label="before")
    axis.plot(np.arange(250, n), after[row], label="resumed")
left.set(xlabel="step", ylabel="training loss", yscale="log")
right.set(xlabel="step", ylabel="learning rate")
right.legend()
plt.show()
same = all(bool(jnp.array_equal(a, b)) for a, b in zip(jax.tree.leaves(whole), jax.tree.leaves(resumed), strict=True))
print("the same parameters as a run that never stopped, bit by bit:", same)

# %% [markdown]
# ## The run must become longer
#
# At step 450 of 600 there is budget for 600 more. Three ways: go on with the old plan and stay at 0; begin the schedule
# anew; or `extend` it: no jump, and the decay goes on over what is left.

# %% rtol=0.3
params, state, _ = go(tx, init(jax.random.key(0)), tx.init(init(jax.random.key(0))), jnp.arange(450))
longer = jnp.arange(450, 1200)
plans = {
    "old plan": tx,
    "extend": tx.replace(learning_rate=extend(tx.learning_rate, 450, 750, planned_steps=n)),
    "as if planned": adamw(warmup(cosine(0.01, 1150), 50), weight_decay=0.01),
}
for name, plan in plans.items():
    ended, _, curve = go(plan, params, state, longer)
    plt.plot(np.arange(450, 1200), curve[1], label=name)
    print(f"{name:14s} held-out loss {held_out(ended):.4f}")
plt.xlabel("step")
plt.ylabel("learning rate")
plt.legend()
plt.show()

# %% [markdown]
# The old plan wastes 600 steps at the rate 0. `extend` uses them without a jump. Here the jump back up to what a long
# plan would have had ends lowest: the network is small and the data are few, so a higher rate for longer helps. On a
# large model a jump often costs a spike first. Look at your own curve before you choose.
#
# ## Another rule in the middle
#
# `restate` makes the state that another optimizer wants. It keeps moments and counts by their names, and says what it
# cannot find in the old state.

# %% rtol=0.3
steered = clip_norm(adamw(plateau(0.002, factor=0.5, patience=20, every=10), weight_decay=0.01), 1.0)
new_state = restate(steered, state, params)
print("count that was kept:", int(new_state.inner.count), "  moments kept:",
      bool(jnp.array_equal(new_state.inner.mu["out"], state.mu["out"])))  # fmt: skip
ended, _, _ = go(steered, params, new_state, longer)
print(f"held-out loss {held_out(ended):.4f}")
try:
    restate(sgd(linear(0.1, n), momentum=0.9), state, params)
except ValueError as refusal:
    print(refusal)

# %% [markdown]
# ## Many workers on one study
#
# Runs of other rates do not need each other. A study is a file that many processes write to: start the same program as
# often as you like, on this host or on others that see the folder. Here the first of two workers is killed in the
# middle. The other one notices that it shows no sign of life, and gives its runs out again.

# %% rtol=0.3
import subprocess
import sys
import textwrap
import time

(folder / "worker.py").write_text(
    textwrap.dedent("""
    import jax.numpy as jnp
    from sklearn.datasets import load_digits

    from lropt_jax.optimizers import adam
    from lropt_jax.problems import Problem
    from lropt_jax.tuning import study

    x, y = load_digits(return_X_y=True)
    rows = jnp.asarray(x / 16), jnp.asarray(y)

    def loss(w, batch):
        scores = batch[0] @ w
        return jnp.mean(jnp.log(jnp.sum(jnp.exp(scores), 1)) - jnp.take_along_axis(scores, batch[1][:, None], 1)[:, 0])

    digits = Problem.from_loss(loss, lambda key: jnp.zeros((64, 10)), (rows[0][:1200], rows[1][:1200]), batch_size=32,
                               validation=(rows[0][1200:], rows[1][1200:]))
    rates = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3]
    found = study(digits, [adam], url="study.log", rates=rates, seeds=4, steps=4000, batch=4, grace=5.0)
    best = found.best()
    print(len(found.rate), "runs in the study, all", *set(found.status), "best rate", best.rate)
""")
)
log = folder / "study.log"


def worker():
    return subprocess.Popen(
        [sys.executable, "worker.py"], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )


first = worker()
while not log.exists() or log.read_text().count('"worker"') < 4:
    time.sleep(0.05)
first.kill()  # it has taken four runs, and trains them
print("the other worker says:", worker().communicate()[0].splitlines()[-1])

# %% [markdown]
# Optuna's own tools read the study. What the dead worker held stands there as failed, and was given out again.

# %%
import collections
import warnings

warnings.filterwarnings("ignore", message="IProgress")  # Optuna asks for a progress bar that we do not show
import optuna
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend

optuna.logging.set_verbosity(optuna.logging.ERROR)
kept = optuna.load_study(study_name="lropt", storage=JournalStorage(JournalFileBackend(str(log))))
print(dict(collections.Counter((trial.state.name, trial.user_attrs["status"]) for trial in kept.trials)))

# %% [markdown]
# **Take away.** Save the rule as a config, and parameters and state as arrays. `extend` for more steps, `restate` for
# another rule. Make batches from the number of the step, and a resumed run is the same run. A study needs a file that
# all workers see, and loses nothing when one of them dies.
