"""The model: the entities of the API as Python objects, independent of protobuf."""
