"""Door: time passed. Due profiles, stale facts, the daily calibration; inside the service or in a process of their own."""

from service.workers.loop import run as run
