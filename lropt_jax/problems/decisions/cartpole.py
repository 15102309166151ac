"""The pole on a cart, in JAX."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np


class CartPoleParams(NamedTuple):
    """The physics of a pole on a cart, and when it counts as fallen. SI units."""

    gravity: float = 9.8
    cart_mass: float = 1.0
    pole_mass: float = 0.1
    half_length: float = 0.5  # of the pole
    force: float = 10.0
    seconds: float = 0.02  # between two actions
    largest_angle: float = 12 * 2 * np.pi / 360
    largest_distance: float = 2.4
    max_steps_in_episode: int = 500


class CartPoleState(NamedTuple):
    """Where cart and pole are: distance, speed, angle, angular speed; and the steps made."""

    position: jax.Array  # (4,)
    time: jax.Array  # () int32


class CartPole:
    """CartPole-v1 of Gymnasium with the interface of gymnax."""

    num_actions = 2

    @property
    def default_params(self) -> CartPoleParams:
        """Those of CartPole-v1."""
        return CartPoleParams()

    def reset(self, key: jax.Array, params: CartPoleParams) -> tuple[jax.Array, CartPoleState]:
        """An observation (4,), drawn from -0.05 to 0.05, and the state."""
        position = jax.random.uniform(key, (4,), minval=-0.05, maxval=0.05)
        return position, CartPoleState(position, jnp.zeros((), jnp.int32))

    def step(
        self, key: jax.Array, state: CartPoleState, action: jax.Array, params: CartPoleParams
    ) -> tuple[jax.Array, CartPoleState, jax.Array, jax.Array, dict[str, Any]]:
        """Observation, state, reward, whether the episode is over, and nothing more. It begins again by itself."""
        position, time = moved(state.position, action, params), state.time + 1
        fallen = (abs(position[0]) > params.largest_distance) | (abs(position[2]) > params.largest_angle)
        done = fallen | (time >= params.max_steps_in_episode)
        fresh, _ = self.reset(key, params)
        position, time = jnp.where(done, fresh, position), jnp.where(done, 0, time)
        return position, CartPoleState(position, time), jnp.ones(()), done, {}


def moved(position: jax.Array, action: jax.Array, params: CartPoleParams) -> jax.Array:
    """Where a push to the left (0) or to the right (1) leads, by Euler's rule (Barto, Sutton and Anderson 1983)."""
    _, speed, angle, angular_speed = position
    force = jnp.where(action == 1, params.force, -params.force)
    cos, sin = jnp.cos(angle), jnp.sin(angle)
    mass, moment = params.cart_mass + params.pole_mass, params.pole_mass * params.half_length
    pushed = (force + moment * angular_speed**2 * sin) / mass
    turning = (params.gravity * sin - cos * pushed) / (params.half_length * (4 / 3 - params.pole_mass * cos**2 / mass))
    pulled = pushed - moment * turning * cos / mass
    return position + params.seconds * jnp.stack([speed, pulled, angular_speed, turning])


_CARTPOLE = CartPole()  # one, so that all who play it share their programs


def cartpole() -> CartPole:
    """A pole on a cart, to be kept upright by pushes to the left and to the right: CartPole-v1, written in JAX.

    Each step earns 1. An episode ends when the pole leans by more than 12 degrees, the cart is more than 2.4 m from the
    middle, or after 500 steps. An average of 475 over 100 episodes counts as solved.

    Returns:
        An environment with gymnax's interface for `policy_gradient`. Its `default_params` can be changed, such as
        `cartpole().default_params._replace(max_steps_in_episode=200)`, for `environment_params`.

    Differs from Gymnasium in float32 in place of float64. The end after 500 steps is an end like the others, as in
    gymnax.

    Example:
        >>> import jax
        >>> env = cartpole()
        >>> observation, state = env.reset(jax.random.key(0), env.default_params)
        >>> observation, state, reward, done, _ = env.step(jax.random.key(1), state, 1, env.default_params)
        >>> observation.shape, float(reward), bool(done)
        ((4,), 1.0, False)
    """
    return _CARTPOLE
