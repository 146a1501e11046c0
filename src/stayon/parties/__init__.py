"""One package per organisation; each has a README: who it is, whom it trusts, what passes."""
