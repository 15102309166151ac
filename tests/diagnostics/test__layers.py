"""Tests of events of groups of parameters, on made-up records that show them and on some that do not."""

import numpy as np
import pytest
from records import of_groups

from lropt_jax.diagnostics._layers import dead, off
from lropt_jax.diagnostics._rows import Rows


def of(*arguments, **columns):
    return Rows.of(of_groups(*arguments, **columns))


def test_a_group_without_a_gradient_for_the_last_third_is_dead():
    grads = np.ones((12, 2))
    grads[7:, 1] = 0
    rows = of(["first", "second"], grad_norm=grads, ratio=grads)
    assert dead(rows) == [(70, "dead parameters", "second has no gradient in 5 rows, up to the end")]


def test_a_group_that_is_frozen_has_no_update():
    (event,) = dead(of(["first", "second"], grad_norm=1.0, ratio=[1e-3, 0.0]))
    assert event.evidence == "second has no update in 12 rows, up to the end"


def test_a_group_that_pauses_is_not_dead():
    grads = np.ones((12, 2))
    grads[3:9, 1] = 0
    assert not dead(of(["first", "second"], grad_norm=grads, ratio=grads))


@pytest.mark.parametrize("pace", [2e-2, 5e-5])
def test_a_group_that_moves_a_decade_faster_or_slower_is_off(pace):
    (event,) = off(of(["a", "b", "c"], ratio=[1e-3, pace, 1e-3]))
    assert (event.step, event.kind) == (60, "layer off")
    assert event.evidence == f"b moves by {pace:.3g} of its size a step, the others by 0.001"


@pytest.mark.parametrize("ratio", [[1e-3, 5e-3, 2e-3], [1e-3, 0.0, 1e-3], [1e-3, np.nan, 1e-3]])
def test_groups_that_move_alike_are_not_off(ratio):
    assert not off(of(["a", "b", "c"], ratio=ratio))
    assert not off(of(["all"], ratio=1e-3))
