"""The console: pages for staff, rendered here, shown to whoever logged in with a key; they ask the same use cases."""
