"""Tests of probes and the rate that they point at."""

import numpy as np
import pytest

from lropt_jax.tuning.probes import Probe, at_an_end, lowest, vertex


def probes(rates, losses):
    return [Probe("short", 3, rate, loss) for rate, loss in zip(rates, losses, strict=True)]


@pytest.mark.parametrize("rates", [(0.01, 0.1, 1.0), (0.01, 0.05, 0.9, 1.0)])
def test_the_vertex_is_that_of_a_parabola_in_the_logarithm_of_the_rate(rates):
    losses = [3 + 2 * np.log(rate / 0.07) ** 2 for rate in rates]
    assert vertex(probes(rates, losses)) == pytest.approx(0.07)


@pytest.mark.parametrize(
    ("losses", "rate"),
    [
        ((1.0, 2.0, 3.0), 0.01),  # at an end
        ((3.0, 2.0, 1.0), 1.0),
        ((3.0, 2.0, np.inf), 0.1),  # beside a run that diverged
        ((np.nan, 2.0, 3.0), 0.1),
        ((2.0, 2.0, 2.0), 0.01),  # flat
        ((np.inf, np.inf, np.inf), 0.01),
    ],
)
def test_without_two_finite_neighbours_the_lowest_probe_is_taken_itself(losses, rate):
    assert vertex(probes((0.01, 0.1, 1.0), losses)) == rate


def test_the_lowest_probe_is_finite_and_its_side_is_known():
    three = probes((0.1, 1.0, 10.0), (np.nan, 2.0, 1.0))
    assert (lowest(three), at_an_end(three), at_an_end(three[:2]), at_an_end(three[1:])) == (2, 1, 1, 1)
    assert at_an_end(probes((0.1, 1.0), (1.0, 2.0))) == -1
    assert at_an_end(probes((0.1, 1.0, 2.0), (3.0, 2.0, 3.0))) == 0
