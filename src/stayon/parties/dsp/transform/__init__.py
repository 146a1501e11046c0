"""DSP Transform: Service Request 2.1 (CV 4) into the GBCS Pre-Command that its sender signs.

Nothing is consumed: CV 4 and CV 5 share a RequestID (decision 3).
"""

from stayon.parties.dsp.transform.service import pre_command

__all__ = ["pre_command"]
