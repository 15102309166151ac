"""What a value keeps, schedule or optimizer."""

import copy
import json
import pickle
import xml.etree.ElementTree as ET
from html import escape
from typing import Any

import jax

from laws.numbers import nudged
from lropt_jax import Schedule, from_config, parse, to_config


class ValueLaws:
    """Laws of values; they compile nothing."""

    specimen: Any

    def test_it_prints_as_a_call_that_can_be_read_back(self):
        assert parse(repr(self.specimen)) == self.specimen

    def test_copies_are_equal_and_hash_alike_and_changed_ones_differ(self):
        assert copy.deepcopy(self.specimen) == self.specimen
        assert hash(copy.copy(self.specimen)) == hash(self.specimen)
        assert nudged(self.specimen, 1.1) != self.specimen
        assert len({self.specimen, copy.copy(self.specimen), nudged(self.specimen, 1.1)}) == 2

    def test_pickle_gives_back_an_equal_value(self):
        assert pickle.loads(pickle.dumps(self.specimen)) == self.specimen

    def test_a_config_goes_through_json_and_back(self):
        assert from_config(json.loads(json.dumps(to_config(self.specimen)))) == self.specimen

    def test_jax_may_put_anything_in_place_of_the_numbers(self):
        leaves, tree = jax.tree.flatten(self.specimen)
        for placeholder in (None, object(), "leaf"):
            jax.tree.unflatten(tree, [placeholder] * len(leaves))
        assert jax.tree.unflatten(tree, leaves) == self.specimen

    def test_paths_of_the_leaves_name_the_arguments(self):
        paths, _ = jax.tree.flatten_with_path(self.specimen)
        assert all(path[0].name in self.specimen.arguments for path, _ in paths)

    def test_a_notebook_shows_its_text_and_the_curve_of_a_schedule_in_it(self):
        html = self.specimen._repr_html_()
        ET.fromstring(html.replace("<br>", ""))  # it is well formed, so nothing in it can end a tag
        assert escape(repr(self.specimen)[:1000]) in html
        parts = jax.tree.leaves([self.specimen], is_leaf=lambda part: isinstance(part, Schedule))
        assert ("<svg" in html) == any(isinstance(part, Schedule) for part in parts)

    def test_completion_shows_the_arguments(self):
        assert {*self.specimen.arguments} <= {*dir(self.specimen)}
