"""The SSI: pages for the officers of the DCC's Users."""
