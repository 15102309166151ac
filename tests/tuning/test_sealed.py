"""Tests of sealed."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lropt_jax.tuning.sealed import read, write


@pytest.mark.parametrize("array", [np.arange(6.0).reshape(2, 3), np.float32(np.nan), np.zeros((0, 3)), np.array(True)])
def test_arrays_come_back_with_the_same_bits(tmp_path, array):
    write(tmp_path / "new" / "it", {"said": [1, None, "ü"]}, [array, np.int8(3)])
    words, (back, small) = read(tmp_path / "new" / "it")
    assert words == {"said": [1, None, "ü"]}
    assert (back.tobytes(), back.shape, back.dtype) == (np.asarray(array).tobytes(), array.shape, array.dtype)
    assert small == 3
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["it"]


def test_dtypes_of_jax_and_keys_are_kept(tmp_path):
    key, half = jax.random.key(3), jnp.array([1.5, jnp.nan], jnp.bfloat16)
    write(tmp_path / "it", {}, [key, half])
    _, (numbers, back) = read(tmp_path / "it")
    np.testing.assert_array_equal(numbers, jax.random.key_data(key))
    assert back.dtype == jnp.bfloat16
    assert back.tobytes() == np.asarray(half).tobytes()


def test_anything_else_is_no_record(tmp_path):
    assert read(tmp_path / "nothing") is None
    assert read(tmp_path) is None
    write(tmp_path / "it", {"a": 1}, [np.arange(9)])
    whole = (tmp_path / "it").read_bytes()
    for end in (0, 5, 40, len(whole) - 33, len(whole) - 1):
        (tmp_path / "it").write_bytes(whole[:end])
        assert read(tmp_path / "it") is None
    (tmp_path / "it").write_bytes(whole + b" ")
    assert read(tmp_path / "it") is None
