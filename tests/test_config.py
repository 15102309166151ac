"""Tests of rules as plain data and as text."""

import json
import tomllib

import hypothesis
import hypothesis.strategies as st
import jax.numpy as jnp
import optax
import pytest

from lropt_jax import chain, compat, from_config, lift, parse, to_config
from lropt_jax.optimizers import adam, adamw, decay, sgd
from lropt_jax.rates import dog
from lropt_jax.schedules import cosine, join, linear, milestones, warmup

RULES = [
    adam(warmup(cosine(1e-3, 1000), 100, start=0.0), b1=0.8),
    sgd(0.1, momentum=0.9, nesterov=True),
    adamw(linear(1e-3, 10), weight_decay=decay(linear(0.1, 10), mask={"w": True, "b": False})),
    sgd(cosine(0.1, 10), weight_decay=decay(0.1, goes_with="schedule", peak=0.1)),
    decay(0.1, goes_with="nothing"),
    adam(dog(r_eps=1e-4)),
    chain(adam(0.1), sgd(0.1)),
    join((0.1, linear(0.1, 5)), (10,)),
    milestones(0.1, (3, 5)),
    compat.torch.StepLR(0.1, 30),
    adam(compat.optax.linear_schedule(0.1, 0.0, 10)),
]


@pytest.mark.parametrize("rule", RULES, ids=repr)
def test_rules_go_through_json_and_text(rule):
    assert from_config(json.loads(json.dumps(to_config(rule)))) == rule
    assert parse(repr(rule)) == rule


def test_a_weight_decay_is_a_rule_inside_a_rule():
    config = to_config(adamw(0.1, weight_decay=decay(0.2, goes_with="rate")))
    assert config["weight_decay"] == {"rule": "decay", "strength": 0.2, "goes_with": "rate"}
    assert parse("sgd(0.1, weight_decay=decay(0.2, mask={'w': True}))") == sgd(
        0.1, weight_decay=decay(0.2, mask={"w": True})
    )


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"decay_coupling": "independent"}, 'weight_decay=decay(0.1, goes_with="gradients")'),
        ({"mask": {"w": True}}, "weight_decay=decay(0.1, mask=...)"),
    ],
)
def test_configs_of_earlier_versions_are_refused_with_the_new_spelling(old, new):
    config = {"rule": "adamw", "learning_rate": 0.1, "weight_decay": 0.1, **old}
    with pytest.raises(
        TypeError, match=f"^adamw: {next(iter(old))} must be given as a part of weight_decay, got"
    ) as error:
        from_config(config)
    assert new in str(error.value)


def test_rules_of_compat_go_by_the_name_of_their_library():
    schedule = compat.torch.StepLR(0.1, 30)
    assert repr(schedule) == "torch.StepLR(base_lr=0.1, step_size=30, gamma=0.1)"
    assert to_config(schedule) == {"rule": "torch.StepLR", "base_lr": 0.1, "step_size": 30, "gamma": 0.1}
    assert parse("warmup(torch.StepLR(rate, 30), 5)", rate=0.1) == warmup(schedule, 5)
    assert parse("torch.StepLR") is compat.torch.StepLR
    with pytest.raises(TypeError, match=r"^torch.StepLR: missing a required argument.*it is torch.StepLR\(base_lr"):
        parse("torch.StepLR(0.1)")


@pytest.mark.parametrize(
    ("name", "alike"),
    [
        ("StepLR", "torch.StepLR"),
        ("linear_schedule", "optax.linear_schedule"),
        ("torch.StepLr", "torch.StepLR"),
        ("keras.StepLR", "torch.StepLR"),
        ("compat.torch.StepLR", "torch.StepLR"),
    ],
)
def test_other_names_of_theirs_are_refused_with_the_right_one(name, alike):
    for read in (lambda: parse(f"{name}(0.1, 30)"), lambda: from_config({"rule": name, "base_lr": 0.1})):
        with pytest.raises(ValueError, match=f"is not a name here; alike are: {alike}. `lropt list` shows all"):
            read()


def test_a_config_can_be_written_in_toml():
    text = """
        rule = "adam"
        b1 = 0.8
        [learning_rate]
        rule = "cosine"
        peak = 1e-3
        steps = 1000
    """
    assert from_config(tomllib.loads(text)) == adam(cosine(1e-3, 1000), b1=0.8)


def test_factories_of_ones_own_are_given_by_name():
    lion = lift(optax.lion)
    names = {"my_lion": lion}
    config = to_config(chain(lion(1e-3), sgd(0.1)), names=names)
    assert config["transforms"][0]["rule"] == "my_lion"
    assert from_config(config, names=names) == chain(lion(1e-3), sgd(0.1))
    with pytest.raises(ValueError, match="to_config: lion is not a rule of this library; give it in `names`"):
        to_config(lion(1e-3))


def test_a_foreign_factory_never_passes_under_a_house_name():
    with pytest.raises(ValueError, match="to_config: adam is not a rule of this library"):
        to_config(lift(optax.adam)(1e-3))


def test_text_may_use_given_names():
    assert parse("warmup(cosine(rate, steps), 10)", rate=0.1, steps=50) == warmup(cosine(0.1, 50), 10)
    assert parse("cosine") is cosine
    assert parse("linear(rate, (steps - 10) * 0.5 + 2 / 4)", rate=0.1, steps=50) == linear(0.1, 20.5)
    assert parse("milestones(0.1, array([3, 5]))") == milestones(0.1, jnp.array([3, 5]))
    assert parse(" sgd(1e-1, momentum=None) ") == sgd(0.1)


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('true')",
        "cosine.__class__",
        "(lambda: 1)()",
        "[x for x in (1,)]",
        "cosine(*[1, 2])",
        "cosine(**{})",
        "1 / 0",
        "cosine + 1",
        "'a' * 1000",
        "1 % 2",
        "2 ** 100",
        "cosine(1e-3, 10) if True else 0",
        "cosine(1e-3",
        "",
        "nowhere(1)",
        "array(1)",
        "{f(): 1}",
        "{**{1: 2}}",
        "array(['a'], dtype=object)",
        "f'{1}'",
        "-cosine",
        "(" * 500 + ")" * 500,
        "Direction()",
        "torch.StepLR.gamma",
        "torch.__class__",
        "(torch).StepLR.__call__(0.1, 30)",
        "cosine(0.1, 10).replace(peak=1)",
        "torch",
    ],
)
def test_anything_but_calls_names_and_numbers_is_refused(text):
    with pytest.raises(ValueError, match="^parse: "):
        parse(text)


@hypothesis.settings(deadline=None)
@hypothesis.given(
    peak=st.floats(0, 1e30),
    steps=st.integers(1, 2**31 - 1),
    floor=st.floats(0, 1e30),
    b1=st.floats(0, 1, exclude_max=True),
)
def test_every_number_survives_text_and_json(peak, steps, floor, b1):
    rule = adam(warmup(linear(peak, steps, floor=floor), steps), b1=b1)
    assert parse(repr(rule)) == rule
    assert from_config(json.loads(json.dumps(to_config(rule)))) == rule


def test_lists_in_trees_stay_lists_and_arrays_arrays():
    masked = adamw(0.1, weight_decay=decay(0.1, mask={"layers": [True, False]}))
    assert from_config(json.loads(json.dumps(to_config(masked)))) == masked
    for rule in (
        adamw(jnp.array([0.1, 0.2])),
        milestones(jnp.float32(0.5), jnp.array([3, 5])),
        milestones(0.5, [3, 5]),
    ):
        assert from_config(json.loads(json.dumps(to_config(rule)))) == rule
    assert to_config(milestones(0.5, jnp.array([3, 5])))["steps"] == {"array": [3, 5]}
    assert from_config({"rule": "milestones", "peak": 0.5, "steps": [3, 5]}) == milestones(0.5, (3, 5))


def test_signs_stand_before_anything_that_can_be_calculated():
    assert parse("sgd(+1e-3)") == sgd(1e-3)
    assert parse("sgd(-(1 - 1.5))") == sgd(0.5)
