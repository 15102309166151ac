from lropt_jax.diagnostics.critical_rate import critical_rate as critical_rate
from lropt_jax.diagnostics.limit import limit as limit
from lropt_jax.diagnostics.limit import scale_of as scale_of
from lropt_jax.diagnostics.sharpness import Sharpness as Sharpness
from lropt_jax.diagnostics.sharpness import sharpness as sharpness
