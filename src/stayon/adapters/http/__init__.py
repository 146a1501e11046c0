"""HTTP: a server for an ASGI application, and a client that keeps its connections."""
