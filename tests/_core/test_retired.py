"""Tests of arguments of earlier versions."""

from lropt_jax._core.retired import retired, unknown_argument


def test_old_words_are_known_where_their_place_is():
    assert retired(["mask", "b1", "decay_coupling"], ["b1", "weight_decay"]) == ["decay_coupling", "mask"]
    assert retired(["mask"], ["b1"]) == []
    assert retired(["mask"], ["mask", "weight_decay"]) == []


def test_an_old_word_is_refused_with_the_new_one_and_another_with_those_there_are():
    assert "write weight_decay=decay(0.1, mask=...)." in unknown_argument("mask", ["weight_decay"])
    assert unknown_argument("beta", ["b1", "b2"]) == "no argument is called 'beta'; there are b1, b2."
