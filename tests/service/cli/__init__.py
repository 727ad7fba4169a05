"""The command `assets-cli`, with real servers: what it prints, and how it refuses."""
