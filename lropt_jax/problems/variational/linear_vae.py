"""The linear twin of the variational autoencoder, whose best likelihood is known."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from lropt_jax._core.binding import bind
from lropt_jax._core.checking import check, checked
from lropt_jax._core.extras import require
from lropt_jax._core.kinds import Finite, Size
from lropt_jax._core.numbers import real
from lropt_jax._core.refusal import Refused
from lropt_jax._core.trees import ArrayLike
from lropt_jax.objectives import MeanField, elbo, kl
from lropt_jax.problems.data import rows
from lropt_jax.problems.problem import Problem
from lropt_jax.problems.recipe import Recipe
from lropt_jax.problems.views import Images


@checked
def linear_vae(
    *, data: ArrayLike | None = None, latent: Size = 8, batch_size: Size = 128, samples: Size = 1
) -> Problem:
    """Maximise the evidence lower bound of a variational autoencoder without hidden layers.

    `x ~ N(W z + m, s^2 I)`, `z ~ N(0, I)`, posterior `N(V (x - m), diag(d^2))` with one `d` for all data; `W`, `m`,
    `s`, `V` and `d` are learned together. The best bound is the maximum likelihood of probabilistic PCA, and the bound
    adds no local maxima to those of the likelihood (Lucas et al. 2019, arXiv:1911.02469). With `l_i` the eigenvalues
    of the data's covariance in descending order, and `s^2` the mean of those after the first k, it is
    `-(D log(2 pi) + sum_{i<=k} log l_i + (D - k) log s^2 + D) / 2` (Tipping and Bishop 1999, equations 7 and 8). The
    error is the gap between this and the bound, in closed form over all data, in nats per example. The loss is an
    estimate of minus the bound on a batch.

    Here the learning rate meets the noise of batches and samples, which stays at the optimum. A constant rate ends at
    a floor of the error; a schedule that falls to zero goes below it.

    Args:
        data: Shape (n, D), finite, n > D > latent. None: scikit-learn's digits, 1,797 images of 64 pixels in [0, 1].
        latent: `k`, dimension of `z`, a whole number >= 1.
        batch_size: Examples a step, a whole number >= 1, drawn on the device.
        samples: Samples of `z` per example and step, a whole number >= 1.

    Returns:
        A problem; its state is `()`.

    Raises:
        ImportError: scikit-learn is not installed, and no data are given.
        ValueError: Data are not finite or have another shape, or a number is outside its range.

    Example:
        >>> import jax
        >>> problem = linear_vae()
        >>> f"{problem.judge(*problem.init(jax.random.key(0))):.0f} nats below the best"
        '96 nats below the best'
    """
    images = _examples(digits() if data is None else data, latent)
    best = ppca(images, latent)

    on_device = real(images)
    return Problem(
        init=bind(_start, size=images.shape[1], latent=latent),
        field=bind(_field, on_device, batch_size=batch_size, samples=samples),
        judge=bind(_judge, on_device, real(best)),
        view=bind(_seen, on_device) if data is None else None,
        name="linear_vae",
        recipe=Recipe(steps=6000, optimizers=("adam", "rmsprop", "sgd"), rates="1e-4:1e0:16", schedule="cosine"),
    )


def negative_elbo(params: dict, data: jax.Array, key: jax.Array, **options: Any) -> jax.Array:
    """Mean of minus the bound over data (n, D), estimated, in nats; `options` go to `objectives.elbo`."""

    def of_one(x: jax.Array, key: jax.Array) -> jax.Array:
        def log_likelihood(z: jax.Array) -> jax.Array:
            return jnp.sum(jax.scipy.stats.norm.logpdf(x, _decoded(params, z), jnp.exp(params["log_noise"])))

        q = _encoded(params, x)
        prior = MeanField.standard(q.mean.size)
        return -elbo(log_likelihood, q, key, prior=prior, estimator="analytic_kl", **options)

    return jnp.mean(jax.vmap(of_one)(data, jax.random.split(key, len(data))))


def exact_elbo(params: dict, data: jax.Array) -> jax.Array:
    """Mean of the bound over data (n, D), exactly: `E |x - W z - m|^2 = |x - W E z - m|^2 + sum_j d_j^2 |W_j|^2`."""
    variance = jnp.exp(2 * params["log_noise"])
    spread = jnp.exp(2 * params["log_scale"]) @ jnp.sum(params["W"] ** 2, axis=1)

    def of_one(x: jax.Array) -> jax.Array:
        q = _encoded(params, x)
        misfit = jnp.sum((x - _decoded(params, q.mean)) ** 2) + spread
        divergence = jnp.sum(kl(q, MeanField.standard(q.mean.size)))
        return -(misfit / variance + x.size * jnp.log(2 * jnp.pi * variance)) / 2 - divergence

    return jnp.mean(jax.vmap(of_one)(data))


def ppca(data: ArrayLike, latent: int) -> float:
    """The largest mean log-likelihood of probabilistic PCA with `latent` components over data (n, D), in nats."""
    eigenvalues = np.linalg.eigvalsh(np.cov(np.asarray(data, np.float64), rowvar=False, bias=True))[::-1]
    size, noise = len(eigenvalues), np.mean(eigenvalues[latent:])
    logs = np.sum(np.log(eigenvalues[:latent])) + (size - latent) * np.log(noise)
    return float(-(size * np.log(2 * np.pi) + logs + size) / 2)


def digits() -> np.ndarray:
    """The images, (1797, 64), grey values in [0, 1]."""
    return require("sklearn.datasets").load_digits().data / 16


def _examples(data: ArrayLike, latent: int) -> np.ndarray:
    array = np.asarray(data, np.float64)
    if array.ndim != 2 or not array.shape[0] > array.shape[1] > latent:
        raise Refused(f"data must have a shape (n, D) with n > D > latent, {latent}, got {array.shape}.")
    check("data", Finite, array)
    return array


def _start(key: jax.Array, *, size: int, latent: int) -> tuple[dict, tuple]:
    """Small random maps. `W` is (k, D) and `V` is (D, k), so that `z W` and `x V` are rows."""
    keys, draw = jax.random.split(key), jax.nn.initializers.glorot_normal()
    maps = {"W": draw(keys[0], (latent, size)), "V": draw(keys[1], (size, latent))}
    return {**maps, "m": jnp.zeros(size), "log_scale": jnp.zeros(latent), "log_noise": jnp.zeros(())}, ()


def _field(data: jax.Array, params: dict, state: tuple, key: jax.Array, *, batch_size: int, samples: int) -> tuple:
    draw_key, noise_key = jax.random.split(key)
    batch = data[rows(draw_key, batch_size, len(data))]
    loss, gradient = jax.value_and_grad(negative_elbo)(params, batch, noise_key, samples=samples)
    return gradient, state, loss


def _judge(data: jax.Array, best: jax.Array, params: dict, state: tuple) -> jax.Array:
    return best - exact_elbo(params, data)


def _encoded(params: dict, x: jax.Array) -> MeanField:
    return MeanField((x - params["m"]) @ params["V"], params["log_scale"])


def _decoded(params: dict, z: jax.Array) -> jax.Array:
    return z @ params["W"] + params["m"]


def _seen(images: jax.Array, params: dict, state: tuple) -> Images:
    """Some images, their reconstructions, and the learned directions."""
    shown = images[:10]
    again = jax.vmap(lambda x: _decoded(params, _encoded(params, x).mean))(shown)
    low, high = jnp.min(params["W"]), jnp.max(params["W"])
    rows = {"images": shown, "reconstructions": again, "directions": (params["W"] - low) / (high - low)}
    return Images({name: each.reshape(-1, 8, 8) for name, each in rows.items()})
