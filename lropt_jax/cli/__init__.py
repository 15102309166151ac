"""The command line: `lropt tune`, `lropt list`, `lropt show`."""

import re
import sys
import traceback
from pathlib import Path

from lropt_jax._core.extras import require


def main() -> None:
    """Run a command and exit.

    Status 0: done. 1: nothing survived. 2: bad input, told in one line where it is this library that refuses it and
    with the traceback where a problem file fails. 130: Ctrl-C before there was an answer, or before it was written.
    """
    try:
        extras = require("tyro.extras", owner="lropt")
        for module in ("rich", "matplotlib"):
            require(module, owner="lropt")
        from lropt_jax.cli.catalogue import catalogue
        from lropt_jax.cli.show import show
        from lropt_jax.cli.tune import tune

        status = extras.subcommand_cli_from_dict(
            {"tune": tune, "list": catalogue, "show": show},
            prog="lropt",
            description="The learning rate, in JAX: find it, list the rules, see a schedule.",
        )
    except Exception as error:
        if _is_ours(error):
            print(f"lropt: {error}", file=sys.stderr)
        else:
            traceback.print_exc()
        status = 2
    except KeyboardInterrupt:
        print("lropt: interrupted.", file=sys.stderr)
        status = 130
    sys.exit(status)


def _is_ours(error: BaseException) -> bool:
    """Whether it is this library that refuses something: by a line of its own, and as it does, naming the owner."""
    raised = traceback.extract_tb(error.__traceback__)[-1].filename
    return Path(__file__).parents[1] in Path(raised).parents and bool(re.match(r"[\w.]+: ", str(error)))
