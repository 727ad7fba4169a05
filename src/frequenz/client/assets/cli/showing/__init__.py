"""How commands show results: tables, screens, JSON, YAML, CSV."""
