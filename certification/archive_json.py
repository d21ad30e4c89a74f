"""Le format public des archives d'une commission (docs/archive.md) : dossier attaché, manifeste, empreintes (pur)."""

import hashlib
import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from certification import phrases
from certification.bareme import (
    Arrondi,
    CompetenceNotee,
    EpreuveNotee,
    Granularite,
    LigneCompetence,
    NonEvalue,
    Origine,
    ParametresGrille,
    ResultatNote,
)
from certification.notation import note_avant_bonus, poids_evalue
from evaluations.synthese import Observation, Retenu

FORMAT_MANIFESTE = "trpm-archive/1"
FORMAT_JOINT = "trpm-archive-dossier/1"
NOM_MANIFESTE = "manifeste.json"
NOM_SCEAU = "manifeste.sha256"
NOM_JOINT = "dossier.json"
LONGUEUR_NOM = 100


@dataclass(frozen=True)
class Cadre:
    """Ce que toutes les pièces d'une archive ont en commun."""

    uai: str
    centre: str
    diplome: str
    diplome_intitule: str
    session: int
    classe: str
    date: str
    lieu: str
    version: int
    membres: tuple[Mapping[str, Any], ...]

    def en_json(self) -> dict[str, Any]:
        return {
            "centre": {"uai": self.uai, "nom": self.centre},
            "diplome": {"code": self.diplome, "intitule": self.diplome_intitule},
            "session": self.session,
            "classe": self.classe,
            "commission": {
                "date": self.date,
                "lieu": self.lieu,
                "version": self.version,
                "membres": [dict(membre) for membre in self.membres],
            },
        }


@dataclass(frozen=True)
class DossierClos:
    """Un candidat × épreuve tel que la commission l'a laissé. `entrees` et `resultat` : ce qui fonde le calcul."""

    candidat: Mapping[str, Any]
    epreuve: Mapping[str, Any]
    grille: Mapping[str, Any] | None
    competences: Sequence[CompetenceNotee]
    situations: Sequence[Mapping[str, Any]]
    entrees: Mapping[str, Any] | None
    resultat: Mapping[str, Any] | None
    positions: Sequence[Mapping[str, Any]]
    proposition: Mapping[str, Any]

    def en_json(self, cadre: Cadre) -> dict[str, Any]:
        return {
            "format": FORMAT_JOINT,
            **cadre.en_json(),
            "candidat": dict(self.candidat),
            "epreuve": dict(self.epreuve),
            "grille": None if self.grille is None else dict(self.grille),
            "competences": [
                {"code": c.code, "intitule": c.intitule, "detaillees": [{"code": code} for code in c.detaillees]}
                for c in self.competences
            ],
            "situations": [dict(situation) for situation in self.situations],
            "entrees": self.entrees,
            "resultat": self.resultat,
            "positions": [dict(position) for position in self.positions],
            "proposition": dict(self.proposition),
        }

    @property
    def fond(self) -> str:
        """L'empreinte de ce qui a été décidé, sans un nom : elle se recompare à la base même après une correction."""
        decide = {"entrees": self.entrees, "resultat": self.resultat, "positions": list(map(dict, self.positions))}
        return empreinte(canonique({**decide, "proposition": dict(self.proposition)}))

    def ligne(self, dossier: str | None) -> dict[str, Any]:
        """La ligne du manifeste ; `dossier` : l'empreinte du JSON attaché, s'il y en a un."""
        notes = ("etat", "note_calculee", "note_arrondie", "note_proposee")
        return {
            "candidat": self.candidat["cle"],
            "numero": self.candidat["numero"],
            "nom": f"{self.candidat['nom']} {self.candidat['prenom']}".strip(),
            "option": self.candidat["option"],
            "epreuve": self.epreuve["code"],
            "dossier": dossier,
            "fond": self.fond,
            **{cle: self.proposition[cle] for cle in notes},
        }


@dataclass(frozen=True)
class PieceDecrite:
    """Un fichier de l'archive, tel que le manifeste le nomme."""

    ordre: int
    nature: str
    nom: str
    sha256: str
    octets: int
    candidat: str | None = None
    epreuve: str | None = None


def manifeste_en_json(
    cadre: Cadre,
    *,
    numero: int,
    precedent: str,
    cree_le: str,
    motif: str,
    pieces: Sequence[PieceDecrite],
    propositions: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """`numero` et `precedent` : la place dans la suite des archives du centre ; `motif` : celui de la réouverture."""
    return {
        "format": FORMAT_MANIFESTE,
        **cadre.en_json(),
        "numero": numero,
        "precedent": precedent,
        "version_commission": cadre.version,
        "cree_le": cree_le,
        "motif": motif,
        "pieces": [dict(vars(piece)) for piece in pieces],
        "propositions": [dict(proposition) for proposition in propositions],
    }


def parametres_figes(entrees: Mapping[str, Any], seuil: Fraction) -> ParametresGrille:
    """La grille écrite en entier dans des entrées `trpm-dossier/1` ; le seuil du commentaire n'y est pas."""
    grille = entrees["grille"]
    return ParametresGrille(
        poids={code: Fraction(poids) for code, poids in grille["poids"].items()},
        points={int(niveau): Fraction(points) for niveau, points in grille["points"].items()},
        granularite=Granularite(grille["granularite"]),
        non_evalue=NonEvalue(grille["non_evalue"]),
        arrondi=Arrondi(grille["arrondi"]),
        bonus_max=Fraction(grille["bonus_max"]),
        seuil_commentaire=seuil,
    )


def observations_figees(
    entrees: Mapping[str, Any], epreuve: str, auteurs: Mapping[tuple[str, str], str] | None = None
) -> tuple[Observation, ...]:
    """Les positionnements des entrées, comme le calcul les lit."""
    return tuple(
        Observation(
            situation=une["code"],
            date=date.fromisoformat(une["date"]),
            detaillee=code,
            niveau=valeur if isinstance(valeur, int) else None,
            etat=None if isinstance(valeur, int) else valeur,
            auteur=(auteurs or {}).get((une["code"], code), ""),
            certificative=une["certificative"],
            epreuves=frozenset({epreuve}),
        )
        for une in entrees["situations"]
        for code, valeur in une["positionnements"].items()
    )


def relire_note(
    entrees: Mapping[str, Any],
    resultat: Mapping[str, Any],
    epreuve: EpreuveNotee,
    parametres: ParametresGrille,
    auteurs: Mapping[tuple[str, str], str] | None = None,
) -> ResultatNote:
    """Le résultat figé, relu sans refaire le calcul, pour l'imprimer ligne à ligne.

    `auteurs` : (situation, détaillée) → qui a positionné ; les entrées figées ne nomment personne.
    """
    dates = {une["code"]: date.fromisoformat(une["date"]) for une in entrees["situations"]}
    competences = {competence.code: competence for competence in epreuve.competences}
    lignes = tuple(
        _ligne_relue(ligne, competences[ligne["code"]], entrees, dates, auteurs or {})
        for ligne in resultat["competences"]
    )
    exacte = None if resultat["note_exacte"] is None else Fraction(resultat["note_exacte"])
    calculee, arrondie = (
        None if resultat[cle] is None else Decimal(resultat[cle]) for cle in ("note_calculee", "note_arrondie")
    )
    etapes = [phrases.etape_competence(ligne, parametres.granularite) for ligne in lignes]
    if exacte is not None and calculee is not None and arrondie is not None:
        base = note_avant_bonus(lignes, parametres.points_max)
        etapes += phrases.etapes_somme(lignes, parametres.points_max, base)
        etapes += phrases.etapes_bonus(base, Fraction(entrees.get("bonus", 0)), exacte)
        etapes += phrases.etapes_arrondi(calculee, arrondie, parametres.arrondi)
    return ResultatNote(
        epreuve=epreuve.code,
        lignes=lignes,
        poids_total=sum(parametres.poids.values(), Fraction(0)),
        poids_evalue=poids_evalue(lignes),
        note_exacte=exacte,
        note_calculee=calculee,
        note_arrondie=arrondie,
        etapes=tuple(etapes),
        motifs=tuple(resultat["motifs"]),
        alertes=tuple(resultat["alertes"]),
    )


def _ligne_relue(
    ligne: Mapping[str, Any],
    competence: CompetenceNotee,
    entrees: Mapping[str, Any],
    dates: Mapping[str, date],
    auteurs: Mapping[tuple[str, str], str],
) -> LigneCompetence:
    evaluees = {
        code
        for situation in entrees["situations"]
        if situation["certificative"]
        for code, valeur in situation["positionnements"].items()
        if isinstance(valeur, int)
    }
    retenus = {
        code: Retenu(
            retenu["niveau"],
            retenu["situation"],
            dates[retenu["situation"]],
            auteurs.get((retenu["situation"], code), ""),
        )
        for code, retenu in ligne["retenus"].items()
    }
    return LigneCompetence(
        competence=competence,
        poids=Fraction(ligne["poids"]),
        points=None if ligne["points"] is None else Fraction(ligne["points"]),
        points_max=Fraction(ligne["points_max"]),
        origine=Origine(ligne["origine"]),
        retenus=retenus,
        detaillees_evaluees=tuple(code for code in competence.detaillees if code in evaluees),
        niveau_commission=entrees.get("positions_commission", {}).get(competence.code),
    )


def canonique(valeur: Any) -> bytes:
    """Une seule écriture pour un même contenu : clés triées, aucun espace, UTF-8, jamais de nombre à virgule."""
    _refuser_les_flottants(valeur)
    return json.dumps(valeur, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def empreinte(octets: bytes) -> str:
    return hashlib.sha256(octets).hexdigest()


def sceau_du_manifeste(manifeste: bytes) -> bytes:
    """Le fichier que `sha256sum -c` sait relire."""
    return f"{empreinte(manifeste)}  {NOM_MANIFESTE}\n".encode()


def nom_de_piece(ordre: int, nature: str, *precisions: str) -> str:
    """Un nom que tout système accepte, lisible et rangé : `014_dossier_E2_martin-lea.pdf`."""
    morceaux = [f"{ordre:03d}", nature.lower(), *(_en_ascii(texte) for texte in precisions)]
    return "_".join(filter(None, morceaux))[:LONGUEUR_NOM] + ".pdf"


def _en_ascii(texte: str) -> str:
    sans_accent = unicodedata.normalize("NFKD", texte).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9]+", "-", sans_accent).strip("-")


def _refuser_les_flottants(racine: Any) -> None:
    pile = [racine]
    while pile:
        valeur = pile.pop()
        if isinstance(valeur, float):
            raise TypeError(f"L'archive n'accepte pas de nombre à virgule ({valeur}) : l'écrire en texte.")
        if isinstance(valeur, Mapping):
            pile += valeur.values()
        elif isinstance(valeur, list | tuple):
            pile += valeur
