"""Le format public des archives d'une commission (docs/archive.md) : dossier attaché, manifeste, empreintes (pur)."""

import hashlib
import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from certification.bareme import CompetenceNotee

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
