"""One training run of the digits VAE through `solve`, against a hand-written scan with `optax.adam`.

Run: python benchmarks/solve_speed.py
"""

import jax
import optax
from timing import interleaved, report

from lropt_jax.optimizers import adam
from lropt_jax.problems import solve, vae

STEPS = 1000


def main() -> None:
    problem, key = vae(), jax.random.key(0)

    @jax.jit
    def by_hand(problem, rate, key):
        tx = optax.adam(rate)
        init_key, run_key = jax.random.split(key)
        params, state = problem.init(init_key)

        def body(carry, step_key):
            params, state, slots = carry
            gradient, state, loss = problem.field(params, state, step_key)
            updates, slots = tx.update(gradient, slots, params)
            return (optax.apply_updates(params, updates), state, slots), loss

        return jax.lax.scan(body, (params, state, tx.init(params)), jax.random.split(run_key, STEPS))[1]

    peers = {
        "solve with adam": lambda: solve(problem, adam(1e-2), key, STEPS).values.block_until_ready(),
        "solve with optax.adam": lambda: solve(problem, plain, key, STEPS).values.block_until_ready(),
        "hand-written scan with optax.adam": lambda: by_hand(problem, 1e-2, key).block_until_ready(),
    }
    plain = optax.adam(1e-2)
    for run in peers.values():
        run()
    report(f"digits VAE, {STEPS} steps, compiled before", interleaved(peers, 9), ours="solve with adam")


if __name__ == "__main__":
    main()
