"""What has been read, kept: the store, the sync of its folder, its upkeep."""
