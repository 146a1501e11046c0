"""The SMKI repository as others reach it: over HTTP, believing nothing but signatures."""
