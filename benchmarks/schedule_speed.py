"""Many schedules at once, and what a schedule adds to a step, against Optax's same schedules.

(1) 1,000 warmup-cosines x 10,000 steps: a stack of ours in one call; Optax's closures, jitted one by one or eager;
(2) the same schedules alone inside a compiled loop over a million steps;
(3) a compiled Adam step on 1,000 parameters with each schedule and with a constant rate;
(4) one rate at a time without `jit`, as for a log: `schedule(37)`.

Run: python benchmarks/schedule_speed.py [many] [alone] [in_a_step] [eager]
"""

import statistics
import sys

import jax
import jax.numpy as jnp
import numpy as np
import optax
from timing import interleaved, report

from lropt_jax import optimizers
from lropt_jax.schedules import (
    constant,
    cosine,
    cosine_restarts,
    exponential,
    join,
    linear,
    one_cycle,
    piecewise,
    polynomial,
    step_decay,
    warmup,
)

PEAKS = np.geomspace(1e-4, 1e-1, 1000).astype(np.float32)
STEPS = np.arange(10_000)
PAIRS = {
    "linear": (linear(0.1, 10_000), optax.linear_schedule(0.1, 0.0, 10_000)),
    "warmup_cosine": (
        warmup(cosine(0.1, 9_000), 1_000, start=0.0),
        optax.warmup_cosine_decay_schedule(0.0, 0.1, 1_000, 10_000),
    ),
    "exponential": (exponential(0.1, 1_000, decay=0.5), optax.exponential_decay(0.1, 1_000, 0.5)),
    "piecewise": (
        piecewise((0.1, 0.05, 0.01), (3_000, 6_000)),
        optax.piecewise_constant_schedule(0.1, {3_000: 0.5, 6_000: 0.2}),
    ),
}

COUNTERPARTS = {
    **PAIRS,
    "constant": (constant(0.1), optax.constant_schedule(0.1)),
    "polynomial": (polynomial(0.1, 900), optax.polynomial_schedule(0.1, 0.0, 2.0, 900)),
    "cosine": (cosine(1e-3, 900), optax.cosine_decay_schedule(1e-3, 900)),
    "step_decay": (step_decay(0.1, 30), optax.exponential_decay(0.1, 30, 0.1, staircase=True)),
    "warmup": (warmup(0.1, 100, start=0.0), optax.warmup_constant_schedule(0.0, 0.1, 100)),
    "warmup_exponential": (
        warmup(exponential(0.1, 100, decay=0.5), 100, start=0.0),
        optax.warmup_exponential_decay_schedule(0.0, 0.1, 100, 100, 0.5),
    ),
    "one_cycle": (one_cycle(0.1, 900), optax.cosine_onecycle_schedule(900, 0.1)),
    "one_cycle, linear": (
        one_cycle(0.1, 900, three_phase=True, shape="linear"),
        optax.linear_onecycle_schedule(900, 0.1, 0.3, 0.6),
    ),
    "cosine_restarts": (
        cosine_restarts(0.1, 100, growth=2.0),
        optax.sgdr_schedule(
            [
                {"init_value": 0.1, "peak_value": 0.1, "decay_steps": 100 * 2**place, "warmup_steps": 0}
                for place in range(4)
            ]
        ),
    ),
    "join": (
        join([linear(0.1, 100), cosine(0.05, 800)], [100]),
        optax.join_schedules([optax.linear_schedule(0.1, 0.0, 100), optax.cosine_decay_schedule(0.05, 800)], [100]),
    ),
}


def ours_stacked() -> None:
    stack = jax.vmap(lambda peak: warmup(cosine(peak, 9_000), 1_000, start=0.0))(PEAKS)
    jax.jit(jax.vmap(lambda schedule: schedule(STEPS)))(stack).block_until_ready()


def optax_jitted() -> None:
    for peak in PEAKS:
        jax.jit(optax.warmup_cosine_decay_schedule(0.0, float(peak), 1_000, 10_000))(STEPS).block_until_ready()


def optax_eager() -> None:
    for peak in PEAKS:
        optax.warmup_cosine_decay_schedule(0.0, float(peak), 1_000, 10_000)(STEPS).block_until_ready()


def many() -> None:
    peers = {
        "a stack of values, one call": lambda: cleared(ours_stacked),
        "optax closures, jitted one by one": lambda: cleared(optax_jitted),
        "optax closures, eager": lambda: cleared(optax_eager),
    }
    report("1,000 schedules x 10,000 steps, from nothing compiled", interleaved(peers, 3), next(iter(peers)))


def alone() -> None:
    def looped(schedule):
        def body(total, step):
            return total + schedule(step), None

        return jax.jit(lambda: jax.lax.scan(body, jnp.zeros(()), jnp.arange(1_000_000))[0])

    for name, (own, theirs) in PAIRS.items():
        peers = {"ours": looped(own), "optax": looped(theirs)}
        report(f"{name}, a million steps in a compiled loop", compiled(peers), "ours")


def in_a_step() -> None:
    params = jnp.linspace(-1, 1, 1_000)

    def trained(tx):
        def body(carry, _):
            params, state = carry
            updates, state = tx.update(params, state, params)
            return (optax.apply_updates(params, updates), state), None

        return jax.jit(lambda: jax.lax.scan(body, (params, tx.init(params)), length=100_000)[0][0])

    for name, (own, theirs) in PAIRS.items():
        peers = {
            "ours": trained(optimizers.adam(own)),
            "optax": trained(optax.adam(theirs)),
            "ours, constant rate": trained(optimizers.adam(1e-3)),
            "optax, constant rate": trained(optax.adam(1e-3)),
        }
        report(f"{name} in Adam, 1,000 parameters x 100,000 steps", compiled(peers), "ours")


def eager() -> None:
    print(f"\none eager call, microseconds\n  {'schedule':<20} {'ours':>8} {'optax':>8} {'ours / optax':>13}")
    for name, (own, theirs) in COUNTERPARTS.items():
        own(37), theirs(37)
        seconds = interleaved({"ours": lambda own=own: own(37), "optax": lambda theirs=theirs: theirs(37)}, 200)
        mine, other = (1e6 * statistics.median(found) for found in seconds.values())
        print(f"  {name:<20} {mine:8.0f} {other:8.0f} {mine / other:13.2f}")


def compiled(peers: dict) -> dict[str, list[float]]:
    for run in peers.values():
        run().block_until_ready()
    return interleaved({name: lambda run=run: run().block_until_ready() for name, run in peers.items()}, 15)


def cleared(run) -> None:
    jax.clear_caches()
    run()


if __name__ == "__main__":
    for part in sys.argv[1:] or ("many", "alone", "in_a_step", "eager"):
        globals()[part]()
