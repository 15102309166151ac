"""Tests of what is no rule as data or as text."""

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
