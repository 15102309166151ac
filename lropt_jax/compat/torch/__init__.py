"""Optimizers, schedules and the controller of PyTorch 2.13.0.

A schedule gives the rate of update `t`, counted from 0: PyTorch's rate after `t` calls of `step()`. An optimizer takes
a schedule as its `lr`. Arguments that only say how PyTorch computes (`foreach`, `fused`, `capturable`,
`differentiable`) are not taken, and moments are in float32 or wider whatever the parameters are. Where PyTorch's
default of 0 means "off", the default here is None: the same numbers, without the memory and without the need of
`params`. `LBFGS` and `SparseAdam` are not here.
"""

from lropt_jax._core.lazy import lazy

__all__ = lazy(__name__)
