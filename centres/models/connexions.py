"""Les connexions : essais comptés avant tout mot de passe, et sessions ouvertes que la personne peut fermer."""

from django.db import models

from centres.models.personnes import Utilisateur


class EssaiConnexion(models.Model):
    """Les essais d'une fenêtre de temps ; la clé est une empreinte du compte et du poste, jamais leur nom."""

    cle = models.CharField("clé", max_length=64, primary_key=True)
    debut = models.DateTimeField("début de la fenêtre", db_index=True)
    nombre = models.PositiveIntegerField("nombre", default=0)

    class Meta:
        verbose_name = "essai de connexion"
        verbose_name_plural = "essais de connexion"
        ordering = ["debut"]

    def __str__(self) -> str:
        return f"{self.nombre} essai(s) depuis {self.debut:%d/%m/%Y %H:%M}"


class SessionOuverte(models.Model):
    """Un navigateur connecté : ce qu'il faut pour le reconnaître, sans l'adresse du poste."""

    utilisateur = models.ForeignKey(Utilisateur, on_delete=models.CASCADE, related_name="sessions_ouvertes")
    cle = models.CharField("clé de session", max_length=40, unique=True)
    ouverte_le = models.DateTimeField("ouverte le", auto_now_add=True)
    appareil = models.CharField("appareil", max_length=60)

    class Meta:
        verbose_name = "session de connexion"
        verbose_name_plural = "sessions de connexion"
        ordering = ["-ouverte_le", "-pk"]

    def __str__(self) -> str:
        return f"{self.appareil}, {self.ouverte_le:%d/%m/%Y %H:%M}"
