from lropt_jax.diagnostics.sharpness import Sharpness as Sharpness
from lropt_jax.diagnostics.sharpness import sharpness as sharpness
