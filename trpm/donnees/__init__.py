"""Données personnelles : ce que l'on remet à une personne, et ce que l'on efface au terme du délai."""
