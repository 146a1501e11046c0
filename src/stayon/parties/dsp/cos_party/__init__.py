"""The CoS Party: it alone changes the supplier that a device trusts (Service Request 6.23).

It looks at the certificates that a gaining supplier sends, and builds and signs the command that
puts them into the device's cells; Request Management adds the MAC like to any other command.
"""

from stayon.parties.dsp.cos_party.credentials import require_fit
from stayon.parties.dsp.cos_party.party import CosParty

__all__ = ["CosParty", "require_fit"]
