"""The README's code runs as it stands."""

import re
from pathlib import Path

import numpy as np
import pytest

from lropt_jax.problems import Problem

BLOCKS = re.findall(r"```python\n(.*?)```", (Path(__file__).parents[1] / "README.md").read_text(), re.DOTALL)


def test_the_plain_optax_loop_finds_the_minimum(capsys):
    names: dict = {}
    exec(BLOCKS[0], names)
    np.testing.assert_allclose(names["params"], 0, atol=0.05)
    assert names["learning_rate"](names["state"]) < 1e-4
    assert "[" in capsys.readouterr().out


def test_the_schedules_are_as_said():
    names: dict = {}
    exec(BLOCKS[1], names)
    rate, run, longer = names["rate"], names["run"], names["longer"]
    assert rate.end == run.steps == 35_100
    assert names["branch"](run("50 epochs")) == rate(run.steps) == 0
    assert longer(run("80 epochs")) == rate(run("80 epochs"))
    assert longer(run("80 epochs") + run("90 epochs")) == 0


def test_the_optimizers_are_as_said(capsys):
    names: dict = {}
    exec(BLOCKS[2], names)
    rates = names["learning_rate"](names["fine"].init(names["init"](8)))
    assert rates["head/*"] == pytest.approx(1e-3)
    assert rates["embed"] == pytest.approx(0.8**3 * 1e-3)
    wide = names["init"](1024)
    large = names["learning_rate"](names["large"].init(wide))
    assert large["*"] == pytest.approx(2e-3 / 10**0.5)
    assert large["head/kernel"] == pytest.approx(2e-3 / 10**0.5 / 16)
    assert "torch.AdamW(lr=0.001" in capsys.readouterr().out


def test_the_rates_are_as_said(capsys):
    names: dict = {}
    exec(BLOCKS[3], names)
    np.testing.assert_allclose(names["averaged"](names["state"]), 0, atol=1e-5)
    assert "prodigyopt.Prodigy(lr=1.0" in repr(names["ported"])
    x = names["x"]
    for tx in (names["falling"], names["tuned"], names["decaying"], names["averaging"], names["ported"]):
        updates, _ = tx.update(x, tx.init(x), x)
        assert np.all(np.isfinite(updates))


def test_the_problem_file_holds_a_problem():
    names: dict = {}
    exec(BLOCKS[4], names)
    assert isinstance(names["line"], Problem)


def test_the_problems_are_as_said(capsys):
    names: dict = {}
    exec(BLOCKS[5], names)
    effect, mean = capsys.readouterr().out.strip().split("]]")
    np.testing.assert_allclose(
        [float(number) for number in re.findall(r"0\.\d+", effect)], [0.5, 0.5, 0.45, 0.55], atol=0.03
    )
    np.testing.assert_allclose([float(number) for number in re.findall(r"0\.\d+", mean)], 2 / 3, atol=1e-4)
    assert names["em"].values[-1] < names["em"].values[0]
