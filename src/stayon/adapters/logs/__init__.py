"""The operator's log on standard error, by structlog."""
