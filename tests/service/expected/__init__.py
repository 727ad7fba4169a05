"""What `assets-cli` prints of the fleet in `fleet.py`."""
