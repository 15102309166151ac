# %% [markdown]
# # Can I train without choosing a learning rate?
#
# Some rules find their rate by themselves. The papers say: nothing to tune. We race eleven of them, untuned, on two
# real data sets, against an Adam that *was* tuned. The losers stay in the picture.

# %% rtol=0.5
import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_breast_cancer, load_digits

from lropt_jax.optimizers import adam, cocob, dadapt_lion, dadapt_sgd, prodigy, sgd
from lropt_jax.problems import Problem, solve
from lropt_jax.rates import dog, dowg, mechanic, polyak
from lropt_jax.report.style import COLORS, STYLE
from lropt_jax.schedules import linear, product
from lropt_jax.wrappers import averaged, polyak_ruppert, schedule_free

plt.rcParams.update(STYLE | {"axes.prop_cycle": plt.cycler(color=COLORS), "figure.figsize": (7, 3.4)})


def classifier(load):
    """Softmax regression with a small L2 penalty, in batches of 16: a convex loss, so there is one best answer."""
    x, y = load(return_X_y=True)
    x = ((x - x.mean(0)) / (x.std(0) + 1e-6)).astype(np.float32)
    classes = int(y.max()) + 1

    def loss(w, batch):
        images, labels = batch
        logits = images @ w["w"] + w["b"]
        entropy = -jnp.mean(jnp.sum(jax.nn.log_softmax(logits) * jax.nn.one_hot(labels, classes), axis=1))
        return entropy + 1e-3 * jnp.sum(w["w"] ** 2)

    def start(key):
        return {"w": jnp.zeros((x.shape[1], classes)), "b": jnp.zeros(classes)}

    return Problem.from_loss(loss, start, (x, y), batch_size=16, validation=(x, y), name=load.__name__[5:])


problems = [classifier(load) for load in (load_breast_cancer, load_digits)]
n = 600
falling = linear(1.0, n)
rules = {
    "sgd(dowg * linear)": sgd(product(dowg(), falling)),
    "dadapt_sgd(linear)": dadapt_sgd(falling),
    "schedule_free(prodigy)": schedule_free(prodigy(b1=0.0), point="z"),
    "prodigy(linear)": prodigy(falling),
    "sgd(polyak, at most 1)": sgd(polyak(1.0)),
    "sgd(dog), averaged": polyak_ruppert(sgd(dog()), power=8),
    "adam(mechanic * linear)": adam(mechanic(falling)),
    "cocob": cocob(),
    "sgd(mechanic * linear)": sgd(mechanic(falling)),
    "dadapt_lion(linear)": dadapt_lion(falling),
    "adam(dowg * linear)": adam(product(dowg(), falling)),
    "adam at the usual 1e-3": adam(1e-3),
}


@jax.jit
def ends(problem, tx):
    """The loss on all data at the end, for three seeds."""

    def one(key):
        solution = solve(problem, tx, key, n)
        try:
            params = averaged(solution.optimizer_state)
        except ValueError:  # this rule keeps no average
            params = solution.params
        return problem.validate(params, (), key)

    return jax.lax.map(one, jax.random.split(jax.random.key(0), 3))


@jax.jit
def least(problem):
    """The least loss there is: plain descent on all data for long."""
    tx = adam(linear(0.1, 1500))
    w, _ = problem.init(jax.random.key(0))

    def whole(w):
        return problem.validate(w, (), None)

    def step(carry, _):
        w, state = carry
        updates, state = tx.update(jax.grad(whole)(w), state, w)
        return (jax.tree.map(jnp.add, w, updates), state), None

    (w, _), _ = jax.lax.scan(step, (w, tx.init(w)), None, length=1500)
    return whole(w)


gaps, tuned_rates = {name: [] for name in rules}, []
for problem in problems:
    floor = least(problem)
    grid = np.geomspace(1e-3, 1.0, 8)
    tuned = np.array([float(jnp.mean(ends(problem, adam(linear(rate, n))))) for rate in grid])
    tuned_rates.append(grid[np.nanargmin(tuned)])
    for name, tx in rules.items():
        gaps[name].append((np.asarray(ends(problem, tx)) - floor) / (np.nanmin(tuned) - floor))
print("tuned adam took:", ", ".join(f"{p.name} {rate:.3g}" for p, rate in zip(problems, tuned_rates, strict=True)))

# %%
figure, axes = plt.subplots(figsize=(8, 4.6), layout="constrained")
order = sorted(rules, key=lambda name: np.prod([np.mean(gap) for gap in gaps[name]]))
for place, problem in enumerate(problems):
    middle = [np.mean(gaps[name][place]) for name in order]
    low, high = ([f(gaps[name][place]) for name in order] for f in (np.min, np.max))
    heights = np.arange(len(order)) + 0.24 * (place - 0.5)
    axes.hlines(heights, low, high, color=COLORS[place], linewidth=1)
    axes.plot(middle, heights, "o", color=COLORS[place], label=problem.name, markersize=5)
axes.axvline(1, color="black", linewidth=1, linestyle="--", label="adam, tuned over 8 rates")
axes.set_yticks(range(len(order)), order)
axes.set(xscale="log", xlabel="gap to the least loss / gap of tuned adam    (left is better; lines: three seeds)")
axes.invert_yaxis()
axes.legend(loc="upper right")
plt.show()

# %% [markdown]
# A 1 is as good as tuning. A 10 ends ten times as far from the best answer.

# %% rtol=1.0
for name in rules:
    print(
        f"{name:24s}", "   ".join(f"{p.name} {np.mean(gap):6.1f}" for p, gap in zip(problems, gaps[name], strict=True))
    )

# %% [markdown]
# Read it so:
#
# * `dowg` and `dadapt_sgd` around plain gradient descent, with a linear fall on top, come nearest to a tuned rate.
#   `prodigy` and `schedule_free(prodigy)` follow.
# * The usual Adam at 1e-3, which nobody tuned, is far behind all of them but one.
# * That one is DoWG around Adam. DoWG is made for gradients, and Adam's directions hardly shrink near the minimum.
# * Mechanic around `sgd` begins at a scale of 1e-8. It is safe, and 600 steps are too few for it.
#
# ## What rates did they find?
#
# Every optimizer here keeps the rate of its last update in its state, and `learning_rate` reads it.
# These are rates of gradient descent: a rate of Adam has another unit, so do not carry a number from one to the other.

# %%
from lropt_jax import learning_rate
from lropt_jax.problems import start, step

watched = {name: rules[name] for name in ("sgd(dowg * linear)", "dadapt_sgd(linear)", "sgd(polyak, at most 1)")}


@jax.jit
def rates_of(problem, tx):
    def one(at, _):
        at, _ = step(problem, tx, at)
        return at, learning_rate(at.optimizer_state)

    return jax.lax.scan(one, start(problem, tx, jax.random.key(0)), None, length=n)[1]


for name, tx in watched.items():
    plt.plot(rates_of(problems[1], tx), label=name, linewidth=1)
plt.yscale("log")
plt.ylim(1e-6, 3)
plt.xlabel("step")
plt.ylabel("learning rate")
plt.title("digits")
plt.legend()
plt.show()

# %% [markdown]
# **Take away.** For a convex loss take `sgd(product(dowg(), linear(1.0, n)))`. For a network take
# `prodigy(linear(1.0, n))`, or spend 15% more steps on `tuning.auto`, see `01_find_the_rate`. Do not wrap a rule for
# gradients around Adam and hope.
