"""DUIS messages as values: requests and responses of the DCC User Interface, and their schemas.

An element that ``safexml`` parsed and ``schema`` accepted becomes frozen values (``request``,
``response``, ``smets1``), and back to a compact, unsigned element that ``xmlsig`` signs.
``transform`` makes the GBCS Pre-Command of a request, ``correlate`` compares one that came back.
Nothing here does I/O; every refusal is a ``DuisError`` that names the field and the rule.
"""
