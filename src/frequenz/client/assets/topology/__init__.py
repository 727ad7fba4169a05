"""The topology of a microgrid: its component graph, with queries in the field's terms."""
