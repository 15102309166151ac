from lropt_jax.diagnostics._event import Event as Event
from lropt_jax.diagnostics.diagnose import diagnose as diagnose
from lropt_jax.diagnostics.diagnosis import Diagnosis as Diagnosis
from lropt_jax.diagnostics.events import events as events
from lropt_jax.diagnostics.record import record as record
from lropt_jax.diagnostics.watch import watch as watch
