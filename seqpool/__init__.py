"""Python around the contracts of the Metis sequencer pool."""
