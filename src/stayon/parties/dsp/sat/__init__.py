"""Service Audit Trail: one row for each step in the life of a request, under its sender (D9).

The rows are written in the same transaction as what they record; see ``stayon.ports.audit`` for
the chain that shows tampering.
"""

from stayon.parties.dsp.sat.entries import About, Step, about_work, entry

__all__ = ["About", "Step", "about_work", "entry"]
