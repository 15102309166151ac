"""One gradient transformation after another."""

import optax

from lropt_jax._core.lifting import lift


@lift
def chain(*transforms: optax.GradientTransformation) -> optax.GradientTransformationExtraArgs:
    """Apply gradient transformations one after another, as a value.

    `optax.chain`, whose result can be printed, compared, edited, passed through `jit` and stacked as far as its parts
    are values: the numbers inside this library's and `lift`ed parts are leaves; a plain Optax part counts as static.

    Args:
        transforms: Transformations of this library, of Optax or anybody's, in the order of application.

    Returns:
        An optimizer. State: a tuple of the parts' states.

    Raises:
        TypeError: A part is not a gradient transformation.

    Example:
        >>> import optax
        >>> from lropt_jax import chain, lift
        >>> from lropt_jax.optimizers import sgd
        >>> clip = lift(optax.clip_by_global_norm)
        >>> chain(clip(1.0), sgd(0.1))
        chain(clip_by_global_norm(max_norm=1.0), sgd(learning_rate=0.1, nesterov=False, decay_coupling='rate'))
    """
    for part in transforms:
        if not isinstance(part, optax.GradientTransformation):
            raise TypeError(f"chain: transforms must be gradient transformations, got {part!r}.")
    return optax.chain(*transforms)
