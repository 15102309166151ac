"""Tests of pages: what a notebook shows of a rule or a run."""

import xml.etree.ElementTree as ET

import jax
import pytest
from bowls import bowl

from lropt_jax.optimizers import adamw, chain, sgd
from lropt_jax.problems import least_squares, solve
from lropt_jax.rates import plateau
from lropt_jax.report import embedded, page, plot_schedules
from lropt_jax.schedules import cosine, linear
from lropt_jax.tuning import sweep


@pytest.mark.parametrize(
    ("rule", "names"),
    [
        (cosine(0.1, 50), []),
        (sgd(cosine(0.1, 50)), ["learning_rate"]),
        (adamw(cosine(0.1, 50), weight_decay=linear(0.1, 9)), ["learning_rate", "weight_decay"]),
        (sgd(plateau(cosine(0.1, 50))), ["learning_rate.base"]),
        (chain(sgd(0.1), sgd(cosine(0.1, 50))), ["transforms[1].learning_rate"]),
    ],
    ids=str,
)
def test_every_schedule_of_a_rule_is_drawn_under_its_name(rule, names):
    tree = ET.fromstring(page(rule).replace("<br>", ""))
    assert [bold.text for bold in tree.iter("b")] == names
    assert page(rule).count("<svg") == max(len(names), 1)
    assert page(rule).count(">learning rate</text>") == 1


def test_a_solution_has_its_sizes_and_what_was_watched():
    solution = solve(least_squares(), sgd(0.1), jax.random.key(0), 50)
    html = solution._repr_html_()
    assert "float32[4]" in html
    assert ">watched value</text>" in html
    assert solution._replace(values=solution.values * jax.numpy.nan)._repr_html_().count("<svg") == 0
    runs = jax.vmap(lambda rate: solve(least_squares(), sgd(rate), jax.random.key(0), 50))(jax.numpy.array([0.1, 0.2]))
    assert runs._repr_html_().count("stroke-width") == 2


def test_figures_are_embedded_and_sweeps_have_their_picture_and_their_table():
    assert embedded(plot_schedules([cosine(0.1, 50)])).startswith("<img")
    html = sweep(bowl, sgd, rates=[0.1, 0.3], steps=20, seeds=1, schedule=None)._repr_html_()
    assert "<table>" in html
    assert "data:image/png;base64," in html
