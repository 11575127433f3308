"""Python around the contracts of the Metis sequencer pool."""

__version__ = "0.1.0"
