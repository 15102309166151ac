"""Markov decision processes: tables, logs, simulators and environments, and what learns from them."""
