"""The command line: `lropt tune`, `lropt auto`, `lropt diagnose`, `lropt list`, `lropt show`."""

import contextlib
import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterator

from lropt_jax._core.extras import require
from lropt_jax._core.refusal import Refused, naming
from lropt_jax.cli.output import print_everything


def main() -> None:
    """Run a command and exit.

    Status 0: done. 1: no rate survived. 2: bad input. Where this library refuses it, one line says why; where a problem
    file fails, Python's traceback does. 130: Ctrl-C before there was an answer, or before it was written.
    """
    print_everything()
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
    with _ended_by_interrupt():
        extras = require("tyro.extras")
        require("rich")
        from lropt_jax.cli.auto import auto
        from lropt_jax.cli.catalogue import catalogue
        from lropt_jax.cli.diagnose import diagnose
        from lropt_jax.cli.show import show
        from lropt_jax.cli.tune import tune

    commands: dict[str, Callable[..., int]] = {
        "tune": tune, "auto": auto, "diagnose": diagnose, "list": catalogue, "show": show,
    }  # fmt: skip
    return extras.subcommand_cli_from_dict(
        {name: naming(name)(_refuses_exit()(command)) for name, command in commands.items()},
        prog="lropt",
        description="The learning rate, in JAX: find it, diagnose it, list the rules, see a schedule.",
    )


@contextlib.contextmanager
def _ended_by_interrupt() -> Iterator[None]:
    """Let Ctrl-C end the program at once. While NumPy and JAX are imported, their C++ loses an exception or aborts."""

    def end(*_: object) -> None:
        os.write(2, b"lropt: interrupted.\n")
        os._exit(130)

    try:
        before = signal.getsignal(signal.SIGINT)
        if before is signal.default_int_handler:  # and not where a shell lets its background jobs ignore Ctrl-C
            signal.signal(signal.SIGINT, end)
    except ValueError:  # not in the main thread
        before = None
    try:
        yield
    finally:
        if before is signal.default_int_handler and signal.getsignal(signal.SIGINT) is end:
            signal.signal(signal.SIGINT, before)


@contextlib.contextmanager
def _refuses_exit() -> Iterator[None]:
    """Refuse what calls `sys.exit` inside a command: that is a problem's own code, and there is no answer."""
    try:
        yield
    except SystemExit as stop:
        if isinstance(stop.__context__, BrokenPipeError):  # rich's end where nobody reads on
            raise
        raise Refused(f"a problem's code must not end the program, got sys.exit({stop.code!r}).") from stop
