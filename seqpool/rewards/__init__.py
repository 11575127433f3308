"""RewardDistributor: batches, claims, forecasts, statements."""
