import importlib.util

import pytest

from lropt_jax._core.refusal import Refused
from lropt_jax.tuning.studies.samplers import sampler_of

optuna = pytest.importorskip("optuna")
PAIRS = [("sgd", 0.1), ("sgd", 1.0)]


def test_samplers_go_by_their_names():
    assert isinstance(sampler_of("tpe", PAIRS), optuna.samplers.TPESampler)
    assert isinstance(sampler_of("random", PAIRS), optuna.samplers.RandomSampler)
    assert isinstance(sampler_of(None, PAIRS[:1]), optuna.samplers.RandomSampler)


def test_a_grid_of_one_rate_leaves_nothing_to_choose():
    with pytest.raises(Refused, match="sampler must be None for a grid of one rate, got 'tpe'"):
        sampler_of("tpe", PAIRS[:1])


def test_what_gp_needs_is_named_before_anything_is_trained(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "torch" else name)
    with pytest.raises(ImportError, match=r"the sampler gp needs torch and SciPy; pip install torch scipy\."):
        sampler_of("gp", PAIRS)
