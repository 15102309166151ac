"""Policy gradient: a policy learns from the episodes that it plays."""

from typing import Any, Literal

from lropt_jax._core.checking import checked
from lropt_jax._core.kinds import BelowOne, Fraction, NonNegative, Size
from lropt_jax._core.limits import shown
from lropt_jax._core.refusal import Refused
from lropt_jax._core.relations import absent
from lropt_jax._core.trees import ArrayLike
from lropt_jax.problems.decisions.environment import environment_problem
from lropt_jax.problems.decisions.gridworld import gridworld
from lropt_jax.problems.decisions.mdp import MDP
from lropt_jax.problems.decisions.softmax_policy import softmax_problem
from lropt_jax.problems.problem import Problem


@checked
def policy_gradient(
    *,
    method: Literal["reinforce", "baseline", "actor_critic"] = "actor_critic",
    mdp: MDP | None = None,
    start: ArrayLike | None = None,
    episodes: Size = 16,
    episode_steps: Size = 128,
    environment: Any = None,
    environment_params: Any = None,
    network: Any = None,
    discount: BelowOne | None = None,
    trace_decay: Fraction | None = None,
    entropy: NonNegative | None = None,
) -> Problem:
    """Find a policy by the gradient of its value, estimated from episodes that the policy plays.

    Of a table (`mdp`) the policy is a softmax of logits, a row for each state. An episode of `g`-discounted rewards
    gives `sum_t g^t A_t dlog p(a_t | s_t)` (`objectives.policy_gradient_loss`). `A_t` depends on `method`:
    * "reinforce": the return `G_t` (Williams 1992);
    * "baseline": `G_t - V(s_t)`, and the critic `V` is fitted to returns (Sutton and Barto 2018, section 13.4);
    * "actor_critic": the TD error `r + g V(s') - V(s)`, and `V` moves by it (section 13.5).
    The critic steps against `-(1 - g) sum_t g^t e_t` at `s_t`, with `e_t = A_t` its error. The actor's estimate has one
    bias: it leaves out all rewards after `episode_steps`, a share `g^episode_steps`. With "actor_critic" the errors of
    the critic are a second bias.

    Of an `environment` in JAX the policy is a network. The estimate is the mean over steps, without `g^t`, as in all
    programs of this kind. "reinforce" and "baseline" play whole episodes. "actor_critic" goes on where the last step
    stopped, and `A_t` is the sum of the TD errors that follow, each `g trace_decay` times the one before (Schulman et
    al. 2016, arXiv:1506.02438). The critic descends half the squared distance from `A_t + V(s_t)`.

    Here there are two learning rates (Konda and Tsitsiklis 2000):
    `wrappers.groups({"actor": sgd(1.0), "critic": sgd(2.0)})`, or `{"actor/*": adam(3e-3), "critic/*": adam(1e-2)}` for
    networks. The actor's is a length of logits. If it is too large, the policy is sure of an action before it knows the
    others, and there the softmax has no slope that leads back. The critic's is a share of its error, times the share of
    all visits that a state gets. A slow critic adds noise in "baseline" but bias in "actor_critic". A fast one
    diverges.

    Args:
        method: What an action gets credit for, one of the three above.
        mdp: The process. None: `gridworld()`.
        start: Probabilities of the first state, shape (states,). None: those of `mdp`, else all alike.
        episodes: Episodes played at each step, side by side, a whole number >= 1.
        episode_steps: The length of an episode, a whole number >= 1. With an environment and "actor_critic": steps of
            each environment between two updates.
        environment: In place of a table, an environment with gymnax's interface, such as `cartpole()`:
            `reset(key, params) -> (observation, state)`,
            `step(key, state, action, params) -> (observation, state, reward, done, info)`, or gymnax's newer one with
            `terminated, truncated` for `done`, and `default_params`. It begins again by itself. Actions are whole
            numbers.
        environment_params: For the environment. None: its `default_params`.
        network: For the environment: `(init, apply)` with `init(key, observation) -> params` and
            `apply(params, observation) -> (logits, value)`, shapes (actions,) and (), for one observation. None: two
            perceptrons, `actor` and `critic`, with two layers of 64 tanh units each.
        discount: Of the rewards of the environment, in [0, 1). None: 0.99. A table has its own.
        trace_decay: Lambda of "actor_critic" with an environment, in [0, 1]: 0 trusts the critic, 1 the returns. None:
            0.95.
        entropy: The weight of the policy's entropy, which is added to the advantage of exploring, >= 0, with an
            environment. None: 0.01.

    Returns:
        A problem. For a table parameters are `actor` (states, actions) and `critic` (states,); "reinforce" has no
        critic. For an environment they are those of the network. Its value is the mean return. That is a monitor: the
        directions are not its gradients, episode by episode, and the critic's is the gradient of something else. The
        error of a table is the value of the best policy less that of this one, both exact. Rates for an environment are
        chosen by the mean return of 100 fresh episodes.

    Raises:
        TypeError: An environment or a network lacks a function.
        ValueError: Rewards are not finite, transitions or `start` are no probabilities, a shape is wrong, a number is
            outside its range, the method is unknown, or arguments of a table and of an environment are mixed.

    Example:
        >>> problem = policy_gradient()
        >>> f"{problem.judge(*problem.init(None)):.2f}"
        '16.42'
    """
    if environment is not None:
        for name, argument in {"mdp": mdp, "start": start}.items():
            if argument is not None:
                raise Refused(f"{name} must be None with an environment, got {shown(argument)}; it is for tables.")
        if method != "actor_critic":
            absent('method="actor_critic"', trace_decay=trace_decay)
        given = [default if number is None else number
                   for number, default in ((discount, 0.99), (trace_decay, 0.95), (entropy, 0.01))]  # fmt: skip
        return environment_problem(environment, environment_params, network, method, episodes, episode_steps, *given)
    numbers = {"discount": discount, "trace_decay": trace_decay, "entropy": entropy}
    absent("environment", environment_params=environment_params, network=network, **numbers)
    mdp = gridworld() if mdp is None else mdp
    return softmax_problem(mdp, mdp.start if start is None else start, method, episodes, episode_steps)
