"""Optax's Muon."""

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import optax
from jax.typing import ArrayLike

from lropt_jax import optimizers
from lropt_jax._core import checks
from lropt_jax._core.lifting import lift
from lropt_jax._core.numbers import at, real
from lropt_jax.compat.optax.masks import whole

_SETS: dict[str, Sequence] = {
    "standard": (3.4445, -4.775, 2.0315),
    "dion": (
        (4.0848, -6.8946, 2.9270),
        (3.9505, -6.3029, 2.6377),
        (3.7418, -5.5913, 2.3037),
        (2.8769, -3.1427, 1.2046),
        (2.8366, -3.0525, 1.2012),
    ),
}


@lift(static=("ns_steps",))
def muon(
    learning_rate: optax.ScalarOrSchedule,
    ns_coeffs: Sequence[Any] | str = (3.4445, -4.775, 2.0315),
    ns_steps: int = 5,
    beta: ArrayLike | optax.Schedule = 0.95,
    eps: ArrayLike | optax.Schedule = 1e-8,
    weight_decay: ArrayLike | optax.Schedule = 0.0,
    weight_decay_mask: Any = None,
    *,
    nesterov: bool = True,
    adam_b1: ArrayLike | optax.Schedule = 0.9,
    adam_b2: ArrayLike | optax.Schedule = 0.999,
    adam_weight_decay: ArrayLike | optax.Schedule = 0.0,
    adam_learning_rate: optax.ScalarOrSchedule | None = None,
    consistent_rms: ArrayLike | None = None,
) -> optax.GradientTransformationExtraArgs:
    """Momentum with all its singular values near 1 for matrices, NAdam for everything else; of `optax.contrib`.

    Both have the same rate unless `adam_learning_rate` is given: one that is right for the matrices, near 0.02, is high
    for the rest. Embeddings and heads are matrices too; `optimizers.muon` has a mask for them.

    Args:
        learning_rate: A number >= 0 or a schedule.
        ns_coeffs: The polynomial of the iterations: three numbers, three for each iteration, "standard" or "dion".
        ns_steps: Iterations, > 0.
        beta: Decay of the momentum of matrices, in [0, 1), or a schedule.
        eps: Added to a matrix's norm and to NAdam's root, >= 0, or a schedule.
        weight_decay: Strength of the decay of matrices, >= 0, or a schedule.
        weight_decay_mask: Which matrices decay: bools for parameters or for whole subtrees, or a function of them;
            None for all.
        nesterov: Look ahead along the momentum. Without it the rest is Adam's.
        adam_b1: Decay of NAdam's first moment, in [0, 1), or a schedule.
        adam_b2: Decay of its second moment, in [0, 1), or a schedule.
        adam_weight_decay: Strength of the decay of everything else, >= 0, or a schedule.
        adam_learning_rate: Its rate, a number >= 0 or a schedule. None: the same.
        consistent_rms: Scale of the entries: matrices (in, out) are multiplied by `consistent_rms sqrt(max(in, out))`;
            0.2 for the rates of `adamw`. None: by `sqrt(max(1, out / in))`.

    Returns:
        An optimizer; `optimizers.muon` and `optimizers.nadamw` in an `optax.partition`. `update` needs `params`. The
        state records both rates, that of matrices times `consistent_rms / 0.2`.

    Raises:
        ValueError: An argument is outside its range, or `update` is called without `params`.

    Example:
        >>> import jax.numpy as jnp
        >>> tx, params = muon(0.1), {"kernel": jnp.eye(2), "bias": jnp.zeros(2)}
        >>> updates, state = tx.update(params, tx.init(params), params)
        >>> jnp.diag(updates["kernel"]).round(1)
        Array([-0.1, -0.1], dtype=float32)
    """
    owner = "optax.muon"
    checks.schedulable(checks.nonnegative, owner, learning_rate=learning_rate)
    checks.schedulable(checks.below_one, owner, beta=beta)
    checks.positive(owner, ns_steps=ns_steps)
    size = 0.2 if consistent_rms is None else consistent_rms
    checks.positive(owner, consistent_rms=size)
    matrices = optimizers.muon(
        lambda step: at(learning_rate, step) * (real(size) / 0.2), momentum=beta, nesterov=nesterov,
        bias_correction=True, scale="spectral" if consistent_rms is None else "rms", eps=eps,
        ns_coefficients=_triples(owner, ns_coeffs, ns_steps), weight_decay=weight_decay,
        decay_coupling=lambda step: real(size) / 0.2, mask=whole(weight_decay_mask),
    )  # fmt: skip
    rate = learning_rate if adam_learning_rate is None else adam_learning_rate
    both: dict[str, Any] = {"b1": adam_b1, "b2": adam_b2, "eps": eps, "weight_decay": adam_weight_decay}
    rest = optimizers.nadamw(rate, momentum_decay=None, **both) if nesterov else optimizers.adamw(rate, **both)
    return optax.partition({"muon": matrices, "adam": rest}, _labels)


def _labels(params: optax.Params) -> Any:
    return jax.tree.map(lambda p: "muon" if jnp.ndim(p) == 2 else "adam", params)


def _triples(owner: str, given: Sequence[Any] | str, steps: int) -> Sequence[Sequence[Any]]:
    """The coefficients of every iteration."""
    if isinstance(given, str):
        checks.one_of(owner, tuple(_SETS), ns_coeffs=given)
        given = _SETS[given]
    triples = tuple(given) if isinstance(given[0], Sequence) else (tuple(given),) * steps
    if len(triples) != steps or any(len(triple) != 3 for triple in triples):
        raise ValueError(f"{owner}: ns_coeffs must be three numbers, or three for each of {steps} steps, got {given}.")
    return triples
