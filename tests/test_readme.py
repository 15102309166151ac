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


def test_the_problem_file_holds_a_problem():
    names: dict = {}
    exec(BLOCKS[3], names)
    assert isinstance(names["line"], Problem)
