"""Delete every check of the findings, one at a time: some test must fail each time."""
