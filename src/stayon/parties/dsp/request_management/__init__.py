"""DSP Request Management: from a received request to the last message about it.

``reception`` judges and accepts, ``facts`` gathers what the checks want to know, ``protection``
adds the MAC or the countersignature, ``dispatching`` does the accepted work, ``southbound`` takes
what comes back. The rules themselves are in ``stayon.checks``; nothing here repeats one.
"""
