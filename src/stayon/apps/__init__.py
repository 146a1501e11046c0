"""Wiring: the commands that put parties, devices and adapters together."""
