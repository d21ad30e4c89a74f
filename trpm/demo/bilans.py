"""Les bilans de la démonstration : deux campagnes formalisées, une en préparation, et les bilans individuels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils import timezone

from centres.models import Classe, Utilisateur
from evaluations.enums import NatureBilan
from evaluations.models import CampagneBilans
from evaluations.queries.bilans import VueBilan, lire_bilans
from evaluations.services.bilans import (
    DonneesBilanPeriode,
    enregistrer_bilan_periode,
    formaliser_bilan,
    preparer_campagne,
)
from evaluations.services.donnees import periode_du

PAROLES = (
    "Je me sens à l'aise au poste, moins devant les documents.",
    "Je voudrais refaire un réglage complet avant le prochain bilan.",
    "Le travail en binôme m'aide à comprendre les gammes.",
)


@dataclass(frozen=True)
class CampagneDemo:
    """Une campagne et sa part, sur vingt, d'entretiens tenus et de bilans formalisés."""

    annee_cycle: int
    nature: NatureBilan
    # Depuis l'année de la rentrée de sa classe.
    an: int
    mois: int
    jour: int
    tenus: int
    formalises: int


CAMPAGNES = (
    CampagneDemo(2, NatureBilan.INTERMEDIAIRE, 1, 6, 6, 20, 20),
    CampagneDemo(3, NatureBilan.INTERMEDIAIRE, 1, 1, 30, 20, 20),
    CampagneDemo(3, NatureBilan.INTERMEDIAIRE, 1, 3, 27, 11, 7),
    CampagneDemo(3, NatureBilan.INDIVIDUEL, 1, 4, 30, 0, 6),
)


def ecrire_bilans(*, classes: Mapping[int, Classe], equipe: Mapping[str, Utilisateur]) -> None:
    tenants = (equipe["enseignant"], equipe["enseignant2"])
    for prevue in CAMPAGNES:
        classe = classes[prevue.annee_cycle]
        jour = date(classe.annee_scolaire + prevue.an, prevue.mois, prevue.jour)
        periode = periode_du(classe, jour)
        if periode is None:
            continue
        campagne = preparer_campagne(
            utilisateur=tenants[0], classe=classe, nature=prevue.nature, periode=periode, arrete_le=jour
        )
        _tenir(prevue, campagne, tenants)


def _tenir(prevue: CampagneDemo, campagne: CampagneBilans, tenants: Sequence[Utilisateur]) -> None:
    for rang, vue in enumerate(lire_bilans(campagne)):
        place, tenant = rang % 20, tenants[rang % len(tenants)]
        est_formalise = place < prevue.formalises
        if not est_formalise and place >= prevue.tenus + 4:
            continue
        est_tenu = place < prevue.tenus
        jour = _ouvre(campagne.arrete_le + timedelta(days=3 + rang % 9))
        donnees = DonneesBilanPeriode(
            remarques_equipe=_remarques(vue),
            objectifs=_objectifs(vue),
            entretien_le=jour if est_tenu else None,
            representant=tenant if est_tenu else None,
            apprenant_present=est_tenu and rang % 11 != 5,
            remarques_apprenant=PAROLES[rang % len(PAROLES)] if est_tenu and rang % 11 != 5 else "",
        )
        if est_formalise:
            quand = timezone.make_aware(datetime.combine(jour + timedelta(days=2), time(17, 5)))
            formaliser_bilan(utilisateur=tenant, bilan=vue.bilan, donnees=donnees, version=1, maintenant=quand)
        else:
            enregistrer_bilan_periode(utilisateur=tenant, bilan=vue.bilan, donnees=donnees, version=1)


def _ouvre(jour: date) -> date:
    """Un samedi ou un dimanche devient le lundi suivant."""
    return jour + timedelta(days=7 - jour.weekday() if jour.weekday() > 4 else 0)


def _remarques(vue: VueBilan) -> str:
    acquis = [une.code for une in vue.competences if (une.niveau or 0) >= 3]
    fragiles = [une.code for une in vue.competences if une.niveau in (1, 2)]
    ensemble = "L'ensemble" if len(acquis) > 6 else _liste(acquis)
    phrases = [f"{ensemble} en bonne voie." if acquis else "Les bases se mettent en place."]
    if fragiles:
        phrases.append(f"{_liste(fragiles)} à consolider en atelier.")
    if vue.sans_preuve:
        phrases.append(f"{_liste([une.code for une in vue.sans_preuve])} à évaluer au plus tôt.")
    return " ".join(phrases)


def _objectifs(vue: VueBilan) -> str:
    vises = [une.code for une in vue.competences if une.niveau in (1, 2)][:2]
    return f"Gagner un niveau en {_liste(vises)}, seul au poste." if vises else "Garder ce rythme, viser l'autonomie."


def _liste(codes: Sequence[str]) -> str:
    return f"{', '.join(codes[:-1])} et {codes[-1]}" if len(codes) > 1 else "".join(codes)
