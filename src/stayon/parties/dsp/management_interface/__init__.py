"""The Management Interface: the DSP's Data Management writes reference data for the S1SPs."""

from stayon.parties.dsp.management_interface.publication import Publication

__all__ = ["Publication"]
