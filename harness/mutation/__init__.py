"""Every check of the findings is deleted in turn: some test must fail."""
