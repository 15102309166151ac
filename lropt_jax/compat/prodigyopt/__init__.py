"""The optimizer of the package prodigyopt 1.1.2: Prodigy by its authors.

`fsdp_in_use`, which only says how PyTorch computes, is not taken, and what comes after it goes by name; moments are in
float32 or wider whatever the parameters are. Where a default there says that there is none (a `weight_decay` of 0, a
`growth_rate` of inf), it is None here: the same numbers. Groups at a rate of 0 are not here. As long as all gradients
have been 0, decoupled decay waits there and not here.
"""

from lropt_jax._core.lazy import lazy

__all__ = lazy(__name__)
