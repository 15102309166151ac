"""Objectives: equations over given arrays, written for one example; no data and no loop."""

from lropt_jax.objectives.bellman import action_values, bellman
from lropt_jax.objectives.best_rates import best_rates
from lropt_jax.objectives.discrete import Bernoulli, Categorical
from lropt_jax.objectives.elbo import elbo
from lropt_jax.objectives.gaussian_mixture import (
    Mixture,
    MixtureStatistics,
    mixture_from_statistics,
    mixture_log_joint,
    mixture_statistics,
)
from lropt_jax.objectives.gaussians import FullRank, MeanField
from lropt_jax.objectives.identify import Hedge, identify
from lropt_jax.objectives.influence import influence, interval
from lropt_jax.objectives.kl import kl
from lropt_jax.objectives.last_iterate import best_multiple, last_iterate_bound
from lropt_jax.objectives.low_rank import LowRank
from lropt_jax.objectives.metropolis import gaussian_acceptance, langevin_log_density, log_acceptance
from lropt_jax.objectives.mixed_graph import MixedGraph
from lropt_jax.objectives.noise_floor import noise_floor
from lropt_jax.objectives.policy_gradient import (
    discounted_returns,
    policy_gradient_loss,
    policy_values,
    softmax_policy_gradient,
)
from lropt_jax.objectives.renyi import iwae, renyi
from lropt_jax.objectives.temporal_difference import q_target, td_error
from lropt_jax.objectives.tsne import neighbour_probabilities, tsne_gradient, tsne_kl

__all__ = [
    "Bernoulli",
    "Categorical",
    "FullRank",
    "Hedge",
    "LowRank",
    "MeanField",
    "MixedGraph",
    "Mixture",
    "MixtureStatistics",
    "action_values",
    "bellman",
    "best_multiple",
    "best_rates",
    "discounted_returns",
    "elbo",
    "gaussian_acceptance",
    "identify",
    "influence",
    "interval",
    "iwae",
    "kl",
    "langevin_log_density",
    "last_iterate_bound",
    "log_acceptance",
    "mixture_from_statistics",
    "mixture_log_joint",
    "mixture_statistics",
    "neighbour_probabilities",
    "noise_floor",
    "policy_gradient_loss",
    "policy_values",
    "q_target",
    "renyi",
    "softmax_policy_gradient",
    "td_error",
    "tsne_gradient",
    "tsne_kl",
]
