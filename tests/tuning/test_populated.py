"""Tests of what population-based training found."""

import jax
from bowls import bowl

from lropt_jax.optimizers import sgd
from lropt_jax.tuning import population

found = population(bowl, sgd, steps=4, key=jax.random.key(0), rates=[0.01, 0.1, 0.2], every=2)


def test_its_text_says_what_was_run_and_gives_the_optimizer():
    first, second, third = repr(found).splitlines()
    assert first == "Population of 3 lanes x 4 steps, 2 rounds of 2"
    assert second.startswith(f"validation {found.validation:.4g}; rate 0.2 at first")
    assert third == f"tx = {found.tx!r}"
    assert "Population of 3 lanes" in found._repr_html_()


def test_it_costs_a_run_per_lane():
    assert found.cost == 3
