"""Other retrieval libraries beside onrecord: same articles, same questions, same embedding model."""
