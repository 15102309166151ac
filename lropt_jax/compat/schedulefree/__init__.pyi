from lropt_jax.compat.schedulefree.adam import AdamWScheduleFree as AdamWScheduleFree
from lropt_jax.compat.schedulefree.adam import RAdamScheduleFree as RAdamScheduleFree
from lropt_jax.compat.schedulefree.sgd import SGDScheduleFree as SGDScheduleFree
from lropt_jax.compat.schedulefree.wrapper import ScheduleFreeWrapper as ScheduleFreeWrapper
