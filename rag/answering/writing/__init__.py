"""What is written: answers put together from the articles, and replies of a chat model."""
