"""The library: the store, the sync of its folder and its upkeep."""
