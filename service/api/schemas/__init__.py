"""The shapes on the wire, as the specification publishes them: what is asked is strict, what is told may grow."""
