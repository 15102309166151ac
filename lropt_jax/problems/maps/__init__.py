"""Maps of points: t-SNE, its distances, its start and rate, and new points in an old map."""
