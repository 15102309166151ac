"""Tests of the number of components, against scikit-learn."""

import functools

import jax
import numpy as np
import pytest

from lropt_jax.problems import choose_components

datasets, mixture = pytest.importorskip("sklearn.datasets"), pytest.importorskip("sklearn.mixture")
IRIS, KEY = datasets.load_iris().data, jax.random.key(0)


@functools.cache
def iris():
    return choose_components(IRIS, range(1, 4), key=KEY)


@pytest.mark.slow
def test_the_criteria_are_scikit_learns_and_two_components_are_best():
    found = iris()
    fits = [mixture.GaussianMixture(k, n_init=10, tol=1e-6, max_iter=500, random_state=0).fit(IRIS) for k in (1, 2, 3)]
    np.testing.assert_allclose(found.bic, [fit.bic(IRIS) for fit in fits], rtol=1e-3)
    np.testing.assert_allclose(found.aic, [fit.aic(IRIS) for fit in fits], rtol=1e-3)
    np.testing.assert_allclose(found.log_likelihood, [fit.score(IRIS) for fit in fits], atol=2e-3)
    assert found.best is found.mixtures[1]
    assert [len(each.weights) for each in found.mixtures] == [1, 2, 3]
    assert np.sum(found.best.predict(IRIS) == found.best.predict(IRIS[:1])) == 50  # setosa
    assert len(choose_components(IRIS, range(1, 4), key=KEY, criterion="aic").best.weights) == 3


def test_the_table_says_which_is_best():
    lines = repr(iris()).splitlines()
    assert lines[0].split() == ["components", "log", "likelihood", "BIC", "AIC"]
    assert [line.endswith("  best") for line in lines[1:]] == [False, True, False]


@pytest.mark.slow
@pytest.mark.parametrize("covariance", ["tied", "spherical"])
def test_all_kinds_of_covariances_can_be_chosen_among_in_any_order(covariance):
    clouds = np.random.default_rng(0).normal(size=(90, 2)) + 1e4 + 9 * np.repeat(np.eye(3)[:, :2], 30, 0)
    found = choose_components(clouds, [4, 3, 2], key=KEY, covariance=covariance, starts=3)
    assert len(found.best.weights) == 3
    assert sorted(np.bincount(found.best.predict(clouds))) == [30, 30, 30]


@pytest.mark.slow
def test_a_component_on_flat_examples_wins_nothing():
    flat = np.random.default_rng(0).normal(size=(60, 2))
    flat[:30, 1] = 0.0
    found = choose_components(flat, [1, 2], key=KEY, covariance="diagonal", starts=3)
    assert found.collapsed.tolist() == [False, True]
    assert found.bic[1] < found.bic[0]
    assert len(found.best.weights) == 1
    assert repr(found).endswith("  collapsed")


def test_bad_arguments_are_refused():
    for components, message in (
        ([], r"components must be whole numbers >= 1, such as range\(1, 9\), got \[\]"),
        (3, r"components must be whole numbers >= 1, such as range\(1, 9\), got 3"),
        ([1.5], "components must be a whole number >= 1, got 1.5"),
        ([0, 1], "components must be a whole number >= 1, got 0"),
        ([151], "components must be a whole number from 1 to 150, the number of examples, got 151"),
        ([150], "components must be at most 149, the number of distinct examples, got 150"),
    ):
        with pytest.raises(ValueError, match=f"^choose_components: {message}"):
            choose_components(IRIS, components, key=KEY)
    with pytest.raises(ValueError, match="^choose_components: data must be finite"):
        choose_components(IRIS * np.nan, key=KEY)
    with pytest.raises(ValueError, match="^choose_components: criterion must be one of bic, aic, got 'elbow'"):
        choose_components(IRIS, key=KEY, criterion="elbow")
