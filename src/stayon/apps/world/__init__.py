"""A whole world to run: its cast and their keys, homes, meters, networks, and the wiring."""
