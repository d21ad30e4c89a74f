"""Les PFMP de la démonstration : deux périodes de terminale, des tuteurs, des réponses, des bilans."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils import timezone

from centres.models import Centre, Classe, Inscription, Tuteur, Utilisateur
from centres.services import creer_entreprise, creer_tuteur
from evaluations.models import LienTuteur, PeriodePfmp, Placement
from evaluations.queries.bilans_pfmp import bilan_de
from evaluations.services.bilans_pfmp import ChoixLigne, DonneesBilan, confirmer_bilan
from evaluations.services.liens_tuteur import creer_lien, envoyer_lien
from evaluations.services.pfmp import (
    SaisiePlacement,
    creer_periode,
    enregistrer_placement,
    preparer_placement,
    regler_les_pfmp,
)
from evaluations.services.reponses_tuteur import SaisieReponses, recopier, repondre
from evaluations.services.suivi_pfmp import noter_absence, prevoir_visite, rapporter_visite
from trpm.demo import tirage
from trpm.demo.contenu import Personnes

SEMAINES = 4
# Le lien part la veille de la dernière semaine ; le rappel, avant le bilan.
REMISE_AVANT_LA_FIN = timedelta(days=10)
RAPPEL_APRES = timedelta(days=6)
COMMUNES = ("Feurs", "Rive-de-Gier", "Givors", "Lyon", "Romans", "Montbrison")
FONCTIONS = ("chef d'atelier", "régleur", "responsable de production")
ACTIVITES = "Réglage et conduite d'un tour à commande numérique, contrôle des pièces, entretien du poste."
SYNTHESE = "Bilan partagé dans l'atelier : les points forts et ce qui reste à travailler ont été dits."
CODES = ("C3.2", "C6.1", "C6.2", "C7.1", "C7.2", "C8.1", "C12.3")
# Le centre de démonstration demande vingt-deux semaines d'un élève : une valeur d'exemple, à changer dans les réglages.
REGLAGE = {
    "semaines_scolaire": 22,
    "semaines_apprenti": None,
    "semaines_formation_continue": None,
    "niveau_non_acquis": 1,
    "niveau_en_cours": 2,
    "niveau_acquis": 3,
    "validite_lien_jours": 21,
}


@dataclass(frozen=True)
class PeriodeDemo:
    """Une période et sa part, sur vingt, de tuteurs qui ont répondu et de bilans confirmés."""

    code: str
    intitule: str
    mois: int
    jour: int
    repondent: int
    confirmes: int


PERIODES = (PeriodeDemo("PFMP5", "Automne", 11, 17, 19, 18), PeriodeDemo("PFMP6", "Hiver", 1, 12, 14, 6))


def ecrire_pfmp(
    *,
    graine: int,
    numero: int,
    classe: Classe,
    inscriptions: Mapping[int, Inscription],
    equipe: Mapping[str, Utilisateur],
    personnes: Personnes,
) -> None:
    """`inscriptions` : rang de l'apprenant → son inscription de terminale."""
    organisateur, suiveurs = equipe["ddfpt"], (equipe["enseignant"], equipe["enseignant2"])
    if numero == 0:
        regler_les_pfmp(utilisateur=organisateur, centre=classe.centre, valeurs=dict(REGLAGE))
    tuteurs = _tuteurs(organisateur, classe.centre, personnes, graine, numero)
    for prevue in PERIODES:
        debut = date(classe.annee_scolaire + (1 if prevue.mois < 8 else 0), prevue.mois, prevue.jour)
        periode = creer_periode(
            utilisateur=organisateur,
            classe=classe,
            code=prevue.code,
            intitule=prevue.intitule,
            debut=debut,
            fin=debut + timedelta(days=7 * SEMAINES - 3),
            semaines=SEMAINES,
        )
        for rang, inscription in inscriptions.items():
            enseignant = suiveurs[rang % len(suiveurs)]
            placement = _placer(enseignant, periode, inscription, tuteurs[(rang + prevue.mois) % len(tuteurs)])
            _suivre(prevue, placement, rang, enseignant, (graine, numero, prevue.code, rang))


def _tuteurs(auteur: Utilisateur, centre: Centre, personnes: Personnes, graine: int, numero: int) -> list[Tuteur]:
    """Une entreprise par nom du fichier, deux tuteurs chacune ; le second n'a pas d'adresse électronique."""
    suffixe = f" {chr(ord('A') + numero)}" if numero else ""
    tuteurs = []
    for rang, nom in enumerate(personnes.entreprises):
        entreprise = creer_entreprise(
            auteur=auteur, centre=centre, nom=f"{nom}{suffixe}", commune=COMMUNES[rang % len(COMMUNES)]
        )
        for place in range(2):
            prenom, famille = tirage.tirer_identite(personnes, graine, numero, "tuteur", rang, place)
            tuteurs.append(
                creer_tuteur(
                    auteur=auteur,
                    entreprise=entreprise,
                    prenom=prenom,
                    nom=famille,
                    email="" if place else f"tuteur{numero}{rang}@exemple.fr",
                    fonction=FONCTIONS[(rang + place) % len(FONCTIONS)],
                )
            )
    return tuteurs


def _placer(enseignant: Utilisateur, periode: PeriodePfmp, inscription: Inscription, tuteur: Tuteur) -> Placement:
    placement = enregistrer_placement(
        utilisateur=enseignant,
        periode=periode,
        saisie=SaisiePlacement(
            inscription_id=inscription.pk,
            version=0,
            debut=periode.debut,
            fin=periode.fin,
            entreprise_id=tuteur.entreprise_id,
            tuteur_id=tuteur.pk,
            enseignant_id=enseignant.pk,
        ),
    )
    placement.inscription = inscription
    return preparer_placement(
        utilisateur=enseignant, placement=placement, codes=CODES, activites_prevues=ACTIVITES, version=1
    )


def _suivre(
    prevue: PeriodeDemo, placement: Placement, rang: int, enseignant: Utilisateur, cles: Sequence[object]
) -> None:
    """Une visite, quelques absences, une réponse pour la plupart, un bilan confirmé pour beaucoup."""
    visite = prevoir_visite(utilisateur=enseignant, placement=placement, prevue_le=placement.debut + timedelta(days=9))
    if rang % 4 == 3:
        noter_absence(
            utilisateur=enseignant,
            placement=placement,
            jour=placement.debut + timedelta(days=2),
            demi_journees=1 + rang % 2,
            est_justifiee=rang % 8 == 3,
        )
    remis_le = _a(placement.fin - REMISE_AVANT_LA_FIN, 9)
    lien = _remettre(placement, enseignant, remis_le)
    delai = tirage.tirer_delai(*cles) if rang % 20 < prevue.repondent else None
    if delai is None or delai > RAPPEL_APRES.days:
        _remettre(placement, enseignant, remis_le + RAPPEL_APRES, est_relance=True)
    if delai is None:
        return
    rapporter_visite(
        utilisateur=enseignant,
        visite=visite,
        prevue_le=visite.prevue_le,
        faite_le=visite.prevue_le,
        compte_rendu="Poste de travail vu avec le tuteur.",
    )
    saisie = _reponses(placement, cles)
    quand = _a((remis_le + timedelta(days=delai)).date(), 11 + rang % 6)
    # Un tuteur sur cinq rend la fiche de papier, que l'enseignant recopie.
    if rang % 5 == 4:
        recopier(utilisateur=enseignant, placement=placement, saisie=saisie, maintenant=quand)
    else:
        repondre(lien=lien, saisie=saisie, maintenant=quand)
    if rang % 20 < prevue.confirmes:
        _confirmer(placement, enseignant)


def _remettre(
    placement: Placement, enseignant: Utilisateur, quand: datetime, *, est_relance: bool = False
) -> LienTuteur:
    """Par courriel si le tuteur a une adresse ; sinon sur la fiche imprimée, de nouveau pour un rappel."""
    if placement.tuteur and placement.tuteur.email:
        return envoyer_lien(
            utilisateur=enseignant,
            placement=placement,
            page="",
            est_relance=est_relance,
            maintenant=quand,
            poster=lambda *_: None,
        )
    return creer_lien(utilisateur=enseignant, placement=placement, maintenant=quand).lien


def _a(jour: date, heure: int) -> datetime:
    return timezone.make_aware(datetime.combine(jour, time(heure, 10)))


def _reponses(placement: Placement, cles: Iterable[object]) -> SaisieReponses:
    questions = placement.questions.order_by("ordre").values_list("pk", "ordre")
    return SaisieReponses(
        questions={pk: (*tirage.tirer_reponse(*cles, ordre), 0) for pk, ordre in questions},
        attitudes={attitude: (degre, 0) for attitude, degre in tirage.tirer_attitudes(*cles).items()},
        textes=("Tournage de séries courtes, contrôle au marbre.", "", 0),
        est_terminee=True,
    )


def _confirmer(placement: Placement, enseignant: Utilisateur) -> None:
    jour = placement.fin
    choix = tuple(
        ChoixLigne(detaillee_id=ligne.detaillee.pk, niveau=ligne.propose, valeur=ligne.valeur)
        for ligne in bilan_de(placement).lignes
    )
    confirmer_bilan(
        utilisateur=enseignant,
        placement=placement,
        donnees=DonneesBilan(tenu_le=jour, a_tuteur=True, a_apprenant=True, synthese=SYNTHESE, choix=choix),
        version=0,
        maintenant=_a(jour, 16),
    )
