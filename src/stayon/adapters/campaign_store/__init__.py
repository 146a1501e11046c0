"""A campaign's progress and evidence on disk; implements ``stayon.ports.campaign_store``."""
