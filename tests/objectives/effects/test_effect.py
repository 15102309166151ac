"""Tests of effects of rows of data."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import ndtr

from lropt_jax.objectives import Hedge, contingency_table, effect, identify, interval

RNG = np.random.default_rng(0)
ROWS = 4000


def confounded(rng=RNG):
    """A common cause in words, a treatment, a result: of a linear Gaussian model, cut at thresholds."""
    old = rng.random(ROWS) < 0.5
    x = 0.8 * old + rng.normal(size=ROWS) > 0.4
    y = 0.5 * x + 1.0 * old + rng.normal(size=ROWS) > 0.7
    return {
        "age": np.where(old, "old", "young"),
        "drug": np.where(x, "yes", "no"),
        "cured": y.astype(int),
        "id": np.arange(ROWS),
    }


GRAPH = "age -> drug -> cured, age -> cured, cured -> later"
DATA = confounded()


def test_it_is_the_back_door_regression_of_the_same_rows():
    found = effect(GRAPH, DATA, x="drug", y="cured")
    old, drug = DATA["age"] == "old", DATA["drug"] == "yes"
    design = lambda drug: np.stack([np.ones(ROWS), drug, old, drug * old], 1)  # noqa: E731
    slopes = np.linalg.lstsq(design(drug), DATA["cured"], rcond=None)[0]
    regression = [(design(np.full(ROWS, each)) @ slopes).mean() for each in (0, 1)]
    np.testing.assert_allclose(found.probability[:, 1], regression, rtol=1e-5)
    naive = [DATA["cured"][drug == each].mean() for each in (0, 1)]
    low, high = np.asarray(found.low)[:, 1], np.asarray(found.high)[:, 1]
    assert not np.any((low < naive) & (naive < high))


def linear(kind, rows=200_000):
    """Rows of a linear Gaussian model, `P(y > 0 | do(x))` by regression, and a graph with what it takes to find it."""
    noise, other, x, y = RNG.normal(size=(4, rows))
    if kind == "front door":  # the hidden cause of x and y is `noise`
        x += noise
        m = 0.7 * x + other
        y += 0.9 * m - 1.5 * noise
        (a,), (b, _) = regressed(m, x), regressed(y, m, x)
        slope, variance = a * b, b**2 * np.var(m - a * x) + np.var(y - b * m)
    else:
        m = noise
        x += 0.8 * m
        y += 0.5 * x - 1.2 * m
        slope, c = regressed(y, x, m)
        variance = c**2 * np.var(m) + np.var(y - slope * x - c * m)
    return x, m, y, ndtr(slope * x / variance**0.5)


def regressed(result, *causes):
    return np.linalg.lstsq(np.stack(causes, 1), result, rcond=None)[0]


def cut(values, levels):
    return np.searchsorted(np.quantile(values, np.arange(1, levels) / levels), values)


@pytest.mark.parametrize(
    ("kind", "graph"), [("front door", "x -> m -> y, x <-> y"), ("back door", "m -> x -> y, m -> y")]
)
def test_a_finely_cut_linear_gaussian_model_has_the_effects_that_regression_finds(kind, graph):
    x, m, y, probability = linear(kind)
    levels = cut(x, 10)
    found = effect(graph, {"x": levels, "m": cut(m, 20), "y": y > 0}, x="x", y="y").at(y=True)[0]
    expected = np.bincount(levels, probability) / np.bincount(levels)
    np.testing.assert_allclose(found, expected, atol=0.016)  # within a level of m, some confounding is left
    association = np.bincount(levels, y > 0) / np.bincount(levels)
    assert np.max(np.abs(association - expected)) > 0.3


def test_it_is_the_formula_at_the_frequencies_with_its_intervals_under_names():
    found = effect(GRAPH, DATA, x="drug", y="cured", given="age", level=0.9)
    table = contingency_table("age, drug, cured", DATA)
    formula = identify("age -> drug -> cured, age -> cured", x="drug", y="cured", given="age")
    np.testing.assert_allclose(found.probability, formula(table), rtol=1e-6)
    np.testing.assert_allclose((found.low, found.high), interval(formula, table, level=0.9), rtol=1e-6)
    assert (found.query, found.names) == ("P(cured | do(drug), age)", ("drug", "age", "cured"))
    assert found.levels == (("no", "yes"), ("old", "young"), (0, 1))
    assert (found.rows, found.level) == (ROWS, 0.9)


def test_frames_and_tables_give_the_same_in_any_order_of_axes():
    expected = effect(GRAPH, DATA, x="drug", y="cured").probability
    table = contingency_table("cured, age, drug", DATA)
    for data in (pd.DataFrame(DATA), table, pd.DataFrame(DATA).astype({"age": "category"}).to_dict("records")):
        np.testing.assert_array_equal(effect(GRAPH, data, x="drug", y="cured").probability, expected)


def test_it_prints_a_table_and_says_where_rows_are_lacking():
    data = {"z": [0, 0, 0, 1, 1, 1], "x": ["a", "a", "b", "a", "a", "a"], "y": [True, False, True, True, True, False]}
    found = effect("z -> x -> y, z -> y", data, x="x", y="y")
    assert repr(found).splitlines()[:2] == [
        "P(y | do(x)), 6 rows, 95% intervals",
        "x  y      probability  low     high",
    ]
    assert (
        repr(found).splitlines()[-1]
        == "x=b: sums to 0.500, because no row has some combinations of levels that it needs"
    )
    np.testing.assert_allclose(found.support, [1, 0.5], rtol=1e-6)
    wide = effect("x -> y", {"x": [*range(9)] * 8, "y": [row % 8 for row in range(72)]}, x="x", y="y")
    assert "... 48 more lines" in repr(wide)


def test_numbers_are_found_by_levels():
    found = effect(GRAPH, DATA, x="drug", y="cured")
    np.testing.assert_array_equal(
        found.at(drug="yes", cured=1), (found.probability[1, 1], found.low[1, 1], found.high[1, 1])
    )
    assert found.at(cured=0)[0].shape == (2,)
    with pytest.raises(ValueError, match=r"^Effect: drug must be one of 'no', 'yes', got 'maybe'.$"):
        found.at(drug="maybe")
    with pytest.raises(ValueError, match=r"^Effect: levels must be of drug, cured, got age.$"):
        found.at(age="old")


def test_a_difference_has_the_interval_of_its_own_influence():
    found = effect(GRAPH, DATA, x="drug", y="cured")
    formula = identify("age, drug, cured, age -> drug -> cured, age -> cured", x="drug", y="cured")
    table = contingency_table("age, drug, cured", DATA)
    expected = interval(lambda p: formula(p)[1, 1] - formula(p)[0, 1], table)
    estimate, *ends = found.difference(drug=("no", "yes"), cured=1)
    np.testing.assert_allclose(ends, expected, rtol=1e-4)
    np.testing.assert_allclose(estimate, found.at(drug="yes", cured=1)[0] - found.at(drug="no", cured=1)[0], rtol=1e-5)
    assert found.difference(drug=("no", "yes"))[0].shape == (2,)
    for bad in ({"drug": "yes"}, {"drug": ("no", "yes"), "cured": (0, 1)}, {"drug": ("no", "yes", "no")}):
        with pytest.raises(ValueError, match="^Effect: difference must have two levels of one variable, got {"):
            found.difference(**bad)


def test_bad_questions_and_data_are_refused_in_its_own_name():
    with pytest.raises(Hedge, match=r"^effect: P\(cured \| do\(drug\)\) must be identifiable"):
        effect("drug -> cured, drug <-> cured", DATA, x="drug", y="cured")
    with pytest.raises(ValueError, match=r"^effect: columns must have age, got \['drug', 'cured'\].$"):
        effect(GRAPH, {"drug": [0], "cured": [0]}, x="drug", y="cured")
    with pytest.raises(ValueError, match=r"^effect: level must be in \(0, 1\), got 95.$"):
        effect(GRAPH, DATA, x="drug", y="cured", level=95)
    with pytest.raises(
        ValueError, match=r"^effect: columns\['id'\] must have at most 100 levels, got 4000 in 4000 rows"
    ):
        effect("id -> cured", DATA, x="id", y="cured")
