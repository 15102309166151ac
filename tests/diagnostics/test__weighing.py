"""Tests of the rules of a verdict on made-up branches."""

import numpy as np
import pytest

from lropt_jax.diagnostics._weighing import Branch, Ends, weigh

INFINITE = float("inf")


def ends(judged, here, begun=(9.0, 9.0), left=400.0, falls=1.0, rate=0.01):
    """A run of 500 steps: branches of 25 steps at 1/4 to 64 times the rate, and of 50 from the start."""
    branches = {Branch(times, 25): loss for times, loss in zip((0.25, 1.0, 4.0, 16.0, 64.0), here, strict=True)}
    restarts = {Branch(times, 50): loss for times, loss in zip((0.25, 0.0625), begun, strict=True)}
    judged = np.linspace(10, judged, 11) if np.ndim(judged) == 0 else np.array(judged)
    return Ends(100, rate, judged, branches, restarts, left, falls)


def test_a_run_whose_higher_branches_end_lower_is_too_low():
    found = weigh(ends(9.0, (8.9, 8.8, 8.0, 5.0, 2.0)))
    assert found.verdict == "too low"
    assert found.evidence[0].startswith("a branch at 64 times the rate ends at 2 after 25 steps; at the present rate")
    assert found.advice == "64 times as much is still stable here: 0.64"


def test_a_run_whose_rate_has_come_down_decays_too_early():
    found = weigh(ends(9.0, (8.9, 8.8, 8.0, 5.0, 2.0))._replace(fallen=0.1))
    assert found.verdict == "decays too early"
    assert found.evidence[0].endswith("the rate is 0.1 of its peak by now")


def test_its_end_is_read_off_between_two_branches():
    some = ends(9.0, (8.9, 8.8, 8.0, 6.0, 2.0))
    assert some.end == pytest.approx(4.0)  # 400 steps: half way, in decades, from 16 * 25 / 2 to 64 * 25 / 2
    assert some._replace(left=200.0).end == pytest.approx(6.0)
    assert some._replace(left=1e6).end == 2.0


def test_a_run_that_no_branch_beats_is_fine():
    found = weigh(ends([10, 5, 3, 2, 1.5, 1.2, 1.1, 1.05, 1.02, 1.01, 1.0], (1.0, 0.98, 0.97, 0.99, 7.0), (2.0, 6.0)))
    assert found.verdict == "fine"
    assert "0% of the gain is missing" in found.evidence[0]


def test_a_run_that_lower_rates_beat_from_the_start_is_too_high():
    found = weigh(ends(4.0, (3.9, 3.9, 5.0, INFINITE, INFINITE), (1.0, 3.0)))
    assert found.verdict == "too high"
    assert found.evidence == ("it would end near 3.9; a branch at 1/4 of the rate ends at 1 after 50 steps",)
    assert found.advice == "take 1/4 of it: 0.0025"


def test_a_run_that_cooling_helps_stands_on_a_floor_of_noise():
    level = np.append([10.0, 4.0], np.full(9, 3.0))
    found = weigh(ends(level, (1.0, 1.05, 1.2, 9.0, 9.0)))
    assert found.verdict == "noise floor"
    assert "it stays near 3, and falls to 1 where the rate falls to 0" in found.evidence[0]
    assert weigh(ends(level, (1.0, 1.05, 1.2, 9.0, 9.0), falls=0.02)).verdict == "fine"  # the schedule cools it


def test_a_run_that_stays_over_its_start_is_too_high_and_no_floor():
    assert weigh(ends(np.append(10.0, np.full(10, 60.0)), (2.0, 2.1, 90.0, 99.0, 99.0))).verdict == "too high"


def test_a_run_that_is_lost_is_too_high_and_told_where_to_go():
    level = np.append(np.full(4, 10.0), np.full(7, INFINITE))
    found = weigh(ends(level, (INFINITE,) * 5, (7.0, 8.0)))
    assert found.verdict == "too high"
    assert found.evidence[0].startswith("the loss is not finite at step 40; a branch at 1/4 of the rate ends at 7")
    lost = weigh(ends(level, (INFINITE,) * 5, (INFINITE, INFINITE)))
    assert lost.advice == "take a hundredth of it, and diagnose again"


def test_nearly_as_much_missing_says_nothing():
    assert weigh(ends(1.0, (0.9, 0.9, 0.75, 0.75, 0.75), left=12.5)).verdict == "cannot say"


def test_a_run_that_is_best_at_16_times_the_rate_may_be_too_low():
    found = weigh(ends(5.0, (4.9, 4.7, 4.0, 2.0, INFINITE)))
    assert found.verdict == "cannot say"
    assert found.evidence[1] == "that is a branch at 16 times the rate"


def test_a_rate_that_its_domain_does_not_let_rise_is_judged_by_lower_ones():
    some = ends(1.0, (1.0, 0.98, 9.0, 9.0, 9.0))
    capped = some._replace(branches={branch: loss for branch, loss in some.branches.items() if branch.times <= 1})
    assert weigh(capped).verdict == "fine"


def test_what_does_not_move_says_nothing():
    found = weigh(ends(10.0, (10.0,) * 5, (10.0, 10.0)))
    assert found.verdict == "cannot say"
    assert found.advice.startswith("try rates far from it")


def test_a_rate_to_come_that_throws_the_run_out_is_too_high():
    good = ends([10, 5, 3, 2, 1.5, 1.2, 1.1, 1.05, 1.02, 1.01, 1.0], (1.0, 0.98, 0.97, 0.99, 70.0))
    peak = Branch(20.0, 25, held=True)
    found = weigh(good._replace(ahead=(peak, 40.0)))
    assert found.verdict == "too high"
    assert (
        "rises to 20 times the present rate: 0.2; a branch there is at 40 after 25 steps, from 1" in found.evidence[0]
    )
    assert found.advice == "let it rise to 16 times at most: 0.16"
    assert weigh(good._replace(ahead=(peak, 0.9))).verdict == "fine"
