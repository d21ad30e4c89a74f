"""Le journal des événements : on y ajoute, on n'y change rien."""

from django.db import models

from centres.models.personnes import Utilisateur


class Chaine(models.Model):
    """Tête d'une chaîne d'événements (une situation, un dossier) : rang et empreinte du dernier."""

    nom = models.CharField("nom", max_length=60, primary_key=True)
    rang = models.PositiveIntegerField("dernier rang", default=0)
    empreinte = models.CharField("dernière empreinte", max_length=64, blank=True)
    numero = models.PositiveIntegerField("numéro au registre", default=0)
    # Refait avec la tête, sous une clé qui n'est pas dans la base ; vide : la tête avait déjà été altérée.
    sceau = models.CharField("sceau", max_length=64, blank=True)

    class Meta:
        verbose_name = "chaîne du journal"
        verbose_name_plural = "chaînes du journal"
        ordering = ["nom"]

    def __str__(self) -> str:
        return self.nom


class Registre(models.Model):
    """Combien de chaînes ont été ouvertes, sous sceau : une chaîne effacée tout entière laisse son numéro."""

    SEUL = 1

    id = models.PositiveSmallIntegerField(primary_key=True)
    nombre = models.PositiveIntegerField("chaînes ouvertes", default=0)
    sceau = models.CharField("sceau", max_length=64, blank=True)

    class Meta:
        verbose_name = "registre des chaînes"

    def __str__(self) -> str:
        return f"{self.nombre} chaînes"


class Evenement(models.Model):
    """Qui a changé quoi, quand, d'où à où, et pourquoi ; lié au précédent par son empreinte SHA-256."""

    chaine = models.ForeignKey(Chaine, on_delete=models.PROTECT, related_name="evenements", verbose_name="chaîne")
    rang = models.PositiveIntegerField("rang")
    le = models.DateTimeField("le")
    auteur = models.ForeignKey(Utilisateur, on_delete=models.PROTECT, null=True, related_name="+")
    acte = models.CharField("acte", max_length=60)
    # Type et clé de l'objet touché (« evaluations.positionnement:42 »).
    objet = models.CharField("objet", max_length=80)
    avant = models.JSONField("avant", null=True)
    apres = models.JSONField("après", null=True)
    motif = models.TextField("motif", blank=True)
    # Vide : une purge a effacé avant, après et motif ; la chaîne n'en garde que l'empreinte salée.
    sel = models.CharField("sel", max_length=32)
    empreinte_contenu = models.CharField("empreinte du contenu", max_length=64)
    # Identifiant choisi par le navigateur : un envoi rejoué n'a qu'un effet.
    operation = models.UUIDField("opération", null=True, unique=True)
    empreinte_precedente = models.CharField("empreinte précédente", max_length=64, blank=True)
    empreinte = models.CharField("empreinte", max_length=64)

    class Meta:
        verbose_name = "événement"
        ordering = ["chaine", "rang"]
        constraints = [models.UniqueConstraint(fields=["chaine", "rang"], name="evenement_rang_unique")]
        indexes = [models.Index(fields=["objet"], name="evenement_objet")]

    def __str__(self) -> str:
        return f"{self.chaine_id} n° {self.rang}"

    @property
    def est_efface(self) -> bool:
        return not self.sel
