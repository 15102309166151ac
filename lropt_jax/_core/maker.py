"""What a value needs of the factory that made it, and what a factory says where a value belongs."""

from collections.abc import Callable, Iterator
from typing import Any

from lropt_jax._core.operators import Unmultiplied
from lropt_jax._core.refusal import WrongType, naming
from lropt_jax._core.spelling import example


class Maker(Unmultiplied):
    """A factory whose results are values; `lift` makes such."""

    __signature__: Any
    __wrapped__: Callable[..., Any]
    scaling: str | None
    exponent: float | None

    @property
    def name(self) -> str:
        """What it is called in text."""
        raise NotImplementedError

    @property
    def roles(self) -> dict[str, Any]:
        """What each argument is to an optimizer, where its kind says so."""
        raise NotImplementedError

    @property
    def example(self) -> str:
        """A call of it, with what it requires."""
        return example(self.name, self.__signature__, self.roles)

    def make(self, arguments: dict[str, Any]) -> Any:
        """The value of these arguments, checked."""
        raise NotImplementedError

    def build(self, arguments: dict[str, Any]) -> Any:
        """What the function itself returns for them."""
        raise NotImplementedError

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        raise AttributeError(f"{self.name}: {name} must be asked of a value, got the factory; call it: {self.example}.")

    def __iter__(self) -> Iterator[Any]:
        with naming(self.name):
            raise WrongType(f"a value unpacks into (init, update), got the factory; call it: {self.example}.")


def uncalled(name: str, factory: Maker) -> str:
    """What to say of a factory in the place of what it makes."""
    return f"{name} must be a value, got the factory {factory.name}; call it: {factory.example}."
