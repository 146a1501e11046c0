"""Keys: where private keys and certificates come from."""
