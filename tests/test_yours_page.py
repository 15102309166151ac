"""The scripts of docs/yours.md run as they stand, find what the page says, and are short."""

import jax
import numpy as np
import pytest
from pages import blocks, run

# The first blocks: plain functions, NNX, Linen and Equinox, which tests/test_loops_page.py runs.
FRAMEWORKS = 4


def block_with(text):
    return next(number for number, block in enumerate(blocks("docs/yours.md")) if text in block)


def test_a_script_for_each_system_has_fifteen_lines_at_most():
    for block in blocks("docs/yours.md")[FRAMEWORKS:]:
        lines = [line for line in block.splitlines() if line.strip()]
        assert len(lines) <= 15, lines[0]


def test_a_posterior_is_sampled_from_as_said(capsys):
    pytest.importorskip("sklearn")
    draws = run("docs/yours.md", block_with("metropolis"))["draws"]
    assert (draws["w"].shape, draws["b"].shape) == ((16, 1000, 30), (16, 1000))
    np.testing.assert_allclose(draws["b"].mean(), 0.204, atol=0.03)  # NUTS, 16 chains of 5,000 draws
    np.testing.assert_allclose(draws["w"][..., 10].mean(), -1.4399, atol=0.06)


def test_applicants_are_counted_into_effects_as_said(capsys):
    names = run("docs/yours.md", block_with("contingency_table"))
    estimate, low, high = names["effect"](names["graph"], names["table"], x="sex", y="admitted").difference(
        sex=("women", "men"), admitted="yes"
    )
    np.testing.assert_allclose(estimate, 1198 / 2691 - 557 / 1835, rtol=1e-5)
    assert 0.11 < low < high < 0.18
    inside = names["within"].at(sex="women", department="A", admitted="yes")[0]
    np.testing.assert_allclose(inside, 89 / 108, rtol=1e-5)
    assert "(Array(-0.20" in capsys.readouterr().out


def test_a_table_of_gymnasium_and_a_log_of_it_lead_to_the_same_policy():
    names = run("docs/yours.md", block_with("from_gymnasium"))
    assert names["learning"].judge(names["q"], ()) < 0.03
    np.testing.assert_allclose(names["values"], names["q"].max(1), atol=0.03)
    logged = run("docs/yours.md", block_with("Transitions"))
    assert names["learning"].judge(logged["q"], ()) < 0.15
    assert logged["log"].judge(logged["q"], ()) < 0.1


def test_a_shop_and_a_pole_learn_as_said():
    shop = run("docs/yours.md", block_with("Simulator"))
    found = -shop["shop"].validate(shop["done"].params, shop["done"].state, jax.random.key(1))
    assert 25 < found < 45
    assert run("docs/yours.md", block_with("cartpole"))["done"].values[-1] > 100


def test_a_posterior_is_fitted_as_said():
    pytest.importorskip("sklearn")
    fit = run("docs/yours.md", block_with("import vi"))["fit"]
    assert fit.converged
    np.testing.assert_allclose(np.exp(fit.posterior.mean["log_s"]), 0.701, atol=0.01)  # least squares: 0.7036
    assert 0.03 < fit.posterior.std["w"][2] < 0.05


def test_a_mixture_of_ones_own_is_chosen_and_streamed_as_said(capsys):
    pytest.importorskip("sklearn")
    names = run("docs/yours.md", block_with("choose_components"))
    assert capsys.readouterr().out.count("  best") == 1
    assert len(names["found"].best.weights) == 2
    streamed = names["mixture_from_statistics"](names["done"].average).log_prob(names["x"]).mean()
    assert streamed == pytest.approx(names["found"].log_likelihood[1], abs=1e-3)


def test_a_map_of_ones_own_keeps_the_kinds_of_wine_together():
    pytest.importorskip("sklearn")
    names = run("docs/yours.md", block_with("tsne_optimizer"))
    near = np.argmin(((names["others"][:, None] - names["done"].params) ** 2).sum(-1), axis=1)
    assert np.mean(names["kind"][::2][near] == names["kind"][1::2]) > 0.9
    assert names["picture"].points.shape == (89, 2)
