"""Tests of tables and sentences."""

import dataclasses
import io

import numpy as np
import pytest
from bowls import bowl
from rich.console import Console

from lropt_jax.optimizers import adam, sgd
from lropt_jax.report import advice, budget, recommendation, tuning_table
from lropt_jax.tuning import Tuning, sweep, tune


@pytest.fixture(scope="module")
def found():
    return tune(bowl, [sgd, adam], rates=[0.01, 0.03, 50.0], steps=50, seeds=2, finalists=2, schedule=None)


def text(renderable, width=100):
    console = Console(file=io.StringIO(), width=width)
    console.print(renderable)
    return console.file.getvalue()


def test_the_table_has_a_row_per_optimizer_in_the_units_people_know(found):
    shown = text(tuning_table(found))
    assert "validation height" in shown
    sgd_row = next(line for line in shown.splitlines() if line.startswith(" sgd"))
    assert "0.03" in sgd_row
    assert "1/7" in sgd_row


def test_below_the_table_stands_what_lanes_died_of(found):
    said = [line.strip() for line in text(tuning_table(found)).splitlines()[-2:]]
    assert said[1] == "adam: 1 ended over the start"
    assert said[0].startswith("sgd: 1 ")


def test_names_are_shown_as_they_are_written():
    name = "sgd(join([0.1, rate], [5]))"
    found = tune(bowl, {name: sgd}, rates=[0.1], steps=20, seeds=1)
    assert name in text(tuning_table(found))


@pytest.mark.parametrize("width", [80, 40])
def test_a_narrow_table_wraps_and_loses_nothing(width):
    found = tune(bowl, {"sgd(rate,momentum=0.9)": sgd}, rates=[0.02721], steps=20, seeds=2)
    coarse, final = (dataclasses.replace(each, score="log likelihood") for each in (found.coarse, found.final))
    found = Tuning(coarse, final)
    rows = [line.split("│") for line in text(tuning_table(found), width).splitlines() if "│" in line]
    name, rate, *_, diverged = ("".join(cell.strip() for cell in column) for column in zip(*rows, strict=True))
    assert (name, rate, diverged) == ("sgd(rate,momentum=0.9)", "0.02721", "0/3")
    heads = [line.split("┃") for line in text(tuning_table(found), width).splitlines() if "┃" in line]
    shown = ["".join(column).replace(" ", "") for column in zip(*heads, strict=True)]
    assert shown == ["optimizer", "rate", "validationloglikelihood", "testloglikelihood", "decades", "diverged"]


def test_an_optimizer_without_finalists_keeps_its_row():
    found = tune(bowl, {"good": sgd, "bad": lambda rate: sgd(1e9)}, rates=[0.1], steps=20, seeds=1, schedule=None)
    bad_row = next(line for line in text(tuning_table(found)).splitlines() if line.startswith(" bad"))
    assert "1/1" in bad_row
    assert " - " in bad_row


def test_one_sentence_says_which_rate_to_use(found):
    sentence = recommendation(found, "linear")
    assert sentence.startswith(
        f"Use {found.best().optimizer} with a learning rate of {found.best().rate} (linear, 50 steps): test height"
    )
    assert "over 2 seeds." in sentence
    assert "test height -" in sentence
    assert " ± " in sentence
    best = found.best()
    low, high = (float(word) for word in sentence.split("The mean is from ")[1].split(" (95%)")[0].split(" to "))
    np.testing.assert_allclose([low, high], -best.test + best.test_interval * np.array([-1, 1]), rtol=0.05)


def test_ties_are_called_ties(found):
    last = found.final
    for gap, told in ((0.5, False), (0.0, True)):
        far = 9.0 * (last.optimizer == "adam") + gap * (last.rate == 0.03) + 0.1 * last.seed
        made = Tuning(found.coarse, dataclasses.replace(last, validation=far))
        assert ("0.01 and 0.03 cannot be told apart with 2 seeds." in recommendation(made, "linear")) == told
        assert [choice.rate for choice in made.ties()] == [0.03] * told
    one = tune(bowl, sgd, rates=[0.1, 0.2, 0.3], steps=20, seeds=1, schedule=None)
    assert "One seed tells no settings apart." in recommendation(one, "constant")
    assert "The mean" not in recommendation(one, "constant")


def test_other_values_have_their_columns_and_are_recommended():
    space = {"learning_rate": [0.1, 0.3], "momentum": [0.0, 0.5]}
    found = tune(bowl, sgd, space=space, steps=20, seeds=1, schedule=None)
    shown = text(tuning_table(found))
    assert "momentum" in shown
    assert f" and momentum {found.best().values['momentum']:g} (constant, 20 steps)" in recommendation(
        found, "constant"
    )


def test_what_was_not_validated_is_not_called_so():
    bare = dataclasses.replace(bowl, validate=None, test=None, score=None)
    for problem, name in ((bare, "training loss"), (dataclasses.replace(bare, judge=lambda x, _: x @ x), "error")):
        found = tune(problem, sgd, rates=[0.1, 0.3], steps=20, seeds=1, schedule=None)
        assert name in text(tuning_table(found))
        assert "validation" not in text(tuning_table(found))
        assert f"20 steps): {name} " in recommendation(found, "constant")


def test_the_budget_says_what_was_run_and_why(found):
    said = budget(found)
    assert "coarse pass 6 lanes x 10 steps" in said
    assert "final pass 8 lanes x 50 steps" in said
    assert found.coarse.engine["why"] in said


def test_advice_names_the_largest_rate_that_stayed_finite():
    found = sweep(bowl, sgd, rates=[1.5, 1e30], steps=10, seeds=1, schedule=None)
    assert np.all(found.status == "diverged")
    said = advice(found, [1.5, 1e30])
    assert "the largest rate that stayed finite is 1.5" in said
    assert "Try --rates 0.00015:1.5:16." in said
    assert "none stayed finite" in advice(sweep(bowl, sgd, rates=[1e30], steps=10, seeds=1, schedule=None), [1e30])
    assert Tuning(found, None).last is found
