"""Tests of lanes on several devices."""

import os
import subprocess
import sys
from pathlib import Path

import jax
import numpy as np
import pytest
from bowls import bowl

from lropt_jax.optimizers import sgd
from lropt_jax.tuning import halving, sweep, tune
from lropt_jax.tuning.devices import Slots, devices_of
from lropt_jax.tuning.result import Sweep

EIGHT = "--xla_force_host_platform_device_count=8"


@pytest.mark.slow
def test_results_have_the_same_bits_on_1_2_4_and_8_devices():
    env = {**os.environ, "XLA_FLAGS": f"{os.environ.get('XLA_FLAGS', '')} {EIGHT}"}
    env["PYTHONPATH"] = os.pathsep.join(filter(None, [str(Path(__file__).parents[1]), env.get("PYTHONPATH")]))
    done = subprocess.run([sys.executable, __file__], env=env, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "same bits\n"), done.stderr


def in_eight():
    """What the process of eight devices does."""
    from resumed import problem

    from lropt_jax.tuning import engine

    assert len(jax.devices()) == 8
    used, judged = set(), engine.Engine._judged

    def noted(self, run, **how):
        used.update(run.track.finite.devices())
        return judged(self, run, **how)

    engine.Engine._judged = noted
    for streams, counts in ((True, (1, 2)), (False, (1, 2, 4, 8))):
        found, given = {}, problem(streams)
        for many in counts:
            used.clear()
            devices = "all" if many == 8 else jax.devices()[:many]
            found[many] = sweep(given, sgd, rates=np.geomspace(1e-3, 0.1, 8), steps=40, seeds=2,
                                lanes_per_program=2, devices=devices, on_progress=None)  # fmt: skip
            assert len(used) == (many if streams else len(used)) <= many
            assert found[many].engine["devices"] == many
            for name in ("start", "train", "validation", "test", "curve", "status"):
                assert getattr(found[many], name).tobytes() == getattr(found[1], name).tobytes(), (name, many)
    assert used == set(jax.devices())
    used.clear()
    how = {"rates": np.geomspace(1e-3, 0.1, 8), "steps": 36, "seeds": 2, "lanes_per_program": 2, "on_progress": None}
    given = problem(True)
    one, two = (halving(given, sgd, devices=jax.devices()[:many], **how) for many in (1, 2))
    assert used == set(jax.devices()[:2])
    np.testing.assert_equal(one.to_records(), two.to_records())
    print("same bits")


def test_one_device_gives_what_none_in_particular_gives():
    how = {"rates": [0.1, 0.2, 0.3], "steps": 20, "seeds": 1, "on_progress": None, "lanes_per_program": 2}
    plain, placed = sweep(bowl, sgd, **how), sweep(bowl, sgd, devices=jax.local_devices()[:1], **how)
    assert ("devices" in plain.engine, placed.engine["devices"]) == (False, 1)
    assert plain.curve.tobytes() == placed.curve.tobytes()
    assert isinstance(tune(bowl, sgd, devices="all", **how).final, Sweep)


def test_programs_get_devices_in_turn_and_wait_for_a_free_one():
    slots = Slots(["a", "b"], 3)
    with slots.one() as first, slots.one() as second, slots.one() as third:
        assert [first, second, third] == ["a", "b", "a"]
    with slots.one() as device:
        assert device == "a"
    assert Slots((), 2).devices == (None,)


@pytest.mark.parametrize(("devices", "message"), [
    ("one", 'devices must be "all", devices of JAX or None, got \'one\''),
    ([3], r'devices must be "all", a sequence of devices of JAX or None, got \[3\]'),
    ([], r"devices must be at least one of jax.local_devices\(\), each once, got \[\]"),
    (jax.local_devices()[:1] * 2, "devices must be at least one of"),
])  # fmt: skip
def test_what_is_no_device_is_refused(devices, message):
    with pytest.raises(ValueError, match=message):
        devices_of(devices)


def test_devices_are_all_or_those_given():
    assert devices_of(None) == ()
    assert devices_of("all") == devices_of(jax.local_devices())


if __name__ == "__main__":
    in_eight()
