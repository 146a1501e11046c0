"""SECMP0134B: what a contingency role may do, and for whom."""
