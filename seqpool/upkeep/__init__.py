"""What anyone may do when it is due, and the status of it all."""
