"""SEC: anomaly detection."""
