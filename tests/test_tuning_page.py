"""The code of docs/tuning.md runs as it stands."""

import importlib
import sys
import types

import numpy as np
import pytest
from pages import blocks, run

from lropt_jax.problems import Problem


@pytest.fixture
def mine(page, tmp_path, monkeypatch):
    """The page's `mine.py`, where `from mine import line` finds it."""
    (own,) = [block for block in blocks(page) if block.startswith("# mine.py")]
    (tmp_path / "mine.py").write_text(own)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "mine", raising=False)
    yield importlib.import_module("mine")
    sys.modules.pop("mine")


@pytest.mark.parametrize("page", ["README.md", "docs/tuning.md"])
def test_the_problem_file_holds_a_problem_whose_rate_is_found(page, mine, capsys):
    assert isinstance(mine.line, Problem)
    sweeps = next(block for block in blocks(page) if "from mine import line" in block)
    names: dict = {}
    exec(sweeps, names)
    assert names["found"].best().validation < 1e-2
    assert capsys.readouterr().out.split()[1].startswith("0.")


@pytest.mark.parametrize("page", ["docs/tuning.md"])
def test_values_of_any_argument_are_tried_as_said(page, mine):
    names = run(page, 2)
    assert names["inside"].best().values.keys() == {"learning_rate.steps", "b2"}
    assert (len(names["inside"].rate), names["inside"].engine["structures"]) == (8, 1)
    assert len(names["named"].rate) == 4


class Logger:
    """What stands in for a writer of TensorBoard and a run of Weights & Biases: it keeps what it is told."""

    def __init__(self, *_, **__):
        self.told, self.summary = [], {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        LOGGED.append((len(self.told), self.summary))

    def add_scalar(self, *told):
        self.told.append(told)

    def log(self, told, step=None):
        self.told.append((told, step))


LOGGED: list[tuple[int, dict]] = []


@pytest.mark.parametrize("page", ["docs/tuning.md"])
@pytest.mark.parametrize(("module", "block"), [("tensorboardX", 3), ("wandb", 4)])
def test_runs_are_logged_as_said(page, module, block, mine, monkeypatch):
    fake = types.ModuleType(module)
    fake.SummaryWriter = fake.init = Logger  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, module, fake)
    LOGGED.clear()
    names = run(page, block)
    progress, *runs = LOGGED
    assert progress[0] >= 4
    assert [told for told, _ in runs] == [51 if module == "tensorboardX" else 50] * 4
    if module == "wandb":
        assert [summary["validation loss"] for _, summary in runs] == names["found"].validation.tolist()


@pytest.mark.parametrize(("block", "needed"), [(5, "jax"), (6, "flax"), (7, "equinox")])
def test_a_finder_runs_in_a_loop_of_ones_own(block, needed, capsys):
    pytest.importorskip(needed)
    names = run("docs/tuning.md", block)
    assert 0.01 < names["found"].rate < 1
    if block == 6:
        assert names["optimizer"].opt_state.count == 0


def test_halving_population_and_hypergradients_are_as_said(capsys):
    names = run("docs/tuning.md", 8)
    assert names["halved"].cost < 29  # 96 at full length
    np.testing.assert_allclose(names["again"].params, names["bred"].solution.params, rtol=1e-3, atol=1e-5)
    assert np.isfinite(names["found"].gradient.learning_rate.peak)
    assert "cooldown_steps=81" in capsys.readouterr().out


@pytest.mark.parametrize("page", ["docs/tuning.md"])
def test_a_loader_is_swept_and_a_sweep_goes_on_as_said(page, mine, monkeypatch, tmp_path, capsys):
    run(page, 9)
    assert capsys.readouterr().out == "0.1\n"
    monkeypatch.chdir(tmp_path)
    run(page, 10)
    assert capsys.readouterr().out.splitlines() == [f"{used} programs had ended before" for used in (0, 2)]
