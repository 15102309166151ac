from lropt_jax.diagnostics.critical_rate import critical_rate as critical_rate
from lropt_jax.diagnostics.limit import limit as limit
from lropt_jax.diagnostics.limit import scale_of as scale_of
from lropt_jax.diagnostics.noise_scale import NoiseScale as NoiseScale
from lropt_jax.diagnostics.noise_scale import noise_scale as noise_scale
from lropt_jax.diagnostics.noise_scale import noise_scale_of_squares as noise_scale_of_squares
from lropt_jax.diagnostics.sharpness import Sharpness as Sharpness
from lropt_jax.diagnostics.sharpness import sharpness as sharpness
