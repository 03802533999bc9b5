"""Does. One use case a file: load, decide, keep, in one unit of work."""
