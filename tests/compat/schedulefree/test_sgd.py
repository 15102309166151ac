"""Tests of SGD of schedulefree."""

import pytest
from laws import ValueLaws
from schedulefree_peer import assert_schedule_free
from torch_peer import golden

from lropt_jax.compat.schedulefree import SGDScheduleFree
from lropt_jax.schedules import linear


class TestValue(ValueLaws):
    specimen = SGDScheduleFree(linear(0.1, 10), momentum=0.8, weight_decay=0.1, warmup_steps=5, r=0.5)


@golden("SGDScheduleFree", library="schedulefree")
def test_it_is_the_authors_sgd(case):
    assert_schedule_free(SGDScheduleFree, case)


def test_bad_arguments_are_refused():
    for call, message in {
        lambda: SGDScheduleFree(-1.0): "schedulefree.SGDScheduleFree: lr must be finite and >= 0, got -1.0",
        lambda: SGDScheduleFree(momentum=1.5): r"momentum must be in \[0, 1\], got 1.5",
        lambda: SGDScheduleFree(warmup_steps=-1): "warmup_steps must be finite and >= 0, got -1",
        lambda: SGDScheduleFree(r=-1.0): "r must be finite and >= 0, got -1.0",
        lambda: SGDScheduleFree(weight_lr_power=-1.0): "weight_lr_power must be finite and >= 0, got -1.0",
    }.items():
        with pytest.raises(ValueError, match=message):
            call()
