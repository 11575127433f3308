"""What the contracts fix: messages, signatures, certificates, committees, the draw, limits."""
