"""Pages de la certification."""
