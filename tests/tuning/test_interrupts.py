"""Tests of Ctrl-C."""

import signal
import threading

from bowls import bowl

from lropt_jax.optimizers import sgd
from lropt_jax.tuning import sweep
from lropt_jax.tuning.interrupts import interrupts


def test_ctrl_c_means_what_it_did_before_once_a_run_is_over_and_in_other_threads():
    before = signal.getsignal(signal.SIGINT)
    with interrupts() as stop:
        signal.raise_signal(signal.SIGINT)
    assert stop.is_set()
    assert signal.getsignal(signal.SIGINT) is before
    beside = []
    arguments = {"rates": [0.1], "steps": 10, "seeds": 1}
    thread = threading.Thread(target=lambda: beside.append(sweep(bowl, sgd, **arguments)))
    thread.start()
    thread.join()
    assert beside[0].status.tolist() == ["ok"]
