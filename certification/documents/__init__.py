"""Les documents de la commission et les images de la certification."""
