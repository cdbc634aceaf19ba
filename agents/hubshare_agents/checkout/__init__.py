"""One checkout: what is known of it, its folder on disk, and each step of a push, a pull and a pick."""
