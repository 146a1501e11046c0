"""S1SP CGI IE (requirement S1; PIA 4.3)."""
