"""Tests of how rules are read from text; what people write is in the tests of `parse`."""

import pytest

from lropt_jax._core.lifting import lift
from lropt_jax._core.refusal import Refused, WrongType
from lropt_jax._core.text import call, find, read
from lropt_jax.optimizers import sgd

KNOWN = {"sgd": sgd, "torch.SGD": sgd, "rate": 0.5}


@lift
def brittle(peak):
    return lambda step: peak.nothing


@lift
def picky(peak):
    raise {"type": TypeError, "memory": MemoryError}[peak]()


def test_a_text_is_a_call_a_name_or_a_number():
    assert read(" sgd(2 * rate) ", KNOWN) == sgd(1.0)
    assert read("rate", KNOWN) == 0.5
    assert read("-(1 + 2) / 4", KNOWN) == -0.75


def test_a_name_is_found_or_those_alike_are_named():
    assert find("sgd", KNOWN) is sgd
    with pytest.raises(Refused, match="^'keras.SGD' is not a name here; alike are: sgd, torch.SGD"):
        find("keras.SGD", KNOWN)
    with pytest.raises(Refused, match="a' is not a name here; alike are: none"):
        find("a" * 10**6, KNOWN)


def test_what_python_says_of_arguments_becomes_a_refusal_with_its_cause():
    with pytest.raises(WrongType, match="^picky cannot be made of its arguments, got 'peak': 'type'; ") as error:
        call("picky", picky, [], {"peak": "type"})
    assert isinstance(error.value.__cause__, TypeError)
    with pytest.raises(Refused, match=r"^picky cannot be made of its arguments, got \('memory',\); MemoryError\."):
        call("picky", picky, ["memory"], {})
    assert call("brittle", brittle, [0.1], {}) == brittle(0.1)


def test_arguments_have_names_of_a_sane_length():
    with pytest.raises(Refused, match="^names must be strings of at most 80 characters"):
        call("sgd", sgd, [], {"a" * 81: 0.1})
