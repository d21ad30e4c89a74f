"""Pages des centres, des classes, des apprenants et de l'organisation."""
