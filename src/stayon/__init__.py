"""Stayon keeps prepayment homes on supply when their energy supplier fails (SECMP0134B)."""

__version__ = "0.1.0"
