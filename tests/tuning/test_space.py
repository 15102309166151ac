"""Tests of spaces: values of any arguments, tried together."""

import dataclasses

import numpy as np
import pytest
from bowls import TRACES, bowl

from lropt_jax import compat
from lropt_jax.optimizers import adam, sgd
from lropt_jax.schedules import cosine, linear, stretch, warmup
from lropt_jax.tuning import log_rates, sweep, tune
from lropt_jax.tuning.space import Grid, Point, grids_of

HOW = {"steps": 10, "seeds": 1, "on_progress": None}


def test_a_grid_has_every_combination_and_finds_them_again():
    grid = Grid((0.1, 0.2), {"momentum": (0.0, 0.5), "nesterov": (True, False)})
    assert len(grid.points()) == 8
    assert grid.points()[1] == Point(0.2, {"momentum": 0.0, "nesterov": True})
    assert grid.at(0.7, {"momentum": 0.5, "nesterov": "False"}) == Point(0.7, {"momentum": 0.5, "nesterov": False})


def test_rates_are_short_for_a_space_of_rates():
    rates = (rate for rate in (0.1, 0.2))
    assert grids_of(None, rates, ["a", "b"]) == grids_of({"learning_rate": iter([0.1, 0.2])}, None, ["a", "b"])
    both = grids_of({"b1": np.array([0.5, 0.9])}, (rate for rate in (0.1, 0.2)), ["a", "b"])
    assert both["a"] == both["b"] == Grid((0.1, 0.2), {"b1": (0.5, 0.9)})
    assert grids_of({"b1": [0, 0.9]}, None, ["a"])["a"] == Grid(log_rates(), {"b1": (0.0, 0.9)})
    own = grids_of({"a": {"learning_rate.peak": [0.1, 0.2]}, "b": {"steps": [1, 2]}}, None, ["a", "b"])
    assert own["a"].points()[0] == Point(0.1, {}, True)
    assert list(map(type, own["b"].others["steps"])) == [int, int]


def test_lanes_of_one_structure_share_a_compilation():
    fresh = dataclasses.replace(bowl, init=lambda key: bowl.init(key))  # another function: another program
    TRACES.clear()
    space = {"a": {"momentum": [0, 0.5], "nesterov": [True, False]}, "b": {"b2": [0.9, 0.99], "eps": [1e-8, 1e-3]}}
    space["a"]["momentum"] = [0.1, 0.5]
    found = sweep(fresh, {"a": sgd, "b": adam}, space=space, rates=[0.1, 0.3], lanes_per_program=2, **HOW)
    assert (len(found.rate), found.engine["structures"], len(TRACES)) == (16, 3, 3)
    assert found.values["eps"][8:].tolist() == [1e-8] * 2 + [1e-3] * 2 + [1e-8] * 2 + [1e-3] * 2
    assert set(found.values["nesterov"]) == {"True", "False", ""}
    best = found.best("b")
    assert best.tx == adam(linear(best.rate, 10), **best.values)
    assert found.width("b") <= np.log10(3)


def test_values_inside_a_schedule_and_of_a_function_are_tried():
    inside = sweep(bowl, adam(warmup(cosine(0.1, 8, floor=0.01), 2)),
                   space={"learning_rate.peak": [0.1, 0.3], "learning_rate.steps": [1, 2]}, **HOW)  # fmt: skip
    assert inside.rate.tolist() == [0.1, 0.3, 0.1, 0.3]
    assert inside.txs[3] == adam(warmup(cosine(0.3, 8, floor=0.01), 2))  # the floor stays
    named = sweep(bowl, {"a": lambda rate, heat, steps: adam(warmup(cosine(rate, steps - heat), heat))},
                  space={"heat": [1, 2]}, rates=[0.1, 0.3], **HOW)  # fmt: skip
    assert named.txs[3] == adam(warmup(cosine(0.3, 8), 2))
    shapes = sweep(bowl, {"a": lambda rate, shape, steps: sgd(shape(rate, steps))},
                   space={"shape": [linear, cosine]}, rates=[0.1], **HOW)  # fmt: skip
    assert shapes.values["shape"].tolist() == ["linear", "cosine"]


def test_tuning_keeps_values_through_both_passes_and_beyond_the_edge():
    found = tune(bowl, sgd, space={"learning_rate": [0.01, 0.1], "momentum": [0.0, 0.5]}, steps=20, seeds=2,
                 schedule=None, finalists=2, on_progress=None)  # fmt: skip
    assert len(found.coarse.rate) == 6
    assert found.coarse.rate[4:].tolist() == [1.0, 10.0]
    assert set(found.coarse.values["momentum"][4:]) == {found.coarse.values["momentum"][4]}
    assert found.edge is None
    assert found.best().values["momentum"] == 0.5
    assert found.best().tx.momentum == 0.5


def test_numbers_of_steps_fit_into_short_runs():
    found = tune(bowl, adam, space={"learning_rate.steps": [5, 10]}, rates=[0.1], steps=20, seeds=1, finalists=1,
                 schedule=lambda rate, steps: warmup(cosine(rate, steps), 3), on_progress=None)  # fmt: skip
    assert found.coarse.txs[1] == adam(stretch(warmup(cosine(0.1, 20), 10), 0.2))
    assert found.best().tx.learning_rate.end in (25, 30)


@pytest.mark.parametrize(
    ("space", "message"),
    [
        ({"b3": [1, 2]}, "space must hold arguments of sgd, got 'b3'; there are learning_rate, momentum"),
        ({"lr": [0.1, 0.2]}, "space must hold arguments of sgd, got 'lr'; did you mean learning_rate"),
        ({"momentum": [0.9]}, r"space\['momentum'\] must be at least two values, got 0.9; give one to the optimizer"),
        ({"momentum": []}, r"space\['momentum'\] must be at least two values, got none"),
        ({"momentum": [0.9, 0.9]}, r"space\['momentum'\] must be different, got 0.9 twice"),
        ({"momentum": [0, 0.0]}, r"space\['momentum'\] must be different, got 0.0 twice"),
        ({"momentum": 0.9}, r"space\['momentum'\] must be a sequence of values, got 0.9"),
        ({"momentum": "ab"}, r"space\['momentum'\] must be a sequence of values, got 'ab'"),
        ({"momentum": [0.1, np.nan]}, r"space\['momentum'\] must be finite, got \[0.1, nan\]"),
        ({"seeds": [1, 2]}, "space must hold arguments of optimizers, got 'seeds'; give seeds=..."),
        ({"learning_rate": [0.1]}, "space must be at least two values, got 0.1"),
        ({"learning_rate": [0.1, -1]}, r"space\['learning_rate'\] must be finite and > 0"),
        ({"learning_rate": [0.1, 0.1]}, r"space\['learning_rate'\] must be different, got 0.1 twice"),
        ({"learning_rate": [0.1], "learning_rate.peak": [0.1]}, "space must have learning_rate or .*peak, got both"),
        (
            {"sgd": {"momentum": [0, 0.1]}, "x": [1, 2]},
            "space must be a dict of values, or one such for every optimizer, got 'x' among them",
        ),
        (
            {"adam": {"b1": [0, 0.1]}},
            "space must be a dict of values, or one such for every optimizer, got 'adam' among them",
        ),
        ({}, "space must be a dict from arguments to values, got {}"),
        (3, "space must be a dict from strings, got 3"),
    ],
)
def test_a_bad_space_is_refused_before_anything_runs(space, message):
    with pytest.raises(ValueError, match=f"^sweep: {message}"):
        sweep(bowl, sgd, space=space, **HOW)


def test_what_a_rule_refuses_and_what_is_missing_is_said():
    with pytest.raises(ValueError, match=r"sgd: momentum must be in \[0, 1\), got 2.0"):
        sweep(bowl, sgd, space={"momentum": [0.1, 2]}, **HOW)
    with pytest.raises(ValueError, match="sweep: rates must be left out where space has learning_rate, got both"):
        sweep(bowl, sgd, space={"learning_rate": [0.1, 0.2]}, rates=[0.1], **HOW)
    with pytest.raises(ValueError, match=r"optimizers\['a'\] must have a value for .*, got none for heat; give space"):
        sweep(bowl, {"a": lambda rate, heat: sgd(rate)}, **HOW)
    with pytest.raises(
        ValueError, match="sweep: space must have learning_rate, got 'lr', which is the rate of torch.SGD"
    ):
        sweep(bowl, compat.torch.SGD, space={"lr": [0.1, 0.2]}, **HOW)
    with pytest.raises(ValueError, match=r"space\['shape'\] must be functions with names, got <lambda> twice; use def"):
        sweep(bowl, lambda rate, shape: sgd(rate), space={"shape": [lambda: 1, lambda: 2]}, **HOW)
