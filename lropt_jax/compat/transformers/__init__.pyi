from lropt_jax.compat.transformers.adafactor import Adafactor as Adafactor
from lropt_jax.compat.transformers.cosines import get_cosine_schedule_with_warmup as get_cosine_schedule_with_warmup
from lropt_jax.compat.transformers.cosines import (
    get_cosine_with_hard_restarts_schedule_with_warmup as get_cosine_with_hard_restarts_schedule_with_warmup,
)
from lropt_jax.compat.transformers.decays import get_constant_schedule as get_constant_schedule
from lropt_jax.compat.transformers.decays import get_constant_schedule_with_warmup as get_constant_schedule_with_warmup
from lropt_jax.compat.transformers.decays import get_inverse_sqrt_schedule as get_inverse_sqrt_schedule
from lropt_jax.compat.transformers.decays import get_linear_schedule_with_warmup as get_linear_schedule_with_warmup
from lropt_jax.compat.transformers.decays import (
    get_polynomial_decay_schedule_with_warmup as get_polynomial_decay_schedule_with_warmup,
)
from lropt_jax.compat.transformers.greedy import GreedyLR as GreedyLR
from lropt_jax.compat.transformers.min_lr import (
    get_cosine_with_min_lr_schedule_with_warmup as get_cosine_with_min_lr_schedule_with_warmup,
)
from lropt_jax.compat.transformers.min_lr import (
    get_cosine_with_min_lr_schedule_with_warmup_lr_rate as get_cosine_with_min_lr_schedule_with_warmup_lr_rate,
)
from lropt_jax.compat.transformers.wsd import get_wsd_schedule as get_wsd_schedule
