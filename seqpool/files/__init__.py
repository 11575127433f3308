"""Files that people write and hand to each other, read strictly."""
