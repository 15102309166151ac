"""A sweep whose lanes span two processes, each with half of the data. Run as a program it is one of them."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from lropt_jax.optimizers import adam, sgd
from lropt_jax.problems import Problem
from lropt_jax.tuning import sweep

RUNS = {"rates": [0.03, 0.1, 1e9], "steps": 30, "seeds": 2, "lanes_per_program": 3, "on_progress": None}


def data():
    x = np.random.default_rng(0).normal(size=(64, 3)).astype(np.float32)
    return x, x @ np.array([1, -2, 3], np.float32)


def _loss(w, batch):
    return jnp.mean((batch[0] @ w - batch[1]) ** 2)


def swept(data, **runs):
    """The sweep. The loss is a mean over all data, so the hosts talk to each other at every step."""
    problem = Problem.from_loss(_loss, lambda key: jax.random.normal(key, (3,)), data)
    return sweep(problem, [sgd, adam], **{**RUNS, **runs})


def started():
    """Both processes."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "JAX_PLATFORMS": "cpu"}
    command = [sys.executable, __file__, str(port)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return [subprocess.Popen([*command, str(number)], env=env, **pipes) for number in range(2)]


def main(port, number):
    jax.config.update("jax_cpu_collectives_implementation", "gloo")
    jax.distributed.initialize(f"127.0.0.1:{port}", 2, number)
    assert (jax.process_count(), len(jax.local_devices())) == (2, len(jax.devices()) // 2)
    layout = NamedSharding(Mesh(np.array(jax.devices()), ("hosts",)), PartitionSpec("hosts"))
    mine = jax.tree.map(lambda each: each[32 * number : 32 * (number + 1)], data())
    whole = jax.tree.map(lambda each: jax.make_array_from_process_local_data(layout, each), mine)
    found = swept(whole)
    try:
        swept(whole, resume="somewhere")
    except ValueError as error:
        print(error, file=sys.stderr)
    print(json.dumps([found.engine["why"], found.to_records(), found.curve.tolist()]))


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    main(int(sys.argv[1]), int(sys.argv[2]))
