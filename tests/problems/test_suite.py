"""Tests of the suite."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lropt_jax import problems
from lropt_jax.optimizers import sgd
from lropt_jax.problems import Problem, gridworld, solve, suite

RANDOM = np.random.default_rng(0)


def test_the_suite_is_every_function_here_that_makes_a_problem():
    found = suite()
    assert len(found) == 12
    assert found["vae"] is problems.vae
    assert gridworld not in found.values()
    assert Problem not in found.values()


def rows(*shape):
    return RANDOM.standard_normal(shape)


def slope(w, batch):
    return jnp.mean((w * batch - 1) ** 2)


def counted(w, state, batch, key, training=True):
    return jnp.mean((w * batch - jax.random.normal(key)) ** 2), (state + training, {"weight": w})


def regression(x, y, w):
    return -jnp.sum((x @ w - y) ** 2) - jnp.sum(w**2)


def one(key):
    return jnp.ones(())


def two(key):
    return jnp.ones(()), jnp.zeros((), jnp.int32)


OTHER_DATA = {
    "least_squares": lambda at: problems.least_squares(curvatures=(1.0, 0.1 + at), noise=1.0 + at),
    "conjugate_gaussian": lambda at: problems.conjugate_gaussian(data=(rows(20, 3), rows(20)), noise_variance=1 + at),
    "vae": lambda at: problems.vae(hidden=2, latent=2, batch_size=2, samples=1, kl_weight=1.0 - at),
    "linear_vae": lambda at: problems.linear_vae(data=rows(30, 6), latent=2),
    "gaussian_mixture": lambda at: problems.gaussian_mixture(
        data=rows(40, 2), components=2, batch_size=8, validation=rows(9, 2), floor=0.1 + at
    ),
    "value_iteration": lambda at: problems.value_iteration(mdp=gridworld(discount=0.9 - at)),
    "td0": lambda at: problems.td0(mdp=gridworld(discount=0.9 - at, slip=at)),
    "q_learning": lambda at: problems.q_learning(mdp=gridworld(discount=0.9 - at, slip=at)),
    "policy_gradient": lambda at: problems.policy_gradient(mdp=gridworld(slip=at), episodes=2, episode_steps=4),
    "tsne": lambda at: problems.tsne(data=rows(12, 3), labels=range(12), perplexity=3 + at, exaggeration=4.0 + at),
    "metropolis": lambda at: problems.metropolis(step=0.5 + at, target=0.4 + at, start=np.full(10, at)),
    "causal": lambda at: problems.causal(table=problems.causal().field.args[0] * 0 + (1 + at) / (8 + 8 * at)),
}


def paid(rewards, state, action, key):
    return (state + action) % 4, rewards[state, action], state == 3


def simulated(at):
    return problems.Simulator(jax.tree_util.Partial(paid, rows(4, 2)), 0, 4, 2, 0.9 - at)


def logged(at):
    random = [RANDOM.integers(1 + at // 1, 4, size=9) for _ in range(2)]
    return problems.Transitions(random[0], [0] * 9, rows(9), random[1], [0] * 9, 0.9 - at, (4, 2))


OWN = {
    "a log": lambda at: problems.q_learning(mdp=logged(at), batch_size=2),
    "a simulator": lambda at: problems.q_learning(mdp=simulated(at), exploration=0.1 + at),
    "traces": lambda at: problems.td0(mdp=logged(at), trace_decay=0.5 + at),
    "walks": lambda at: problems.td0(mdp=simulated(at), n_steps=2),
    "an environment": lambda at: problems.policy_gradient(
        environment=problems.cartpole(), environment_params=problems.cartpole().default_params._replace(force=9 + at),
        episodes=2, episode_steps=4, discount=0.9 - at,
    ),
    "a loss": lambda at: Problem.from_loss(slope, one, rows(12), batch_size=3, validation=rows(5), name=f"{at}"),
    "a stream": lambda at: Problem.from_loss(slope, one, [rows(4), rows(4)], test=rows(5), score=f"{at}"),
    "a state": lambda at: Problem.from_loss(
        counted, two, rows(12), batch_size=5, order="epochs", has_state=True, has_aux=True, validation=rows(6),
        validation_batch_size=4,
    ),
    "a density": lambda at: problems.metropolis(
        jax.tree_util.Partial(regression, rows(9, 2), rows(9)), rows(2), proposal="langevin", warmup=1,
        draws=1, step=0.5 + at, target=0.4 + at,
    ),
}  # fmt: skip


SECONDS: list[float] = []  # of each compilation by XLA


def _heard(event, duration, **_):
    SECONDS.extend([duration] * event.endswith("backend_compile_duration"))


jax.monitoring.register_event_duration_secs_listener(_heard)  # for good: laws have listeners that must stay


@pytest.fixture
def compilations():
    """What XLA compiles from here on, in seconds each."""
    SECONDS.clear()
    return SECONDS


@jax.jit
def ends(problem, solution):
    """What is said of a solution."""
    given, key = (solution.params, solution.state), jax.random.key(0)
    asked = [problem.validate, problem.test, problem.metrics]
    judged = [] if problem.judge is None else [problem.judge(*given)]
    return judged, [function(*given, key) for function in asked if function is not None]


def compiled_again(make, compilations):
    """What other data of the same shapes compile, in seconds each, and whether they make a difference."""

    def run(at):
        problem = make(at)
        return str(ends(problem, solve(problem, sgd(0.01 + at / 100), jax.random.key(0), 2)))

    first = run(0.0)
    assert compilations
    compilations.clear()
    return run(0.125) != first, [*compilations]


@pytest.mark.parametrize("name", [*OTHER_DATA, *OWN])
def test_other_data_of_one_shape_compile_nothing(name, compilations):
    differ, again = compiled_again({**OTHER_DATA, **OWN}[name], compilations)
    assert not again
    assert differ or name in ("causal", "traces")  # without an answer


def test_the_law_finds_functions_that_are_made_anew(compilations):
    def closed(at):
        return Problem(lambda key: (1.0, ()), lambda w, state, key: (w - at, state, w), judge=lambda w, state: w)

    assert compiled_again(lambda at: Problem.from_loss(lambda w, x: w * x.sum(), one, rows(3)), compilations)[1]
    assert compiled_again(closed, compilations)[1]


def test_the_law_of_compilations_covers_the_suite():
    assert set(OTHER_DATA) == set(suite())
