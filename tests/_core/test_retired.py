"""Tests of arguments by other names."""

from lropt_jax._core.retired import meant, retired, unknown_argument


def test_old_words_are_known_where_their_place_is():
    assert retired(["mask", "b1", "decay_coupling"], ["b1", "weight_decay"]) == ["decay_coupling", "mask"]
    assert retired(["mask"], ["b1"]) == []
    assert retired(["mask"], ["mask", "weight_decay"]) == []


def test_an_old_word_is_refused_with_the_new_one_and_another_with_those_there_are():
    assert "write weight_decay=decay(0.1, mask=...)." in unknown_argument("mask", ["weight_decay"])
    assert unknown_argument("beta", ["b1", "b2"]) == "no argument is called 'beta'; there are b1, b2."


def test_the_new_spelling_says_what_was_given():
    assert 'write weight_decay=decay(0.1, mask="*kernel").' in unknown_argument("mask", ["weight_decay"], "*kernel")
    assert 'decay(0.1, goes_with="gradients").' in unknown_argument("decay_coupling", ["weight_decay"], "independent")


def test_slips_and_the_words_of_other_libraries_are_understood():
    known = ["learning_rate", "b1", "b2", "eps", "momentum"]
    slips = {"lr": "learning_rate", "momentun": "momentum", "betas": "b1 and b2", "beta2": "b2", "colour": ""}
    assert {name: meant(name, known) for name in slips} == slips
    assert meant("lr", ["peak", "steps"]) == ""
    assert unknown_argument("momentun", known) == "no argument is called 'momentun'; did you mean momentum?"
