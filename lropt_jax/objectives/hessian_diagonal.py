"""Estimates of the diagonal of a Hessian, from one product with a random vector or from labels that the model draws."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import optax
from jax.typing import ArrayLike

from lropt_jax._core.accumulators import square, times, wide
from lropt_jax._core.checking import checked
from lropt_jax._core.layout import as_cut
from lropt_jax._core.numbers import real
from lropt_jax._core.refusal import Refused
from lropt_jax._core.scalar_loss import ScalarLoss


@checked
def hutchinson(loss: Callable[[optax.Params], ArrayLike], params: optax.Params, key: jax.Array) -> optax.Updates:
    """Estimate the diagonal of the Hessian of a loss: `z * (H z)` with random signs `z`.

    Its mean is the diagonal of `H`, because `E[z_i z_j]` is 0 for `i != j` (Hutchinson 1989; Liu et al. 2023,
    arXiv:2305.14342, algorithm 1). Its variance in a coordinate is the sum of the squares of the rest of its row: for a
    diagonal Hessian it is exact. Where the loss curves down it is negative.

    Args:
        loss: A function of the parameters alone, which returns one float: close over the batch.
        params: Any tree. Leaves without gradients stay out.
        key: A `jax.random.key`, a new one for each estimate.

    Returns:
        A tree like `params`, float32 or wider, None for leaves without gradients. Time: about that of 2 to 3 gradients.

    Raises:
        TypeError: `loss` is no function of the parameters, or returns more than a number.
        ValueError: `loss` returns an array, or `params` has no floats.

    As Optax, with signs; the paper draws normal numbers, which have a larger variance.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> hutchinson(lambda x: x[0] ** 2 + 4 * x[1] ** 2, jnp.ones(2), jax.random.key(0))
        Array([2., 8.], dtype=float32)
    """
    scalar = ScalarLoss.of("loss", loss, params)
    leaves, tree = jax.tree.flatten(scalar.start)
    keys = jax.random.split(key, len(leaves))
    signs = [
        as_cut(jax.random.rademacher(k, leaf.shape, leaf.dtype), leaf) for leaf, k in zip(leaves, keys, strict=True)
    ]
    towards = jax.tree.unflatten(tree, signs)
    _, image = jax.jvp(jax.grad(scalar.value), (scalar.start,), (towards,))
    return jax.tree.map(lambda z, h: jnp.real(jnp.conj(wide(z)) * jnp.conj(wide(h))), towards, image)


@checked
def gauss_newton_bartlett(
    logits: Callable[[optax.Params], ArrayLike], params: optax.Params, key: jax.Array
) -> optax.Updates:
    """Estimate the diagonal of the Gauss-Newton matrix of a mean cross-entropy: `N * g^2` with labels that it draws.

    `g` is the gradient of the mean cross-entropy of `N` predictions with labels drawn from these predictions. The mean
    of `N * g^2` is the diagonal of the Gauss-Newton matrix, which for a softmax is the Fisher matrix (Liu et al. 2023,
    arXiv:2305.14342, algorithm 2). It is never negative. With the labels of the data in the place of
    drawn ones it is another number, the empirical Fisher's.

    Args:
        logits: A function of the parameters alone, which returns the logits, shape (..., classes): close over the
            inputs of the batch. All leading axes count as predictions.
        params: Any tree. Leaves without gradients stay out.
        key: A `jax.random.key`, a new one for each estimate.

    Returns:
        A tree like `params`, float32 or wider, None for leaves without gradients. Time: that of one gradient.

    Raises:
        TypeError: `logits` is no function of the parameters.
        ValueError: `logits` returns a number without axes, or `params` has no floats.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> inputs = jnp.array([[1.0], [2.0]])
        >>> gauss_newton_bartlett(lambda w: inputs @ w, jnp.zeros((1, 2)), jax.random.key(1)).shape
        (1, 2)
    """

    def drawn(part: optax.Params) -> jax.Array:
        made = wide(logits(part))
        if made.ndim == 0:
            raise Refused(f"logits must return an array of shape (..., classes), got {made.dtype}[].")
        labels = jax.random.categorical(key, jax.lax.stop_gradient(made))
        return real(jnp.mean(optax.softmax_cross_entropy_with_integer_labels(made, labels)))

    scalar = ScalarLoss.of("logits", drawn, params)
    many = jax.eval_shape(lambda part: wide(logits(part))[..., 0], params).size
    return jax.tree.map(lambda g: times(real(many), square(g)), jax.grad(scalar.value)(scalar.start))
