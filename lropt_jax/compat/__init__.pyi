from lropt_jax.compat import dadaptation as dadaptation
from lropt_jax.compat import keras as keras
from lropt_jax.compat import optax as optax
from lropt_jax.compat import prodigyopt as prodigyopt
from lropt_jax.compat import schedulefree as schedulefree
from lropt_jax.compat import timm as timm
from lropt_jax.compat import torch as torch
from lropt_jax.compat import transformers as transformers
