from lropt_jax.transfer.batch_size import batch_size as batch_size
from lropt_jax.transfer.horizon import horizon as horizon
from lropt_jax.transfer.width import width as width
