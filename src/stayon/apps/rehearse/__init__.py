"""The main job: a supplier fails, and its prepayment homes stay on supply."""
