"""Un fichier de liste téléversé, entre son aperçu et son application."""

from typing import Self

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.utils import timezone

from centres.models.personnes import Centre, Utilisateur


class ImportListeQuerySet(models.QuerySet["ImportListe"]):
    def visibles_par(self, utilisateur: Utilisateur | AnonymousUser) -> Self:
        """Chacun ne voit que ses propres téléversements, tant qu'il garde un rôle dans le centre."""
        if not utilisateur.is_authenticated:
            return self.none()
        return self.filter(auteur=utilisateur, centre__in=Centre.objects.visibles_par(utilisateur))

    def a_jour(self) -> Self:
        return self.filter(expire_le__gt=timezone.now())


class ImportListe(models.Model):
    """Les lignes lues d'un fichier d'apprenants, de personnels ou d'entreprises ; rien n'est écrit avant l'accord."""

    class Genre(models.TextChoices):
        APPRENANTS = "apprenants", "apprenants"
        PERSONNELS = "personnels", "personnels"
        ENTREPRISES = "entreprises", "entreprises et tuteurs"

    auteur = models.ForeignKey(Utilisateur, on_delete=models.CASCADE, related_name="+")
    centre = models.ForeignKey(Centre, on_delete=models.CASCADE, related_name="+")
    genre = models.CharField("genre", max_length=12, choices=Genre.choices)
    nom_fichier = models.CharField("nom du fichier", max_length=200)
    # {"entetes": [...], "lignes": [[...], ...]} : du texte, tel que lu.
    contenu = models.JSONField("contenu")
    # Champ → numéro de colonne, deviné puis corrigé à l'écran.
    colonnes = models.JSONField("colonnes", default=dict)
    cree_le = models.DateTimeField("créé le", auto_now_add=True)
    expire_le = models.DateTimeField("expire le")
    applique_le = models.DateTimeField("appliqué le", null=True, blank=True)
    rapport = models.JSONField("rapport", null=True, blank=True)

    objects = ImportListeQuerySet.as_manager()

    class Meta:
        verbose_name = "import de liste"
        verbose_name_plural = "imports de listes"
        ordering = ["-cree_le"]

    def __str__(self) -> str:
        return f"{self.get_genre_display()} : {self.nom_fichier}"
