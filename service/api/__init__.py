"""The door for requests: it reads the wire, checks the key, asks one use case and answers."""
