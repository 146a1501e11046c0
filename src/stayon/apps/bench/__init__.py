"""Benchmarks: rates, and ratios to a reference run in the same minute."""
