"""Decision processes beside what people write today: a table, Q-learning, and the pole on a cart.

* A table of Gymnasium: `value_iteration` beside the loop over `env.P` of the tutorials, and beside one in NumPy arrays.
* Q-learning from steps: `Simulator` beside the loop over `env.step` of Gymnasium's own tutorial. Same schedule of rates
  by visits and as many transitions in both.
* CartPole-v1: `policy_gradient` beside an actor-critic in the way of PureJaxRL, in plain JAX and Optax: same network,
  environment, rates and batches. In steps of the environment a second.

Seconds are of the wall, medians, compilation not included: it is printed beside them.

Run: pip install gymnasium; python benchmarks/decision_processes.py
"""

import functools
import statistics
import time
from typing import Any

import gymnasium
import jax
import jax.numpy as jnp
import numpy as np
import optax
from timing import interleaved

from lropt_jax.optimizers import adam, sgd
from lropt_jax.problems import (
    MDP,
    Simulator,
    cartpole,
    policy_gradient,
    policy_iteration,
    q_learning,
    solve,
    value_iteration,
)
from lropt_jax.problems.decisions.perceptrons import perceptrons
from lropt_jax.schedules import linear, robbins_monro
from lropt_jax.wrappers import by_visits

DISCOUNT, KEY, ROUNDS = 0.95, jax.random.key(0), 3
SWEEPS, PLAYED, EXPONENT = 200, 200_000, 0.7
ENVIRONMENTS, LENGTH, UPDATES, PEAK = 32, 16, 1000, 3e-3
INIT, APPLY = perceptrons(2)


def first(run: Any) -> float:
    """Seconds of the first call: compilation, where there is one, and a run."""
    began = time.perf_counter()
    run()
    return time.perf_counter() - began


def table(title: str, peers: dict[str, Any], figures: dict[str, str], unit: float | None = None) -> None:
    once = {name: first(run) for name, run in peers.items()}
    seconds = {name: statistics.median(each) for name, each in interleaved(peers, ROUNDS).items()}
    print(f"\n{title}\n\n| | first call, s | then, s |{' steps / s |' if unit else ''} figure |")
    print(f"| --- | --- | --- |{' --- |' if unit else ''} --- |")
    for name in peers:
        speed = f" {unit / seconds[name]:,.0f} |" if unit else ""
        print(f"| {name} | {once[name]:.2f} | {seconds[name]:.4f} |{speed} {figures[name]} |")


def over_dict(outcomes: dict) -> np.ndarray:
    """Value iteration over the dict of lists, as the tutorials write it."""
    values = np.zeros(len(outcomes))
    for _ in range(SWEEPS):
        values = np.array([
            max(sum(p * (r + DISCOUNT * values[to] * (not end)) for p, to, r, end in rows) for rows in row.values())
            for row in outcomes.values()
        ])  # fmt: skip
    return values


def over_arrays(rewards: np.ndarray, transitions: np.ndarray) -> np.ndarray:
    values = np.zeros(len(rewards))
    for _ in range(SWEEPS):
        values = np.max(rewards + DISCOUNT * transitions @ values, axis=1)
    return values


def tables(name: str) -> None:
    env = gymnasium.make(name)
    mdp = MDP.from_gymnasium(env, discount=DISCOUNT)
    exact, problem = policy_iteration(mdp)[0], value_iteration(mdp=mdp)
    peers = {
        "ours": lambda: np.asarray(solve(problem, sgd(1.0), KEY, SWEEPS).params),
        "loop over `env.P`": lambda: over_dict(env.unwrapped.P),
        "NumPy arrays": lambda: over_arrays(np.asarray(mdp.rewards), np.asarray(mdp.transitions)),
    }
    errors = {peer: f"error {np.max(np.abs(run() - exact)):.1e}" for peer, run in peers.items()}
    jax.clear_caches()
    table(f"Value iteration on {name}, {len(exact)} states, {SWEEPS} sweeps", peers, errors)


def tutorial(env: Any, seed: int) -> np.ndarray:
    """Epsilon-greedy Q-learning over `env.step`, as in Gymnasium's tutorial, with rates by visits."""
    random = np.random.default_rng(seed)
    q = np.zeros((env.observation_space.n, env.action_space.n))
    visits = np.zeros(q.shape, int)
    state, _ = env.reset(seed=seed)
    for _ in range(PLAYED):
        best = np.flatnonzero(q[state] == q[state].max())
        action = int(random.integers(4) if random.random() < 0.3 else random.choice(best))
        to, reward, ended, cut, _ = env.step(action)
        error = reward + DISCOUNT * q[to].max() * (not ended) - q[state, action]
        q[state, action] += (1 + visits[state, action]) ** -EXPONENT * error
        visits[state, action] += error != 0
        state = env.reset()[0] if ended or cut else to
    return q


def stepped(chances: jax.Array, paid: jax.Array, state: jax.Array, action: jax.Array, key: jax.Array) -> tuple:
    to = jnp.sum(jax.random.uniform(key) >= chances[state, action], dtype=jnp.int32)
    return to // 2, paid[to // 2] * (state != to // 2), to % 2 == 1


def steps(name: str) -> None:
    """The same lake as a simulator: outcomes are (state, ended) pairs."""
    env = gymnasium.make(name)
    mdp = MDP.from_gymnasium(env, discount=DISCOUNT)
    states = len(mdp.start)
    chances = np.zeros((states, 4, 2 * states))
    for state, row in env.unwrapped.P.items():
        for action, rows in row.items():
            for p, to, _, ended in rows:
                chances[state, action, 2 * to + ended] += p
    paid = np.eye(states)[-1]  # for the goal
    step = jax.tree_util.Partial(stepped, np.cumsum(chances, -1) / chances.sum(-1, keepdims=True), paid)
    problem, known = q_learning(mdp=Simulator(step, 0, states, 4, DISCOUNT), exploration=0.3), q_learning(mdp=mdp)
    tx = by_visits(sgd(1.0), robbins_monro(1.0, exponent=EXPONENT))
    peers = {
        "ours": lambda: np.asarray(solve(problem, tx, KEY, PLAYED).params),
        "loop over `env.step`": lambda: tutorial(env, 0),
    }
    errors = {peer: f"error {float(known.judge(run(), ())):.3f}" for peer, run in peers.items()}
    jax.clear_caches()
    table(f"Q-learning on {name}, {PLAYED:,} steps", peers, errors, PLAYED)


@functools.partial(jax.jit, static_argnames="env")
def purejaxrl(env: Any, params: Any, key: jax.Array) -> tuple:
    """An actor-critic in the way of PureJaxRL: PPO with one epoch of one minibatch and no clipping."""
    tx = optax.adam(optax.linear_schedule(PEAK, 0.0, UPDATES))

    def rolled(carry: tuple, _: None) -> tuple:
        weights, at, seen, earned, returned, key = carry
        key, action_key, step_key = jax.random.split(key, 3)
        logits, value = jax.vmap(APPLY, (None, 0))(weights, seen)
        action = jax.random.categorical(action_key, logits)
        keys = jax.random.split(step_key, ENVIRONMENTS)
        after, at, reward, done, _ = jax.vmap(env.step, (0, 0, 0, None))(keys, at, action, params)
        earned = earned + reward
        returned = jnp.where(done, earned, returned)
        return (weights, at, after, earned * (1 - done), returned, key), (seen, action, value, reward, done)

    def loss(weights: Any, batch: tuple, advantages: jax.Array, targets: jax.Array) -> jax.Array:
        logits, value = jax.vmap(jax.vmap(APPLY, (None, 0)), (None, 0))(weights, batch[0])
        logs = jax.nn.log_softmax(logits)
        taken = jnp.take_along_axis(logs, batch[1][..., None], -1)[..., 0]
        entropy = -jnp.sum(jnp.exp(logs) * logs, -1)
        return jnp.mean((value - targets) ** 2 / 2 - advantages * taken - 0.01 * entropy)

    def update(carry: tuple, _: None) -> tuple:
        rolling, state = carry
        rolling, batch = jax.lax.scan(rolled, rolling, None, LENGTH)
        weights, last = rolling[0], jax.vmap(APPLY, (None, 0))(rolling[0], rolling[2])[1]

        def earlier(carry: tuple, here: tuple) -> tuple:
            advantage, following = carry
            _, _, value, reward, done = here
            delta = reward + 0.99 * following * (1 - done) - value
            advantage = delta + 0.99 * 0.95 * (1 - done) * advantage
            return (advantage, value), advantage

        _, advantages = jax.lax.scan(earlier, (jnp.zeros_like(last), last), batch, reverse=True)
        grads = jax.grad(loss)(weights, batch, advantages, advantages + batch[2])
        updates, state = tx.update(grads, state)
        return ((optax.apply_updates(weights, updates), *rolling[1:]), state), jnp.mean(rolling[4])

    init_key, reset_key, key = jax.random.split(key, 3)
    seen, at = jax.vmap(env.reset, (0, None))(jax.random.split(reset_key, ENVIRONMENTS), params)
    weights, zeros = INIT(init_key, seen[0]), jnp.zeros(ENVIRONMENTS)
    (rolling, _), returns = jax.lax.scan(
        update, ((weights, at, seen, zeros, zeros, key), tx.init(weights)), None, UPDATES
    )
    return rolling[0], returns


def pole() -> None:
    env = cartpole()
    problem = policy_gradient(environment=env, episodes=ENVIRONMENTS, episode_steps=LENGTH)
    tx = adam(linear(PEAK, UPDATES))
    peers = {
        "ours": lambda: jax.block_until_ready(solve(problem, tx, KEY, UPDATES).values),
        "in the way of PureJaxRL": lambda: jax.block_until_ready(purejaxrl(env, env.default_params, KEY)[1]),
    }
    returns = {peer: f"return {float(jnp.mean(run()[-20:])):.0f}" for peer, run in peers.items()}
    jax.clear_caches()
    made = ENVIRONMENTS * LENGTH * UPDATES
    table(f"CartPole-v1, {made:,} steps, {ENVIRONMENTS} environments side by side", peers, returns, made)


if __name__ == "__main__":
    tables("FrozenLake8x8-v1")
    tables(next(name for name in ("Taxi-v4", "Taxi-v3") if name in gymnasium.registry))
    steps("FrozenLake-v1")
    pole()
