"""What a document is, and how it becomes chunks."""
