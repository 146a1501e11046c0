"""SMETS1 Service Providers: what they share; each has a package of its own beside this."""
