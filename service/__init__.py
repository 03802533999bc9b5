"""Lantern: tags, personas, journeys and the next best service for every user of a brand."""

from importlib.metadata import version

__version__ = version("lantern-scrm")
