"""Ce que le tuteur reçoit et ce qu'il dit : son lien, ses questions, ses réponses gardées telles quelles."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from centres.models import Centre, Tuteur, Utilisateur
from evaluations.enums import Attitude, Autonomie, ValeurTuteur
from evaluations.models.pfmp import Placement
from referentiel.models import CompetenceDetaillee


class LienTuteur(models.Model):
    """Un accès sans compte, pour un seul placement. La base ne garde que l'empreinte du jeton."""

    placement = models.ForeignKey(Placement, on_delete=models.CASCADE, related_name="liens")
    # À qui il est remis : c'est lui qui répond par ce lien. Changer le tuteur du placement révoque le lien.
    tuteur = models.ForeignKey(Tuteur, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    empreinte = models.CharField("empreinte SHA-256 du jeton", max_length=64, unique=True)
    cree_par = models.ForeignKey(Utilisateur, on_delete=models.PROTECT, related_name="+")
    cree_le = models.DateTimeField("créé le", default=timezone.now, editable=False)
    expire_le = models.DateTimeField("expire le")
    revoque_le = models.DateTimeField("révoqué le", null=True, blank=True)
    envoye_le = models.DateTimeField("envoyé le", null=True, blank=True)
    envoye_a = models.EmailField("envoyé à", blank=True)
    # Première ouverture par un POST : une lecture d'adresse par un antivirus n'en est pas une.
    ouvert_le = models.DateTimeField("ouvert le", null=True, blank=True)
    est_relance = models.BooleanField("relance", default=False)
    renouvelle = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="renouvelle"
    )

    class Meta:
        verbose_name = "lien du tuteur"
        verbose_name_plural = "liens du tuteur"
        ordering = ["placement", "-cree_le", "-pk"]

    def __str__(self) -> str:
        return f"lien du {self.cree_le:%d/%m/%Y}"


class Formulation(models.Model):
    """Une compétence détaillée dite en français courant ; sans centre : livrée avec l'application."""

    centre = models.ForeignKey(Centre, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    detaillee = models.ForeignKey(CompetenceDetaillee, on_delete=models.CASCADE, related_name="+")
    texte = models.CharField("texte", max_length=200)

    class Meta:
        verbose_name = "formulation"
        ordering = ["detaillee", "centre"]
        constraints = [
            models.UniqueConstraint(fields=["centre", "detaillee"], name="formulation_unique"),
            models.UniqueConstraint(
                fields=["detaillee"], condition=Q(centre__isnull=True), name="formulation_livree_unique"
            ),
        ]

    def __str__(self) -> str:
        return self.texte


class QuestionPfmp(models.Model):
    """Ce qui est demandé au tuteur pour un placement ; figé quand le lien part ou que la fiche s'imprime."""

    placement = models.ForeignKey(Placement, on_delete=models.CASCADE, related_name="questions")
    detaillee = models.ForeignKey(CompetenceDetaillee, on_delete=models.PROTECT, related_name="+")
    texte = models.CharField("texte", max_length=200)
    # Le numéro, le même à l'écran et sur le papier.
    ordre = models.PositiveSmallIntegerField("numéro")

    class Meta:
        verbose_name = "question au tuteur"
        verbose_name_plural = "questions au tuteur"
        ordering = ["placement", "ordre", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["placement", "detaillee"], name="question_pfmp_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.ordre}. {self.texte}"


class Reponse(models.Model):
    """Ce qui est commun aux réponses : une version comparée avant d'écrire, et qui l'a donnée."""

    # Le lien par lequel le tuteur a répondu, ou l'enseignant qui a recopié la fiche de papier.
    lien = models.ForeignKey(LienTuteur, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    saisie_par = models.ForeignKey(Utilisateur, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    modifie_le = models.DateTimeField("modifiée le")
    version = models.PositiveIntegerField("version", default=1)

    class Meta:
        abstract = True


class ReponseTuteur(Reponse):
    """La réponse brute du tuteur. Un enseignant ne la corrige pas : il confirme, ou change avec une raison."""

    question = models.OneToOneField(QuestionPfmp, on_delete=models.CASCADE, related_name="reponse")
    valeur = models.CharField("réponse", max_length=3, choices=ValeurTuteur.choices, blank=True)
    autonomie = models.CharField("autonomie", max_length=6, choices=Autonomie.choices, blank=True)

    class Meta:
        verbose_name = "réponse du tuteur"
        verbose_name_plural = "réponses du tuteur"
        ordering = ["question"]
        constraints = [
            models.CheckConstraint(
                condition=Q(valeur="") | Q(valeur__in=ValeurTuteur.values), name="reponse_tuteur_connue"
            ),
            models.CheckConstraint(
                condition=Q(autonomie="") | Q(autonomie__in=Autonomie.values), name="reponse_tuteur_autonomie_connue"
            ),
        ]

    def __str__(self) -> str:
        return self.get_valeur_display()


class ReponseAttitude(Reponse):
    """Le degré d'une attitude, de 1 à 4, choisi parmi des degrés décrits ; vide : le tuteur ne se prononce pas."""

    placement = models.ForeignKey(Placement, on_delete=models.CASCADE, related_name="attitudes")
    attitude = models.CharField("attitude", max_length=16, choices=Attitude.choices)
    degre = models.PositiveSmallIntegerField("degré", null=True, blank=True)

    class Meta:
        verbose_name = "attitude observée"
        verbose_name_plural = "attitudes observées"
        ordering = ["placement", "attitude"]
        constraints = [
            models.UniqueConstraint(fields=["placement", "attitude"], name="attitude_unique"),
            models.CheckConstraint(condition=Q(attitude__in=Attitude.values), name="attitude_connue"),
            models.CheckConstraint(
                condition=Q(degre__isnull=True) | Q(degre__range=(1, 4)), name="attitude_degre_1_a_4"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_attitude_display()} : {self.degre or '·'}"


class FicheTuteur(Reponse):
    """Le reste de la réponse : activités réalisées, remarque libre, et le jour où le tuteur dit avoir fini."""

    placement = models.OneToOneField(Placement, on_delete=models.CASCADE, related_name="fiche")
    activites_realisees = models.TextField("activités réalisées", blank=True)
    remarque = models.TextField("remarque", blank=True)
    termine_le = models.DateTimeField("terminée le", null=True, blank=True)

    class Meta:
        verbose_name = "fiche du tuteur"
        verbose_name_plural = "fiches du tuteur"
        ordering = ["placement"]

    def __str__(self) -> str:
        return f"fiche de {self.placement}"
