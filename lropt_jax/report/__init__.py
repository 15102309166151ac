"""Reports: tables, pictures and progress for people; the only code beside the command line that prints or draws."""

from lropt_jax.report.marks import marks, sample, span
from lropt_jax.report.pictures import plot_schedules, plot_tuning
from lropt_jax.report.progress import progress_bar
from lropt_jax.report.tables import advice, budget, recommendation, tuning_table
from lropt_jax.report.views import plot_view

__all__ = [
    "advice",
    "budget",
    "marks",
    "plot_schedules",
    "plot_tuning",
    "plot_view",
    "progress_bar",
    "recommendation",
    "sample",
    "span",
    "tuning_table",
]
