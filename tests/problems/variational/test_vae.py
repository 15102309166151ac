"""Tests of the variational autoencoder on digits."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lropt_jax.objectives import MeanField, iwae
from lropt_jax.optimizers import adam
from lropt_jax.problems import solve, suite, vae
from lropt_jax.problems.variational.vae import _mlp, digits, negative_elbo
from lropt_jax.schedules import linear
from lropt_jax.tuning import sweep


def test_the_images_are_binary_and_split_as_said():
    data = digits()
    assert [images.shape for images in data] == [(1257, 64), (180, 64), (360, 64)]
    assert set(np.unique(data.train)) == {0.0, 1.0}
    assert data.train.dtype == jnp.float32


@functools.cache
def trained():
    return solve(vae(), adam(linear(1e-2, 300)), jax.random.key(0), 300)


@pytest.mark.slow
def test_the_bound_is_below_the_log_likelihood_by_importance_sampling():
    params, data = trained().params, digits()
    bound = -jax.jit(functools.partial(negative_elbo, samples=64))(params, data.test, jax.random.key(1))
    tighter = jax.jit(functools.partial(importance_bound, samples=64))(params, data.test, jax.random.key(2))
    assert bound < tighter < bound + 10


def importance_bound(params, images, key, samples):
    """The mean of the importance-weighted bound: above the bound on average (Burda et al. 2016)."""
    prior = MeanField.standard(8)

    def of_one(x, key):
        def log_joint(z):
            logits = _mlp(params["decoder"], z)
            return jnp.sum(x * logits - jax.nn.softplus(logits)) + prior.log_prob(z)

        return iwae(log_joint, MeanField(*jnp.split(_mlp(params["encoder"], x), 2)), key, samples=samples)

    return jnp.mean(jax.vmap(of_one)(images, jax.random.split(key, len(images))))


def test_training_raises_the_bound_on_held_out_images():
    problem = vae()
    key = jax.random.key(0)
    params, state = problem.init(key)
    validate = jax.jit(problem.validate)
    before = validate(params, state, key)
    solution = trained()
    after = validate(solution.params, solution.state, key)
    assert before > 40
    assert after < 21
    assert solution.state == 300


def test_a_scheduled_weight_follows_the_step():
    warm = vae(kl_weight=linear(0.0, 100, floor=1.0))
    params, _ = warm.init(jax.random.key(0))
    plain = vae(kl_weight=lambda step: step / 100)
    solve(plain, adam(1e-3), jax.random.key(0), 2)
    loss = jax.jit(lambda problem, step: problem.field(params, step, jax.random.key(1))[2])
    losses = [loss(warm, jnp.int32(step)) for step in (0, 50, 100, 500)]
    full = loss(vae(), jnp.int32(0))
    assert losses[0] < losses[1] < losses[2] == losses[3]
    np.testing.assert_allclose(losses[2], full, rtol=1e-6)


def test_sizes_are_free_and_bad_ones_refused():
    params, _ = vae(latent=3, hidden=16).init(jax.random.key(0))
    assert params["encoder"][1]["kernel"].shape == (16, 6)
    assert params["decoder"][0]["kernel"].shape == (3, 16)
    with pytest.raises(ValueError, match="vae: latent must be a whole number >= 1, got 0"):
        vae(latent=0)


def test_what_is_seen_is_images_reconstructions_and_samples():
    problem = vae()
    view = problem.view(*problem.init(jax.random.key(0)))
    assert {name: rows.shape for name, rows in view.rows.items()} == dict.fromkeys(
        ("images", "reconstructions", "samples"), (10, 8, 8)
    )
    assert all(np.all((np.asarray(rows) >= 0) & (np.asarray(rows) <= 1)) for rows in view.rows.values())


def test_a_run_must_reach_the_end_of_the_weight():
    warm = vae(kl_weight=linear(0.0, 100, floor=1.0))
    message = "steps must be >= 100, the end of the schedule inside vae, got 99"
    with pytest.raises(ValueError, match=f"^solve: {message}"):
        solve(warm, adam(1e-3), jax.random.key(0), 99)
    with pytest.raises(ValueError, match=message):
        sweep(warm, adam, rates=[1e-3], steps=99, seeds=1)
    solve(warm, adam(1e-3), jax.random.key(0), 100)


def test_a_negative_weight_is_refused():
    with pytest.raises(ValueError, match=r"^vae: kl_weight must be finite and >= 0, got -1.0\.$"):
        vae(kl_weight=-1.0)


def test_it_is_in_the_suite():
    assert suite()["vae"] is vae
