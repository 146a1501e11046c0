"""SECMP0104: whose key may sign what."""
