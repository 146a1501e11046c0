"""What the parties need of the world, as Protocols: a clock, storage, keys, a way to send."""
