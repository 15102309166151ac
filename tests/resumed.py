"""A sweep, here or in a process of its own that is killed."""

import os
import signal
import subprocess
import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lropt_jax.optimizers import adam, sgd
from lropt_jax.problems import Problem
from lropt_jax.tuning import kept, plan, sealed, sweep


def batches():
    x = np.random.default_rng(0).normal(size=(64, 8, 3)).astype(np.float32)
    return [(each, each @ np.ones((3, 2), np.float32)) for each in x]


def problem(streams):
    def loss(w, batch, key):
        noise = 0.1 * jax.random.normal(key, (8, 2))
        return jnp.mean((batch[0].astype(jnp.bfloat16) @ w - batch[1] + noise) ** 2)

    data = batches() if streams else jax.tree.map(lambda *leaves: np.concatenate(leaves), *batches())
    return Problem.from_loss(
        loss, lambda key: jax.random.normal(key, (3, 2), jnp.bfloat16), data, batch_size=None if streams else 8
    )


def swept(folder, streams, killed_after=0, rates=(0.01, 0.1, 1e9)):
    """The sweep, killed as it writes its `killed_after`th record. 0: never."""
    writes, write = [], sealed.write

    def counted(*arguments):
        writes.append(arguments)
        if len(writes) == killed_after:
            os.kill(os.getpid(), signal.SIGKILL)
        write(*arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sealed, "write", counted)
        patch.setattr(kept, "_EVERY", 0)  # every slice is kept
        patch.setattr(kept, "_SHARE", 0)
        patch.setattr(plan, "_slice", lambda each: 32)
        return sweep(
            problem(streams), [sgd, adam], rates=rates, steps=100, seeds=2, lanes_per_program=2, workers=1,
            resume=folder, on_progress=None,
        )  # fmt: skip


def killed(folder, streams, killed_after):
    """A process of its own, killed by the system."""
    process = subprocess.run([sys.executable, __file__, folder, "s" * streams, str(killed_after)], check=False)
    assert process.returncode == -signal.SIGKILL


if __name__ == "__main__":
    swept(sys.argv[1], bool(sys.argv[2]), int(sys.argv[3]))
