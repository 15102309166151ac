"""A sweep that nobody ran, for the tests of what is said of sweeps."""

import numpy as np

from lropt_jax.tuning import Sweep


def found(
    validation, *, status=None, seeds=1, score=None, value="loss", chosen_by="validation", values=None, metrics=None
):
    """A sweep of two optimizers over five rates, from their validation losses (2, 5, seeds)."""
    validation = np.broadcast_to(np.asarray(validation, float)[..., None], (2, 5, seeds)) + 0.1 * np.arange(seeds)
    shape = validation.shape
    rate = np.broadcast_to(10.0 ** np.arange(-4, 1)[:, None], shape)
    status = np.array([["ok"] * 5] * 2) if status is None else np.array(status)
    return Sweep(
        problem="made",
        score=score,
        value=value,
        chosen_by=chosen_by,
        steps=100,
        optimizer=np.repeat(["a", "b"], 5 * seeds),
        rate=rate.ravel(),
        seed=np.tile(np.arange(seeds), 10),
        status=np.repeat(status.ravel(), seeds),
        start=np.full(10 * seeds, 10.0),
        train=validation.ravel(),
        validation=validation.ravel(),
        test=validation.ravel() + 1,
        curve=np.ones((10 * seeds, 50)),
        txs=[None] * 10 * seeds,
        engine={"lanes_per_program": 1, "workers": 2, "structures": 2, "seconds": 1.0, "why": "so"},
        finished=True,
        values=values or {},
        metrics=metrics or {},
    )


LOSSES = [[5, 2, 1, 1.2, 9], [8, 6, 4, 0.5, 3]]
