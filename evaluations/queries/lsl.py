"""Le degré de maîtrise de chaque compétence pour le LSL Pro : les élèves seulement (DOMAINE §3). Aucune moyenne."""

from dataclasses import dataclass

from centres.enums import StatutApprenant
from centres.models import Classe, Inscription
from centres.permissions import Personne
from evaluations.queries.niveaux_classe import inscrits_de, niveaux_de


@dataclass(frozen=True)
class LigneLsl:
    inscription: Inscription
    # Dans l'ordre des colonnes ; vide : rien d'évalué.
    degres: tuple[int | None, ...]


@dataclass(frozen=True)
class TableauLsl:
    colonnes: tuple[tuple[str, str], ...]
    lignes: tuple[LigneLsl, ...]
    autres: int


def tableau_du_lsl(utilisateur: Personne, classe: Classe) -> TableauLsl:
    """Trois requêtes. `autres` : apprentis et stagiaires, qui ont leur livret de formation."""
    inscriptions = inscrits_de(classe)
    eleves = [une for une in inscriptions if une.statut == StatutApprenant.SCOLAIRE]
    niveaux = niveaux_de(utilisateur, classe, eleves)
    colonnes = {c.code: c.intitule for une in eleves for c in niveaux[une.apprenant_id]}
    lignes = []
    for une in eleves:
        siens = {c.code: c.retenu.niveau for c in niveaux[une.apprenant_id] if c.retenu}
        lignes.append(LigneLsl(une, tuple(siens.get(code) for code in colonnes)))
    return TableauLsl(tuple(colonnes.items()), tuple(lignes), len(inscriptions) - len(eleves))
