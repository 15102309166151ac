"""Weight decay as a value: how strong it is, what it goes with, and which parameters it is for."""

from typing import Literal

from lropt_jax._core.decay import DecayRule
from lropt_jax._core.kinds import Limit, Mask, Strength
from lropt_jax._core.lifting import lift
from lropt_jax._core.refusal import Refused


@lift
def decay(
    strength: Strength,
    *,
    goes_with: Literal["rate", "schedule", "nothing", "gradients"] | None = None,
    peak: Limit | None = None,
    mask: Mask | None = None,
) -> DecayRule:
    """Weight decay for an optimizer: `adamw(1e-3, weight_decay=decay(0.1, mask=...))`.

    Each update takes a share of the parameters away, `params <- params - share * params` (Loshchilov and Hutter 2019,
    arXiv:1711.05101). `goes_with` says how large the share is:

    * "rate": `rate * strength`, as in PyTorch and Optax.
    * "schedule": `rate / peak * strength`. The share follows the schedule but not its height, as in the paper.
    * "nothing": `strength`.
    * "gradients": `strength * params` is added to the gradients before anything is made of them. This is L2.

    A plain number is `decay(number)`: the decay goes with what the optimizer's authors have it go with. That is the
    rate unless the optimizer's docstring says otherwise.

    Args:
        strength: How strong, >= 0, or a schedule.
        goes_with: One of the words above. None: as the optimizer's authors have it.
        peak: The largest rate of the schedule, > 0, or a schedule; for "schedule" alone. None: not needed.
        mask: Which parameters decay: a tree of bools like the parameters, or a function of them. None: all.

    Returns:
        A value to give an optimizer as its `weight_decay`.

    Raises:
        ValueError: A number is outside its range, a word is none of these, or `peak` is missing or has no use.

    Example:
        >>> import jax.numpy as jnp
        >>> from lropt_jax.optimizers import sgd
        >>> tx, params = sgd(0.1, weight_decay=decay(0.5, goes_with="nothing")), jnp.array([1.0, 2.0])
        >>> tx.update(jnp.zeros(2), tx.init(params), params)[0]
        Array([-0.5, -1. ], dtype=float32)
    """
    return DecayRule(strength, goes_with, peak, mask)


@decay.requires
def _(goes_with: str | None, peak: Limit | None) -> None:
    if goes_with == "schedule" and peak is None:
        raise Refused('peak must be the largest rate with goes_with="schedule", got None.')
    if goes_with != "schedule" and peak is not None:
        raise Refused(f'peak must be None without goes_with="schedule", got {peak}.')
