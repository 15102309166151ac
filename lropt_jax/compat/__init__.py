"""The schedules and optimizers of other libraries, with their names, arguments and numbers, as values of this one.

In text and in configs they go by their library: `torch.AdamW(lr=0.001, ...)`, `{"rule": "torch.AdamW", ...}`.
"""

from lropt_jax._core.lazy import lazy

__all__ = lazy(__name__)
