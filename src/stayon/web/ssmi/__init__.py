"""The SSMI: pages for the DCC's people."""
