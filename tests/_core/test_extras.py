"""Tests of optional dependencies."""

import pytest

from lropt_jax._core.extras import NotInstalled, require
from lropt_jax._core.refusal import Refused, naming


def test_a_missing_extra_says_how_to_install_it():
    with pytest.raises(ImportError, match=r"^nowhere is not installed; pip install 'lropt-jax\[tune\]'\.$"):
        require("nowhere.at_all")
    with pytest.raises(NotInstalled, match=r"^nowhere is not installed; pip install 'lropt-jax\[orbax\]'\.$"):
        require("nowhere", extra="orbax")


def test_whoever_needs_it_is_named():
    with pytest.raises(Refused, match=r"^vae: nowhere is not installed"), naming("vae"):
        require("nowhere.at_all")


def test_a_module_that_is_there_is_imported():
    assert require("json").loads("1") == 1
