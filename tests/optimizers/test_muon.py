"""Tests of `muon`."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from golden_values import optimizer_cases
from golden_values import trajectory as golden
from laws import OptimizerLaws
from trajectories import START, noisy, trajectory

from lropt_jax.optimizers import adam, muon
from lropt_jax.schedules import linear

MATRIX = np.array([[2.0, -1.5, 0.3], [1.0, 0.1, -0.7], [0.4, 1.2, -2.0], [0.9, -0.2, 0.5]])
JORDAN = ((3.4445, -4.7750, 2.0315),) * 5


class TestLaws(OptimizerLaws):
    specimen = muon(0.1)


class TestLawsWithBF16Iterations(OptimizerLaws):
    specimen = muon(linear(0.1, 50), scale="spectral", layout="out_in", ns_dtype="bfloat16", weight_decay=0.05)


class TestLawsOfOptax(OptimizerLaws):
    specimen = muon(0.1, bias_correction=True, scale="none", more_axes="flatten", ns_coefficients=JORDAN[:2], eps=0.0)


class TestLawsOfThePartOfAdam(OptimizerLaws):
    specimen = muon(0.1, nesterov=False, adam_mask=True, adam_multiple=0.5)


@pytest.mark.parametrize(("ns_dtype", "atol"), [(None, 2e-3), ("bfloat16", 1e-2)])
def test_it_is_torch_muon_to_the_precision_of_its_bf16(ns_dtype, atol):
    case = optimizer_cases("Muon")["default"]
    row, col = np.mgrid[:2, :3]
    tx = muon(0.02, scale="spectral", layout="out_in", weight_decay=0.1, ns_dtype=ns_dtype)
    ours = trajectory(
        tx, case["given"]["params"]["W"], lambda w, step: np.sin(0.7 * step + row + 2 * col) + 0.05 * w, 20
    )
    np.testing.assert_allclose(ours, golden(case, "W"), atol=atol)


def newton_schulz(m):
    x = m.T if m.shape[0] > m.shape[1] else m
    x = x / (np.linalg.norm(x) + 1e-7)
    for a, b, c in JORDAN:
        gram = x @ x.T
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x.T if m.shape[0] > m.shape[1] else x


@pytest.mark.parametrize("nesterov", [False, True])
@pytest.mark.parametrize("start", [MATRIX, MATRIX.T], ids=["tall", "wide"])
def test_it_is_the_paper(start, nesterov):
    x, mu = start.copy(), 0 * start
    for step in range(200):
        g = noisy(x, step)
        mu = 0.95 * mu + g
        ahead = 0.95 * mu + g if nesterov else mu
        x = x - 0.02 * (0.2 * 2.0 * newton_schulz(0.05 * ahead) + 0.1 * x)
    ours = trajectory(muon(0.02, nesterov=nesterov, weight_decay=0.1), start, noisy, 200)
    np.testing.assert_allclose(ours[-1], x, atol=1e-10)


@pytest.mark.parametrize("nesterov", [False, True])
@pytest.mark.parametrize("start", [MATRIX, MATRIX.T], ids=["tall", "wide"])
def test_its_matrices_are_those_of_optax(start, nesterov):
    ours = muon(0.05, scale="spectral", nesterov=nesterov, bias_correction=True, eps=1e-8, weight_decay=0.1)
    theirs = optax.contrib.muon(0.05, nesterov=nesterov, weight_decay=0.1)
    np.testing.assert_allclose(trajectory(ours, start, noisy, 60), trajectory(theirs, start, noisy, 60), atol=1e-9)


def test_everything_else_is_adam_at_a_multiple_of_the_rate():
    ours = trajectory(muon(linear(0.2, 50), adam_multiple=0.3, adam_b2=0.99), START, noisy, 60)
    theirs = trajectory(adam(linear(0.06, 50), b2=0.99), START, noisy, 60)
    np.testing.assert_allclose(ours, theirs, atol=1e-12)


def sized(**arguments):
    """Root mean square of the first update of an orthogonal (2, 8) in units of the rate."""
    update, _ = (tx := muon(1.0, **arguments)).update(jnp.eye(2, 8), tx.init(jnp.eye(2, 8)))
    return float(jnp.sqrt(jnp.sum(update**2) / 2))


def test_the_scale_knows_which_axis_is_the_output():
    one = sized(scale="none")
    assert 0.68 < one < 1.2
    for layout, spectral in (("in_out", 2.0), ("out_in", 1.0)):
        np.testing.assert_allclose(sized(scale="spectral", layout=layout), spectral * one, rtol=1e-6)
        np.testing.assert_allclose(sized(scale="rms", layout=layout), 0.2 * np.sqrt(8) * one, rtol=1e-6)


def moments(tx, params):
    return jax.tree.map(lambda leaf: leaf is None, tx.init(params).nu, is_leaf=lambda leaf: leaf is None)


def test_only_matrices_are_orthogonalised_and_the_mask_says_which():
    params = {
        "embed": jnp.ones((5, 4)), "layers": {"kernel": jnp.ones((3, 4, 4)), "bias": jnp.ones((3, 4))},
        "norm": jnp.ones(4), "temperature": jnp.ones(()),
    }  # fmt: skip
    adams = {"embed": False, "layers": {"kernel": False, "bias": False}, "norm": False, "temperature": False}
    alone = adams | {"embed": True, "layers": {"kernel": False, "bias": True}}
    assert moments(muon(0.1), params) == alone
    masked = adams | {"layers": {"kernel": True, "bias": False}}
    mask = {"embed": True, "layers": {"kernel": False, "bias": True}, "norm": False, "temperature": False}
    assert moments(muon(0.1, adam_mask=mask), params) == masked
    assert moments(muon(0.1, adam_mask=lambda params: mask), params) == masked
    assert moments(muon(0.1, adam_mask=mask | {"layers": True}), params) == adams


def test_more_axes_make_matrices_of_stacks_and_kernels_without_a_mask():
    params = {"stack": jnp.ones((3, 4, 5)), "kernel": jnp.ones((2, 2, 3, 4)), "bias": jnp.ones(4)}
    assert moments(muon(0.1), params) == {"stack": False, "kernel": False, "bias": False}
    for more_axes in ("stack", "flatten"):
        tx, named = (muon(0.1, more_axes=more_axes, adam_mask=mask) for mask in (None, "bias"))
        assert moments(tx, params) == {"stack": True, "kernel": True, "bias": False}
        updates = [one.update(params, one.init(params))[0] for one in (tx, named)]
        jax.tree.map(np.testing.assert_array_equal, *updates)


def test_more_axes_are_a_stack_or_one_flat_matrix():
    rng = np.random.default_rng(0)
    grads = jnp.asarray(rng.normal(size=(2, 3, 4, 5)), jnp.float32)

    def update(leaf, **arguments):
        tx = muon(0.1, scale="spectral", adam_mask=False, **arguments)
        return tx.update(leaf, tx.init(leaf))[0]

    stack = jnp.stack([update(leaf) for leaf in grads.reshape(6, 4, 5)]).reshape(grads.shape)
    np.testing.assert_allclose(update(grads), stack, atol=1e-5)
    flat = update(grads.reshape(24, 5)).reshape(grads.shape)
    np.testing.assert_allclose(update(grads, more_axes="flatten"), flat, atol=1e-5)
    flat = update(grads.reshape(2, 60), layout="out_in").reshape(grads.shape)
    np.testing.assert_allclose(update(grads, more_axes="flatten", layout="out_in"), flat, atol=1e-5)


def test_it_ignores_the_scale_of_the_gradients():
    tx = muon(0.05, eps=0.0)
    small = trajectory(tx, MATRIX, lambda x, step: 1e-6 * noisy(x, step), 20)
    np.testing.assert_allclose(trajectory(tx, MATRIX, noisy, 20), small, atol=1e-9)


def test_large_float16_gradients_do_not_overflow():
    grads = jnp.full((2, 3), 6e4, jnp.float16)
    tx = muon(0.1, scale="none")
    update, _ = tx.update(grads, tx.init(grads))
    assert 0.06 < float(jnp.linalg.norm(update.astype(jnp.float32))) < 0.13


def test_lanes_of_one_program_are_matrices_of_their_own():
    lanes = jnp.asarray(np.random.default_rng(1).normal(size=(3, 4, 5)), jnp.float32)
    tx = muon(0.1)
    step = lambda g: tx.update(g, tx.init(g))[0]  # noqa: E731
    np.testing.assert_allclose(jax.vmap(step)(lanes), jnp.stack([step(lane) for lane in lanes]), atol=1e-5)


def test_other_iterations_may_be_given():
    cubic = ((1.5, -0.5, 0.0),) * 30
    tx = muon(1.0, scale="none", ns_coefficients=cubic)
    left, _, right = np.linalg.svd(MATRIX, full_matrices=False)
    np.testing.assert_allclose(trajectory(tx, 0 * MATRIX, lambda x, step: MATRIX, 1)[1], -left @ right, atol=1e-6)


def test_bad_arguments_are_refused():
    for name, message in (
        ("scale", "muon: scale must be one of rms, spectral, none, got 'big'"),
        ("layout", "muon: layout must be one of in_out, out_in, got 'big'"),
        ("more_axes", "muon: more_axes must be one of stack, flatten, got 'big'"),
        ("ns_dtype", "muon: ns_dtype must be one of bfloat16, float32, got 'big'"),
    ):
        with pytest.raises(ValueError, match=message):
            muon(0.1, **{name: "big"})
    with pytest.raises(ValueError, match="muon: momentum must be in \\[0, 1\\), got 1.0"):
        muon(0.1, momentum=1.0)
    with pytest.raises(TypeError, match="muon: ns_coefficients must be a sequence, got 3.4445"):
        muon(0.1, ns_coefficients=(3.4445, -4.7750, 2.0315))
    with pytest.raises(ValueError, match="muon: ns_coefficients must be triples, one for each iteration"):
        muon(0.1, ns_coefficients=((3.4445, -4.7750),))
