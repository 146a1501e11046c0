"""What CSPs, S1SPs and meters remember, each in an SQLite file of its own process."""
