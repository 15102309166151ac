"""Tests of the noise scale, against gradients of which the true mean and covariance are known."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lropt_jax.diagnostics import NoiseScale, noise_scale, noise_scale_of_squares

MEAN = {"w": jnp.array([1.0, -2.0, 0.5]), "b": jnp.array(0.3)}
SPREAD = {"w": jnp.array([3.0, 1.0, 2.0]), "b": jnp.array(4.0)}
SIGNAL, NOISE = 5.34, 30.0
EXACT = NOISE / SIGNAL


def drawn(key, many, batch=1):
    """Gradients of `many` batches."""

    def leaf(mean, spread, key):
        return mean + spread * jax.random.normal(key, (many, *mean.shape)) / np.sqrt(batch)

    keys = dict(zip(MEAN, jax.random.split(key), strict=True))
    return jax.tree.map(leaf, MEAN, SPREAD, keys)


def test_it_is_within_a_tenth_of_the_exact_one_from_stacks_of_examples_and_of_batches():
    for many, batch in ((8, 1), (4, 16)):

        def step(before, key, many=many, batch=batch):
            return noise_scale(drawn(key, many, batch), batch, before=before), None

        found, _ = jax.lax.scan(step, NoiseScale.empty(), jax.random.split(jax.random.key(1), 4000))
        np.testing.assert_allclose(found.value, EXACT, rtol=0.1)
        np.testing.assert_allclose([found.noise, found.signal], [NOISE, SIGNAL], rtol=0.1)
        assert found.weight == 4000


@pytest.mark.slow
def test_a_mean_of_ratios_would_be_off():
    grads = jax.vmap(lambda key: drawn(key, 8))(jax.random.split(jax.random.key(1), 4000))
    each = jax.vmap(noise_scale)(grads)
    assert each.value.shape == (4000,)
    ratios = np.asarray(each.noise / each.signal)
    assert abs(np.mean(ratios) / EXACT - 1) > 0.3
    np.testing.assert_allclose(np.mean(each.noise) / np.mean(each.signal), EXACT, rtol=0.1)


def test_a_linear_regression_has_the_noise_scale_of_its_own_gradients():
    x = jax.random.normal(jax.random.key(0), (512, 3))
    y = x @ jnp.array([1.0, 2.0, 3.0]) + jax.random.normal(jax.random.key(1), (512,))
    w = jnp.array([0.5, 2.0, 2.0])
    each = np.asarray(jax.vmap(jax.grad(lambda w, x, y: (x @ w - y) ** 2), (None, 0, 0))(w, x, y), np.float64)
    exact = each.var(0).sum() / (each.mean(0) ** 2).sum()
    np.testing.assert_allclose(noise_scale(jnp.asarray(each)).value, exact, rtol=0.02)


def test_squared_lengths_at_two_batches_give_the_same():
    grads = drawn(jax.random.key(2), 8, batch=4)
    small = np.mean(sum(np.sum(np.reshape(leaf, (8, -1)) ** 2, 1) for leaf in jax.tree.leaves(grads)))
    large = sum(np.sum(np.mean(leaf, 0) ** 2) for leaf in jax.tree.leaves(grads))
    of_squares = noise_scale_of_squares(small, large, 4, 32)
    np.testing.assert_allclose(of_squares, noise_scale(grads, 4), rtol=1e-4)


def test_old_estimates_fade_and_an_accumulation_in_jit_can_go_on():
    @jax.jit
    def step(before, small, large):
        return noise_scale_of_squares(small, large, 1.0, 2.0, before=before, decay=0.5)

    found = step(step(NoiseScale.empty(), 5.0, 4.5), 11.0, 6.0)  # tr(Sigma) 1, then 10; |G|^2 4, then 1
    np.testing.assert_allclose([found.noise, found.signal], [10.5 / 1.5, 3 / 1.5], rtol=1e-6)
    np.testing.assert_allclose(found.value, 3.5, rtol=1e-6)


def test_it_says_what_batch_and_rate_it_calls_for():
    found = noise_scale_of_squares(5.0, 4.5, 1, 2)  # 1/4 of an example
    assert found.rate(0.25, 0.1) == pytest.approx(0.05)
    assert found.more_steps(found.value) == found.more_examples(found.value) == 2
    assert found.rate_at(0.75, 0.05, 0.25) == pytest.approx(0.05 * 2 / (4 / 3))
    assert found.rate_at(0.25, found.rate(1, 0.1), 1) == pytest.approx(found.rate(0.25, 0.1))


def test_without_signal_it_is_infinite_and_the_rate_goes_with_the_batch():
    lost = noise_scale_of_squares(5.0, 1.0, 1, 2)
    assert lost.signal < 0
    assert lost.value == np.inf
    assert lost.rate(64, 0.1) == 0
    assert lost.rate_at(64, 0.1, 32) == pytest.approx(0.2)
    assert np.isnan(NoiseScale.empty().value)
    assert np.isnan(noise_scale(jnp.array([1.0, jnp.nan])).value)


def test_leaves_without_gradients_count_nothing():
    stack = jnp.array([1.0, 3.0])
    plain = noise_scale({"w": stack})
    whole = noise_scale({"w": stack.astype(jnp.bfloat16), "n": jnp.arange(7), "none": None})
    np.testing.assert_allclose(plain, whole)
    assert plain.value.dtype == jnp.float32


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: noise_scale({"n": jnp.arange(3)}), "noise_scale: grads must hold arrays of floats, got"),
        (lambda: noise_scale(None), "noise_scale: grads must hold arrays of floats, got None"),
        (lambda: noise_scale(jnp.ones(())), "noise_scale: grads must have a first axis of 2 gradients or more"),
        (lambda: noise_scale(jnp.ones((1, 3))), "got the shapes .*; stack those of several batches"),
        (lambda: noise_scale({"a": jnp.ones(3), "b": jnp.ones(4)}), "the same for all leaves"),
        (lambda: noise_scale(jnp.ones(3), 0), "noise_scale: batch must be finite and > 0, got 0"),
        (lambda: noise_scale(jnp.ones(3), decay=1.0), r"noise_scale: decay must be in \[0, 1\), got 1.0"),
        (lambda: noise_scale(jnp.ones(3), before=3), "noise_scale: before must be NoiseScale"),
        (lambda: noise_scale_of_squares(1, 1, 8, 8), "large_batch must be another number than batch, 8, got 8"),
    ],
)
def test_bad_arguments_are_refused(call, says):
    with pytest.raises(ValueError, match=says):
        call()
