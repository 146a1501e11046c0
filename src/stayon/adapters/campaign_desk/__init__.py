"""Campaigns in folders, each run by a process of its own; implements ``ports.campaign_desk``."""
