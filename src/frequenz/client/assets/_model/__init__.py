"""The model: what the API's entities are as Python objects. Knows no protobuf."""
