"""DSP Data Management: Users and roles, the inventory, registrations, who failed, thresholds.

The checks never ask a database. ``reference`` and ``inventory`` keep what they need in memory;
the store tells whoever writes on facts that have changed, and they are gathered anew.
``failed_suppliers`` reads the Failed Suppliers file, ``administration`` applies what the DCC's
people decide, each decision by two of them.
"""

from stayon.parties.dsp.data_management.administration import Administration
from stayon.parties.dsp.data_management.inventory import InventoryCache
from stayon.parties.dsp.data_management.reference import ReferenceIndex, ReferenceView

__all__ = ["Administration", "InventoryCache", "ReferenceIndex", "ReferenceView"]
