"""The figures, by experiment. Importing this registers them all."""

from figures import build, garbage, growth, handles, latency, memory, readers, replay  # noqa: F401
from figures import ratios, targets, throughput, updates  # noqa: F401
