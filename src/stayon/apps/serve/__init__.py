"""A world that is served: every party's services in one process, on real time."""
