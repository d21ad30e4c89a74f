"""Documents des évaluations."""
