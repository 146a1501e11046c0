"""An energy supplier, as far as it takes part here: its endpoint, to which alerts are delivered."""
