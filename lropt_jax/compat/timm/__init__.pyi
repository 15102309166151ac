from lropt_jax.compat.timm.cosine import CosineLRScheduler as CosineLRScheduler
from lropt_jax.compat.timm.plateau import PlateauLRScheduler as PlateauLRScheduler
from lropt_jax.compat.timm.poly import PolyLRScheduler as PolyLRScheduler
from lropt_jax.compat.timm.steps import MultiStepLRScheduler as MultiStepLRScheduler
from lropt_jax.compat.timm.steps import StepLRScheduler as StepLRScheduler
from lropt_jax.compat.timm.tanh import TanhLRScheduler as TanhLRScheduler
from lropt_jax.compat.timm.wsd import WSDLRScheduler as WSDLRScheduler
