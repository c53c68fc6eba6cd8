"""From files to blocks: one parser a format."""
