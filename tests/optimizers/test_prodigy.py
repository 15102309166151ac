"""Tests of `prodigy`."""

import jax.numpy as jnp
import numpy as np
import optax
import pytest
from distance_laws import DistanceLaws
from trajectories import START, noisy, trajectory

from lropt_jax.optimizers import prodigy
from lropt_jax.schedules import linear


class TestLaws(DistanceLaws):
    specimen = prodigy(linear(1.0, 50), b2=0.99, d0=0.05, growth_limit=1.5, weight_decay=0.05)


def reference(steps, b1=0.9, b2=0.999, b3=None, eps=1e-8, d0=1e-3, decay=0.1, bias=False, safe=False, total=250):
    """The paper's Adam version as its authors' program has it, in NumPy."""
    x, m, v, s, numerator, d = START.copy(), np.zeros(4), np.zeros(4), np.zeros(4), 0.0, d0
    b3 = b2**0.5 if b3 is None else b3
    for k in range(steps):
        g, old = noisy(x, k), d
        r = d * (1 - k / total) * (np.sqrt(1 - b2 ** (k + 1)) / (1 - b1 ** (k + 1)) if bias else 1.0)
        numerator = b3 * numerator + d / d0 * r * g @ (START - x)
        m, v = b1 * m + (1 - b1) * d * g, b2 * v + (1 - b2) * d**2 * g**2
        s = b3 * s + d / d0 * (d if safe else r) * g
        d = max(d, numerator / np.abs(s).sum())
        first = m if b1 > 0 else m * d / old
        x = x - r * decay * x - r * first / (np.sqrt(v) + d * eps)
    return x


@pytest.mark.parametrize("form", [{}, {"bias": True}, {"safe": True, "b3": 0.9}, {"b1": 0.0, "b2": 0.9}])
def test_it_is_the_paper(form):
    names = {"bias": "bias_correction", "safe": "safeguard_warmup"}
    ours = {names.get(name, name): argument for name, argument in form.items()}
    tx = prodigy(linear(1.0, 250), d0=1e-3, weight_decay=0.1, **ours)
    np.testing.assert_allclose(trajectory(tx, START, noisy, 200)[-1], reference(200, **form), atol=1e-10)


@pytest.mark.parametrize("rate", [1.0, linear(1.0, 120)])
@pytest.mark.parametrize("safe", [False, True])
def test_with_the_correction_it_is_optaxs(rate, safe):
    theirs = optax.contrib.prodigy(rate, estim_lr0=1e-3, weight_decay=0.1, safeguard_warmup=safe)
    ours = prodigy(rate, d0=1e-3, weight_decay=0.1, bias_correction=True, safeguard_warmup=safe)
    np.testing.assert_allclose(trajectory(ours, START, noisy, 100), trajectory(theirs, START, noisy, 100), atol=1e-12)


@pytest.mark.parametrize("safe", [False, True])
def test_updates_at_a_rate_of_0_are_as_if_they_had_not_been(safe):
    waits = prodigy(lambda step: jnp.where(step < 3, 0.0, 1.0), d0=1e-2, bias_correction=True, safeguard_warmup=safe)
    ours = trajectory(waits, START, lambda x, step: noisy(x, max(step - 3, 0)), 40)
    at_once = trajectory(waits.replace(learning_rate=1.0), START, noisy, 37)
    np.testing.assert_allclose(ours[3:], at_once, atol=1e-12)


def test_a_slice_estimates_from_its_entries_alone_and_saves_their_memory():
    start = {"w": jnp.arange(12.0).reshape(3, 4), "b": jnp.ones(2)}
    tx = prodigy(d0=0.1, slice_p=5)
    state = tx.init(start)
    np.testing.assert_array_equal(state.params0["w"], [0.0, 5.0, 10.0])
    assert state.grad_sum["b"].shape == (1,)
    grads = {"w": jnp.ones((3, 4)), "b": jnp.zeros(2)}
    elsewhere = {"w": jnp.ones((3, 4)).at[0, 1].set(7.0), "b": jnp.array([0.0, -3.0])}
    for params in (start, {"w": start["w"] - 1, "b": start["b"]}):
        (_, state), (_, other) = (tx.update(given, state, params) for given in (grads, elsewhere))
        assert state.d == other.d
    assert state.d > 0.1


def test_the_starting_point_is_a_copy_in_float32():
    for dtype in (jnp.bfloat16, jnp.float32):
        params = jnp.ones(3, dtype)
        kept = prodigy().init(params).params0
        assert kept.dtype == jnp.float32
        assert kept.unsafe_buffer_pointer() != params.unsafe_buffer_pointer()


def test_the_first_growth_is_free_and_the_largest_estimate_is_remembered():
    tx = prodigy(d0=1e-3, growth_limit=1.1)
    params, seen = jnp.asarray(START, jnp.float32), []
    state = tx.init(params)
    for step in range(30):
        updates, state = tx.update(jnp.asarray(noisy(np.asarray(params), step), jnp.float32), state, params)
        params = params + updates
        seen.append((float(state.d), float(state.largest)))
    found, largest = np.array(seen).T
    first = int(np.argmax(found > 1e-3))
    assert found[first] == largest[first]
    ratio = found[first + 1 :] / found[first:-1]
    np.testing.assert_allclose(ratio[largest[first + 1 :] > found[first + 1 :]], np.float32(1.1), rtol=1e-6)
    assert np.any(largest > found)


def test_bad_arguments_are_refused():
    for name in ("b1", "b2", "b3"):
        with pytest.raises(ValueError, match=f"prodigy: {name} must be in \\[0, 1\\), got 1.0"):
            prodigy(**{name: 1.0})
    for slices in (0, 1.5, True):
        with pytest.raises(ValueError, match=f"prodigy: slice_p must be a whole number >= 1, got {slices}"):
            prodigy(slice_p=slices)
    with pytest.raises(ValueError, match="prodigy: update needs params; call tx.update"):
        prodigy().update(jnp.ones(2), prodigy().init(jnp.ones(2)))
