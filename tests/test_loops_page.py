"""The code of docs/loops.md and docs/yours.md runs as it stands, where its packages are installed."""

import re

import jax
import numpy as np
import pytest
from pages import blocks, run


@pytest.mark.parametrize(("block", "framework"), [*enumerate(["jax", "flax.nnx", "flax.linen", "equinox"])])
def test_models_of_all_frameworks_learn_as_said(block, framework, capsys):
    pytest.importorskip(framework)
    names = run("docs/yours.md", block)
    done = getattr(names["done"], "solution", names["done"])
    assert done.values[-1] < 0.05 * done.values[0]
    problem = names.get("problem") or names["mine"]
    assert problem.validate(done.params, done.state, jax.random.key(1)) < 0.3


PARTS = [re.findall(r"^(?:import|from) (\w+)", block, re.MULTILINE) for block in blocks("docs/loops.md")]
NEEDS_DOWNLOADS = {"tensorflow_datasets"}


@pytest.mark.parametrize("part", range(1, len(PARTS)), ids=lambda part: PARTS[part][-1])
def test_the_loops_run(part, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"file:{tmp_path}/runs")
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    for package in PARTS[part]:
        pytest.importorskip(package, reason=f"{package} is not installed")
    if NEEDS_DOWNLOADS & set(PARTS[part]):
        pytest.skip("it downloads its data")
    names = run("docs/loops.md", 0)
    start = names["loss"](names["params"], names["x"], names["y"])
    exec(blocks("docs/loops.md")[part], names)
    assert start > 5
    assert names["loss"](names["params"], names["x"], names["y"]) <= start


def test_norms_and_biases_do_not_decay():
    names = run("docs/loops.md", 0)
    exec(blocks("docs/loops.md")[-1], names)
    kernel, vector = np.ones((2, 2), np.float32), np.ones(2, np.float32)
    flax = {"dense": {"kernel": kernel, "bias": vector}, "norm": {"scale": vector}}
    haiku = {"linear": {"w": kernel, "b": vector}}
    for tx, params in [(names["by_shape"], flax), (names["by_name"], flax), (names["by_names"], haiku)]:
        still = jax.tree.map(np.zeros_like, params)
        updates, _ = tx.update(still, tx.init(params), params)
        assert all(bool(np.any(update)) == (update.ndim == 2) for update in jax.tree.leaves(updates))
