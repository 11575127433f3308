"""Launch values, and the deployment of the suite on one chain or two."""
