"""Lists of entities: decoding them, and what is wrong across their items."""
