"""Clocks: the machine's, and a simulated one that waits for nobody."""
