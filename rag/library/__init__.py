"""What has been read, kept: the store, the folder's sync, the vectors."""
