"""Who is who: passwords, one-time codes, sessions, lock-out."""
