"""Accounts, sessions and what people did, in an SQL database."""
