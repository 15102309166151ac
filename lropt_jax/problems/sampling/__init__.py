"""Draws from a density: chains whose step finds its acceptance rate."""
