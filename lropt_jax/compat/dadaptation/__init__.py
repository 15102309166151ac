"""The optimizers of the package dadaptation 3.2: D-Adaptation by its authors.

Arguments that only say how PyTorch computes or prints (`log_every`, `fsdp_in_use`) are not taken; arguments after them
go by name. Moments are in float32 or wider whatever the parameters are. Where a default there means "off" (a `momentum`
or `weight_decay` of 0, a `growth_rate` of inf), it is None here: the same numbers. The estimate is `d` of each state.
`layer_scale`, groups at a rate of 0, `restart_opt`, sparse gradients and `dadaptation.experimental` are not here.

With a rate or gradients of 0 at the first update `DAdaptSGD` divides by 0 there and moves nothing here. Until the first
gradient that is not 0, decoupled decay waits there and acts here.
"""

from lropt_jax._core.lazy import lazy

__all__ = lazy(__name__)
