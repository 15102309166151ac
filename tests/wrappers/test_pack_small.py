"""Tests of `pack_small`."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from arguments import FACTORIES, calls, value_of
from laws import WrapperLaws

from lropt_jax import lift, optimizers, restate
from lropt_jax._core.refusal import Refused
from lropt_jax._core.values import Optimizer
from lropt_jax.optimizers import adafactor, adam, adamw, decay, lamb, lars, muon, novograd, sgd
from lropt_jax.rates import dog, line_search, plateau, polyak
from lropt_jax.wrappers import accumulate, clip_norm, groups, multiply, pack_small, per_leaf, skip_nonfinite


class TestLaws(WrapperLaws):
    specimen = pack_small(adam(0.1), elementwise=True)


PARAMS = {
    "layers": [
        {"kernel": jnp.arange(1.0, 13.0).reshape(3, 4) / 5, "bias": jnp.array([0.1, -0.2, 0.3])} for _ in range(2)
    ],
    "scale": jnp.array(2.0),
    "big": jnp.linspace(-1, 1, 64).reshape(8, 8),
}


def loss_of(params):
    """A bowl, in which each array has another steepness."""
    return 0.5 * sum(
        (place + 1) * jnp.sum(jnp.square(leaf - 0.1 * place)) for place, leaf in enumerate(jax.tree.leaves(params))
    )


def run(*optimizers, steps=6, start=None):
    """The parameters and the state after some steps downhill by each optimizer, all in one program."""

    def body(tx, carry):
        params, state = carry
        value, grads = jax.value_and_grad(loss_of)(params)
        updates, state = tx.update(grads, state, params, value=value, value_fn=loss_of, grad=grads)
        return optax.apply_updates(params, updates), state

    @jax.jit
    def ends(starts):
        return [
            jax.lax.scan(lambda carry, _, tx=tx: (body(tx, carry), None), start, None, steps)[0]
            for tx, start in zip(optimizers, starts, strict=True)
        ]

    return ends(start or [(PARAMS, tx.init(PARAMS)) for tx in optimizers])


def same(left, right):
    """That two optimizers walk the same way."""
    close(*(params for params, _ in run(left, right)))


def close(left, right, rtol=1e-5):
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=rtol, atol=1e-6), left, right)


DECLARED = [name for name, rule in FACTORIES.items() if rule.elementwise and hasattr(optimizers, name)]


@pytest.mark.parametrize("name", sorted(set(DECLARED) - {"chain"}))
def test_what_is_declared_to_work_number_by_number_gives_the_same_when_it_is_packed(name):
    tx = value_of(FACTORIES[name], calls(FACTORIES[name])[0]).replace(learning_rate=0.05)
    same(pack_small(tx, below=20), tx)


@pytest.mark.slow
@pytest.mark.parametrize(
    "tx",
    [
        sgd(dog()),
        sgd(polyak()),
        sgd(line_search(0.1)),
        adam(plateau(0.1, back_to_best=True)),
        clip_norm(adamw(0.05, weight_decay=0.1), 0.5),
        skip_nonfinite(accumulate(adam(0.1), 2)),
        optimizers.chain(clip_norm(sgd(0.1), 1.0), lift(optax.scale, elementwise=True)(0.5)),
    ],
    ids=str,
)
def test_rates_and_wrappers_that_look_at_sums_alone_give_the_same(tx):
    same(pack_small(tx, below=20), tx)


@pytest.mark.parametrize("tx", [optax.adamw(0.05), optax.rmsprop(0.05), optax.lion(0.05)])
def test_an_optimizer_of_optax_is_packed_if_the_user_says_so(tx):
    same(pack_small(tx, below=20, elementwise=True), tx)
    with pytest.raises(ValueError, match="pack_small: elementwise must be True where optimizer does not say"):
        pack_small(tx)


@pytest.mark.parametrize(
    "tx",
    [
        lamb(0.1), lars(0.1), muon(0.1), adafactor(0.1), novograd(0.1), per_leaf(adam(0.1)),
        adam(0.1, clip_threshold=1.0),
    ],
)  # fmt: skip
@pytest.mark.parametrize("elementwise", [False, True])
def test_what_looks_at_whole_arrays_is_refused(tx, elementwise):
    for inside in (tx, clip_norm(tx, 1.0), optimizers.chain(tx, sgd(1.0))):
        with pytest.raises(ValueError, match="pack_small: optimizer must update each number by itself, got"):
            pack_small(inside, elementwise=elementwise)


def test_what_looks_at_paths_is_refused_and_goes_around():
    for tx in (multiply(adam(0.1), {"big": 0.5}), groups({"*": adam(0.1)})):
        with pytest.raises(ValueError, match="pack_small: optimizer must update each number by itself"):
            pack_small(tx)
    same(multiply(pack_small(adam(0.05)), {"big": 0.5}), multiply(adam(0.05), {"big": 0.5}))


@pytest.mark.parametrize(
    "mask",
    [
        ["*kernel", "big"],
        lambda params: jax.tree.map(lambda p: jnp.ndim(p) > 1, params),
        {"layers": [{"kernel": True, "bias": False}] * 2, "scale": False, "big": True},
    ],
    ids=["patterns", "function", "tree"],
)
def test_weight_decay_may_have_a_mask(mask):
    masked = adamw(0.05, weight_decay=decay(0.1, mask=mask))
    packed = pack_small(masked, below=20)
    same(packed, masked)
    state = packed.init(PARAMS)
    sizes = {name: m.shape for name, m in state.inner.mu.arrays.items()}
    assert sizes == {"big": (8, 8), "small float32": (7,), "small float32 1": (24,)}
    close(restate(masked, restate(packed, masked.init(PARAMS), PARAMS), PARAMS), masked.init(PARAMS))


def test_two_masks_make_vectors_that_agree_in_both():
    masks = decay(0.1, mask="*kernel"), decay(0.2, mask="layers*")
    tx = optimizers.chain(*(clip_norm(sgd(0.05, weight_decay=each), 1.0) for each in masks))
    same(pack_small(tx, below=20), tx)


def test_every_undeclared_optimizer_of_this_library_is_refused():
    for name, rule in FACTORIES.items():
        if rule.elementwise or not hasattr(optimizers, name):
            continue
        value = value_of(rule, calls(rule)[0])
        if isinstance(value, Optimizer):
            with pytest.raises(Refused):
                pack_small(value)


def test_the_state_is_vectors_by_dtype_and_large_arrays_by_path():
    params = {**PARAMS, "low": jnp.ones(5, jnp.bfloat16)}
    state = pack_small(adam(0.1), below=20).init(params)
    assert {name: (m.shape, m.dtype) for name, m in state.inner.mu.arrays.items()} == {
        "small float32": ((31,), jnp.float32),
        "small bfloat16": ((5,), jnp.float32),
        "big": ((8, 8), jnp.float32),
    }


def test_a_checkpoint_of_the_optimizer_itself_goes_on_packed_and_back():
    tx, ours = adam(0.05), pack_small(adam(0.05), below=20)
    ((params, state),) = run(tx, steps=3)
    packed = restate(ours, state, params)
    from_file = restate(ours, jax.device_get(state)._asdict(), params)
    states = [state, packed, restate(tx, packed, params), from_file]
    whole, *others = run(tx, ours, tx, ours, steps=3, start=[(params, each) for each in states])
    for end, _ in others:
        close(end, whole[0])


def test_a_step_that_is_compiled_has_few_programs():
    """Five thousand lines for 100 arrays would mean a program for each."""
    params = [jnp.ones(8) for _ in range(100)]
    tx = pack_small(adam(0.1))
    text = jax.jit(tx.update).lower(params, tx.init(params)).compile().as_text()
    bodies = [line for line in text.splitlines() if line.startswith("%fused_computation")]
    assert len(bodies) < 200
