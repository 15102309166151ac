"""Optimizers of schedulefree 1.4.1, by the authors of schedule-free learning.

The parameters are the training point `y`. There is no `train()` and no `eval()`: evaluate with
`wrappers.averaged(state)`. Averages are stored in float32 or wider, so `betas[0]` and `momentum` may also be 0 and 1.
`foreach` is not taken.

The variants `...Closure` and `...Reference` are other programs for the same numbers and are not here. Instead of the
`decay_at_z` of the latter use `wrappers.schedule_free(..., point="z")`. `AdamWScheduleFreePaper`, whose rate contains
Adam's correction, is `schedule_free(rmsprop(product(lr, lambda t: (1 - b2 ** (t + 1)) ** 0.5), decay=b2))`.
"""

from lropt_jax._core.lazy import lazy

__all__ = lazy(__name__)
