"""Decides. Pure and synchronous: no clock, no chance, no input or output."""
