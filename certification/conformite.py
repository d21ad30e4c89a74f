"""Le dossier d'un candidat à une épreuve tient-il les règles du CCF ? Une fonction par règle, avec sa source (pur)."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

REGLEMENT = "Règlement d'examen : contrôle en cours de formation"
REFERENTIEL = "Référentiel d'évaluation de l'épreuve"
DOSSIER = "Règlement d'examen : dossier du candidat en quatre parties"
SESSION = "Calendrier de la session"
INSPECTION = "Avis de l'inspection"
CENTRE = "Statut de l'établissement et du candidat"
GRILLE = "Grille de notation publiée"


class Gravite(StrEnum):
    """Ce qui bloque empêche un dossier complet ; un avertissement se regarde, l'inspecteur apprécie."""

    BLOQUANT = "bloquant"
    AVERTISSEMENT = "avertissement"


class Ou(StrEnum):
    """La page qui répare."""

    CREER = "creer"
    SITUATION = "situation"
    CASE = "case"
    CLASSE = "classe"
    GRILLES = "grilles"
    CENTRE = "centre"


@dataclass(frozen=True)
class Repere:
    """Où réparer : une situation, la page d'un candidat dans sa grille, et s'il se peut la case même."""

    ou: Ou
    situation: int = 0
    inscription: int = 0
    case: int = 0


@dataclass(frozen=True)
class Constat:
    """Ce qui ne va pas, en une phrase."""

    gravite: Gravite
    texte: str
    repere: Repere


@dataclass(frozen=True)
class SituationVue:
    """Une situation certificative de l'épreuve, et ce qu'elle dit du candidat ; les codes sont ceux de l'épreuve."""

    cle: int
    code: str
    debut: date
    fin: date
    est_en_centre: bool = True
    est_decrite: bool = True
    a_inventaire: bool = True
    taches: frozenset[str] = frozenset()
    annoncees: frozenset[str] = frozenset()
    # Avec un niveau, puis avec un niveau ou un état (absent, non évalué).
    evaluees: frozenset[str] = frozenset()
    dites: frozenset[str] = frozenset()
    avis: str = ""
    remarque: str = ""
    # L'inscription du candidat dans la classe de cette situation.
    inscription: int = 0


@dataclass(frozen=True)
class CompetenceAttendue:
    code: str
    intitule: str
    detaillees: tuple[str, ...]


@dataclass(frozen=True)
class DossierVu:
    """Tout ce que les règles lisent d'un candidat à une épreuve."""

    annee: int
    fin_ccf: date | None
    minimum: int
    maximum: int
    competences: tuple[CompetenceAttendue, ...]
    taches: tuple[str, ...] = ()
    situations: tuple[SituationVue, ...] = ()
    # Pourquoi il n'y a rien à vérifier : ponctuel, note conservée, dispense ; vide sinon.
    sans_objet: str = ""
    est_hors_contrat: bool = False
    a_une_option: bool = True
    a_une_grille: bool = True
    # Une compétence sans niveau empêche la note (politique de la grille).
    non_evalue_bloque: bool = True
    positionnees: frozenset[str] = frozenset()
    pieces: frozenset[str] = frozenset()
    # Code d'une détaillée → sa clé, pour le lien vers la case.
    cases: Mapping[str, int] = field(default_factory=dict)

    @property
    def annoncees(self) -> frozenset[str]:
        return frozenset(code for situation in self.situations for code in situation.annoncees)

    @property
    def evaluees(self) -> frozenset[str]:
        return frozenset(code for situation in self.situations for code in situation.evaluees)


Constats = Iterator[Constat]


def modalite(vu: DossierVu) -> Constats:
    """Un établissement hors contrat présente ses candidats aux épreuves ponctuelles."""
    if vu.est_hors_contrat:
        texte = "Établissement hors contrat : le CCF n'y est pas ouvert, vérifiez la modalité du centre."
        yield Constat(Gravite.AVERTISSEMENT, texte, Repere(Ou.CENTRE))


def option(vu: DossierVu) -> Constats:
    """L'option décide des libellés et des poids."""
    if not vu.a_une_option:
        yield Constat(Gravite.BLOQUANT, "L'option du candidat n'est pas renseignée.", Repere(Ou.CLASSE))


def grille(vu: DossierVu) -> Constats:
    if vu.a_une_option and not vu.a_une_grille:
        texte = "Aucune grille de notation n'est publiée pour cette option et cette épreuve."
        yield Constat(Gravite.BLOQUANT, texte, Repere(Ou.GRILLES))


def nombre(vu: DossierVu) -> Constats:
    """De deux à trois situations certificatives, où le candidat a été évalué."""
    prevues, evaluees = len(vu.situations), [situation for situation in vu.situations if situation.evaluees]
    if prevues < vu.minimum:
        texte = f"{_situations(prevues)} pour cette épreuve : il en faut au moins {vu.minimum}."
        yield Constat(Gravite.BLOQUANT, texte, Repere(Ou.CREER))
    elif len(evaluees) < vu.minimum:
        texte = f"Évalué dans {_situations(len(evaluees))} sur {prevues} : il en faut au moins {vu.minimum}."
        suivante = next(situation for situation in vu.situations if not situation.evaluees)
        yield Constat(Gravite.BLOQUANT, texte, _page(suivante))
    if len(evaluees) > vu.maximum:
        texte = f"Évalué dans {_situations(len(evaluees))} : le règlement en prévoit {vu.maximum} au plus."
        yield Constat(Gravite.AVERTISSEMENT, texte, Repere(Ou.SITUATION, evaluees[-1].cle))


def annee_civile(vu: DossierVu) -> Constats:
    """Dans l'année civile de l'examen ; ailleurs, un avertissement : l'inspecteur apprécie."""
    for situation in vu.situations:
        if {situation.debut.year, situation.fin.year} != {vu.annee}:
            texte = f"{situation.code} se tient le {_jour(situation.debut)}, hors de l'année de l'examen ({vu.annee})."
            yield Constat(Gravite.AVERTISSEMENT, texte, Repere(Ou.SITUATION, situation.cle))


def fin_du_ccf(vu: DossierVu) -> Constats:
    """Avant la fin de la période de CCF de la session."""
    for situation in vu.situations:
        if vu.fin_ccf is not None and situation.fin > vu.fin_ccf:
            texte = f"{situation.code} finit le {_jour(situation.fin)}, après la fin du CCF ({_jour(vu.fin_ccf)})."
            yield Constat(Gravite.AVERTISSEMENT, texte, Repere(Ou.SITUATION, situation.cle))


def lieu(vu: DossierVu) -> Constats:
    for situation in vu.situations:
        if not situation.est_en_centre:
            texte = f"{situation.code} se déroule hors du centre."
            yield Constat(Gravite.BLOQUANT, texte, Repere(Ou.SITUATION, situation.cle))


def competences(vu: DossierVu) -> Constats:
    """Chaque compétence de l'épreuve a un niveau, d'une situation ou de la commission."""
    if not vu.a_une_option or not vu.a_une_grille:
        return
    gravite = Gravite.BLOQUANT if vu.non_evalue_bloque else Gravite.AVERTISSEMENT
    for competence in vu.competences:
        if competence.code not in vu.positionnees and vu.evaluees.isdisjoint(competence.detaillees):
            texte = f"{competence.code} {competence.intitule} : aucun niveau en situation certificative."
            yield Constat(gravite, texte, repere_de_la_competence(vu, competence))


def detaillees(vu: DossierVu) -> Constats:
    """Une compétence détaillée qu'aucune situation n'annonce ne sera jamais évaluée."""
    if vu.situations and vu.a_une_option:
        oubliees = [code for competence in vu.competences for code in competence.detaillees if code not in vu.annoncees]
        if oubliees:
            texte = f"Aucune situation n'évalue {', '.join(oubliees)}."
            yield Constat(Gravite.AVERTISSEMENT, texte, Repere(Ou.SITUATION, vu.situations[-1].cle))


def taches(vu: DossierVu) -> Constats:
    """Les tâches de l'activité, couvertes par l'ensemble des situations."""
    confiees = {code for situation in vu.situations for code in situation.taches}
    oubliees = [code for code in vu.taches if code not in confiees]
    if vu.situations and oubliees:
        texte = f"Aucune situation ne confie {', '.join(oubliees)}."
        yield Constat(Gravite.AVERTISSEMENT, texte, Repere(Ou.SITUATION, vu.situations[-1].cle))


def descriptif(vu: DossierVu) -> Constats:
    """Partie 1 : chaque situation est décrite, ou une pièce jointe le fait."""
    for situation in vu.situations:
        if not situation.est_decrite and "situation" not in vu.pieces:
            texte = f"{situation.code} n'est pas décrite : c'est la première partie du dossier."
            yield Constat(Gravite.BLOQUANT, texte, Repere(Ou.SITUATION, situation.cle))


def inventaire(vu: DossierVu) -> Constats:
    """Partie 2 : chaque situation a son inventaire, ou une pièce jointe le donne."""
    for situation in vu.situations:
        if not situation.a_inventaire and "moyens" not in vu.pieces:
            texte = f"L'inventaire de {situation.code} est vide : c'est la deuxième partie du dossier."
            yield Constat(Gravite.BLOQUANT, texte, Repere(Ou.SITUATION, situation.cle))


def fiches(vu: DossierVu) -> Constats:
    """Partie 3 : chaque case annoncée porte un niveau, ou dit pourquoi non."""
    for situation in vu.situations:
        muettes = sorted(situation.annoncees - situation.dites)
        if muettes:
            texte = f"{situation.code} : {_codes(muettes)} sans niveau ni état."
            yield Constat(Gravite.AVERTISSEMENT, texte, _page(situation, vu.cases.get(muettes[0], 0)))


def avis(vu: DossierVu) -> Constats:
    """L'inspecteur ne bloque rien ; ce qu'il demande se lit jusqu'à ce qu'il ait rendu un autre avis."""
    for situation in vu.situations:
        if situation.avis == "a_revoir":
            texte = f"{situation.code} est à revoir selon l'inspection : {situation.remarque}"
            yield Constat(Gravite.AVERTISSEMENT, texte, Repere(Ou.SITUATION, situation.cle))


@dataclass(frozen=True)
class Regle:
    cle: str
    titre: str
    source: str
    verifier: Callable[[DossierVu], Constats]


REGLES = (
    Regle("modalite", "Modalité", CENTRE, modalite),
    Regle("option", "Option", CENTRE, option),
    Regle("grille", "Grille de notation", GRILLE, grille),
    Regle("nombre", "Nombre de situations", REGLEMENT, nombre),
    Regle("annee_civile", "Année civile de l'examen", REGLEMENT, annee_civile),
    Regle("fin_du_ccf", "Fin de la période de CCF", SESSION, fin_du_ccf),
    Regle("lieu", "En centre", REGLEMENT, lieu),
    Regle("competences", "Compétences évaluées", REFERENTIEL, competences),
    Regle("detaillees", "Compétences détaillées annoncées", REFERENTIEL, detaillees),
    Regle("taches", "Tâches couvertes", REFERENTIEL, taches),
    Regle("descriptif", "Descriptif des situations", DOSSIER, descriptif),
    Regle("inventaire", "Inventaire des moyens", DOSSIER, inventaire),
    Regle("fiches", "Fiches d'évaluation", DOSSIER, fiches),
    Regle("avis", "Avis de l'inspection", INSPECTION, avis),
)
# Les quatre parties du dossier, et les règles dont un constat les laisse incomplètes.
PARTIES = (
    ("Descriptif des situations et des activités", ("nombre", "descriptif")),
    ("Inventaire des documents et des moyens", ("inventaire",)),
    ("Fiches d'évaluation par situation", ("fiches",)),
    ("Synthèse des compétences", ("option", "grille", "competences")),
)


@dataclass(frozen=True)
class Verdict:
    """Une règle et ce qu'elle a trouvé."""

    regle: Regle
    constats: tuple[Constat, ...]

    @property
    def etat(self) -> str:
        """« bloquant », « avertissement », ou vide quand la règle est tenue."""
        gravites = {constat.gravite for constat in self.constats}
        return next((gravite.value for gravite in Gravite if gravite in gravites), "")


@dataclass(frozen=True)
class Partie:
    """Une des quatre parties du dossier ; sans raison, elle est complète."""

    numero: int
    titre: str
    raisons: tuple[str, ...]

    @property
    def est_complete(self) -> bool:
        return not self.raisons


@dataclass(frozen=True)
class Conformite:
    """Toutes les règles d'un candidat à une épreuve ; `sans_objet` dit pourquoi il n'y a rien à vérifier."""

    verdicts: tuple[Verdict, ...]
    parties: tuple[Partie, ...]
    sans_objet: str = ""

    @property
    def constats(self) -> list[Constat]:
        return [constat for verdict in self.verdicts for constat in verdict.constats]

    @property
    def bloquants(self) -> list[Constat]:
        return [constat for constat in self.constats if constat.gravite is Gravite.BLOQUANT]

    @property
    def avertissements(self) -> list[Constat]:
        return [constat for constat in self.constats if constat.gravite is Gravite.AVERTISSEMENT]

    @property
    def tenues(self) -> list[Verdict]:
        return [verdict for verdict in self.verdicts if not verdict.constats]

    @property
    def a_signaler(self) -> list[Verdict]:
        """Ce qui bloque d'abord."""
        signales = [verdict for verdict in self.verdicts if verdict.constats]
        return sorted(signales, key=lambda verdict: verdict.etat != Gravite.BLOQUANT)

    @property
    def etat(self) -> str:
        """« sans_objet », « bloquant », « avertissement » ou « conforme »."""
        if self.sans_objet:
            return "sans_objet"
        if self.bloquants:
            return Gravite.BLOQUANT.value
        return Gravite.AVERTISSEMENT.value if self.constats else "conforme"


def verifier(vu: DossierVu) -> Conformite:
    """Toutes les règles ; aucune pour une épreuve ponctuelle, une note conservée ou une dispense."""
    if vu.sans_objet:
        return Conformite((), (), vu.sans_objet)
    verdicts = tuple(Verdict(regle, tuple(regle.verifier(vu))) for regle in REGLES)
    par_regle = {verdict.regle.cle: verdict for verdict in verdicts}
    parties = tuple(
        Partie(numero, titre, tuple(_raisons([par_regle[cle] for cle in cles], vu)))
        for numero, (titre, cles) in enumerate(PARTIES, start=1)
    )
    return Conformite(verdicts, parties)


def repere_de_la_competence(vu: DossierVu, competence: CompetenceAttendue) -> Repere:
    """La première case où son niveau peut s'écrire ; si rien ne l'annonce, la situation à compléter."""
    for situation in vu.situations:
        for code in competence.detaillees:
            if code in situation.annoncees:
                return _page(situation, vu.cases.get(code, 0))
    return Repere(Ou.SITUATION, vu.situations[-1].cle) if vu.situations else Repere(Ou.CREER)


def _raisons(verdicts: list[Verdict], vu: DossierVu) -> Iterator[str]:
    if not vu.situations and not any(verdict.constats for verdict in verdicts):
        yield "Aucune situation certificative pour cette épreuve."
    for verdict in verdicts:
        for constat in verdict.constats:
            # Une situation de trop, ou une règle qui n'est qu'un avertissement, ne laisse rien d'incomplet.
            if constat.gravite is Gravite.BLOQUANT or verdict.regle.cle in ("fiches", "competences"):
                yield constat.texte


def _page(situation: SituationVue, case: int = 0) -> Repere:
    return Repere(Ou.CASE, situation.cle, situation.inscription, case)


def _situations(combien: int) -> str:
    return f"{combien} situation{'s' if combien > 1 else ''} certificative{'s' if combien > 1 else ''}"


def _codes(codes: list[str]) -> str:
    return ", ".join(codes) if len(codes) <= 4 else f"{len(codes)} compétences détaillées"


def _jour(jour: date) -> str:
    return f"{jour:%d/%m/%Y}"
