"""Tests of the picture of the loss along an update."""

import io

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from matplotlib.figure import Figure

from lropt_jax.report import plot_landscape


def bowl(x):
    return 0.5 * jnp.sum(jnp.array([1.0, 10.0]) * x**2)


X = jnp.array([3.0, 1.0])


def drawn(rate, loss=bowl, params=X, **given):
    update = jax.tree.map(lambda g: -rate * g, jax.grad(loss)(params))
    figure = plot_landscape(loss, params, update, points=33, **given)
    figure.savefig(io.BytesIO(), format="png")
    axes = figure.axes[0]
    return axes, {line.get_label().split(":")[0]: line for line in axes.lines}


def test_it_marks_the_best_multiple_and_the_critical_one():
    axes, lines = drawn(0.05)
    exact = 2 * 109 / 1009 / 0.05
    np.testing.assert_allclose(lines["critical"].get_xdata()[0], exact, rtol=0.01)
    np.testing.assert_allclose(lines["best"].get_xdata()[0], exact / 2, rtol=0.2)
    along, against = lines["along the update"], lines["against the gradient"]
    np.testing.assert_allclose(along.get_ydata(), against.get_ydata(), rtol=1e-3)  # they are one direction here
    place = along.get_xdata()[5]
    np.testing.assert_allclose(along.get_ydata()[5], bowl(X - place * 0.05 * jax.grad(bowl)(X)), rtol=1e-4)
    assert "times the rate" in axes.get_title()
    low, high = axes.get_ylim()
    assert low < float(bowl(X)) < high < 4 * float(bowl(X))


def test_a_rate_that_is_too_high_is_told_and_the_axis_reaches_to_where_it_is_not():
    axes, lines = drawn(50.0)
    assert axes.get_title().startswith("this update raises the loss: it is")
    assert axes.get_xlim()[0] < lines["critical"].get_xdata()[0] < 1
    assert lines["this update"].get_xdata() == [1, 1]


@pytest.mark.slow
def test_what_is_not_finite_gets_crosses_and_no_picture_breaks():
    axes, _ = drawn(0.3, lambda x: jnp.sum(jnp.log(x) + x**2), jnp.ones(2))
    crosses = [line for line in axes.lines if line.get_marker() == "x"]
    assert any(len(line.get_xdata()) for line in crosses)
    for loss, title in (
        (lambda x: jnp.nan * jnp.sum(x), "not finite"),
        (lambda x: 0.0 * jnp.sum(x), "no multiple that is drawn lowers"),
        (lambda x: jnp.sum(x), "none up to 1024"),
        (lambda x: 1e30 * jnp.sum(x**2), "times"),
    ):
        axes, _ = drawn(0.3, loss)
        assert title in axes.get_title()
        assert np.all(np.isfinite(axes.get_ylim()))


def test_an_ascent_is_told_and_both_curves_are_seen():
    figure = plot_landscape(bowl, X, jax.grad(bowl)(X), points=9)
    axes = figure.axes[0]
    assert "no descent direction" in axes.get_title()
    along = next(line for line in axes.lines if line.get_label() == "along the update")
    assert np.sum(along.get_ydata() < axes.get_ylim()[1]) > 2


def test_it_draws_into_axes_that_are_given_and_takes_any_tree():
    axes = Figure().subplots()
    params = {"w": jnp.ones(2, jnp.bfloat16), "n": jnp.arange(2), "act": jnp.tanh}
    update = {"w": jnp.full(2, -0.5), "n": None, "act": None}
    plot_landscape(lambda p: jnp.sum(p["w"].astype(jnp.float32) ** 2), params, update, points=5, ax=axes)
    assert axes.lines


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: plot_landscape(lambda x: x, X, X), r"loss must return a float of shape \(\), got"),
        (lambda: plot_landscape(lambda x, batch: 1.0, X, X), "loss must be a function of 1 argument, got"),
        (lambda: plot_landscape(bowl, X, {"w": X}), "update must be a tree like params"),
        (lambda: plot_landscape(bowl, jnp.arange(2), X), "params must have at least one leaf of floats"),
        (lambda: plot_landscape(bowl, X, X, points=0), "points must be a whole number >= 1, got 0"),
    ],
)
def test_bad_arguments_are_refused(call, says):
    with pytest.raises(ValueError, match=f"^plot_landscape: {says}"):
        call()
