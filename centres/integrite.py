"""Ce qui entoure les chaînes : le registre qui les compte, les consultations, les déclencheurs qui gardent le tout."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import connection

from centres.models import Chaine, Consultation, Registre
from centres.sceaux import est_scelle

TETE, REGISTRE, CONSULTATION = "tete", "registre", "consultation"
DECLENCHEURS = (
    "evenement_sans_modification",
    "evenement_sans_suppression",
    "chaine_avance_d_un_rang",
    "chaine_sans_suppression",
    "registre_ne_recule_pas",
    "registre_sans_suppression",
    "consultation_sans_modification",
    "consultation_sans_suppression",
)
# Un déclencheur désarmé (`DISABLE TRIGGER`) ne garde rien : PostgreSQL le compte alors comme absent.
POSES = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled IN ('O', 'A')",
}


@dataclass(frozen=True)
class Rupture:
    """Un endroit où le journal ne dit plus ce qui avait été écrit."""

    chaine: str
    rang: int
    motif: str

    def __str__(self) -> str:
        return f"{self.chaine} n° {self.rang} : {self.motif}" if self.rang else f"{self.chaine} : {self.motif}"


def valeurs_d_une_consultation(une: Consultation) -> tuple[object, ...]:
    le: datetime = une.le
    quand = le.astimezone(UTC).isoformat(timespec="microseconds")
    return (quand, une.auteur_id, une.centre_id, une.objet, une.page, une.rang, une.precedente)


def ruptures_autour_des_chaines() -> Iterator[Rupture]:
    yield from _ruptures_du_registre()
    yield from _ruptures_des_consultations()
    yield from _declencheurs_absents()


def _ruptures_du_registre() -> Iterator[Rupture]:
    """Le registre scellé dit combien de chaînes ont été ouvertes : une chaîne disparue y laisse son numéro."""
    numeros = list(Chaine.objects.order_by("numero").values_list("numero", flat=True))
    registre = Registre.objects.filter(pk=Registre.SEUL).first()
    if registre is None:
        yield Rupture("registre", 0, "le registre des chaînes manque.")
        return
    if not est_scelle(registre.sceau, REGISTRE, registre.nombre):
        yield Rupture("registre", 0, "le nombre de chaînes n'est pas celui qui avait été scellé.")
    for manquant in sorted(set(range(1, registre.nombre + 1)) - set(numeros)):
        yield Rupture("registre", manquant, "cette chaîne a disparu avec tous ses événements.")
    if len(set(numeros)) != len(numeros) or (numeros and numeros[-1] > registre.nombre):
        yield Rupture("registre", 0, "une chaîne a été ajoutée sans passer par le journal.")


def _ruptures_des_consultations() -> Iterator[Rupture]:
    """Chaque ligne est scellée, désigne la dernière qu'elle a vue et porte un rang par auteur.

    Deux lectures simultanées d'une même personne peuvent porter le même rang : seul un trou est une rupture.
    """
    vues: set[int] = set()
    rangs: dict[int, set[int]] = defaultdict(set)
    for une in Consultation.objects.order_by("pk").iterator(chunk_size=2000):
        if not est_scelle(une.sceau, CONSULTATION, *valeurs_d_une_consultation(une)):
            yield Rupture("consultations", une.pk, "modifiée, ou ajoutée sans passer par la page.")
        elif une.precedente and une.precedente not in vues:
            yield Rupture("consultations", une.precedente, "cette ligne a été retirée.")
        vues.add(une.pk)
        rangs[une.auteur_id].add(une.rang)
    for auteur, portes in sorted(rangs.items()):
        if manquants := sorted(set(range(1, max(portes) + 1)) - portes):
            yield Rupture("consultations", 0, f"du compte n° {auteur}, il manque les lignes de rang {manquants}.")


def _declencheurs_absents() -> Iterator[Rupture]:
    with connection.cursor() as curseur:
        curseur.execute(POSES[connection.vendor])
        poses = {nom for (nom,) in curseur.fetchall()}
    for nom in DECLENCHEURS:
        if nom not in poses:
            yield Rupture("déclencheurs", 0, f"« {nom} » n'est plus en place : la base n'est plus gardée.")
