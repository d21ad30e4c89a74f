"""Pages des évaluations."""
