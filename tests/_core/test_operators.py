"""Tests of signs between rules."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from lropt_jax.optimizers import adam, decay, sgd
from lropt_jax.rates import Rate, dog
from lropt_jax.schedules import cosine, linear, product, scale, warmup

falling = linear(1.0, 4)


@pytest.mark.parametrize("half", [0.5, np.float32(0.5), jnp.float32(0.5), np.array(0.5)])
def test_a_number_scales_a_schedule_from_both_sides(half):
    assert half * falling == falling * half == scale(falling, 0.5)
    assert falling / 2 == falling / jnp.float32(2) == scale(falling, 0.5)
    assert (half * warmup(1.0, 4))(1) == 0.25


def test_schedules_multiply():
    assert falling * cosine(0.1, 9) == product(falling, cosine(0.1, 9))
    plain = optax.linear_schedule(1.0, 0.0, 4)
    np.testing.assert_allclose((falling * plain)(2), 0.25)
    np.testing.assert_allclose((plain * falling)(2), 0.25)


def test_rates_that_set_themselves_multiply():
    assert 0.5 * dog() == product(0.5, dog())
    assert dog() * falling == product(dog(), falling)
    assert falling * dog() == product(falling, dog())
    x = jnp.ones(2)
    tx, half = sgd(dog()), sgd(dog() * 0.5)
    np.testing.assert_allclose(half.update(x, half.init(x), x)[0], tx.update(x, tx.init(x), x)[0] / 2, rtol=1e-6)


def test_a_rate_of_ones_own_multiplies_too():
    own = Rate(lambda params: (0.0, ()), lambda state, reading: (1.0, state))
    for tx in (sgd(0.5 * own), sgd(own * 0.5), sgd(falling * own), sgd(own * falling)):
        updates, _ = tx.update(jnp.ones(2), tx.init(jnp.ones(2)), jnp.ones(2))
        assert float(updates[0]) in (-0.5, -1.0)
    with pytest.raises(TypeError, match=r"^Rate: \* must have a number or a schedule at its other side, got 'a'"):
        own * "a"


def test_the_factor_may_be_traced():
    np.testing.assert_allclose(jax.grad(lambda factor: (factor * falling)(2) + (falling / factor)(2))(2.0), 0.5 - 0.125)


@pytest.mark.parametrize(
    ("use", "message"),
    [
        (lambda: -falling, "linear: a rate must be >= 0, got one with a minus"),
        (lambda: falling * -1.0, "scale: factor must be finite and >= 0, got -1.0"),
        (lambda: falling / 0, "linear: / must have a number > 0 at its right, got 0"),
        (lambda: optax.sgd(dog()), "dog: the factor of a rate must be >= 0, got -1; .* an optimizer of Optax"),
    ],
)
def test_rates_below_zero_are_refused(use, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        use()


@pytest.mark.parametrize(
    ("use", "message"),
    [
        (lambda: falling + falling, r"linear: \+ must have numbers, got a schedule; ask for the rate of a step"),
        (lambda: falling - 0.1, "linear: - must have numbers, got a schedule"),
        (lambda: 1 / falling, "linear: / must have numbers, got a schedule"),
        (lambda: falling**2, r"linear: \*\* must have numbers, got a schedule"),
        (lambda: falling < 0.1, "linear: < must have numbers, got a schedule"),
        (lambda: max(falling, 0.1), "linear: < must have numbers, got a schedule"),
        (lambda: float(falling), r"linear: float\(\) must have numbers, got a schedule"),
        (lambda: falling * "a", r"linear: \* must have a number or a schedule at its other side, got 'a'"),
        (lambda: falling * None, r"linear: \* must have a number or a schedule at its other side, got None"),
        (lambda: True * falling, r"linear: \* must have a number or a schedule at its other side, got True"),
        (lambda: falling * sgd(0.1), r"linear: \* must have a number or a schedule at its other side, got sgd"),
        (lambda: falling / falling, "linear: / must have a number at its right, got linear"),
        (lambda: dog() + dog(), r"dog: \+ must have numbers, got a rate that sets itself"),
        (lambda: 2 * adam(0.1), r"adam: \* must have numbers, got an optimizer; .* multiply the learning rate inside"),
        (lambda: adam(0.1) + sgd(0.1), r"adam: \+ must have numbers, got an optimizer; join optimizers with chain"),
        (lambda: 0.5 * decay(0.1), r"decay: \* must have numbers, got a weight decay; multiply its strength inside"),
    ],
)
def test_other_signs_are_refused_with_what_to_write(use, message):
    with pytest.raises(TypeError, match=f"^{message}"):
        use()
