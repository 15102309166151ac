from lropt_jax.compat.keras.cosines import CosineDecay as CosineDecay
from lropt_jax.compat.keras.cosines import CosineDecayRestarts as CosineDecayRestarts
from lropt_jax.compat.keras.decays import ExponentialDecay as ExponentialDecay
from lropt_jax.compat.keras.decays import InverseTimeDecay as InverseTimeDecay
from lropt_jax.compat.keras.decays import PiecewiseConstantDecay as PiecewiseConstantDecay
from lropt_jax.compat.keras.decays import PolynomialDecay as PolynomialDecay
from lropt_jax.compat.keras.plateau import ReduceLROnPlateau as ReduceLROnPlateau
