"""Tests of the equations of t-SNE."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from laws import x64

from lropt_jax.objectives import neighbour_probabilities, tsne_gradient, tsne_kl

RNG = np.random.default_rng(0)


def squares(points):
    return ((points[:, None] - points) ** 2).sum(-1)


def perplexities(probabilities):
    """Of each row, in float64."""
    rows = np.asarray(probabilities, np.float64)
    rows = rows / rows.sum(1, keepdims=True)
    return np.exp(-np.sum(rows * np.log(np.where(rows > 0, rows, 1)), axis=1))


def problem(size=40):
    joint = RNG.random((size, size)) ** 4
    joint = joint + joint.T
    np.fill_diagonal(joint, 0)
    joint[0, 1] = joint[1, 0] = 0
    return RNG.normal(size=(size, 2)), joint / joint.sum()


def loss(y, joint, exaggeration):
    """Section 3.1 and equation 4 of the paper, over all pairs, up to a constant."""
    i, j = np.nonzero(~np.eye(len(y), dtype=bool))
    w = 1 / (1 + jnp.sum((y[i] - y[j]) ** 2, axis=-1))
    return -jnp.sum(exaggeration * joint[i, j] * jnp.log(w)) + jnp.log(jnp.sum(w))


@pytest.mark.parametrize("exaggeration", [1.0, 12.0])
def test_the_gradient_is_that_of_the_loss_by_autodiff(exaggeration):
    with x64():
        y, joint = map(jnp.asarray, problem())
        gradient, _ = jax.jit(tsne_gradient)(y, joint, exaggeration=exaggeration)
        slopes = jax.jit(jax.grad(loss))(y, joint, exaggeration)
        np.testing.assert_allclose(gradient, slopes, rtol=1e-10, atol=1e-13)


def test_the_gradient_is_that_of_the_divergence_by_autodiff_and_by_differences():
    with x64():
        y, joint = map(jnp.asarray, problem())
        gradient, kl = tsne_gradient(y, joint)
        np.testing.assert_allclose(gradient, jax.jit(jax.grad(tsne_kl))(y, joint), rtol=1e-10, atol=1e-14)
        assert kl == tsne_kl(y, joint)
        towards = jnp.asarray(RNG.normal(size=y.shape))
        up, down = (tsne_kl(y + move * towards, joint) for move in (1e-5, -1e-5))
        assert (up - down) / 2e-5 == pytest.approx(float(jnp.sum(gradient * towards)), rel=1e-8)


def test_the_divergence_is_its_sum_over_pairs_and_exaggeration_does_not_touch_it():
    y, joint = problem()
    weights = 1 / (1 + squares(y))
    np.fill_diagonal(weights, 0)
    q, near = weights / weights.sum(), joint > 0
    expected = np.sum(joint[near] * np.log(joint[near] / q[near]))
    y, joint = jnp.asarray(y, jnp.float32), jnp.asarray(joint, jnp.float32)
    assert float(tsne_kl(y, joint)) == pytest.approx(expected, rel=1e-5)
    assert float(tsne_gradient(y, joint, exaggeration=12.0)[1]) == pytest.approx(expected, rel=1e-5)


def test_a_map_that_keeps_all_neighbourhoods_has_no_divergence_and_no_gradient():
    y, _ = problem()
    weights = 1 / (1 + squares(y))
    np.fill_diagonal(weights, 0)
    gradient, kl = tsne_gradient(jnp.asarray(y, jnp.float32), jnp.asarray(weights / weights.sum(), jnp.float32))
    assert abs(kl) < 1e-5
    np.testing.assert_allclose(gradient, np.zeros_like(y), atol=1e-7)


@pytest.mark.parametrize("perplexity", [1.5, 5.0, 30.0, 90.0])
@pytest.mark.parametrize("kind", ["clouds", "outlier", "tiny"])
def test_every_row_has_the_perplexity(perplexity, kind):
    points = RNG.normal(size=(100, 5)) * np.exp(RNG.normal(size=(100, 1)))
    points[0] *= 1e5 if kind == "outlier" else 1
    found = neighbour_probabilities(squares(points * (1e-6 if kind == "tiny" else 1)), perplexity)
    np.testing.assert_allclose(np.sum(found, axis=1), 1, rtol=1e-5)
    np.testing.assert_array_equal(np.diag(found), 0)
    np.testing.assert_allclose(perplexities(found), perplexity, rtol=1e-5)


def test_new_points_have_the_perplexity_among_all_columns():
    points, new = RNG.normal(size=(60, 3)), RNG.normal(size=(7, 3))
    found = neighbour_probabilities(((new[:, None] - points) ** 2).sum(-1), 8.0, new=True)
    assert found.shape == (7, 60)
    np.testing.assert_allclose(perplexities(found), 8.0, rtol=1e-5)
    with pytest.raises(ValueError, match=r"neighbour_probabilities: squares must have the shape \(m, n\), got \(3,\)"):
        neighbour_probabilities(np.ones(3), 2.0, new=True)


def test_in_float64_the_perplexity_is_met_further():
    with x64():
        found = neighbour_probabilities(squares(RNG.normal(size=(60, 3))), 7.0)
        np.testing.assert_allclose(perplexities(found), 7.0, rtol=1e-13)


def test_rows_are_gaussians_of_the_distances():
    distances = squares(RNG.normal(size=(30, 3)))
    with x64():
        logs = np.log(neighbour_probabilities(distances, 5.0)[0, 1:])
    slope, offset = np.polyfit(distances[0, 1:], logs, 1)
    assert slope < 0
    np.testing.assert_allclose(logs, slope * distances[0, 1:] + offset, atol=1e-10)


def test_more_equal_points_than_the_perplexity_share_alike():
    points = np.concatenate([np.zeros((6, 2)), RNG.normal(size=(20, 2)) + 5])
    found = np.asarray(neighbour_probabilities(squares(points), 3.0))
    np.testing.assert_allclose(found[0, 1:6], 0.2, rtol=1e-5)
    assert np.all(np.isfinite(found))


def test_they_can_be_compiled_and_mapped():
    y, joint = (jnp.asarray(each, jnp.float32) for each in problem())
    several = jnp.stack([y, 2 * y])
    gradients, kls = jax.jit(jax.vmap(tsne_gradient, (0, None)))(several, joint)
    alone = tsne_gradient(2 * y, joint)
    np.testing.assert_allclose(gradients[1], alone[0], rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(kls[1], alone[1], rtol=1e-5)
    distances = jnp.asarray(squares(np.asarray(y)))
    rows = jax.jit(jax.vmap(neighbour_probabilities, (None, 0)))(distances, jnp.array([5.0, 9.0]))
    np.testing.assert_allclose(perplexities(rows[1]), 9.0, rtol=1e-5)


def test_bad_arguments_are_refused():
    y, joint = jnp.ones((4, 2)), jnp.ones((4, 4)) / 12
    for function in (tsne_kl, tsne_gradient):
        with pytest.raises(ValueError, match=r"tsne_\w+: joint must have the shape \(n, n\), got \(4, 2\)"):
            function(y, y)
        with pytest.raises(ValueError, match=rf"{function.__name__}: embedding must have the shape \(4, 2\), got \(3,"):
            function(y[:3], joint)
    with pytest.raises(ValueError, match="tsne_gradient: exaggeration must be finite and >= 1, got 0.5"):
        tsne_gradient(y, joint, exaggeration=0.5)
    with pytest.raises(
        ValueError, match=r"neighbour_probabilities: squares must have the shape \(n, n\), got \(4, 2\)"
    ):
        neighbour_probabilities(y, 2.0)
    for perplexity in (1.0, 3.0):
        with pytest.raises(ValueError, match=r"neighbour_probabilities: perplexity must be in \(1, 3\), got"):
            neighbour_probabilities(joint, perplexity)
