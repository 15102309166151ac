"""The schedules and optimizers of other libraries, with their names, arguments and numbers, as values of this one.

In text and in configs they go by their library: `torch.AdamW(lr=0.001, ...)`, `{"rule": "optax.adam", ...}`.
"""

from lropt_jax.compat import dadaptation, keras, optax, prodigyopt, schedulefree, timm, torch, transformers

__all__ = ["dadaptation", "keras", "optax", "prodigyopt", "schedulefree", "timm", "torch", "transformers"]
