"""Tests of settings and how they are told apart."""

import numpy as np
import pytest
from made import LOSSES, found

from lropt_jax.tuning.choices import Choice, said_of_ties


def choice(rate, results, optimizer="a", **values):
    mean, spread = np.mean(results), np.std(results, ddof=1) if len(results) > 1 else 0.0
    return Choice(
        optimizer, rate, mean, spread, mean, spread, len(results), None, values, dict(enumerate(map(float, results)))
    )


def test_intervals_are_students():
    assert choice(0.1, [1, 2, 3]).validation_interval == pytest.approx(4.302653 / 3**0.5)
    assert choice(0.1, [1, 2, 3]).test_interval == pytest.approx(4.302653 / 3**0.5)
    assert np.isnan(choice(0.1, [1]).validation_interval)


def test_settings_are_choices_in_ascending_order_for_each_of_the_other_values():
    sweep = found(LOSSES, seeds=2, values={"b1": np.repeat([0.9, 0.5, 0.9], [4, 6, 10])})
    settings = [(each.rate, each.values["b1"], each.seeds) for each in sweep.choices("a")]
    assert settings == [(1e-4, 0.9, 2), (1e-3, 0.9, 2), (1e-2, 0.5, 2), (1e-1, 0.5, 2), (1.0, 0.5, 2)]
    assert sweep.choices("a")[0].results == {0: 5.0, 1: 5.1}
    assert sweep.alike(sweep.choices("a")[0]).sum() == 4
    assert hash(sweep.choices("a")[0])


def test_metrics_are_means_over_seeds_with_their_spreads_and_intervals():
    chosen = found(LOSSES, seeds=2, metrics={"validation accuracy": np.tile([0.7, 0.9], 10)}).best()
    assert chosen.metrics == pytest.approx({"validation accuracy": 0.8})
    assert chosen.metric_spreads == pytest.approx({"validation accuracy": 0.2 / 2**0.5})
    assert chosen.metric_intervals == pytest.approx({"validation accuracy": 12.706205 * 0.1})
    assert hash(chosen)


def test_ties_are_said_in_one_sentence():
    best, near, far = choice(0.012218, [1, 2]), choice(0.0182, [2, 1]), choice(1.0, [8, 9])
    assert best.differs(far)
    assert not best.differs(near)
    assert said_of_ties(best, [near]) == "0.01222 and 0.0182 cannot be told apart with 2 seeds."
    assert said_of_ties(best, []) == ""
    assert said_of_ties(choice(0.1, [1]), [choice(0.2, [2])]) == "One seed tells no settings apart."
    other = choice(0.1, [1, 2], optimizer="b")
    assert said_of_ties(best, [near, other]).startswith("a 0.01222, a 0.0182 and b 0.1 cannot")
    many = said_of_ties(best, [near] * 9)
    assert many == "0.01222, 0.0182, 0.0182, 0.0182 and 6 more cannot be told apart with 2 seeds."
    assert choice(0.1, [1], b1=0.9, nesterov="True").setting == "0.1 (b1 0.9, nesterov True)"
