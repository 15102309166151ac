"""Training steps of the digits VAE, against NumPyro's SVI on the same model, batches and machine.

Both draw a batch of 128 on the device and take a step of Adam on a reparameterised bound with the divergence in closed
form, in one compiled scan. NumPyro's gets no extra work: no plates, and its own Adam.

Run: python benchmarks/vae_speed.py  (needs numpyro)
"""

import jax
import jax.numpy as jnp
import numpyro
import numpyro.distributions as dist
from numpyro.infer import SVI, TraceMeanField_ELBO
from timing import interleaved, report

from lropt_jax.optimizers import adam
from lropt_jax.problems import solve, vae
from lropt_jax.problems.data import rows
from lropt_jax.problems.variational.vae import _mlp, digits

STEPS = 2000
BATCH, RATE, KEY = 128, 1e-2, jax.random.key(0)


def model(params: dict, images: jax.Array) -> None:
    decoder = numpyro.param("decoder", params["decoder"])
    z = numpyro.sample("z", dist.Normal(jnp.zeros((BATCH, 8)), 1).to_event(2))
    numpyro.sample("x", dist.BernoulliLogits(_mlp(decoder, z)).to_event(2), obs=images)


def guide(params: dict, images: jax.Array) -> None:
    encoder = numpyro.param("encoder", params["encoder"])
    mean, log_scale = jnp.split(_mlp(encoder, images), 2, axis=-1)
    numpyro.sample("z", dist.Normal(mean, jnp.exp(log_scale)).to_event(2))


@jax.jit
def by_numpyro(params: dict, train: jax.Array, key: jax.Array) -> jax.Array:
    svi = SVI(model, guide, numpyro.optim.Adam(RATE), TraceMeanField_ELBO())
    state = svi.init(key, params, train[:BATCH])

    def body(state, step_key):
        return svi.update(state, params, train[rows(step_key, BATCH, len(train))])

    losses = jax.lax.scan(body, state, jax.random.split(key, STEPS))[1]
    return losses / BATCH


def main() -> None:
    problem, train = vae(), digits().train
    params, _ = problem.init(KEY)
    peers = {
        "solve with adam": lambda: solve(problem, adam(RATE), KEY, STEPS).values.block_until_ready(),
        "NumPyro's SVI, TraceMeanField_ELBO": lambda: by_numpyro(params, train, KEY).block_until_ready(),
    }
    for name, run in peers.items():
        print(f"{name}: minus the bound over the last 200 steps {jnp.mean(run()[-200:]):.2f}")
    seconds = interleaved(peers, 11)
    report(f"digits VAE, {STEPS} steps, compiled before", seconds, ours="solve with adam")
    for name, mine in seconds.items():
        print(f"  {name:<50} {STEPS / sorted(mine)[len(mine) // 2]:8.0f} steps a second")


if __name__ == "__main__":
    main()
