"""Successive halving: rungs, and what is kept between them."""
