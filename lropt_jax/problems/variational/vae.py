"""A variational autoencoder on real handwritten digits."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from lropt_jax._core.binding import bind
from lropt_jax._core.checking import checked
from lropt_jax._core.ends import end_of
from lropt_jax._core.extras import require
from lropt_jax._core.kinds import Size, Strength
from lropt_jax._core.sealing import seal
from lropt_jax._core.values import unseal
from lropt_jax.objectives import MeanField, elbo
from lropt_jax.problems.data import rows
from lropt_jax.problems.problem import Problem
from lropt_jax.problems.views import Images


class Digits(NamedTuple):
    """Binary images of 8 x 8 pixels, as float32 (n, 64)."""

    train: jax.Array
    validation: jax.Array
    test: jax.Array


@checked
def vae(
    *,
    latent: Size = 8,
    hidden: Size = 128,
    batch_size: Size = 128,
    kl_weight: Strength = 1.0,
    samples: Size = 16,
) -> Problem:
    """Maximise the evidence lower bound of a small variational autoencoder (Kingma and Welling 2014, arXiv:1312.6114).

    `x ~ Bernoulli(sigmoid(decoder(z)))`, `z ~ N(0, I)`, posterior `N(mean(x), diag(scale(x)^2))` from an encoder. The
    loss is minus the bound in nats per image, with one sample of `z` per image and step. Encoder and decoder are
    64-hidden-latent-hidden-64 with softplus. The data are scikit-learn's bundled digits, pixels above half intensity:
    1,437 images to train and validate (the last 180 of them), 360 to test.

    Here the learning rate acts as in deep networks. If it is too small, the decoder stays at the mean image. If it is
    too large, the posterior collapses or the loss becomes NaN.

    Args:
        latent: Dimension of `z`, a whole number >= 1.
        hidden: Units of each hidden layer, a whole number >= 1.
        batch_size: Images a step, a whole number >= 1, drawn on the device.
        kl_weight: Weight of the divergence in training, >= 0, or a schedule. Held-out bounds have weight 1. If the
            schedule has an end, a run must reach it: before the end the loss is no bound.
        samples: Samples of `z` per image for held-out bounds, a whole number >= 1.

    Returns:
        A problem; its state is the step, () int32.

    Raises:
        ImportError: scikit-learn is not installed.
        ValueError: A size is below 1 or not whole, or the weight is negative.

    Example:
        >>> vae().name
        'vae'
    """
    data = digits()
    return Problem(
        init=bind(_start, pixels=data.train.shape[1], hidden=hidden, latent=latent),
        field=bind(_field, data.train, seal(kl_weight), batch_size=batch_size),
        validate=bind(_held_out, data.validation, samples=samples),
        test=bind(_held_out, data.test, samples=samples),
        least_steps=int(end_of(kl_weight) or 0),
        view=bind(_seen, data.test[:10]),
        name="vae",
        score="ELBO",
    )


def negative_elbo(params: dict, images: jax.Array, key: jax.Array, **options: Any) -> jax.Array:
    """Mean of minus the bound over images (n, pixels), in nats; `options` go to `objectives.elbo`."""

    def of_one(image: jax.Array, key: jax.Array) -> jax.Array:
        posterior = MeanField(*jnp.split(_mlp(params["encoder"], image), 2))
        prior = MeanField.standard(posterior.mean.size)

        def log_likelihood(z: jax.Array) -> jax.Array:
            logits = _mlp(params["decoder"], z)
            return jnp.sum(image * logits - jax.nn.softplus(logits))

        return -elbo(log_likelihood, posterior, key, prior=prior, estimator="analytic_kl", **options)

    return jnp.mean(jax.vmap(of_one)(images, jax.random.split(key, len(images))))


def digits() -> Digits:
    """The images, split in a fixed random order, because the last ones come from other writers."""
    images = require("sklearn.datasets").load_digits().data
    order = np.random.default_rng(0).permutation(len(images))
    binary = jnp.asarray((images / 16 > 0.5)[order], jnp.float32)
    return Digits(binary[:1257], binary[1257:1437], binary[1437:])


def _start(key: jax.Array, *, pixels: int, hidden: int, latent: int) -> tuple[dict, jax.Array]:
    keys = iter(jax.random.split(key, 4))
    glorot = jax.nn.initializers.glorot_normal()

    def layer(inputs: int, outputs: int) -> dict:
        return {"kernel": glorot(next(keys), (inputs, outputs)), "bias": jnp.zeros(outputs)}

    encoder = [layer(pixels, hidden), layer(hidden, 2 * latent)]
    return {"encoder": encoder, "decoder": [layer(latent, hidden), layer(hidden, pixels)]}, jnp.zeros((), jnp.int32)


def _field(train: jax.Array, weight: Any, params: dict, step: jax.Array, key: jax.Array, *, batch_size: int) -> tuple:
    draw_key, noise_key = jax.random.split(key)
    images = train[rows(draw_key, batch_size, len(train))]
    loss, gradient = jax.value_and_grad(negative_elbo)(params, images, noise_key, kl_weight=unseal(weight), step=step)
    return gradient, step + 1, loss


def _held_out(images: jax.Array, params: dict, step: jax.Array, key: jax.Array, *, samples: int) -> jax.Array:
    return negative_elbo(params, images, key, samples=samples)


def _mlp(layers: list[dict], inputs: jax.Array) -> jax.Array:
    first, second = layers
    return jax.nn.softplus(inputs @ first["kernel"] + first["bias"]) @ second["kernel"] + second["bias"]


def _seen(images: jax.Array, params: dict, step: jax.Array) -> Images:
    """Held-out images, their reconstructions from the posterior's mean, and images from the prior."""

    def drawn(z: jax.Array) -> jax.Array:
        return jax.nn.sigmoid(_mlp(params["decoder"], z))

    means = jnp.split(_mlp(params["encoder"], images), 2, axis=-1)[0]
    prior = jax.random.normal(jax.random.key(0), means.shape, means.dtype)
    rows = {"images": images, "reconstructions": drawn(means), "samples": drawn(prior)}
    return Images({name: each.reshape(-1, 8, 8) for name, each in rows.items()})
