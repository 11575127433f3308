"""StakedMetis: the liquid staking vault."""
