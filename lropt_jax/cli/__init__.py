"""The command line: `lropt tune`, `lropt list`, `lropt show`."""

import sys
import traceback
from collections.abc import Callable

from lropt_jax._core.extras import require
from lropt_jax._core.refusal import Refused, naming


def main() -> None:
    """Run a command and exit.

    Status 0: done. 1: no rate survived. 2: bad input. Where this library refuses it, one line says why; where a problem
    file fails, Python's traceback does. 130: Ctrl-C before there was an answer, or before it was written.
    """
    try:
        status = _run()
    except Refused as refused:
        print(f"lropt: {refused}", file=sys.stderr)
        status = 2
    except Exception:
        traceback.print_exc()
        status = 2
    except KeyboardInterrupt:
        print("lropt: interrupted.", file=sys.stderr)
        status = 130
    sys.exit(status)


def _run() -> int:
    """Let tyro read the arguments and call the command, which is imported with what it needs only now."""
    extras = require("tyro.extras")
    require("rich")
    from lropt_jax.cli.catalogue import catalogue
    from lropt_jax.cli.show import show
    from lropt_jax.cli.tune import tune

    commands: dict[str, Callable[..., int]] = {"tune": tune, "list": catalogue, "show": show}
    return extras.subcommand_cli_from_dict(
        {name: naming(name)(command) for name, command in commands.items()},
        prog="lropt",
        description="The learning rate, in JAX: find it, list the rules, see a schedule.",
    )
