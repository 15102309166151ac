"""Tests of what is no rule as data or as text."""

import re
import time

import pytest

from lropt_jax import from_config, parse, to_config
from lropt_jax.optimizers import adam


def test_what_is_no_plain_data_is_refused():
    with pytest.raises(ValueError, match="to_config: adam.learning_rate must be plain data or a rule, got"):
        to_config(adam(lambda step: 0.1))
    with pytest.raises(TypeError, match="to_config: value must be a schedule or an optimizer, got 3"):
        to_config(3)
    with pytest.raises(TypeError, match="parse: text must be a string, got 3"):
        parse(3)


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"rule": "os.system", "command": "true"}, "from_config: 'os.system' is not a name here; alike are: none"),
        ({"peak": 0.1}, "from_config: config must be a dict with the key 'rule'"),
        ({"rule": "cosine", "peak": -1, "steps": 3}, "cosine: peak must be finite and >= 0, got -1"),
        ("adam", "from_config: config must be a dict from strings, got 'adam'"),
    ],
)
def test_bad_configs_are_refused(config, message):
    with pytest.raises(ValueError, match=message):
        from_config(config)


def test_unknown_arguments_in_a_config_are_refused():
    with pytest.raises(TypeError, match="cosine: got an unexpected keyword argument 'horizon'"):
        from_config({"rule": "cosine", "peak": 0.1, "steps": 3, "horizon": 4})


def nested(depth):
    data = 0.1
    for _ in range(depth):
        data = [data]
    return data


def rules(depth):
    config = {"rule": "sgd", "learning_rate": 0.1}
    for _ in range(depth):
        config = {"rule": "ema", "optimizer": config}
    return config


MEGABYTE = "a" * 10**6
HOSTILE_CONFIGS = {
    "deep": {"rule": "sgd", "learning_rate": nested(1000)},
    "deep rules": rules(500),
    "wide": {"rule": "milestones", "peak": 0.1, "steps": [1] * 2_000_000},
    "huge": {"rule": "sgd", "learning_rate": 10**400},
    "more digits than Python writes": {"rule": "sgd", "learning_rate": 10**6000},
    "ragged": {"rule": "sgd", "learning_rate": {"array": [[0.1, 0.2], [0.3]]}},
    "70 dimensions": {"rule": "sgd", "learning_rate": {"array": nested(70)}},
    "an array of text": {"rule": "sgd", "learning_rate": {"array": ["0.1"]}},
    "an array of rules": {"rule": "sgd", "learning_rate": {"array": [{"rule": "dog"}]}},
    "an array of no list": {"rule": "sgd", "learning_rate": {"array": {"a": 1}}},
    "a list of no list": {"rule": "sgd", "learning_rate": {"list": 3}},
    "ragged steps": {"rule": "milestones", "peak": 0.1, "steps": [[1, 2], [3]]},
    "a rule that is a list": {"rule": ["sgd"], "learning_rate": 0.1},
    "a rule that is None": {"rule": None},
    "a long rule": {"rule": MEGABYTE},
    "a long argument": {"rule": "sgd", "learning_rate": 0.1, MEGABYTE: 1},
    "a long string": {"rule": "sgd", "learning_rate": MEGABYTE},
    "half a character": {"rule": "\ud800"},
    "half a character as a key": {"rule": "sgd", "learning_rate": 0.1, "\ud800": 1},
    "bytes": {"rule": "sgd", "learning_rate": b"0.1"},
    "a set": {"rule": "sgd", "learning_rate": {0.1}},
    "a complex number": {"rule": "sgd", "learning_rate": 1j},
    "a function": {"rule": "sgd", "learning_rate": print},
    "an object": {"rule": "sgd", "learning_rate": object()},
    "keys of numbers": {"rule": "sgd", "learning_rate": {1: 0.1}},
    "members that are none": {"rule": "chain", "transforms": 3},
    "members that are text": {"rule": "chain", "transforms": "ab"},
    "no members": {"rule": "chain", "transforms": []},
    "a number in the place of a dict": {
        "rule": "optax.piecewise_constant_schedule",
        "init_value": 0.1,
        "boundaries_and_scales": 3,
    },
    "sizes beyond memory": {"rule": "torch.Muon", "lr": 0.1, "ns_steps": 2**62},
    "a count beyond 32 bits": {"rule": "keras.ReduceLROnPlateau", "learning_rate": 0.1, "patience": 2**62},
}


def refused(call, *args, **kwargs):
    """The message of a refusal, which comes soon and is short."""
    start = time.monotonic()
    with pytest.raises(ValueError, match="^[a-zA-Z_.]+: ") as error:
        call(*args, **kwargs)
    assert type(error.value).__module__ == "lropt_jax._core.refusal"
    assert len(str(error.value)) < 1000
    assert str(error.value).isascii()
    assert time.monotonic() - start < 60  # it does not hang, on a slow and busy machine either
    return str(error.value)


@pytest.mark.parametrize("config", HOSTILE_CONFIGS.values(), ids=HOSTILE_CONFIGS)
def test_a_hostile_config_ends_in_one_short_refusal(config):
    refused(from_config, config)


def test_a_config_inside_itself_is_refused():
    config = {"rule": "ema"}
    config["optimizer"] = config
    assert "nested at most 32 deep" in refused(from_config, config)


def test_names_are_factories():
    message = "names must be factories made by `lift`, got 3 for 'mine'"
    assert message in refused(from_config, {"rule": "mine"}, names={"mine": 3})
    assert message in refused(to_config, adam(0.1), names={"mine": 3})


HOSTILE_TEXTS = {
    "sgd(learning_rate=0.1, learning_rate=0.2)": "arguments must be given once each, got 'learning_rate' twice",
    "sgd(0.1, learning_rate=0.2)": "multiple values for argument 'learning_rate'",
    "sgd(0.1, weight_decay=decay(0.1, mask={'w': True, 'w': False}))": "keys of a dict must be given once each",
    "{[1]: 2}": "keys of a dict must be strings",
    "sgd({1: 0.1})": "keys of a dict must be strings",
    "(" * 10_000 + "1" + ")" * 10_000: "text must be a call such as",
    "-" * 100_000 + "1": "text must be",
    "[" * 33 + "]" * 33: "text must be nested at most 32 deep",
    "+".join("1" * 1000): "text must be nested at most 32 deep",
    ".".join("a" * 1000): "text must be nested at most 32 deep",
    "sgd(" * 40 + "0.1" + ")" * 40: "text must be nested at most 32 deep",
    "sgd(1" + "0" * 400 + ")": "whole numbers must fit into 64 bits",
    "9" * 6000: "text must be a call such as",
    "10**400": "only calls, names and numbers are read, got '10 \\*\\* 400'",
    "sgd(9223372036854775807 + 1)": "whole numbers must fit into 64 bits",
    "sgd(9223372036854775807 * 9223372036854775807)": "whole numbers must fit into 64 bits",
    "sgd(array([[1, 2], [3]]))": "an array must be lists of numbers",
    "sgd(array(['a']))": "an array must be lists of numbers",
    "sgd(array([sgd(0.1)]))": "an array must be lists of numbers",
    "sgd('\\ud800')": "learning_rate must be a number",
    "sgd(\ud800)": "text must be a call such as",
    "sgd(0.1)\0": "text must be a call such as",
    f"sgd('{MEGABYTE[:5000]}')": "strings must have at most 1,000 characters",
    f"sgd(0.1, {MEGABYTE}=1)": "text must have at most 1,000,000 characters",
    f"sgd(0.1, {MEGABYTE[:5000]}=1)": "strings must have at most 1,000 characters",
    MEGABYTE: "is not a name here; alike are: none",
    MEGABYTE[:5000] + "()": "is not a name here; alike are: none",
    MEGABYTE * 10: "text must have at most 1,000,000 characters",
    "b'a'": "only calls, names and numbers are read",
    "1j": "only calls, names and numbers are read",
    "...": "only calls, names and numbers are read",
    "sgd(*[0.1])": "only calls, names and numbers are read",
    "sgd(**{'learning_rate': 0.1})": "only calls, names and numbers are read",
    "{**{}}": "only calls, names and numbers are read",
    "f'{sgd}'": "only calls, names and numbers are read",
    "(lambda: 1)()": "only calls, names and numbers are read",
    "sgd(0.1)(0.2)": "only calls, names and numbers are read",
    "'a' * 10": "only numbers can be calculated with",
    "True + True": "only numbers can be calculated with",
    "1 / 0": "1 / 0 is no number",
    "chain()": "chain: transforms must be at least one, got none",
    "": "text must be a call such as",
}


@pytest.mark.parametrize(("text", "message"), HOSTILE_TEXTS.items(), ids=[text[:30] for text in HOSTILE_TEXTS])
def test_a_hostile_text_ends_in_one_short_refusal(text, message):
    assert re.search(message, refused(parse, text))
