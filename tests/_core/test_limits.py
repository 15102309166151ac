"""Tests of the limits of what is read from outside."""

import numpy as np
import pytest

from lropt_jax._core.limits import array_of, check_data, check_key, check_name, check_whole, cut, shown
from lropt_jax._core.refusal import Refused


def nested(depth):
    data = 1.0
    for _ in range(depth):
        data = [data]
    return data


def test_what_is_shown_has_at_most_80_characters():
    assert shown("adam") == "'adam'"
    assert shown({"peak": 0.1}) == "{'peak': 0.1}"
    assert cut("a" * 80) == "a" * 80
    inside = {}
    inside["rule"] = inside
    for value in ("a" * 10**6, "\ud800" * 100, 10**6000, [0.1] * 10**6, nested(900), inside, object()):
        assert len(shown(value)) <= 80
        assert shown(value).isascii()


@pytest.mark.parametrize("number", [2**63, -(2**63) - 1, 10**400])
def test_numbers_beyond_64_bits_are_refused(number):
    assert check_whole(2**63 - 1) == 2**63 - 1
    with pytest.raises(Refused, match="^whole numbers must fit into 64 bits, got"):
        check_whole(number)


@pytest.mark.parametrize("name", [3, None, ["sgd"], "a" * 81])
def test_what_is_no_name_is_refused(name):
    with pytest.raises(Refused, match="^names must be strings of at most 80 characters, got"):
        check_name(name)


def test_keys_are_strings_of_a_length_that_paths_have():
    assert check_key("params/" * 100)
    with pytest.raises(Refused, match="^keys of a dict must be strings, got 1"):
        check_key(1)
    with pytest.raises(Refused, match="^strings must have at most 1,000 characters, got 'aaa"):
        check_key("a" * 1001)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (nested(32), "nested at most 32 deep"),
        (nested(100_000), "nested at most 32 deep"),
        ([0] * 1_000_001, "hold at most 1,000,000 items"),
        ({"a": [10**400]}, "64 bits"),
        ({"a": {1: 2}}, "keys of a dict must be strings"),
        (["a" * 10**6], "strings must have at most 1,000 characters"),
    ],
)
def test_data_of_no_sane_size_is_refused(data, message):
    check_data(nested(31))
    with pytest.raises(Refused, match=message):
        check_data(data)


def test_a_list_inside_itself_is_refused():
    data = []
    data += [data, data]
    with pytest.raises(Refused, match="nested at most 32 deep"):
        check_data(data)


@pytest.mark.parametrize("items", [[[1, 2], [3]], ["a"], [None], nested(70), {"a": 1}, [2**70], [1j]])
def test_an_array_is_lists_of_numbers(items):
    np.testing.assert_array_equal(array_of([[1, 2], [3, 4]]), [[1, 2], [3, 4]])
    with pytest.raises(Refused, match="^an array must be lists of numbers, as long as each other, got"):
        array_of(items)
