"""The Shared Resource Provider: the client that makes a failed supplier's meters safe."""
