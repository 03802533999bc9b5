"""Door: time passed. Due profiles, stale facts, the daily calibration; inside the service or in their own process."""

from service.workers.loop import run as run
