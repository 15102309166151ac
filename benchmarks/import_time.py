"""What importing costs: processor time, user and system, of fresh processes, and what is added to JAX and Optax.

Run: python benchmarks/import_time.py [rounds]
"""

import os
import statistics
import subprocess
import sys

JAX, PEERS = "import jax", "import jax, optax"
LIBRARY, ADAM = "import jax, optax, lropt_jax", "import jax, optax; from lropt_jax.optimizers import adam"
HELP = "from lropt_jax.cli import main; main()"

# What is run, what it is compared with, and the most that it may add in seconds.
CASES = {
    "import jax": (JAX, None, None),
    "import jax, optax": (PEERS, None, None),
    "  and import lropt_jax": (LIBRARY, "import jax, optax", 0.05),
    "  and from lropt_jax.optimizers import adam": (ADAM, "import jax, optax", 0.15),
    "lropt --help": (HELP, "import jax", 1.0),
}


def processor_seconds(code: str) -> float:
    """User and system time of a fresh process."""
    arguments = ["--help"] if code == HELP else []
    child = subprocess.Popen([sys.executable, "-c", code, *arguments], stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"{code!r} ended with status {child.returncode}.")
    return used.ru_utime + used.ru_stime


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    seconds: dict[str, list[float]] = {name: [] for name in CASES}
    for round_ in range(rounds + 1):
        for name, (code, _, _) in CASES.items():
            spent = processor_seconds(code)
            if round_:  # the first one reads files from disk and writes byte code
                seconds[name].append(spent)
    print(f"Processor time, medians of {rounds} processes each\n")
    print(f"{'':<44} {'seconds':>8}  {'added':>7}  {'at most':>7}  to")
    for name, (_, base, most) in CASES.items():
        line = f"{name:<44} {statistics.median(seconds[name]):8.3f}"
        if base is not None:  # round by round, so that drift of the machine hits both alike
            added = [own - before for own, before in zip(seconds[name], seconds[base], strict=True)]
            line += f"  {statistics.median(added):+7.3f}  {most:7.2f}  {base}"
        print(line)


if __name__ == "__main__":
    main()
