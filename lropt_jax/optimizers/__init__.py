"""Optimizers: directions times a rate, as Optax gradient transformations that are values."""

from lropt_jax.optimizers.adabelief import adabelief
from lropt_jax.optimizers.adabound import adabound
from lropt_jax.optimizers.adadelta import adadelta
from lropt_jax.optimizers.adafactor import adafactor
from lropt_jax.optimizers.adagrad import adagrad
from lropt_jax.optimizers.adagrad_norm import adagrad_norm
from lropt_jax.optimizers.adam import adam, adamw
from lropt_jax.optimizers.adamax import adamax
from lropt_jax.optimizers.adan import adan
from lropt_jax.optimizers.ademamix import ademamix
from lropt_jax.optimizers.adopt import adopt
from lropt_jax.optimizers.amsgrad import amsgrad
from lropt_jax.optimizers.chain import chain
from lropt_jax.optimizers.cocob import cocob
from lropt_jax.optimizers.dadapt_adagrad import dadapt_adagrad
from lropt_jax.optimizers.dadapt_adam import dadapt_adam
from lropt_jax.optimizers.dadapt_adan import dadapt_adan
from lropt_jax.optimizers.dadapt_lion import dadapt_lion
from lropt_jax.optimizers.dadapt_sgd import dadapt_sgd
from lropt_jax.optimizers.delta_bar_delta import delta_bar_delta
from lropt_jax.optimizers.descent import Direction, descent
from lropt_jax.optimizers.lamb import lamb
from lropt_jax.optimizers.lars import lars
from lropt_jax.optimizers.lion import lion
from lropt_jax.optimizers.madgrad import madgrad
from lropt_jax.optimizers.muon import muon
from lropt_jax.optimizers.nadam import nadam, nadamw
from lropt_jax.optimizers.novograd import novograd
from lropt_jax.optimizers.prodigy import prodigy
from lropt_jax.optimizers.radam import radam
from lropt_jax.optimizers.rmsprop import rmsprop
from lropt_jax.optimizers.rprop import rprop
from lropt_jax.optimizers.sgd import sgd
from lropt_jax.optimizers.sign_sgd import sign_sgd
from lropt_jax.optimizers.yogi import yogi

__all__ = [
    "Direction",
    "adabelief",
    "adabound",
    "adadelta",
    "adafactor",
    "adagrad",
    "adagrad_norm",
    "adam",
    "adamax",
    "adamw",
    "adan",
    "ademamix",
    "adopt",
    "amsgrad",
    "chain",
    "cocob",
    "dadapt_adagrad",
    "dadapt_adam",
    "dadapt_adan",
    "dadapt_lion",
    "dadapt_sgd",
    "delta_bar_delta",
    "descent",
    "lamb",
    "lars",
    "lion",
    "madgrad",
    "muon",
    "nadam",
    "nadamw",
    "novograd",
    "prodigy",
    "radam",
    "rmsprop",
    "rprop",
    "sgd",
    "sign_sgd",
    "yogi",
]
