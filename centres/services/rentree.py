"""Préparer la rentrée : une classe de l'année suivante et ceux qui y entrent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction

from centres.enums import StatutApprenant
from centres.models import Classe, Inscription, Utilisateur
from centres.permissions import peut_gerer_les_classes
from centres.services.apprenants import empreinte_inscriptions, inscrire_apprenant
from centres.services.autorisation import autoriser
from centres.services.classes import creer_classe
from centres.services.fiches import verifier_inchangee
from referentiel.models import Option


@dataclass(frozen=True)
class Passage:
    """Un apprenant qui entre dans la classe préparée, avec l'option qu'il y suivra."""

    inscription: Inscription
    option: Option | None


@dataclass(frozen=True, kw_only=True)
class Destination:
    """Où l'on entre : une classe qui existe déjà, ou une nouvelle à ce nom."""

    annee_scolaire: int
    annee_cycle: int
    session: int
    nom: str = ""
    existante: Classe | None = None

    def __str__(self) -> str:
        return (
            str(self.existante) if self.existante else f"{self.nom} ({self.annee_scolaire}-{self.annee_scolaire + 1})"
        )


def destination(classe: Classe, *, redoublement: bool, nom: str = "", existante: Classe | None = None) -> Destination:
    """L'année du cycle et la session se déduisent : on passe avec sa session, on redouble pour la suivante."""
    if not redoublement and classe.est_derniere_annee:
        raise ValidationError("La dernière année du cycle n'a pas de suite : seuls des redoublants y restent.")
    return Destination(
        annee_scolaire=classe.annee_scolaire + 1,
        annee_cycle=classe.annee_cycle if redoublement else classe.annee_cycle + 1,
        session=classe.session.annee + 1 if redoublement else classe.session.annee,
        nom=nom.strip(),
        existante=existante,
    )


@transaction.atomic
def preparer_rentree(
    *,
    auteur: Utilisateur,
    classe: Classe,
    vers: Destination,
    passages: Sequence[Passage],
    debut: date,
    attendue: str | None = None,
) -> Classe:
    """Crée la classe au besoin et y inscrit les partants ; l'inscription de l'année finie se ferme la veille."""
    autoriser(peut_gerer_les_classes(auteur, classe.centre_id))
    verifier_inchangee(empreinte_inscriptions([passage.inscription for passage in passages]), attendue)
    cible = vers.existante or creer_classe(
        auteur=auteur,
        centre=classe.centre,
        nom=vers.nom,
        annee_scolaire=vers.annee_scolaire,
        annee_cycle=vers.annee_cycle,
        version=classe.version,
        session=vers.session,
    )
    _inscrire(auteur, cible, passages, debut)
    return cible


@transaction.atomic
def deplacer_apprenants(
    *,
    auteur: Utilisateur,
    inscriptions: Sequence[Inscription],
    classe: Classe,
    debut: date,
    attendue: str | None = None,
) -> Classe:
    """Plusieurs apprenants changent de classe le même jour, chacun avec son option et son statut : tous ou aucun."""
    autoriser(peut_gerer_les_classes(auteur, classe.centre_id))
    verifier_inchangee(empreinte_inscriptions(inscriptions), attendue)
    _inscrire(auteur, classe, [Passage(inscription, inscription.option) for inscription in inscriptions], debut)
    return classe


def _inscrire(auteur: Utilisateur, classe: Classe, passages: Sequence[Passage], debut: date) -> None:
    for passage in passages:
        try:
            inscrire_apprenant(
                auteur=auteur,
                classe=classe,
                apprenant=passage.inscription.apprenant,
                option=passage.option,
                statut=StatutApprenant(passage.inscription.statut),
                debut=debut,
            )
        except ValidationError as refus:
            textes = [f"{passage.inscription.apprenant} : {texte}" for texte in refus.messages]
            raise ValidationError(textes) from refus
