import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from lropt_jax import chain, learning_rate, lift
from lropt_jax._core.learned import applied, learned
from lropt_jax.optimizers import adam, adamw, decay, lamb, muon, sgd
from lropt_jax.rates import gen, line_search
from lropt_jax.wrappers import accumulate, averaged, clip_norm, ema, groups, multiply, per_leaf, sharpness_aware
from lropt_jax.wrappers import skip_nonfinite as skip

ARRAYS = {"kernel": jnp.array([[1.0, -2.0], [0.5, 3.0]]), "bias": jnp.array([0.5, -1.0])}
SETTINGS = {"activation": jnp.tanh, "name": "dense", "share": 0.5, "size": 2, "inference": False,
            "place": jnp.arange(2), "key": jax.random.key(0), "nothing": None}  # fmt: skip
MODEL = {**ARRAYS, **SETTINGS}
NOTHING = dict.fromkeys(SETTINGS)


def loss(model):
    return jnp.sum(model["activation"](model["kernel"] @ jnp.arange(2.0) * model["share"] + model["bias"]) ** 2)


def gradient(model):
    model = {**SETTINGS, **_there(model)}
    return {**jax.grad(lambda arrays: loss({**model, **arrays}))({name: model[name] for name in ARRAYS}), **NOTHING}


def run(tx, model, start, params_of=lambda model: model):
    """The model and the state after three steps, from the state that begins with `start`."""
    state = tx.init(start)
    for _ in range(3):
        extra = {
            "value": loss(model),
            "value_fn": lambda part: loss({**SETTINGS, **_there(part)}),
            "gradient": gradient,
        }
        updates, after = tx.update(gradient(model), state, params_of(model), **extra)
        assert jax.tree.structure(after) == jax.tree.structure(state)
        assert {name for name, update in updates.items() if update is not None} == set(ARRAYS)
        model, state = applied(model, updates), after
    return model, state


def _there(part):
    return {name: leaf for name, leaf in part.items() if leaf is not None}


@pytest.mark.parametrize(
    "tx",
    [
        adamw(0.1),
        adamw(0.1, weight_decay=decay(0.1, mask="kernel")),
        adamw(0.1, weight_decay=decay(0.1, mask=lambda params: jax.tree.map(lambda p: p.ndim > 1, params))),
        adamw(0.1, weight_decay=decay(0.1, mask=dict.fromkeys(MODEL, True))),
        lamb(0.1, trust_mask=dict.fromkeys(MODEL, True)),
        muon(0.1, adam_mask=dict.fromkeys(MODEL, False)),
        lift(optax.adamw)(0.1),
        chain(optax.clip(1.0), adamw(0.1)),
        skip(adamw(0.1)),
        ema(adamw(0.1)),
        clip_norm(adamw(0.1), 1.0),
        groups({"kernel": adamw(0.1), "*": sgd(0.1, momentum=0.9)}),
        multiply(adamw(0.1), {"kernel": 2.0}),
        accumulate(adamw(0.1), 2),
        per_leaf(adamw(0.1)),
        sharpness_aware(sgd(0.1)),
        sgd(line_search()),
        sgd(gen()),
    ],
    ids=lambda tx: tx.factory.name,
)
def test_a_whole_model_trains_as_its_arrays_do(tx):
    whole, state = run(tx, MODEL, MODEL)
    arrays, same = run(tx, MODEL, {**ARRAYS, **NOTHING}, lambda model: {**model, **NOTHING})
    jax.tree.map(np.testing.assert_array_equal, state, same)
    for name in ARRAYS:
        np.testing.assert_array_equal(whole[name], arrays[name])
        assert np.any(whole[name] != MODEL[name])
    assert {name: whole[name] for name in SETTINGS} == SETTINGS


def test_numbers_are_settings_beside_leaves_that_are_no_numbers_and_parameters_elsewhere():
    assert learned({"w": 1.0, "f": len, "v": jnp.ones(())}) == {"w": None, "f": None, "v": jnp.ones(())}
    assert learned({"w": 1.0, "z": 1j, "v": jnp.arange(2)}) == {"w": 1.0, "z": 1j, "v": None}
    assert learned(ARRAYS) is ARRAYS
    shapes = {"w": jax.ShapeDtypeStruct((2,), jnp.bfloat16), "n": jax.ShapeDtypeStruct((2,), jnp.int32)}
    assert learned(shapes) == {"w": shapes["w"], "n": None}


BY_NAME = groups({"kernel": adam(0.1), "*": sgd(0.1, momentum=0.9)})


@pytest.mark.parametrize(
    "tx", [sgd(0.1), adamw(0.1), ema(skip(adamw(0.1))), sgd(line_search()), BY_NAME, accumulate(BY_NAME, 1)], ids=str
)
def test_parameters_without_gradients_are_frozen_and_may_have_slots(tx):
    def update(state, params):
        extra = {"value": 1.0, "value_fn": loss}
        return tx.update({**gradient(params), "bias": None}, state, params, **extra)

    updates, state = update(tx.init(MODEL), MODEL)
    assert jax.tree.structure(state) == jax.tree.structure(tx.init(MODEL))
    assert updates["bias"] is None
    own, _ = update(tx.init({**MODEL, "bias": None}), MODEL)
    np.testing.assert_allclose(updates["kernel"], own["kernel"], rtol=1e-6)


def test_the_whole_average_is_a_model():
    _, state = run(ema(adamw(0.1), decay=0.5), MODEL, MODEL)
    assert averaged(state)["activation"] is None
    model = averaged(state, MODEL)
    assert jnp.isfinite(loss(model))
    assert {name: model[name] for name in SETTINGS} == SETTINGS
    assert learning_rate(state) == jnp.float32(0.1)


def test_gradients_that_are_missing_need_params():
    frozen = {**gradient(MODEL), "bias": None}
    for tx in (sgd(0.1, momentum=0.9), adam(0.1)):
        with pytest.raises(
            ValueError, match=r": update needs params where some of them have no gradient; call tx\.upd"
        ):
            tx.update(frozen, tx.init(MODEL))
    with pytest.raises(ValueError, match="adamw: update needs params for weight_decay"):
        adamw(0.1).update({**gradient(MODEL)}, adamw(0.1).init(MODEL))


def test_a_scan_carries_the_state_of_a_whole_model():
    tx = skip(adamw(0.1))

    def body(carry, _):
        arrays, state = carry
        updates, state = tx.update(gradient({**MODEL, **arrays}), state, {**MODEL, **arrays})
        return ({name: arrays[name] + updates[name] for name in ARRAYS}, state), None

    (arrays, _), _ = jax.jit(lambda: jax.lax.scan(body, (ARRAYS, tx.init(MODEL)), length=3))()
    expected, _ = run(tx, MODEL, MODEL)
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-5), arrays, {k: expected[k] for k in ARRAYS})
