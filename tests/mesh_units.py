"""Units for the tests on a mesh that no argument's kind leads to, and units with a fault."""

import functools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import optax
import rows_on_mesh
import small_meshed
from arguments import FACTORIES

from lropt_jax import optimizers, wrappers


def extras() -> dict[str, list[Any]]:
    """Choices that the arguments' kinds do not lead to."""
    adafactor, muon, search = optimizers.adafactor, optimizers.muon, FACTORIES["line_search"]
    soap, shampoo = optimizers.soap, optimizers.shampoo
    return {
        "adafactor by rows and columns": [adafactor(0.1, min_dim_size_to_factor=4, b1=0.9)],
        "adafactor by the last axes": [adafactor(0.1, min_dim_size_to_factor=4, factored_axes="last")],
        "came by rows and columns": [optimizers.came(0.1, min_dim_size_to_factor=4)],
        "adamw with a limit": [optimizers.adamw(0.1, clip_threshold=0.5)],
        "sophia of its own estimates": [optimizers.sophia(0.1, estimate="hutchinson", every=2)],
        "cautious with decay": [wrappers.cautious(optimizers.adamw(0.1))],
        "exact mars": [wrappers.mars(optimizers.adam(0.1), exact=True)],
        "muon of stacks": [muon(0.1, more_axes="stack")],
        "muon of flattened kernels": [muon(0.1, more_axes="flatten")],
        "muon of flattened kernels, output first": [muon(0.1, more_axes="flatten", layout="out_in")],
        "soap of flattened kernels": [soap(0.1, more_axes="flatten", every=2, eps=1.0)],
        "soap of tensors": [soap(0.1, more_axes="tensor", skip_first=False)],
        # The first one runs. At the usual eps, float32 knows the roots of factors of low rank, as here, to 1e-3.
        "shampoo": [shampoo(0.1, eps=1e-3), shampoo(0.1), shampoo(0.1, graft=None, b2=1.0)],
        "shampoo of flattened kernels": [shampoo(0.1, more_axes="flatten", graft="sgd", eps=1e-3, every=2)],
        "shampoo of tensors": [shampoo(0.1, more_axes="tensor", graft="adagrad")],
        "shampoo in blocks": [shampoo(0.1, block_size=4, every=2)],
        "zoom": [optimizers.sgd(search(method="zoom"))],
        "per_leaf of adafactor": [wrappers.per_leaf(adafactor(0.1, min_dim_size_to_factor=4))],
    }


def planted() -> dict[str, list[Any]]:
    """Units with a fault that must be found."""

    def made_anew(params: Any) -> Any:
        return jax.tree.map(lambda leaf: jnp.zeros(leaf.shape), params)

    def multiplied(grads: Any, state: Any, params: Any = None, **extra: Any) -> Any:
        return jax.tree.map(lambda g: g @ g.T @ g if g.ndim == 2 else g, grads), state

    return {
        "counts on one device": [optax.adam(0.1)],
        "lays nothing out": [
            optax.GradientTransformationExtraArgs(made_anew, optax.with_extra_args_support(optax.identity()).update)
        ],
        "multiplies what is cut": [optax.GradientTransformationExtraArgs(lambda params: (), multiplied)],
    }


LEFT_OUT = {"small_state bf16"}


def alone() -> dict[str, Callable[[], list[str]]]:
    """What has a program of its own for what it promises on a mesh."""
    return {
        "rows lazy": functools.partial(rows_on_mesh.faults_of, "lazy"),
        "rows exact": functools.partial(rows_on_mesh.faults_of, "exact"),
        "small_state int8": functools.partial(small_meshed.faults_of, "int8"),
        "small_state bf16": functools.partial(small_meshed.faults_of, "bf16"),
    }
