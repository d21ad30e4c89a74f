"""Pages des données personnelles, de la conservation et de l'accessibilité."""
