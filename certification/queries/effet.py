"""Ce qu'une grille changerait : face à celle en vigueur, sur des dossiers fictifs ou sur une vraie classe.

Rien n'est écrit : le calcul est refait avec les paramètres du brouillon.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from django.db.models import F, Q, QuerySet

from centres.models import Classe
from centres.permissions import Personne
from certification.bareme import CompetenceNotee, EpreuveNotee
from certification.enums import EtatCommission, EtatProposition
from certification.models import Commission, Grille, PoidsGrille, Proposition
from certification.notation import calculer_note
from certification.phrases import centiemes, decimal_francais
from certification.queries.candidats import synthese_de_la_classe
from certification.queries.grilles import parametres_de
from evaluations.synthese import Observation
from referentiel.models import CompetenceDetaillee

PARAMETRES_LISIBLES = {"granularite": "Granularité", "non_evalue": "Compétence non évaluée", "arrondi": "Arrondi"}
Niveau = Callable[[CompetenceNotee, int, int], int | None]


@dataclass(frozen=True)
class Effet:
    """La note proposée d'un dossier avec la grille en vigueur, puis avec celle-ci ; `raison` s'il n'y en a pas."""

    nom: str
    avant: Decimal | None
    apres: Decimal | None
    raison: str = ""
    explication: str = ""
    # Ce que la commission a déjà proposé ; la publication demande de le proposer de nouveau.
    proposee: Decimal | None = None

    @property
    def change(self) -> bool:
        return self.avant != self.apres

    @property
    def ecart(self) -> str:
        """« + 1,5 », « − 0,5 », ou ce qui apparaît et disparaît."""
        if self.avant is None or self.apres is None:
            return "" if self.avant is self.apres else "perd sa note" if self.apres is None else "gagne une note"
        ecart = self.apres - self.avant
        return "" if not ecart else f"{'+' if ecart > 0 else '−'} {decimal_francais(abs(ecart))}"


@dataclass(frozen=True)
class EffetClasse:
    classe: Classe
    effets: tuple[Effet, ...]

    @property
    def changes(self) -> int:
        return sum(effet.change for effet in self.effets)


def poids_de(grille: Grille) -> list[PoidsGrille]:
    return list(grille.poids.select_related("competence").order_by("competence__ordre"))


def grille_de_reference(grille: Grille) -> Grille | None:
    """La grille publiée que celle-ci remplacerait : de la même session, sinon celle de toutes les sessions."""
    publiees = Grille.objects.publiees().filter(
        Q(session=grille.session_id) | Q(session__isnull=True),
        version=grille.version_id,
        option=grille.option_id,
        epreuve=grille.epreuve_id,
    )
    rangees = publiees.exclude(pk=grille.pk).order_by(F("session").asc(nulls_last=True), "-numero")
    return rangees.select_related("option", "epreuve", "session").first()


def differences(grille: Grille, reference: Grille) -> list[str]:
    """Ce qui change d'une grille à l'autre, une phrase par réglage."""
    phrases = []
    for niveau in (1, 2, 3, 4):
        champ = f"points_niveau_{niveau}"
        ancien, nouveau = getattr(reference, champ), getattr(grille, champ)
        if ancien != nouveau:
            phrases.append(f"Points du niveau {niveau} : {_nombre(ancien)} → {_nombre(nouveau)}")
    for champ, titre in PARAMETRES_LISIBLES.items():
        if getattr(reference, champ) != getattr(grille, champ):
            dits = [getattr(une, f"get_{champ}_display")() for une in (reference, grille)]
            phrases.append(f"{titre} : {dits[0]} → {dits[1]}")
    for champ, titre in (("bonus_max", "Bonus maximal"), ("seuil_commentaire", "Seuil du commentaire")):
        ancien, nouveau = getattr(reference, champ), getattr(grille, champ)
        if ancien != nouveau:
            phrases.append(f"{titre} : {_nombre(ancien)} → {_nombre(nouveau)}")
    anciens = {ligne.competence.code: ligne.poids for ligne in poids_de(reference)}
    for ligne in poids_de(grille):
        ancien = anciens.get(ligne.competence.code)
        if ancien != ligne.poids:
            phrases.append(f"Poids de {ligne.competence.code} : {ancien} → {ligne.poids}")
    return phrases


def effets_fictifs(grille: Grille, reference: Grille | None) -> list[Effet]:
    """Sept candidats inventés, qui montrent chacun un réglage : personne n'y est reconnaissable."""
    epreuve = epreuve_de(grille)
    apres = parametres_de(grille, poids_de(grille))
    avant = parametres_de(reference, poids_de(reference)) if reference else None
    lourde = max(epreuve.competences, key=lambda competence: apres.poids.get(competence.code, 0)).code
    effets = []
    for nom, explication, niveaux in _profils(lourde):
        preuves = list(_preuves(epreuve, niveaux))
        resultats = [calculer_note(epreuve, preuves, une) if une else None for une in (avant, apres)]
        notes = [resultat.note_arrondie if resultat else None for resultat in resultats]
        effets.append(Effet(nom, notes[0], notes[1], explication=explication))
    return effets


def notes_a_reproposer(grille: Grille) -> int:
    """Les notes proposées en séance ouverte que publier cette grille obligerait à proposer de nouveau ; une requête."""
    proposees = Proposition.objects.filter(
        etat=EtatProposition.PROPOSEE,
        commission__etat=EtatCommission.OUVERTE,
        epreuve=grille.epreuve_id,
        inscription__option=grille.option_id,
    )
    # La grille d'une session l'emporte sur celle de toutes les sessions.
    if grille.session_id is None:
        return proposees.filter(grille__session__isnull=True).count()
    return proposees.filter(commission__classe__session=grille.session_id).count()


def classes_closes() -> QuerySet[Commission, int]:
    """Une commission close garde ses notes : aucune grille n'y change plus rien."""
    return Commission.objects.filter(etat=EtatCommission.CLOSE).values_list("classe", flat=True)


def effet_sur_la_classe(grille: Grille, classe: Classe, lecteur: Personne) -> EffetClasse:
    """Chaque candidat de l'option de la grille, avec la note d'aujourd'hui et celle que donnerait la grille."""
    parametres = parametres_de(grille, poids_de(grille))
    effets = []
    for lu in synthese_de_la_classe(classe, lecteur).candidats:
        synthese = lu.syntheses.get(grille.epreuve.code)
        if synthese is None or lu.candidat.option_id != grille.option_id:
            continue
        nom = str(lu.candidat.apprenant)
        if synthese.empechement and synthese.grille is not None:
            effets.append(Effet(nom, None, None, synthese.empechement))
            continue
        resultat = calculer_note(lu.epreuves[grille.epreuve.code].notee, synthese.observations, parametres)
        raison = "" if resultat.note_arrondie is not None else next(iter(resultat.motifs), "")
        proposee = synthese.decision.note_proposee
        effets.append(Effet(nom, synthese.note_arrondie, resultat.note_arrondie, raison, proposee=proposee))
    return EffetClasse(classe, tuple(effets))


def epreuve_de(grille: Grille) -> EpreuveNotee:
    """L'épreuve et ses compétences détaillées, telles que l'option de la grille les voit."""
    detaillees = (
        CompetenceDetaillee.objects.filter(competence__bloc__epreuve=grille.epreuve_id)
        .filter(Q(option__isnull=True) | Q(option=grille.option_id))
        .select_related("competence")
        .order_by("competence__ordre", "ordre")
    )
    codes: dict[str, list[str]] = {}
    intitules: dict[str, str] = {}
    for detaillee in detaillees:
        codes.setdefault(detaillee.competence.code, []).append(detaillee.code)
        intitules[detaillee.competence.code] = detaillee.competence.intitule
    competences = tuple(CompetenceNotee(code, intitules[code], tuple(siens)) for code, siens in codes.items())
    return EpreuveNotee(grille.epreuve.code, competences)


def _profils(lourde: str) -> Iterable[tuple[str, str, Sequence[Niveau]]]:
    """Nom, ce qu'il éprouve, et le niveau de chaque détaillée (compétence, rang) dans chaque situation."""

    def constant(niveau: int) -> Niveau:
        return lambda competence, rang, ordre: niveau

    yield "Tout au niveau 2", "points du niveau 2", [constant(2)]
    yield "Tout au niveau 3", "points du niveau 3", [constant(3)]
    yield "Tout au niveau 4", "la note la plus haute", [constant(4)]
    yield "Niveaux 2 et 3 mêlés", "arrondi", [lambda competence, rang, ordre: 2 + (rang + ordre) % 2]
    yield (
        f"{lourde} au niveau 1, le reste au 3",
        "poids",
        [lambda competence, *_: 1 if competence.code == lourde else 3],
    )
    progres: list[Niveau] = [
        lambda competence, rang, ordre: 3 if rang % 2 else 2,
        lambda competence, rang, ordre: 2 if rang % 2 else 3,
    ]
    yield "Deux situations qui se complètent", "granularité", progres
    manque: Niveau = lambda competence, *_: None if competence.code == lourde else 3  # noqa: E731
    yield f"{lourde} jamais évaluée, le reste au 3", "compétence non évaluée", [manque]


def _preuves(epreuve: EpreuveNotee, niveaux: Sequence[Niveau]) -> Iterator[Observation]:
    for numero, niveau_de in enumerate(niveaux, start=1):
        for ordre, competence in enumerate(epreuve.competences):
            for rang, code in enumerate(competence.detaillees):
                if (niveau := niveau_de(competence, rang, ordre)) is not None:
                    yield Observation(
                        situation=f"S{numero}",
                        date=date(2026, 1, numero),
                        detaillee=code,
                        niveau=niveau,
                        certificative=True,
                        epreuves=frozenset({epreuve.code}),
                        cle=numero,
                    )


def _nombre(valeur: Decimal) -> str:
    return decimal_francais(valeur.normalize())


@dataclass(frozen=True)
class LignePoids:
    """Le poids d'une compétence et sa part du total de la grille."""

    code: str
    intitule: str
    poids: int
    part: str


def parts_de(poids: Iterable[PoidsGrille]) -> list[LignePoids]:
    lignes = list(poids)
    total = sum(ligne.poids for ligne in lignes) or 1
    return [
        LignePoids(
            ligne.competence.code,
            ligne.competence.intitule,
            ligne.poids,
            decimal_francais(centiemes(Fraction(ligne.poids * 100, total))),
        )
        for ligne in lignes
    ]


def grilles_par_epreuve(grilles: Sequence[Grille]) -> Mapping[str, list[tuple[Grille, bool]]]:
    """Par version du référentiel : chaque grille, et si elle est en vigueur (la dernière publiée de sa portée)."""
    en_vigueur: dict[tuple[int, int, int, int | None], int] = {}
    for grille in sorted(grilles, key=lambda une: une.numero):
        if grille.publiee_le is not None:
            en_vigueur[grille.version_id, grille.option_id, grille.epreuve_id, grille.session_id] = grille.pk
    groupes: dict[str, list[tuple[Grille, bool]]] = {}
    actives = set(en_vigueur.values())
    for grille in grilles:
        groupes.setdefault(str(grille.version), []).append((grille, grille.pk in actives))
    return groupes
