"""DataPower: the gateway in front of Request Management.

It limits what is read, and turns what is no DUIS request into HTTP 400 with a problem document
(RFC 9457) that names the rule. Threat protection is ``stayon.safexml``, the schema that of the
request's own DUIS version.
"""

from stayon.parties.dsp.datapower.app import SERVICES, Answer, Gateway, gateway

__all__ = ["SERVICES", "Answer", "Gateway", "gateway"]
