"""Tests of least squares on fresh examples."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from laws import x64

from lropt_jax.objectives import noise_floor
from lropt_jax.optimizers import adam, sgd
from lropt_jax.problems import least_squares, solve, suite
from lropt_jax.schedules import linear

CURVATURES = (1.0, 0.5, 0.25)
KEY = jax.random.key(1)


@functools.partial(jax.jit, static_argnames=("steps", "seeds"))
def errors(problem, tx, steps, seeds, average_from=0):
    """Excess risk at the end of many runs, of the last iterates and of the averages."""

    def run(key):
        solution = solve(problem, tx, key, steps, average_from=average_from)
        return problem.judge(solution.params, ()), problem.judge(solution.average, ())

    return jax.vmap(run)(jax.random.split(KEY, seeds))


@pytest.mark.slow
@pytest.mark.parametrize(("batch_size", "rates"), [(1, (0.1, 0.2, 0.3)), (8, (0.1, 0.5, 0.9))])
def test_a_constant_rate_settles_at_its_floor(batch_size, rates):
    problem = least_squares(curvatures=CURVATURES, noise=2.0, batch_size=batch_size)
    for rate in rates:
        measured, _ = errors(problem, sgd(rate), 200, 1024)
        floor = noise_floor(rate, CURVATURES, noise=2.0, batch_size=batch_size)
        assert abs(measured.mean() - floor) < 3 * measured.std() / np.sqrt(1024)


def test_averages_and_falling_rates_go_below_the_floor():
    problem, floor = least_squares(curvatures=CURVATURES), noise_floor(0.5, CURVATURES, batch_size=4)
    last, average = errors(problem, sgd(0.5), 600, 128, 100)
    falling, _ = errors(problem, sgd(linear(0.5, 600)), 600, 128)
    assert last.mean() > 0.7 * floor
    assert average.mean() < 0.1 * floor
    assert falling.mean() < 0.1 * floor


def test_gradient_descent_ends_at_two_over_the_largest_curvature():
    problem = least_squares(curvatures=(2.0, 0.5), batch_size=None)
    ends = [problem.judge(solve(problem, sgd(rate), KEY, 2000).params, ()) for rate in (0.99, 1.0, 1.01)]
    assert ends[0] < 1e-10
    np.testing.assert_allclose(ends[1], 1.0, rtol=1e-5)  # the first weight jumps from 0 to 2 and back
    assert ends[2] > 1e6


def test_noise_lowers_the_limit():
    assert noise_floor(1.0, CURVATURES) == jnp.inf
    runs = jax.vmap(lambda key: solve(least_squares(curvatures=CURVATURES, batch_size=1), sgd(1.0), key, 60).values)
    losses = runs(jax.random.split(KEY, 256)).mean(0)
    assert losses[59] > 100 * losses[19]
    assert solve(least_squares(curvatures=CURVATURES, batch_size=None), sgd(1.0), KEY, 60).values[59] < 0.5 + 1e-6


def test_the_field_is_the_gradient_of_the_watched_loss_on_average():
    with x64():
        problem, exact = (least_squares(noise=0.5, batch_size=size) for size in (4, None))
        w = jnp.array([0.3, -0.2, 2.0, 1.0])
        keys = jax.random.split(KEY, 20_000)
        gradients, _, losses = jax.vmap(problem.field, (None, None, 0))(w, (), keys)
        gradient, _, loss = exact.field(w, (), KEY)
        for draws, true in ((gradients, gradient), (losses, loss)):
            assert np.all(np.abs(draws.mean(0) - true) < 5 * draws.std(0) / np.sqrt(len(keys)))
        slope = jax.grad(lambda w: exact.field(w, (), KEY)[2])(w)
        np.testing.assert_allclose(gradient, slope, rtol=1e-12)
        assert problem.judge(jnp.ones(4), ()) == 0


def test_any_optimizer_takes_it_and_the_view_shows_the_weights():
    problem = least_squares()
    solution = solve(problem, adam(linear(0.1, 2000)), KEY, 2000)
    assert problem.judge(solution.params, ()) < 0.01
    view = problem.view(solution.params, ())
    np.testing.assert_array_equal(view.y["found"], solution.params)
    np.testing.assert_array_equal(view.y["true"], np.ones(4))
    assert suite()["least_squares"] is least_squares


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="least_squares: curvatures must be finite and > 0"):
        least_squares(curvatures=(1.0, np.nan))
    with pytest.raises(ValueError, match=r"least_squares: curvatures must have the shape \(d,\), got \(1, 2\)"):
        least_squares(curvatures=[[1.0, 2.0]])
    with pytest.raises(ValueError, match="least_squares: noise must be finite and >= 0, got -1"):
        least_squares(noise=-1)
    with pytest.raises(ValueError, match="least_squares: batch_size must be a whole number >= 1, got 8.0"):
        least_squares(batch_size=8.0)
