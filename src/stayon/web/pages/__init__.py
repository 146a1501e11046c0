"""Pages that more than one area has, each seeing what is its own."""
