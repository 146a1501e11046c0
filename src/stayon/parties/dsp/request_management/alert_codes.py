"""DCC Alert codes: decided here, since no public document says which goes with which element.

The codes are in the enumeration of DUIS 5.4 (``stayon.duis.codes.DCC_ALERT_CODES``).
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DccAlertCodes:
    """The one table of decision 1; another set is another instance."""

    command_failure: str = "N12"
    quarantined: str = "N28"
    s1sp_alert: str = "N42"
