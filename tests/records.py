"""Made-up records, for the tests of events and verdicts."""

import numpy as np


def run(level, rate=0.1, **columns):
    """A record with a row every 10 steps. The rate may be a number; so may columns."""
    level = np.asarray(level, float)
    rows = {"step": np.arange(len(level)) * 10, "rate": np.full(len(level), 1.0) * rate, "value": level}
    return rows | {name: np.full(len(level), 1.0) * column for name, column in columns.items()}


def falling(rows=40, floor=0.5, half_life=4.0, noise=0.0, seed=0):
    """A loss that falls from 2.5 to a floor, with noise from row to row."""
    at = np.arange(rows)
    return floor + (2.5 - floor) * 0.5 ** (at / half_life) + noise * np.random.default_rng(seed).normal(size=rows)


def of_groups(names, rows=12, **columns):
    """A record of groups of parameters: a number for each group, or (rows, groups)."""
    grouped = {f"group_{name}": np.ones((rows, len(names))) * column for name, column in columns.items()}
    return run(falling(rows)) | {"groups": names} | grouped
