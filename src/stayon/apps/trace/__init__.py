"""The traceability matrix: from each clause to the code that meets it and its tests."""
