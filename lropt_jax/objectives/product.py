"""Independent posteriors beside each other, for parameters in a dict."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp

from lropt_jax._core.brief import brief
from lropt_jax._core.limits import cut
from lropt_jax._core.refusal import WrongType


@jax.tree_util.register_dataclass
@dataclass(frozen=True, eq=False)
class Product:
    """Independent parts: `q(z) = q_1(z_1) q_2(z_2) ...`. A sample is a tree like `parts`, and entropies add.

    Bounds and `kl` take the dict itself and make this of it. Choose it to give each parameter a family of its own: a
    full-rank one for few coefficients, a mean-field one for many.

    Args:
        parts: A dict, list or tuple of posteriors, nested or not.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> from lropt_jax.objectives import MeanField
        >>> q = Product({"w": MeanField.standard(3), "b": MeanField(jnp.zeros(()), jnp.zeros(()))})
        >>> jax.tree.map(jnp.shape, q.sample(jax.random.key(0), (5,))), f"{q.entropy():.4f}"
        ({'b': (5,), 'w': (5, 3)}, '5.6758')
    """

    parts: Any
    __repr__ = brief

    @property
    def has_rsample(self) -> bool:
        """Whether the samples of all parts move with their parameters."""
        return all(getattr(part, "has_rsample", True) for part in parts_of(self.parts))

    @property
    def mean(self) -> Any:
        """Of each part."""
        return self._each(lambda part: part.mean)

    @property
    def std(self) -> Any:
        """Standard deviations of each part."""
        return self._each(lambda part: part.std)

    def sample(self, key: jax.Array, sample_shape: tuple[int, ...] = ()) -> Any:
        """A tree of samples, `sample_shape` first in each."""
        parts, structure = self._flat()
        keys = jax.random.split(key, len(parts))
        return jax.tree.unflatten(
            structure, [part.sample(k, sample_shape) for part, k in zip(parts, keys, strict=True)]
        )

    def log_prob(self, z: Any) -> jax.Array:
        """The sum of those of the parts, shape ()."""
        return sum(jnp.sum(part.log_prob(one)) for part, one in self.beside(z))  # type: ignore[return-value]

    def entropy(self) -> jax.Array:
        """The sum of those of the parts, shape (), in nats."""
        return sum(jnp.sum(part.entropy()) for part in parts_of(self.parts))  # type: ignore[return-value]

    def beside(self, z: Any) -> list[tuple[Any, Any]]:
        """Each part with its part of a tree, such as a sample."""
        parts, structure = self._flat()
        return list(zip(parts, structure.flatten_up_to(z), strict=True))

    def like(self, other: "Product") -> bool:
        """Whether another one has the same keys."""
        return bool(self._flat()[1] == other._flat()[1])

    def _flat(self) -> tuple[list[Any], Any]:
        return jax.tree.flatten(self.parts, is_leaf=is_distribution)

    def _each(self, function: Callable[[Any], Any]) -> Any:
        return jax.tree.map(function, self.parts, is_leaf=is_distribution)


def is_distribution(given: Any) -> bool:
    """Whether it has `sample` and `log_prob`, and is no class."""
    has_both = all(callable(getattr(given, method, None)) for method in ("sample", "log_prob"))
    return has_both and not isinstance(given, type)


def parts_of(tree: Any) -> list[Any]:
    """The distributions of a tree."""
    return jax.tree.leaves(tree, is_leaf=is_distribution)


def joined(name: str, given: Any) -> Any:
    """A dict, list or tuple of distributions as a `Product`; anything else as it is. Mixed ones are refused."""
    if not isinstance(given, (Mapping, list, tuple)) or is_distribution(given):
        return given
    found = jax.tree_util.tree_leaves_with_path(given, is_leaf=lambda leaf: leaf is None or is_distribution(leaf))
    if not any(is_distribution(leaf) for _, leaf in found):
        return given
    for path, leaf in found:
        if not is_distribution(leaf):
            place = name + jax.tree_util.keystr(path)
            raise WrongType(f"{place} must be a distribution like the others, got {cut(repr(leaf))}.")
    return Product(given)
