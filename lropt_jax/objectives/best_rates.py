"""The rates that theory likes best."""

import jax
import jax.numpy as jnp

from lropt_jax._core.checking import checked
from lropt_jax._core.kinds import Positive, Positives
from lropt_jax._core.numbers import real
from lropt_jax._core.refusal import Refused


@checked
def best_rates(gradient_norms: Positives, *, distance: Positive = 1.0) -> jax.Array:
    """The rates at which `last_iterate_bound` is least of all.

    With `q_k = R_{k+1} / R_k` of the tails `R` there, the bound (Defazio et al. 2023, arXiv:2310.07831, theorem 10)
    becomes `D^2 / (2 R_1) + R_1 v_1^2 / 2` with `v_T = G_T` and `v_k^2 = G_k^2 (1 - q_k)^2 / q_k + q_k v_{k+1}^2`. So
    each `q_k` has its own best value, from the last to the first:

    `q_k = G_k / sqrt(G_k^2 + v_{k+1}^2) = (1 - r_k^2) / (1 + r_k^2)`, at which `v_k = v_{k+1} sqrt(1 - r_k^2)`, with
    `r_k = v_{k+1} / (G_k + sqrt(G_k^2 + v_{k+1}^2))`,

    and then `R_1 = D / v_1`. The result is exact and needs no search. The least bound is `D v_1`.

    For equal norms the rates are close to those of `linear`; the last few are larger. Take the norms of an earlier run
    and smooth them: `sampled(best_rates(norms))` is a schedule for the next run.

    Args:
        gradient_norms: `G`, > 0, shape (T,).
        distance: `D`, from the start to an optimum, > 0.

    Returns:
        Shape (T,), > 0.

    Raises:
        ValueError: An argument is outside its range, or `gradient_norms` is not a list of at least one norm.

    Example:
        The bound times the root of T. It is 2.013 for `linear` at its best multiple:

        >>> import jax.numpy as jnp
        >>> from lropt_jax.objectives import last_iterate_bound
        >>> f"{20 * last_iterate_bound(best_rates(jnp.ones(400))):.3f}"
        '2.004'
    """
    norms = real(jnp.asarray(gradient_norms))
    if norms.ndim != 1 or norms.size == 0:
        raise Refused(f"gradient_norms must have the shape (T,), got {norms.shape}.")
    first, ratios = jax.lax.scan(_one_earlier, norms[-1], norms[:-1], reverse=True)
    shares = 2 * ratios**2 / (1 + ratios**2)
    tails = real(distance) / first * jnp.cumprod(jnp.append(1, 1 - shares))
    return tails * jnp.append(shares, 1)


def _one_earlier(later: jax.Array, norm: jax.Array) -> tuple[jax.Array, jax.Array]:
    """`v_k` and `r_k` from `v_{k+1}` and `G_k`; as a difference, so that roundings do not add up over many steps."""
    ratio = later / (norm + jnp.hypot(norm, later))
    return later - later * ratio**2 / (1 + jnp.sqrt(1 - ratio**2)), ratio
