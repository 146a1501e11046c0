"""Device Alerts that a relay keeps, in one SQLite file; implements ``stayon.ports.alert_store``."""

from stayon.adapters.alert_store.sqlite import SqliteAlertStore

__all__ = ["SqliteAlertStore"]
