"""Mixtures of Gaussians: EM as steps at a rate, its starts, its units, the number of components."""
