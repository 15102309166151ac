"""The test ELBO of the digits VAE at the rate that a sweep chooses: `lropt tune` with one optimizer.

24 rates from 1e-4 to 1 for a fifth of the steps, then the five best from three seeds at full length, chosen on
validation and reported on test images. The 1,257 images are soon learned by heart: longer runs want weight decay.

Run: python benchmarks/vae_elbo.py
"""

import time
from functools import partial

from lropt_jax.optimizers import adam, adamw
from lropt_jax.problems import vae
from lropt_jax.tuning import log_rates, tune

RUNS = [("adam", adam, 3300), ("adam", adam, 5000), ("adamw, 0.03", partial(adamw, weight_decay=0.03), 5000)]


def main() -> None:
    for name, make, steps in RUNS:
        began = time.perf_counter()
        best = tune(vae(), {name: make}, rates=log_rates(1e-4, 1, 24), seeds=3, steps=steps).best()
        validation = f"validation ELBO {-best.validation:.3f} ± {best.validation_spread:.3f}"
        test = f"test ELBO {-best.test:.3f} ± {best.test_spread:.3f}"
        seconds = time.perf_counter() - began
        print(f"{name}, {steps} steps: rate {best.rate:.4g}, {validation}, {test}, {seconds:.0f} s", flush=True)


if __name__ == "__main__":
    main()
