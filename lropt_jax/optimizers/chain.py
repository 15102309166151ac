"""One gradient transformation after another."""

import optax

from lropt_jax._core.kinds import AnyOptimizer
from lropt_jax._core.lifting import lift
from lropt_jax._core.refusal import Refused


@lift(elementwise=True)
def chain(*transforms: AnyOptimizer) -> optax.GradientTransformationExtraArgs:
    """Apply gradient transformations one after another, as a value.

    It is `optax.chain` as a value: it can be printed, compared, edited, passed through `jit` and stacked. The numbers
    inside the parts of this library and inside `lift`ed parts are its leaves. A plain part of Optax is static.

    Args:
        transforms: Transformations of this library, of Optax or of anybody, in the order in which they are applied.

    Returns:
        An optimizer. State: a tuple of the parts' states.

    Raises:
        TypeError: A part is not a gradient transformation.
        ValueError: There is no part.

    Example:
        >>> import optax
        >>> from lropt_jax import chain, lift
        >>> from lropt_jax.optimizers import sgd
        >>> clip = lift(optax.clip_by_global_norm)
        >>> chain(clip(1.0), sgd(0.1))
        chain(clip_by_global_norm(max_norm=1.0), sgd(learning_rate=0.1, nesterov=False))
    """
    return optax.chain(*transforms)


@chain.requires
def _(transforms: tuple[AnyOptimizer, ...]) -> None:
    if not transforms:
        raise Refused("transforms must be at least one, got none.")
