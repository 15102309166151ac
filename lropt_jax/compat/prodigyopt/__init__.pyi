from lropt_jax.compat.prodigyopt.prodigy import Prodigy as Prodigy
