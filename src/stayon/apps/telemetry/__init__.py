"""The operator's log and traces, taken at the ports.

Stages of a request are seen where it passes from one part to the next: a part is given a port that
looks on and hands over. So the parts themselves know nothing of it, and where nothing is to be
seen nothing stands in between.
"""
