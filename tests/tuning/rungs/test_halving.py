"""Tests of successive halving."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from bowls import TRACES, bowl

from lropt_jax.optimizers import adam, sgd
from lropt_jax.problems import Problem, solve
from lropt_jax.schedules import cosine, linear, wsd
from lropt_jax.tuning import halving, kept, log_rates, plan, sealed, sweep

HELD = np.linspace(-1, 1, 8, dtype=np.float32)
RATES = [0.003, 0.01, 0.03, 0.1, 0.3, 0.9]


@pytest.mark.parametrize("lanes_per_program", [1, 2])
def test_the_last_rung_is_the_run_that_solve_makes(lanes_per_program):
    """Trunks that were kept, forked and packed again make the same updates as a run from the start."""
    found = halving(bowl, adam, steps=36, rates=RATES, seeds=2, lanes_per_program=lanes_per_program)
    assert [len(rung.rate) for rung in found.rungs] == [12, 4, 2]
    assert [rung.steps for rung in found.rungs] == [4, 12, 36]
    best = found.best()
    assert best.tx == adam(wsd(best.rate, 36, warmup_steps=0, cooldown_steps=11))
    for seed, validation in zip((0, 1), found.last.validation, strict=True):
        alone = solve(bowl, best.tx, jax.random.key(seed), 36)
        np.testing.assert_allclose(validation, alone.params @ alone.params, rtol=1e-5)
        np.testing.assert_allclose(found.last.train[seed], alone.values[-1], rtol=1e-4)


def test_it_costs_what_its_lanes_run_and_a_trunk_is_run_once():
    found = halving(bowl, sgd, steps=90, rates=RATES, seeds=1, decay_fraction=0.5)
    trunks = 6 * 5 + 2 * (15 - 5) + 1 * (45 - 15)
    forks = 6 * 5 + 2 * 15 + 1 * 45
    assert found.cost == pytest.approx((trunks + forks) / 90)
    assert halving(bowl, sgd, steps=90, rates=RATES, seeds=1, decay_fraction=1).cost == pytest.approx(6 / 9 + 2 / 3 + 1)


def test_all_rungs_share_one_program_of_each_optimizer():
    fresh = dataclasses.replace(bowl, init=lambda key: bowl.init(key))  # another function: another program
    TRACES.clear()
    found = halving(fresh, [sgd, adam], rates=log_rates(), steps=45, seeds=1, lanes_per_program=2)
    assert [len(rung.rate) for rung in found.rungs] == [48, 16, 6]
    assert len(TRACES) == 2
    halving(fresh, sgd, rates=RATES, steps=90, seeds=1, factor=2, rungs=4, lanes_per_program=2)
    assert len(TRACES) == 2


def test_each_optimizer_keeps_its_own_best_rates_and_a_diverged_one_drops_out():
    found = halving(bowl, {"slow": sgd, "lost": lambda rate: sgd(1e3 * rate), "adam": adam}, rates=[0.01, 0.1, 0.3],
                    steps=27, rungs=2)  # fmt: skip
    assert found.rungs[0].survivors == found.rungs[0].optimizers[::2] == ["slow", "adam"]
    assert found.last.optimizers == ["slow", "adam"]
    assert found.best("slow").rate == 0.3
    assert found.edge == "largest"


def test_it_agrees_with_the_grid_where_the_grid_is_clear():
    schedule = {"schedule": lambda rate, steps: wsd(rate, steps, warmup_steps=0, cooldown_steps=5)}
    grid = sweep(bowl, sgd, steps=18, rates=RATES, seeds=1, **schedule)
    assert halving(bowl, sgd, steps=18, rates=RATES).best().rate == grid.best().rate


def test_schedules_of_ones_own_begin_each_rung_anew():
    own = halving(bowl, sgd(cosine(0.1, 90)), steps=90, rates=RATES, seeds=1)
    assert own.best().tx == sgd(cosine(own.best().rate, 90))
    given = halving(bowl, sgd, steps=90, rates=RATES, seeds=1, schedule=linear)
    assert given.best().tx == sgd(linear(given.best().rate, 90))
    assert own.cost == given.cost == pytest.approx(6 / 9 + 2 / 3 + 1)


def test_where_training_decides_it_is_the_loss_at_the_end_of_the_decay():
    bare = Problem(bowl.init, bowl.field)
    found = halving(bare, sgd, steps=90, rates=RATES)
    judged = halving(bowl, sgd, steps=90, rates=RATES)
    for mine, theirs in zip(found.rungs, judged.rungs, strict=True):
        np.testing.assert_allclose(mine.validation, theirs.validation, rtol=1e-5)


def test_its_records_and_texts_name_the_rungs():
    found = halving(bowl, sgd, steps=36, rates=RATES, seeds=1)
    records = found.to_records()
    assert len(records) == 6 + 2 + 1
    assert (records[-1]["rung"], records[-1]["steps"], records[-1]["rate"]) == (3, 36, found.best().rate)
    assert repr(found).startswith("rung 1: Sweep of bowl: 6 lanes x 4 steps")
    assert repr(found).endswith(f"cost {found.cost:.2f} x one run of 36 steps")
    assert found.as_table().count("<table>") == 3
    assert found._repr_html_().startswith("<table>")


def test_progress_names_the_rung():
    told = []
    halving(bowl, sgd, steps=36, rates=RATES, on_progress=lambda name, now: told.append((name, now.done == now.total)))
    assert {name for name, _ in told} == {"rung 1 of 3", "rung 2 of 3", "rung 3 of 3"}
    assert told[-1] == ("rung 3 of 3", True)


def test_what_no_rate_can_help_is_said():
    found = halving(bowl, sgd, steps=36, rates=[30.0, 90.0])
    assert len(found.rungs) == 1
    with pytest.raises(ValueError, match="no rate of any optimizer ended well"):
        found.best()
    with pytest.raises(ValueError, match="halving: factor must be a whole number >= 2, got 1"):
        halving(bowl, sgd, steps=36, factor=1)
    with pytest.raises(ValueError, match=r"halving: decay_fraction must be in \(0, 1\], got 0"):
        halving(bowl, sgd, steps=36, decay_fraction=0)


def batches(many):
    x = np.random.default_rng(0).normal(size=(many, 8)).astype(np.float32)
    return [(each, 3 * each) for each in x]


def fit(data):
    return Problem.from_loss(lambda w, batch: jnp.mean((w * batch[0] - batch[1]) ** 2), lambda key: jnp.zeros(()),
                             data, validation=(HELD, 3 * HELD))  # fmt: skip


def test_a_stream_is_read_once_and_a_trunk_goes_on_after_the_batches_of_its_fork():
    given = batches(60)
    found = halving(fit(iter(given)), sgd, steps=36, rates=np.divide(RATES, 30), seeds=1, lanes_per_program=2)
    assert [len(rung.rate) for rung in found.rungs] == [6, 2, 1]
    read = [*range(3), *range(4, 4 + 5), *range(4 + 9, 4 + 9 + 28)]  # cut at 3 of 4 steps, then at 8 of 12
    alone = solve(fit([given[place] for place in read]), found.best().tx, jax.random.key(0), 36)
    np.testing.assert_allclose(found.last.train[0], alone.values[-1], rtol=1e-4)
    np.testing.assert_allclose(found.last.validation[0], 9 * np.mean((1 - alone.params / 3) ** 2 * HELD**2), rtol=1e-4)


def test_a_stream_that_ends_early_or_does_not_fit_is_refused(monkeypatch):
    with pytest.raises(ValueError, match="halving: data ended after 20 batches"):
        halving(fit(iter(batches(20))), sgd, steps=36, rates=RATES, seeds=1)
    monkeypatch.setattr("lropt_jax.tuning.plan.lanes_at_once", lambda work: 4)
    with pytest.raises(ValueError, match="halving: rates must be so few that the memory holds all lanes at once for a"):
        halving(fit(batches(36)), sgd, steps=36, rates=RATES, seeds=1, lanes_per_program=2)


class Crash(Exception):
    """What ends a search in its middle."""


@pytest.mark.slow
@pytest.mark.parametrize("streams", [False, True])
def test_a_search_that_was_killed_goes_on_and_ends_with_the_same_bits(tmp_path, monkeypatch, streams):
    data = batches(36) if streams else tuple(np.concatenate(each) for each in zip(*batches(36), strict=True))
    how = {"steps": 36, "rates": [*RATES, 1e9], "seeds": 2, "lanes_per_program": 2, "workers": 1, "on_progress": None}
    monkeypatch.setattr(kept, "_EVERY", 0)  # every slice is kept
    monkeypatch.setattr(kept, "_SHARE", 0)
    monkeypatch.setattr(plan, "_slice", lambda each: 2)
    problem, write = fit(data), sealed.write
    whole = halving(problem, [sgd, adam], **how)
    for moment in (3, 12, 18 if streams else 40):
        writes = []

        def counted(*arguments, writes=writes, moment=moment):
            writes.append(arguments)
            if len(writes) == moment:
                raise Crash
            write(*arguments)

        monkeypatch.setattr(sealed, "write", counted)
        with pytest.raises(Crash):
            halving(problem, [sgd, adam], resume=tmp_path, **how)
    monkeypatch.setattr(sealed, "write", write)
    again = halving(fit(data), [sgd, adam], resume=tmp_path, **how)
    np.testing.assert_equal(again.to_records(), whole.to_records())
    assert again.cost == whole.cost
    assert again.rungs[0].engine["resume"]["used"] == 14
    assert [rung.curve.tobytes() for rung in again.rungs] == [rung.curve.tobytes() for rung in whole.rungs]
    with pytest.warns(UserWarning, match="another data"):
        other = halving(fit(jax.tree.map(np.negative, data)), sgd, resume=tmp_path, **how)
    assert [rung.engine["resume"]["used"] for rung in other.rungs] == [0] * 3
