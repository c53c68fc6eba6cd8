"""From hits to a verified, cited answer."""
