"""How a worker uses a study: it takes trials, tells how they ended, and gives the trials of dead workers out again."""

import contextlib
import math
import os
import secrets
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lropt_jax._core.extras import require
from lropt_jax.tuning.engine import Outcome
from lropt_jax.tuning.studies.points import SAMPLER, Point, Trials, point_of, spread, told

_BEATS = 6  # signs of life in the time after which a worker counts as dead


@dataclass
class Ledger:
    """One worker's view of a study.

    A worker shows that it lives by an attribute of the study that changes. Who sees it unchanged for `grace` seconds
    of its own clock takes the worker for dead. So clocks of hosts need not agree. Optuna has such signs for databases
    only; these work for a journal too.
    """

    study: Any
    storage: Any
    grid: list[tuple[str, float]]
    seeds: list[int]
    sampled: int
    grace: float
    me: str = field(default_factory=lambda: f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(2)}")
    _ids: dict[int, int] = field(default_factory=dict)
    _seen: dict[str, tuple[Any, float]] = field(default_factory=dict)
    _grown: tuple[int, float] = (-1, 0.0)  # how many trials there were, and since when

    def look(self) -> Trials:
        """The trials as they stand."""
        return Trials(self.study.get_trials(deepcopy=False), self.grid, self.seeds, self.sampled)

    def plan(self, points: list[Point], **said: Any) -> None:
        """Let points wait for a worker."""
        optuna = require("optuna")
        kinds = self._distributions()
        for point in points:
            params = {"optimizer": point.optimizer, "rate": point.rate}
            trial = optuna.trial.create_trial(
                state=optuna.trial.TrialState.WAITING, params=params, distributions=kinds,
                user_attrs={"seed": point.seed, "by": "grid", **said},
            )  # fmt: skip
            self.study.add_trial(trial)

    def take(self, most: int) -> list[Any]:
        """Trials for one program: of one optimizer, at most so many. They are this worker's alone."""
        mine: list[Any] = []
        for trial in self.look().trials:
            point = point_of(trial)
            if len(mine) == most:
                break
            if trial.state.name != "WAITING" or point is None:
                continue
            same = not mine or trial.params["optimizer"] == mine[0].params["optimizer"]
            if same and self._take(trial.number):
                mine.append(trial)
        return self._counting([trial.number for trial in mine])

    def sample(self, most: int) -> list[Any]:
        """Trials at rates that the sampler chooses, with the first seed. Those with other seeds wait from now on."""
        kinds, asked = self._distributions(), []
        for _ in range(math.ceil(most / len(self.seeds))):
            if len(self.look().chosen) >= self.sampled:
                break
            trial = self.study.ask()
            trial.set_user_attr("worker", self.me)
            if "rate" not in trial.params:  # otherwise another worker let it wait just now
                trial.suggest_categorical("optimizer", kinds["optimizer"].choices)
                trial.suggest_float("rate", kinds["rate"].low, kinds["rate"].high, log=True)
                trial.set_user_attr("by", SAMPLER)
                trial.set_user_attr("seed", self.seeds[0])
            asked.append(trial.number)
        mine = self._counting(asked)
        chosen = [point for trial in mine if (point := point_of(trial)) and trial.user_attrs["by"] == SAMPLER]
        held = self.look().holders
        others = [point for point in spread([point[:2] for point in chosen], self.seeds) if point not in held]
        self.plan(others, by=SAMPLER)
        return mine

    def tell(self, trial: Any, outcome: Outcome, criterion: float) -> None:
        """Write down how a trial ended. Nothing happens where it was given to another worker meanwhile.

        A diverged trial has the value infinity: samplers learn from it to stay away, and from a failed one nothing.
        """
        optuna, number = require("optuna"), self.id_of(trial.number)
        with contextlib.suppress(optuna.exceptions.UpdateFinishedTrialError, ValueError):
            for name, said in told(outcome).items():
                self.storage.set_trial_user_attr(number, name, said)
            value = float(criterion) if outcome.status != "diverged" and np.isfinite(criterion) else math.inf
            pruned = outcome.status == "pruned"
            self.study.tell(trial.number, *([None, optuna.trial.TrialState.PRUNED] if pruned else [value]))

    def give_back(self, trials: list[Any], status: str) -> None:
        """Let trials that did not end wait for another worker."""
        for trial in trials:
            if self._fail(trial.number, status) and (point := point_of(trial)):
                self.plan([point], by=trial.user_attrs.get("by", "grid"), again=trial.number)

    def mend(self) -> None:
        """Give out again what dead workers held, and plan what is missing where nobody has planned for a while."""
        now, standing, beats = time.monotonic(), self.look(), self.study.user_attrs
        for trial in standing.trials:
            worker = trial.user_attrs.get("worker", f"trial {trial.number}")
            if trial.state.name != "RUNNING" or worker == self.me:
                continue
            beat = beats.get(f"worker {worker}")
            if worker not in self._seen or self._seen[worker][0] != beat:
                self._seen[worker] = (beat, now)
            patience = beat["grace"] if isinstance(beat, Mapping) else self.grace  # as it said itself
            if now - self._seen[worker][1] > patience:
                self.give_back([trial], "abandoned")
        if len(standing.trials) != self._grown[0]:  # somebody lets points wait just now
            self._grown = len(standing.trials), now
        if now - self._grown[1] > self.grace:
            held = self.look().holders
            for point in standing.wanted:
                if point not in held:
                    self.plan([point], by="grid" if point[:2] in self.grid else SAMPLER)

    @contextlib.contextmanager
    def living(self) -> Iterator[None]:
        """Show from a thread that this worker lives."""
        over = threading.Event()

        def beat() -> None:
            count = 0
            while True:
                count += 1
                with contextlib.suppress(Exception):  # a database that is away for a moment; the worker itself says so
                    self.study.set_user_attr(f"worker {self.me}", {"beat": count, "grace": self.grace})
                if over.wait(self.grace / _BEATS):
                    return

        thread = threading.Thread(target=beat, daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def _take(self, number: int) -> bool:
        """Whether a waiting trial became this worker's. The storage gives it to one worker alone."""
        optuna, trial = require("optuna"), self.id_of(number)
        try:
            if not self.storage.set_trial_state_values(trial, state=optuna.trial.TrialState.RUNNING):
                return False
            self.storage.set_trial_user_attr(trial, "worker", self.me)
        except optuna.exceptions.UpdateFinishedTrialError:
            return False
        return True

    def _counting(self, numbers: list[int]) -> list[Any]:
        """The trials of these that count. The others fail, and say why."""
        standing, mine = self.look(), []
        for trial in (standing.trials[number] for number in numbers):
            why = standing.counts(trial) if trial.state.name == "RUNNING" else "abandoned"
            if why is None:
                mine.append(trial)
            else:
                self._fail(trial.number, why)
        return mine

    def _fail(self, number: int, status: str) -> bool:
        """Whether this call ended a trial. Of several workers one alone does."""
        optuna, trial = require("optuna"), self.id_of(number)
        try:
            self.storage.set_trial_user_attr(trial, "status", status)
            return self.storage.set_trial_state_values(trial, state=optuna.trial.TrialState.FAIL)
        except optuna.exceptions.UpdateFinishedTrialError:
            return False

    def id_of(self, number: int) -> int:
        """What the storage calls a trial."""
        if number not in self._ids:
            study = self.storage.get_study_id_from_name(self.study.study_name)
            self._ids[number] = self.storage.get_trial_id_from_study_id_trial_number(study, number)
        return self._ids[number]

    def _distributions(self) -> dict[str, Any]:
        kinds, rates = require("optuna.distributions"), [rate for _, rate in self.grid]
        names = tuple(dict.fromkeys(name for name, _ in self.grid))
        return {
            "optimizer": kinds.CategoricalDistribution(names),
            "rate": kinds.FloatDistribution(min(rates), max(rates), log=True),
        }
