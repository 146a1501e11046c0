"""``stayon serve --role``: one world in many processes, on one machine or on many.

See docs/how-to/run-on-many-machines.md. Each module is one role: it waits for those whom it needs,
serves, and ends in order. ``process`` is what they have in common.
"""
