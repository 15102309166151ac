"""The optimizer of the package prodigyopt 1.1.2: Prodigy by its authors.

`fsdp_in_use`, which only says how PyTorch computes, is not taken; the argument after it goes by name. Moments are in
float32 or wider whatever the parameters are. Where a default there means "off" (a `weight_decay` of 0, a `growth_rate`
of inf), it is None here: the same numbers. Groups at a rate of 0 are not here. Until the first gradient that is not 0,
decoupled decay waits there and acts here.
"""

from lropt_jax._core.lazy import lazy

__all__ = lazy(__name__)
