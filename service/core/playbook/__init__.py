"""The language of definitions: frozen, versioned, evaluated elsewhere."""
