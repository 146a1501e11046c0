"""Implementations of the ports. An adapter knows its port and no other adapter."""
