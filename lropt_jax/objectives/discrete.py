"""Discrete families of posteriors: Bernoulli and categorical."""

from dataclasses import dataclass

import jax
import jax.numpy as jnp

from lropt_jax._core.brief import brief


@jax.tree_util.register_dataclass
@dataclass(frozen=True, eq=False)
class Bernoulli:
    """Independent zeros and ones. A pytree.

    Args:
        logits: `log(p / (1 - p))` of each, any reals, shape (d,).

    `has_rsample` is False: samples do not move with the logits, so gradients need the score function.

    Example:
        >>> import jax.numpy as jnp
        >>> f"{Bernoulli(jnp.zeros(3)).log_prob(jnp.array([0.0, 1.0, 1.0])):.4f}"
        '-2.0794'
    """

    logits: jax.Array
    has_rsample = False
    __repr__ = brief

    def sample(self, key: jax.Array, sample_shape: tuple[int, ...] = ()) -> jax.Array:
        """Zeros and ones as reals, shape (*sample_shape, d)."""
        shape = (*sample_shape, *self.logits.shape)
        return jax.random.bernoulli(key, jax.nn.sigmoid(self.logits), shape).astype(self.logits.dtype)

    def log_prob(self, z: jax.Array) -> jax.Array:
        """`sum(z log p + (1 - z) log(1 - p))` of one `z`, shape (d,) to ()."""
        return jnp.sum(z * self.logits - jax.nn.softplus(self.logits))

    def entropy(self) -> jax.Array:
        """Shape (), in nats."""
        return jnp.sum(jax.nn.softplus(self.logits) - self.logits * jax.nn.sigmoid(self.logits))


@jax.tree_util.register_dataclass
@dataclass(frozen=True, eq=False)
class Categorical:
    """Independent choices of one among k. A pytree.

    Args:
        logits: Log-probabilities up to a constant, any reals, shape (..., k): a choice for each of the leading places.

    `has_rsample` is False: samples do not move with the logits, so gradients need the score function.

    Example:
        >>> import jax.numpy as jnp
        >>> f"{Categorical(jnp.zeros((2, 4))).entropy():.4f}"
        '2.7726'
    """

    logits: jax.Array
    has_rsample = False
    __repr__ = brief

    def sample(self, key: jax.Array, sample_shape: tuple[int, ...] = ()) -> jax.Array:
        """Whole numbers from 0 to k - 1, shape (*sample_shape, ...)."""
        return jax.random.categorical(key, self.logits, shape=(*sample_shape, *self.logits.shape[:-1]))

    def log_prob(self, z: jax.Array) -> jax.Array:
        """The sum over the choices of one `z`, shape (...) to ()."""
        return jnp.sum(jnp.take_along_axis(jax.nn.log_softmax(self.logits), z[..., None], axis=-1))

    def entropy(self) -> jax.Array:
        """Shape (), in nats."""
        return -jnp.sum(jax.nn.softmax(self.logits) * jax.nn.log_softmax(self.logits))
