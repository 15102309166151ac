"""Tests of refusals."""

import pickle

import pytest

from lropt_jax._core.refusal import Refused, WrongType, naming, needed


def test_the_owner_stands_before_the_fact_once_it_is_known():
    assert str(Refused("steps must be > 0, got 0.")) == "steps must be > 0, got 0."
    with pytest.raises(ValueError, match=r"^cosine: steps must be > 0, got 0\.$"), naming("cosine"):
        raise Refused("steps must be > 0, got 0.")


def test_the_innermost_owner_counts():
    with pytest.raises(Refused, match="^dog: update needs params"), naming("sgd"), naming("dog"):
        needed(None)


def test_a_wrong_type_is_a_type_error_too_and_others_pass_as_they_are():
    with pytest.raises(TypeError, match="^adam: b1 must be a number"), naming("adam"):
        raise WrongType("b1 must be a number, got 'x'.")
    with pytest.raises(KeyError, match="other"), naming("adam"):
        raise KeyError("other")


def test_a_refusal_goes_through_pickle_with_its_owner():
    refused = Refused("steps must be > 0, got 0.")
    refused.owner = "cosine"
    assert str(pickle.loads(pickle.dumps(refused))) == "cosine: steps must be > 0, got 0."


def test_parameters_are_asked_for_with_the_remedy():
    assert needed(3) == 3
    with pytest.raises(ValueError, match=r"^update needs params; call tx.update\(grads, state, params\)\.$"):
        needed(None)
    with pytest.raises(ValueError, match="^update needs params for weight_decay; call"):
        needed(None, "for weight_decay")
