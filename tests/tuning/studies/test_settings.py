import threading

import pytest
from bowls import bowl

from lropt_jax._core.refusal import Refused
from lropt_jax.optimizers import sgd
from lropt_jax.tuning.makers import makers
from lropt_jax.tuning.passes import lanes_of
from lropt_jax.tuning.space import Point
from lropt_jax.tuning.studies.settings import opened, settings_of
from lropt_jax.tuning.studies.storages import quiet, storage_of

optuna = pytest.importorskip("optuna")


@pytest.fixture(autouse=True)
def _quiet():
    with quiet():
        yield


def settings(optimizer=sgd, rates=(0.1, 1.0), steps=20, seeds=(0,)):
    named, points = makers({"sgd": optimizer}), {"sgd": [Point(rate, {}) for rate in rates]}
    return settings_of(bowl, lanes_of(bowl, named, points, list(seeds), None, steps), steps=steps, batch=8)


def test_the_first_worker_makes_the_study_and_the_next_one_joins(tmp_path):
    storage = storage_of(f"{tmp_path}/a.log")
    one, first = opened(storage, "lropt", {}, settings(), 1.0)
    two, second = opened(storage, "lropt", {}, settings(), 1.0)
    assert (first, second, one.study_name) == (True, False, two.study_name)


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"steps": 40}, "whose steps is 40, not 20; give another url or name"),
        ({"seeds": (0, 1)}, r"whose seeds is \[0, 1\], not \[0\]"),
        ({"rates": (0.1, 2.0)}, r"whose rates is sgd: \[0.1, 2.0\], not sgd: \[0.1, 1.0\]"),
        ({"optimizer": lambda rate: sgd(rate, momentum=0.9)}, "whose optimizers is sgd: 'sgd.*momentum=0.9"),
    ],
)
def test_a_study_of_other_settings_is_refused_with_the_difference_named(tmp_path, other, said):
    storage = storage_of(f"{tmp_path}/a.log")
    opened(storage, "lropt", {}, settings(**other), 1.0)
    with pytest.raises(Refused, match=f"url must hold a study of the same problem and settings, got one {said}"):
        opened(storage, "lropt", {}, settings(), 1.0)
    assert opened(storage, "another", {}, settings(), 1.0)[1]


def test_another_version_is_named(tmp_path):
    storage = storage_of(f"{tmp_path}/a.log")
    opened(storage, "lropt", {}, settings() | {"lropt_jax": "0.0.1"}, 1.0)
    with pytest.raises(Refused, match="whose lropt_jax is '0.0.1', not '"):
        opened(storage, "lropt", {}, settings(), 1.0)


def test_a_study_of_somebody_else_is_refused(tmp_path):
    storage = storage_of(f"{tmp_path}/a.log")
    optuna.create_study(storage=storage, study_name="lropt").enqueue_trial({"x": 1.0})
    with pytest.raises(Refused, match="studies of this library, got another one named 'lropt'; give another name"):
        opened(storage, "lropt", {}, settings(), 1.0)


def test_a_worker_waits_for_the_settings_and_gives_its_own_where_the_first_one_died(tmp_path):
    storage = storage_of(f"{tmp_path}/a.log")
    study = optuna.create_study(storage=storage, study_name="lropt")
    later = threading.Timer(0.1, study.set_user_attr, ("settings", {**settings(), "steps": 40}))
    later.start()
    with pytest.raises(Refused, match="whose steps is 40"):
        opened(storage, "lropt", {}, settings(), 60.0)
    later.join()
    optuna.create_study(storage=storage, study_name="dead")
    opened(storage, "dead", {}, settings(), 0.01)
    assert optuna.load_study(storage=storage, study_name="dead").user_attrs["settings"]["steps"] == 20
