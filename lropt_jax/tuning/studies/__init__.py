"""A study that many workers share, kept by Optuna."""
