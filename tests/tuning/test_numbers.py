"""Tests of the numbers of a saved sweep; hostile files are in the tests of files."""

import numpy as np
import pytest

from lropt_jax._core.refusal import Refused
from lropt_jax.tuning.numbers import read_numbers


def test_arrays_are_read_by_name(tmp_path):
    np.savez_compressed(tmp_path / "run.npz", rate=np.ones(2), curve=np.zeros((2, 3)))
    arrays = read_numbers(tmp_path / "run.npz", ["rate", "curve"], lanes=2)
    np.testing.assert_array_equal(arrays["rate"], np.ones(2))
    assert arrays["curve"].shape == (2, 3)


@pytest.mark.parametrize(
    ("lanes", "names", "message"),
    [(3, ["rate", "curve"], "rate must have an entry for each of 3 lanes"), (2, ["rate"], "run.npz must hold rate")],
)
def test_other_arrays_are_refused(tmp_path, lanes, names, message):
    np.savez_compressed(tmp_path / "run.npz", rate=np.ones(2), curve=np.zeros((2, 3)))
    with pytest.raises(Refused, match=message):
        read_numbers(tmp_path / "run.npz", names, lanes)
