"""What all workers of a study must agree on, and the study that keeps it."""

import json
import re
import time
from collections.abc import Mapping, Sequence
from typing import Any

import jax

import lropt_jax
from lropt_jax._core.extras import require
from lropt_jax._core.limits import shown
from lropt_jax._core.refusal import Refused
from lropt_jax.problems import Problem
from lropt_jax.tuning.lanes import Lane
from lropt_jax.tuning.studies.fingerprint import fingerprint

_KEY = "settings"


def settings_of(problem: Problem, lanes: Sequence[Lane], **others: Any) -> dict[str, Any]:
    """The problem, the versions, and the runs of the grid, as plain data."""
    rates: dict[str, dict[float, None]] = {}
    rules: dict[str, str] = {}
    for lane in lanes:
        rates.setdefault(lane.optimizer, {})[lane.rate] = None
        rules.setdefault(lane.optimizer, re.sub(r" at 0x[0-9a-f]+", "", repr(lane.tx)))
    return {
        **fingerprint(problem),
        "lropt_jax": lropt_jax.__version__,
        "jax": jax.__version__,
        **{name: value for name, value in others.items() if value is not None},
        "seeds": list(dict.fromkeys(lane.seed for lane in lanes)),
        "rates": {name: list(own) for name, own in rates.items()},
        "optimizers": rules,
    }


def opened(
    storage: Any, name: str, choosers: dict[str, Any], settings: dict[str, Any], grace: float
) -> tuple[Any, bool]:
    """The study of a name, and whether this worker made it. One of other settings is refused."""
    optuna, settings = require("optuna"), json.loads(json.dumps(settings))
    try:
        study = optuna.create_study(storage=storage, study_name=name, direction="minimize", **choosers)
        study.set_user_attr(_KEY, settings)
        return study, True
    except optuna.exceptions.DuplicatedStudyError:
        study = optuna.load_study(storage=storage, study_name=name, **choosers)
    until = time.monotonic() + grace
    while _KEY not in study.user_attrs:  # who made it says its settings next, unless it died
        if study.get_trials(deepcopy=False):
            raise Refused(f"url must hold studies of this library, got another one named {name!r}; give another name.")
        if time.monotonic() > until:
            study.set_user_attr(_KEY, settings)
        time.sleep(0.05)
    _check_same(study.user_attrs[_KEY], settings)
    return study, False


def _check_same(theirs: Mapping[str, Any], mine: Mapping[str, Any]) -> None:
    """Refuse a study of another problem, version or setting, and name the difference."""
    differing = [key for key in {**mine, **theirs} if theirs.get(key) != mine.get(key)]
    if not differing:
        return
    key = differing[0]
    there, here = _differing(theirs.get(key), mine.get(key))
    more = f" (and another {', '.join(differing[1:])})" if differing[1:] else ""
    raise Refused(
        f"url must hold a study of the same problem and settings, got one whose {key} is {there}, not {here}{more}; "
        "give another url or name."
    )


def _differing(theirs: Any, mine: Any) -> tuple[str, str]:
    """Two values in short: of dicts, the first entry that differs."""
    if isinstance(theirs, Mapping) and isinstance(mine, Mapping):
        key = next(key for key in {**mine, **theirs} if theirs.get(key) != mine.get(key))
        return f"{key}: {shown(theirs.get(key))}", f"{key}: {shown(mine.get(key))}"
    return shown(theirs), shown(mine)
