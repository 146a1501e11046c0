"""The Shared Resource Provider's campaign board."""
