"""Tests of optional dependencies."""

import pytest

from lropt_jax._core.extras import require


def test_a_missing_extra_says_how_to_install_it():
    with pytest.raises(ImportError, match=r"vae: nowhere is not installed; pip install 'lropt-jax\[tune\]'\."):
        require("nowhere.at_all", owner="vae")


def test_a_module_that_is_there_is_imported():
    assert require("json", owner="test").loads("1") == 1
