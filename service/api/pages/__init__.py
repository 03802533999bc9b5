"""Pages for customers and their friends: what a link opens."""
