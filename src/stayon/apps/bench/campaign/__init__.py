"""A campaign end to end, each party in a process of its own, over meters that all answer."""
