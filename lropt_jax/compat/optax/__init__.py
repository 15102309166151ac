"""Optimizers and schedules of Optax 0.2.8, those of `optax.contrib` among them.

What is not taken: `mu_dtype` and `accumulator_dtype`, since moments are in float32 or wider whatever the parameters
are; `eps_root` but for `adabelief`'s, which is there to keep gradients through a run finite: here they are;
`nesterov` of `adabelief`, `radam` and `adopt`; the dimension numbers and preconditioners of `muon`. What comes after
such an argument must be named.

What is not here: `rprop`, which gives each update one step late, and `adan`, which weighs the change of the gradients
by `1 - b2` where the paper has `b2`. `lropt_jax.optimizers` has both. Not followed either: `yogi` starts its first
moment at 1e-6, `novograd` divides by too little after a first gradient of 0, `adadelta` without a rate climbs.
"""

from lropt_jax._core.lazy import lazy

__all__ = lazy(__name__)
