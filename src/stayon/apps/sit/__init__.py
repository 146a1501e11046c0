"""The SIT and UIT pack: the tests that the PIA names (T1 to T8), as scenarios, with a report."""
