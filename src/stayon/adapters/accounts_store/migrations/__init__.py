"""How the schema of the accounts came to be, one file a step."""
