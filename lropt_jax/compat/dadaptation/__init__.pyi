from lropt_jax.compat.dadaptation.adams import DAdaptAdam as DAdaptAdam
from lropt_jax.compat.dadaptation.adams import DAdaptAdan as DAdaptAdan
from lropt_jax.compat.dadaptation.descents import DAdaptAdaGrad as DAdaptAdaGrad
from lropt_jax.compat.dadaptation.descents import DAdaptLion as DAdaptLion
from lropt_jax.compat.dadaptation.descents import DAdaptSGD as DAdaptSGD
