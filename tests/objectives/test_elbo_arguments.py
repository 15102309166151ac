"""Tests of the arguments of the evidence lower bound: the weight of the divergence, free nats, what is refused."""

import functools
import re
import typing

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lropt_jax.objectives import Bernoulli, MeanField, elbo
from lropt_jax.objectives.elbo import Estimator
from lropt_jax.schedules import linear


@pytest.mark.parametrize("estimator", ["reparameterized", "analytic_kl", "analytic_entropy", "score_function"])
def test_the_weight_of_the_divergence_is_a_number_or_a_schedule(estimator):
    q, prior, key = MeanField(jnp.ones(2), -jnp.ones(2)), MeanField.standard(2), jax.random.key(0)
    value = jax.jit(functools.partial(elbo, lambda z: jnp.zeros(()), q, key, prior=prior, estimator=estimator))
    rising = linear(0.0, 10, floor=1.0)
    found = [value(kl_weight=0.5), *(value(kl_weight=rising, step=step) for step in (0, 5, 10))]
    np.testing.assert_allclose(found, value() * np.array([0.5, 0, 0.5, 1]), rtol=1e-6)


def test_free_nats_cost_nothing_part_by_part_and_on_average_over_a_batch():
    prior, keys = MeanField.standard(2), jax.random.split(jax.random.key(0), 2)
    means = jnp.array([[1.0, 2.0], [3.0, 0.0]])  # divergences mean^2 / 2: (0.5, 2) and (4.5, 0)

    @functools.partial(jax.jit, static_argnames="axis_name")
    def bounds(means, **options):
        def of_one(mean, key):
            q = MeanField(mean, jnp.zeros(2))
            return elbo(lambda z: 0.0 * z.sum(), q, key, prior=prior, estimator="analytic_kl", **options)

        return jax.vmap(of_one, axis_name="batch")(means, keys)

    np.testing.assert_allclose(bounds(means), [-2.5, -4.5])
    np.testing.assert_allclose(bounds(means, free_nats=1.5), [-3.5, -6.0])
    np.testing.assert_allclose(bounds(means, free_nats=1.5, axis_name="batch"), [-4.0, -4.0])
    slopes = jax.jit(jax.grad(lambda means: jnp.mean(bounds(means, free_nats=1.5, axis_name="batch"))))(means)
    np.testing.assert_allclose(slopes, [[-0.5, 0], [-1.5, 0]])


def test_bad_arguments_are_refused():
    q, key = MeanField.standard(2), jax.random.key(0)
    names = ", ".join(typing.get_args(Estimator))
    short = "elbo: samples must be a whole number >="
    for family, options, message in (
        (
            q,
            {"estimator": "magic"},
            f"elbo: estimator must be one of {names}, got 'magic'.",
        ),
        (q, {"samples": 0}, f"{short} 1, got 0."),
        (q, {"estimator": "leave_one_out"}, f"{short} 2 for the estimator leave_one_out, got 1."),
        (q, {"kl_weight": -1.0, "prior": q}, "elbo: kl_weight must be finite and >= 0, got -1.0."),
        (q, {"kl_weight": 0.5}, "elbo: prior must be given for a kl_weight, got None."),
        (q, {"estimator": "analytic_kl"}, "elbo: prior must be given for the estimator analytic_kl, got None."),
        (q, {"free_nats": 1.0}, "elbo: estimator must be analytic_kl with free_nats, got 'reparameterized'."),
        (
            Bernoulli(jnp.zeros(2)),
            {},
            "elbo: estimator must be one of score_function, leave_one_out for Bernoulli, whose samples do not move "
            "with its parameters, got 'reparameterized'.",
        ),
    ):
        with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
            elbo(lambda z: 0.0 * z.sum(), family, key, **options)


def test_log_p_must_give_a_scalar():
    with pytest.raises(ValueError, match=r"^elbo: log_p must return a scalar, got shape \(2,\)\."):
        elbo(lambda z: z, MeanField.standard(2), jax.random.key(0))
