"""Tests of factories: what they refuse, and how they show."""

import inspect
import pydoc
import re

import jax
import pytest

from lropt_jax import lift
from lropt_jax._core.kinds import NonNegative
from lropt_jax._core.relations import at_least
from lropt_jax.optimizers import adam, adamw
from lropt_jax.schedules import cosine


def test_what_holds_between_arguments_is_asked_of_every_new_value():
    @lift
    def between(low: NonNegative, high: NonNegative):
        return lambda step: low + (high - low) * step

    @between.requires
    def _(low, high):
        at_least(low, "low", high=high)

    between(0.1, 0.1)
    with pytest.raises(ValueError, match=r"^between: high must be finite and >= low, 0.5, got 0.1\.$"):
        between(0.5, 0.1)
    with pytest.raises(ValueError, match="^between: high must be finite and >= low, 0.5, got 0.3"):
        between(0.1, 0.3).replace(low=0.5)
    jax.jit(lambda high: between(0.5, high)(1))(0.1)


def test_words_of_earlier_versions_are_refused_with_todays():
    with pytest.raises(TypeError, match=r"adamw: decay_coupling must be .* write weight_decay=decay\(0.1, goes_with="):
        adamw(1e-3, decay_coupling="gradients")
    with pytest.raises(TypeError, match=r"adamw: mask must be .* write weight_decay=decay\(0.1, mask="):
        adamw(1e-3).replace(mask=None)
    with pytest.raises(TypeError, match="adam: got an unexpected keyword argument 'mask'"):
        adam(1e-3, mask=None)


def test_a_factory_in_the_place_of_its_value_is_refused():
    with pytest.raises(
        TypeError,
        match=r"adam: learning_rate must be a value, got the factory cosine; call it: cosine\(peak, steps\)\.",
    ):
        adam(cosine)


def test_the_signature_and_the_doc_stay():
    assert list(inspect.signature(adam).parameters) == [
        "learning_rate",
        "b1",
        "b2",
        "eps",
        "eps_in_sqrt",
        "clip_threshold",
    ]
    assert "Kingma" in adam.__doc__


def test_a_signature_can_be_read_by_a_person():
    assert str(inspect.signature(adam)) == (
        "(learning_rate: LearningRate, *, b1: Average = 0.9, b2: Average = 0.999, eps: Epsilon = 1e-08, "
        "eps_in_sqrt: bool = False, clip_threshold: Optional[Limit] = None) -> lropt_jax.Optimizer"
    )
    shown = pydoc.plain(pydoc.render_doc(adam))
    assert "\nadam(learning_rate: LearningRate, *, b1: Average = 0.9," in re.sub(r"(?<=[(,])\n +", " ", shown).replace(
        "( ", "("
    )
    assert "Kingma" in shown
    assert repr(cosine) == "<factory cosine(peak, steps, *, floor=0.0)>"


def test_calls_that_do_not_fit_say_how_it_is_called():
    with pytest.raises(TypeError, match=r"cosine: missing a required argument: 'peak'; it is cosine\(peak, steps"):
        cosine()
    with pytest.raises(TypeError, match=r"adam: got an unexpected .* 'beta1'; it is adam\(.*\)\. Did you mean b1\?$"):
        adam(1e-3, beta1=0.9)
    with pytest.raises(
        TypeError, match=r"adam: got an unexpected keyword argument 'lr'; .* Did you mean learning_rate"
    ):
        adam(lr=1e-3)
    with pytest.raises(TypeError, match=r"adam: too many positional arguments; it .*\. Give the others by name: b1="):
        adam(1e-3, 0.9)
