"""What theory says of optimizers: invariances, where stable rates end, where Adam goes the wrong way, known traps."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from laws import x64

from lropt_jax.optimizers import (
    adabelief,
    adadelta,
    adagrad,
    adagrad_norm,
    adam,
    adamax,
    amsgrad,
    delta_bar_delta,
    lion,
    nadam,
    radam,
    rmsprop,
    rprop,
    sgd,
    sign_sgd,
    yogi,
)
from lropt_jax.schedules import piecewise, power

RNG = np.random.default_rng(0)
START, NOISE, BOWL = RNG.normal(size=4), RNG.normal(size=(60, 4)), np.diag([0.3, 1.0, 2.0, 5.0])
TURN = np.linalg.qr(RNG.normal(size=(4, 4)))[0]
SWAP = np.eye(4)[[2, 0, 3, 1]]


@jax.jit
def _run(tx, start, bowl, noise, radius):
    def body(carry, sample):
        x, state = carry
        updates, state = tx.update(bowl @ x + sample, state, x)
        x = jnp.clip(x + updates, -radius, radius)
        return (x, state), x

    return jax.lax.scan(body, (start, tx.init(start)), noise)[1]


def run(tx, start=START, bowl=BOWL, noise=NOISE, radius=np.inf):
    """The points of a run in float64 with gradients `bowl x + noise`, kept within a radius in each coordinate."""
    with x64():
        return np.asarray(_run(tx, *(jnp.asarray(array, jnp.float64) for array in (start, bowl, noise, radius))))


name = lambda tx: tx.factory.__name__  # noqa: E731


ELEMENTWISE = [
    sgd(0.02, momentum=0.9), sign_sgd(0.02), adagrad(0.1), adadelta(1.0), rmsprop(0.02), adam(0.1), adamax(0.1),
    nadam(0.1), radam(0.1, b2=0.9), amsgrad(0.1), adabelief(0.1), yogi(0.1), lion(0.02), rprop(0.02),
    delta_bar_delta(0.02),
]  # fmt: skip


@pytest.mark.parametrize(
    "tx",
    [
        adam(0.1, eps=0.0), nadam(0.1, eps=0.0), amsgrad(0.1, eps=0.0), adagrad(0.1, eps=0.0), rmsprop(0.02, eps=0.0),
        adagrad_norm(0.5), lion(0.02), sign_sgd(0.02), rprop(0.02),
    ],
    ids=name,
)  # fmt: skip
def test_it_does_not_see_the_scale_of_the_gradients_at_all(tx):
    np.testing.assert_array_equal(run(tx, bowl=2.0**-20 * BOWL, noise=2.0**-20 * NOISE), run(tx))


@pytest.mark.parametrize("tx", [adam(0.1, eps=0.1), adagrad(0.1, initial_accumulator_value=0.1), sgd(0.02)], ids=name)
def test_with_a_scale_of_its_own_it_sees_that_of_the_gradients(tx):
    assert np.max(np.abs(run(tx, bowl=BOWL / 64, noise=NOISE / 64) - run(tx))) > 0.1


@pytest.mark.parametrize("tx", ELEMENTWISE, ids=name)
def test_coordinates_may_change_places(tx):
    swapped = run(tx, SWAP @ START, SWAP @ BOWL @ SWAP.T, NOISE @ SWAP.T)
    np.testing.assert_allclose(swapped, run(tx) @ SWAP.T, rtol=1e-11, atol=1e-12)


def turned(tx):
    """How far a run of the turned problem is from the turned run."""
    return np.max(np.abs(run(tx, TURN @ START, TURN @ BOWL @ TURN.T, NOISE @ TURN.T) - run(tx) @ TURN.T))


@pytest.mark.parametrize("tx", [sgd(0.05), sgd(0.02, momentum=0.9, nesterov=True), adagrad_norm(0.5)], ids=name)
def test_it_turns_with_the_parameters(tx):
    assert turned(tx) < 1e-12


@pytest.mark.parametrize("tx", [adam(0.1), adagrad(0.1), lion(0.02)], ids=name)
def test_what_divides_each_coordinate_does_not_turn_with_the_parameters(tx):
    assert turned(tx) > 0.05


@pytest.mark.parametrize("curvature", [0.5, 40.0])
@pytest.mark.parametrize(
    ("tx", "limit"),
    [
        (sgd(0.0), 2),
        (sgd(0.0, momentum=0.9), 3.8),
        (sgd(0.0, momentum=0.9, dampening=0.9), 38),
        (sgd(0.0, momentum=0.5, nesterov=True), 3 / 2),
        (sgd(0.0, momentum=0.9, nesterov=True), 3.8 / 2.8),
    ],
)
def test_rates_are_stable_up_to_the_limit_over_the_curvature(tx, limit, curvature):
    inside, outside = (
        run(tx.replace(learning_rate=share * limit / curvature), np.ones(1), [[curvature]], np.zeros((6000, 1)))[-1]
        for share in (1 - 1e-3, 1 + 1e-3)
    )
    assert np.abs(inside) < 1e-4
    assert np.abs(outside) > 1e4


@pytest.mark.parametrize(("b1", "limit"), [(0.0, 2), (0.5, 6), (0.9, 38)])
def test_adam_is_stable_up_to_its_own_limit_over_the_preconditioned_curvature(b1, limit):
    """`2 (1 + b1) / (1 - b1) * sqrt(nu) / curvature` (Cohen et al. 2022, arXiv:2207.14484), 38 for `b1 = 0.9`."""
    nu, curvature, begin = 0.09, 5.0, 1e-9

    def end(share):
        """Where a coordinate gets to whose second moment settled long ago, and what that is in the end."""
        tx, x = adam(share * limit * jnp.sqrt(nu) / curvature, b1=b1, b2=1 - 1e-8, eps=0.0), jnp.full(1, begin)
        state = tx.init(x)._replace(count=jnp.int32(2**30), nu=jnp.full(1, nu))

        def body(carry, _):
            updates, state = tx.update(curvature * carry[0], carry[1])
            return (carry[0] + updates, state), None

        (x, state), _ = jax.lax.scan(body, (x, state), length=6000 // limit)
        return jnp.abs(x[0]), state.nu[0]

    with x64():
        sizes, settled = map(np.asarray, jax.jit(jax.vmap(end))(jnp.array([1 - 1e-3, 1 + 1e-3])))
    np.testing.assert_allclose(settled, nu, rtol=1e-4)
    assert sizes[0] < begin / 10
    assert sizes[1] > begin * 10


FORGETFUL = {"b1": 0.0, "b2": 0.1}  # b2 = 1 / (1 + C^2)
FALLING = power(0.5, 1, exponent=0.5)
ENDS = [
    (adam(FALLING, **FORGETFUL), 1),
    (rmsprop(FALLING, decay=0.1), 1),
    (amsgrad(FALLING, **FORGETFUL), -1),
    (amsgrad(FALLING, **FORGETFUL, bias_correction=False), -1),
    (yogi(FALLING, **FORGETFUL), -1),
    (adagrad(0.5), -1),
]


@pytest.mark.parametrize(("tx", "end"), ENDS)
def test_where_a_large_gradient_comes_every_third_step_adam_forgets_it(tx, end):
    """`f = 3 x, -x, -x, ...` on [-1, 1], least at -1 (Reddi, Kale and Kumar 2018, arXiv:1904.09237, section 3)."""
    gradients = np.where(np.arange(6000) % 3 == 0, 3.0, -1.0)[:, None]
    assert run(tx, np.zeros(1), [[0.0]], gradients, 1.0)[-1] == pytest.approx(end, abs=0.05)


@pytest.mark.parametrize(("tx", "end"), ENDS)
def test_where_a_large_gradient_comes_by_chance_adam_forgets_it_too(tx, end):
    """`3 x` with probability 0.3, else `-x`: the mean slope is 0.2."""
    gradients = np.where(np.random.default_rng(1).random((40_000, 64)) < 0.3, 3.0, -1.0)
    points = run(tx, np.zeros(64), np.zeros((64, 64)), gradients, 1.0)
    assert np.mean(points[-1]) == pytest.approx(end, abs=0.1)


def test_a_rate_that_falls_to_nothing_stops_rmsprop_at_once_though_its_momentum_goes_on():
    rate, ones = piecewise((0.1, 0.0), (2,)), jnp.ones(1)

    def last(tx):
        state = tx.init(ones)
        for _ in range(3):
            updates, state = tx.update(ones, state)
        return abs(float(updates[0]))

    assert last(rmsprop(rate, momentum=0.9)) == 0
    assert last(optax.rmsprop(rate, momentum=0.9)) > 0.1


def test_the_first_step_of_adagrad_is_the_rate_however_small_the_gradient():
    small = jnp.full(1, 1e-3)
    ours, theirs = (tx.update(small, tx.init(small))[0] for tx in (adagrad(0.1), optax.adagrad(0.1)))
    np.testing.assert_allclose(ours, -0.1, rtol=1e-5)
    assert abs(float(theirs[0])) < 1e-3


@pytest.mark.parametrize("size", [1e-4, 1e3])
@pytest.mark.parametrize("tx", [adam(0.1), amsgrad(0.1), adagrad(0.1), adamax(0.1), nadam(0.1)], ids=name)
def test_squares_that_float16_cannot_hold_are_not_lost(tx, size):
    gradients = jnp.full(2, size, jnp.float16)
    updates, _ = tx.update(gradients, tx.init(gradients))
    exact, _ = tx.update(gradients.astype(jnp.float32), tx.init(jnp.zeros(2)))
    np.testing.assert_array_equal(updates, exact.astype(jnp.float16))
    assert np.all(updates < -0.09)
