"""Optimizers and schedules of Optax 0.2.8, those of `optax.contrib` among them.

What is not taken: `mu_dtype` and `accumulator_dtype`, since moments are in float32 or wider whatever the parameters
are; `eps_root` but for `adabelief`'s, which is there to keep gradients through a run finite: here they are;
`nesterov` of `adabelief`, `radam` and `adopt`; the dimension numbers and preconditioners of `muon`. What comes after
such an argument must be named.

What is not here: `rprop`, which gives each update one step late, and `adan`, which weighs the change of the gradients
by `1 - b2` where the paper has `b2`. `lropt_jax.optimizers` has both. Not followed either: `yogi` starts its first
moment at 1e-6, `novograd` divides by too little after a first gradient of 0, `adadelta` without a rate climbs.
"""

from lropt_jax.compat.optax.adafactor import adafactor
from lropt_jax.compat.optax.adam_kin import adamax, adamaxw, amsgrad, radam
from lropt_jax.compat.optax.adams import adam, adamw, nadam, nadamw
from lropt_jax.compat.optax.adaptive import adadelta, adagrad, rmsprop
from lropt_jax.compat.optax.cosines import cosine_decay_schedule, sgdr_schedule, warmup_cosine_decay_schedule
from lropt_jax.compat.optax.descents import lion, sgd, sign_sgd, signum
from lropt_jax.compat.optax.exponentials import exponential_decay, warmup_exponential_decay_schedule
from lropt_jax.compat.optax.madgrad import madgrad
from lropt_jax.compat.optax.muon import muon
from lropt_jax.compat.optax.one_cycles import cosine_onecycle_schedule, linear_onecycle_schedule
from lropt_jax.compat.optax.pieces import join_schedules, piecewise_constant_schedule, piecewise_interpolate_schedule
from lropt_jax.compat.optax.polynomials import (
    constant_schedule,
    linear_schedule,
    polynomial_schedule,
    warmup_constant_schedule,
)
from lropt_jax.compat.optax.second_moments import adabelief, ademamix, adopt, yogi
from lropt_jax.compat.optax.sizes import lamb, lars, novograd

__all__ = [
    "adabelief",
    "adadelta",
    "adafactor",
    "adagrad",
    "adam",
    "adamax",
    "adamaxw",
    "adamw",
    "ademamix",
    "adopt",
    "amsgrad",
    "constant_schedule",
    "cosine_decay_schedule",
    "cosine_onecycle_schedule",
    "exponential_decay",
    "join_schedules",
    "lamb",
    "lars",
    "linear_onecycle_schedule",
    "linear_schedule",
    "lion",
    "madgrad",
    "muon",
    "nadam",
    "nadamw",
    "novograd",
    "piecewise_constant_schedule",
    "piecewise_interpolate_schedule",
    "polynomial_schedule",
    "radam",
    "rmsprop",
    "sgd",
    "sgdr_schedule",
    "sign_sgd",
    "signum",
    "warmup_constant_schedule",
    "warmup_cosine_decay_schedule",
    "warmup_exponential_decay_schedule",
    "yogi",
]
