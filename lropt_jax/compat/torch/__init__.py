"""Optimizers, schedules and the controller of PyTorch 2.13.0.

A schedule is the rate in effect for update `t`, counted from 0, after `t` calls of `step()`; an optimizer takes one as
its `lr`. Arguments that only say how PyTorch computes (`foreach`, `fused`, `capturable`, `differentiable`) are not
taken, and moments are in float32 or wider whatever the parameters are. Where PyTorch's default of 0 means that there is
none, the default here is None: the same numbers, without the memory and without the need of `params`. `LBFGS` and
`SparseAdam` are not here.
"""

from lropt_jax._core.lazy import lazy

__all__ = lazy(__name__)
