"""Posteriors by the evidence lower bound: exact ones, autoencoders, and a fit in one call."""
