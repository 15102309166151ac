from lropt_jax.diagnostics.record import record as record
from lropt_jax.diagnostics.watch import watch as watch
