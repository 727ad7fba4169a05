"""Lists of entities: decoding them in parts, and checking the rules across their items."""
