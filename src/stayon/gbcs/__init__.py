"""GBCS messages as values: bytes in, frozen values out, and back byte for byte.

``frame`` reads the grouping header and the MAC wrapper; ``message`` adds the payload, which is DLMS
(``access``, ``cosem``), GBZ (``gbz``, ``zcl`` and its clusters), an alert (``alerts``) or ASN.1
carried as bytes; ``text`` is the lossless JSON form. Every refusal of bytes is a ``GbcsError`` that
names the field and the offset. Nothing here does I/O.
"""
