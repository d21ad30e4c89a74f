"""Pages des comptes : se connecter, ouvrir un compte, le tenir."""
