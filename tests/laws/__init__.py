"""The laws that every schedule and optimizer keeps; a test file runs them by one line, a subclass with a specimen."""

from laws.numbers import DTYPES as DTYPES
from laws.numbers import as_floats as as_floats
from laws.numbers import nudged as nudged
from laws.numbers import stacked as stacked
from laws.numbers import x64 as x64
from laws.optimizers import OptimizerLaws as OptimizerLaws
from laws.rates import LearningLaws as LearningLaws
from laws.rates import RateLaws as RateLaws
from laws.rates import fed as fed
from laws.schedules import PortedScheduleLaws as PortedScheduleLaws
from laws.schedules import ScheduleLaws as ScheduleLaws
from laws.transforms import TransformLaws as TransformLaws
from laws.values import ValueLaws as ValueLaws
from laws.wrappers import WrapperLaws as WrapperLaws
