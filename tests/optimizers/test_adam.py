"""Tests of `adam` and `adamw`."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from golden_values import optimizer_cases
from golden_values import trajectory as golden
from laws import OptimizerLaws
from osc_peer import assert_osc
from trajectories import START, as_schedule, golden_trajectory, noisy, trajectory

from lropt_jax.optimizers import adam, adamw, decay
from lropt_jax.schedules import cosine, linear, sampled


class TestLaws(OptimizerLaws):
    specimen = adam(0.1)


class TestLawsUnderASchedule(OptimizerLaws):
    specimen = adam(cosine(0.1, 50), b1=0.8, b2=0.95, eps=1e-3)


class TestLawsWithEpsInTheRoot(OptimizerLaws):
    specimen = adamw(0.1, eps=1e-3, eps_in_sqrt=True)


class TestLawsOfAdamW(OptimizerLaws):
    specimen = adamw(0.1, weight_decay=0.05)


class TestLawsOfAdamWMasked(OptimizerLaws):
    specimen = adamw(linear(0.1, 50), weight_decay=decay(linear(0.05, 20), mask="*"))


@pytest.mark.parametrize(
    ("name", "tx"),
    [
        ("default", adam(0.05)),
        ("betas_eps", adam(0.05, b1=0.8, b2=0.95, eps=1e-3)),
        ("l2", adamw(0.05, weight_decay=decay(0.1, goes_with="gradients"))),
        ("beta1_0", adam(0.05, b1=0.0, b2=0.99)),
    ],
)
def test_it_is_torch_adam(name, tx):
    case = optimizer_cases("Adam")[name]
    np.testing.assert_allclose(golden_trajectory(tx, case), golden(case), atol=1e-9)


@pytest.mark.parametrize(
    ("name", "tx"),
    [
        ("default", adamw(0.05, weight_decay=1e-2)),
        ("wd0.1", adamw(0.05, weight_decay=0.1)),
        ("eps", adamw(0.02, b1=0.9, b2=0.95, eps=1e-2, weight_decay=0.3)),
    ],
)
def test_it_is_torch_adamw(name, tx):
    case = optimizer_cases("AdamW")[name]
    np.testing.assert_allclose(golden_trajectory(tx, case), golden(case), atol=1e-9)


def test_a_scheduled_rate_scales_the_decay_too_as_in_torch():
    case = optimizer_cases("with_schedule")["AdamW"]
    tx = adamw(as_schedule(np.array(case["lrs"])), weight_decay=0.1)
    np.testing.assert_allclose(golden_trajectory(tx, case), golden(case), atol=1e-9)


def test_they_are_optax_adam_and_adamw():
    pairs = (
        (adam(0.1), optax.adam(0.1)),
        (adamw(0.1), optax.adamw(0.1)),
        (adam(0.1, eps=1e-2, eps_in_sqrt=True), optax.adam(0.1, eps=0.0, eps_root=1e-2)),
        (adamw(0.1, eps=1e-2, eps_in_sqrt=True), optax.adamw(0.1, eps=0.0, eps_root=1e-2)),
    )
    for ours, theirs in pairs:
        np.testing.assert_allclose(
            trajectory(ours, START, noisy, 100), trajectory(theirs, START, noisy, 100), atol=1e-12
        )


def test_it_is_the_paper():
    x, mu, nu = START.copy(), np.zeros(4), np.zeros(4)
    for t in range(1, 201):
        g = noisy(x, t - 1)
        mu, nu = 0.9 * mu + 0.1 * g, 0.999 * nu + 0.001 * g**2
        x = x - 0.05 * ((mu / (1 - 0.9**t)) / (np.sqrt(nu / (1 - 0.999**t)) + 1e-8) + 0.1 * x)
    ours = trajectory(adamw(0.05, weight_decay=0.1), START, noisy, 200)
    np.testing.assert_allclose(ours[-1], x, atol=1e-10)


def test_the_mask_says_what_decays():
    params = {"w": jnp.ones(2), "b": jnp.ones(2)}
    zeros = {"w": jnp.zeros(2), "b": jnp.zeros(2)}
    for mask in ({"w": True, "b": False}, lambda params: {name: name == "w" for name in params}):
        tx = adamw(0.1, weight_decay=decay(0.5, mask=mask))
        updates, _ = tx.update(zeros, tx.init(params), params)
        np.testing.assert_allclose(updates["w"], -0.05 * np.ones(2))
        np.testing.assert_array_equal(updates["b"], np.zeros(2))


def test_every_beta_and_eps_takes_a_schedule():
    ours = trajectory(
        adam(0.1, b1=linear(0.9, 1e9, floor=0.9), b2=lambda step: 0.999, eps=linear(1e-8, 1e9)), START, noisy, 9
    )
    np.testing.assert_allclose(ours, trajectory(adam(0.1), START, noisy, 9), atol=1e-9)


def test_400_cosine_steps_in_bf16_have_400_rates():
    tx, params = adam(cosine(1e-3, 400)), jnp.ones(2, jnp.bfloat16)

    def body(state, _):
        _, state = tx.update(params, state, params)
        return state, state.learning_rate

    _, rates = jax.lax.scan(body, tx.init(params), length=400)
    assert len(np.unique(rates)) == 400


def test_the_first_bf16_step_is_finite_with_the_usual_b2():
    params = jnp.ones(2, jnp.bfloat16)
    updates, _ = adam(1e-2, b2=jnp.float32(0.999)).update(params, adam(1e-2).init(params), params)
    np.testing.assert_allclose(updates.astype(jnp.float32), -0.01, rtol=4e-3)


def test_it_ignores_the_scale_of_the_gradients():
    one = trajectory(adam(0.1, eps=0.0), START, noisy, 20)
    two = trajectory(adam(0.1, eps=0.0), START, lambda x, step: 1e-6 * noisy(x, step), 20)
    np.testing.assert_allclose(one, two, atol=1e-9)


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="adam: b1 must be in \\[0, 1\\), got 1.0"):
        adam(0.1, b1=1.0)
    with pytest.raises(ValueError, match="adamw: weight_decay must be finite and >= 0, got -0.1"):
        adamw(0.1, weight_decay=-0.1)
    tx = adamw(0.1)
    with pytest.raises(ValueError, match="adamw: update needs params for weight_decay"):
        tx.update(START, tx.init(START))


def test_it_is_pytorch_optimizers_stable_adamw():
    """Which shortens the decay with the step, unlike the authors' program: so without one."""
    tx = adamw(0.05, b2=0.99, clip_threshold=1.0, weight_decay=0.0)
    assert_osc(tx, optimizer_cases("StableAdamW", "pytorch_optimizer")["no_decay"])


def test_with_the_square_of_the_rate_it_decays_as_pytorch_optimizers_adamc():
    case = optimizer_cases("AdamC", "pytorch_optimizer")["cosine"]
    squared = decay(0.5, goes_with="rate squared", peak=0.05)
    assert_osc(adamw(sampled(np.array(case["lrs"])), eps=1e-12, weight_decay=squared), case)
