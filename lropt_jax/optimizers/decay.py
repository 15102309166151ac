"""Weight decay as a value: how strong it is, what it goes with, and which parameters it is for."""

from typing import Annotated, Any, Literal

from typing_extensions import TypeAliasType

from lropt_jax._core.decay import PEAKED, DecayRule
from lropt_jax._core.kinds import Limit, Strength
from lropt_jax._core.lifting import lift
from lropt_jax._core.refusal import Refused

Decaying = TypeAliasType(
    "Decaying", Annotated[Any, "patterns of paths, a tree of bools like the parameters, or a function of them"]
)


@lift
def decay(
    strength: Strength,
    *,
    goes_with: Literal["rate", "rate squared", "schedule", "nothing", "gradients"] | None = None,
    peak: Limit | None = None,
    mask: Decaying | None = None,
) -> DecayRule:
    """Weight decay for an optimizer: `adamw(1e-3, weight_decay=decay(0.1, mask=...))`.

    Each update takes a share of the parameters away, `params <- params - share * params` (Loshchilov and Hutter 2019,
    arXiv:1711.05101). `goes_with` says how large the share is:

    * "rate": `rate * strength`, as in PyTorch and Optax.
    * "rate squared": `rate^2 / peak * strength`, AdamC's (Defazio 2025, arXiv:2506.02285, algorithm 1). Where weights
      are normalised, the ratio of their gradients to them settles at `sqrt(2 * share) / rate`. With this share it stays
      as the rate falls; with "rate" it grows, and gradients grow near the end. The authors correct normalised weights
      alone: give it a `mask`, or two groups. `pytorch_optimizer.AdamC` takes the first rate as the peak.
    * "schedule": `rate / peak * strength`. The share follows the schedule but not its height, as in the paper.
    * "nothing": `strength`.
    * "gradients": No share is taken. The gradients get `strength * params` added, and the optimizer sees the sum: L2.

    A plain number is `decay(number)`: the optimizer decays as its authors do. That is with the rate, unless the
    docstring of the optimizer says something else.

    Args:
        strength: How strong, >= 0, or a schedule.
        goes_with: One of the words above. None: as the optimizer's authors do.
        peak: The largest rate of the schedule, > 0, or a schedule. Only "schedule" and "rate
            squared" need it. None: no peak.
        mask: Which parameters decay: a pattern of paths as in `wrappers.multiply`, `mask="*kernel"`, or a sequence of
            patterns, of which a path matches at least one. Or a tree of bools like the parameters. Or a function of the
            parameters that gives one of these. None: all parameters.

    Returns:
        A value to give an optimizer as its `weight_decay`.

    Raises:
        ValueError: A number is outside its range, a word is none of these, or `peak` is missing or has no use. The
            first `update` refuses a pattern that matches no parameter.

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
    if goes_with in PEAKED and peak is None:
        raise Refused(f'peak must be the largest rate with goes_with="{goes_with}", got None.')
    if goes_with not in PEAKED and peak is not None:
        raise Refused(f'peak must be None without goes_with="schedule" or "rate squared", got {peak}.')
