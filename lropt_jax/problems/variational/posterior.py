"""A posterior over a tree of parameters."""

import itertools
from dataclasses import dataclass, field
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from lropt_jax._core.brief import brief
from lropt_jax._core.numbers import real


@dataclass(frozen=True)
class Shapes:
    """The structure of a tree of arrays, and the shape of each."""

    structure: Any
    shapes: tuple[tuple[int, ...], ...]

    @classmethod
    def of(cls, tree: Any) -> "Shapes":
        """Those of a tree."""
        leaves, structure = jax.tree.flatten(tree)
        return cls(structure, tuple(map(jnp.shape, leaves)))

    @property
    def size(self) -> int:
        """Numbers in the tree."""
        return sum(map(np.prod, self.shapes), start=0)

    def tree(self, vector: jax.Array) -> Any:
        """The tree of a vector (..., size); axes before the last one come first in each array."""
        ends = [0, *itertools.accumulate(int(np.prod(shape)) for shape in self.shapes)]
        parts = [vector[..., low:high] for low, high in itertools.pairwise(ends)]
        shaped = [part.reshape(*part.shape[:-1], *shape) for part, shape in zip(parts, self.shapes, strict=True)]
        return jax.tree.unflatten(self.structure, shaped)


@jax.tree_util.register_dataclass
@dataclass(frozen=True, eq=False)
class Posterior:
    """A family over a vector, as a distribution over a tree of parameters: what `vi` gives.

    Args:
        family: A Gaussian of `objectives`, or any pytree with `sample` and `log_prob`, over vectors (size,).
        shapes: Of the tree, whose arrays stand one after another in the vector.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> from lropt_jax.objectives import MeanField
        >>> q = Posterior(MeanField.standard(3), Shapes.of({"w": jnp.zeros(2), "b": 0.0}))
        >>> q, jax.tree.map(jnp.shape, q.sample(jax.random.key(0), (5,)))
        (Posterior({'b': 0.0, 'w': float32[2]}, MeanField), {'b': (5,), 'w': (5, 2)})
    """

    family: Any
    shapes: Shapes = field(metadata={"static": True})

    @property
    def has_rsample(self) -> bool:
        """Whether samples move smoothly with the family's parameters."""
        return bool(getattr(self.family, "has_rsample", True))

    @property
    def mean(self) -> Any:
        """A tree like the parameters."""
        return self.shapes.tree(self.family.mean)

    @property
    def std(self) -> Any:
        """Standard deviations, a tree like the parameters."""
        return self.shapes.tree(self.family.std)

    def sample(self, key: jax.Array, sample_shape: tuple[int, ...] = ()) -> Any:
        """Trees like the parameters, with the axes of `sample_shape` first in each array."""
        return self.shapes.tree(self.family.sample(key, sample_shape))

    def log_prob(self, params: Any) -> jax.Array:
        """Log-density of one tree of parameters, ()."""
        vector = jnp.concatenate([real(leaf).ravel() for leaf in self.shapes.structure.flatten_up_to(params)])
        return jnp.sum(self.family.log_prob(vector))

    def entropy(self) -> jax.Array:
        """Shape (), in nats."""
        return jnp.sum(self.family.entropy())

    def __repr__(self) -> str:
        try:
            mean = brief(self.mean)
        except (AttributeError, TypeError):  # a family without a mean, or in the middle of a transformation
            mean = f"{jax.tree.unflatten(self.shapes.structure, self.shapes.shapes)}"
        return f"Posterior({mean}, {type(self.family).__name__})"
