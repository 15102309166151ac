from lropt_jax.diagnostics._event import Event as Event
from lropt_jax.diagnostics.events import events as events
