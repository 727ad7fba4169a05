"""What exists for speed only."""
