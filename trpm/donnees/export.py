"""Ce que l'application sait d'une personne, à lui remettre : un dictionnaire, en JSON ou en classeur. Jamais de note.

L'apprenant lit ses niveaux, pas les observations écrites, qui restent à l'équipe (DOMAINE §4) ; elles entrent dans la
communication que le DDFPT ou le chef de centre lui fait sur demande (RGPD, article 15).
"""

import json
from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any

from django.utils import timezone
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.worksheet.worksheet import Worksheet

from centres.models import Affectation, Apprenant, Gel, Inscription, Utilisateur
from centres.queries.comptes import facteurs_de, sessions_de
from certification.models import NumeroCandidat
from evaluations.models import ObservationApprenant, Positionnement, Situation
from evaluations.queries.parcours import parcours_de
from trpm.donnees.export_pfmp import periodes_en_entreprise, reponses_des_tuteurs, textes_des_pfmp
from trpm.donnees.export_progression import auto_evaluations_de, bilans_de, portfolio_de
from trpm.socle.classeur import ecrire_texte

FORMAT = "trpm-donnees/1"
Donnees = dict[str, Any]
# Une feuille du classeur par sorte de données, dans cet ordre.
FEUILLES = {
    "inscriptions": "Inscriptions",
    "niveaux_retenus": "Niveaux retenus",
    "positionnements": "Positionnements",
    "periodes_en_entreprise": "En entreprise",
    "reponses_des_tuteurs": "Réponses des tuteurs",
    "bilans": "Bilans",
    "auto_evaluations": "Auto-évaluations",
    "portfolio": "Portfolio",
    "observations": "Observations",
    "affectations": "Rôles",
}
LARGEUR_MAX = 70


def donnees_de_soi(utilisateur: Utilisateur) -> Donnees:
    """Tout ce qui concerne la personne connectée et qu'elle a le droit de lire."""
    donnees = _entete(str(utilisateur))
    donnees["compte"] = _compte(utilisateur)
    affectations = Affectation.objects.filter(utilisateur=utilisateur).select_related("centre").order_by("debut")
    donnees["affectations"] = [
        {"role": une.get_role_display(), "centre": str(une.centre or ""), "debut": une.debut, "fin": une.fin}
        for une in affectations
    ]
    if apprenant := Apprenant.objects.filter(utilisateur=utilisateur).first():
        donnees |= _suivi(utilisateur, apprenant)
    return donnees


def donnees_communicables(lecteur: Utilisateur, apprenant: Apprenant) -> Donnees:
    """Ce que tiennent les centres du lecteur, observations écrites comprises."""
    donnees = _entete(str(apprenant))
    donnees["compte"] = _compte(apprenant.utilisateur) if apprenant.utilisateur else None
    donnees |= _suivi(lecteur, apprenant)
    donnees["reponses_des_tuteurs"] = reponses_des_tuteurs(lecteur, apprenant)
    donnees["observations"] = [*_observations(lecteur, apprenant), *textes_des_pfmp(lecteur, apprenant)]
    return donnees


def en_json(donnees: Donnees) -> bytes:
    return json.dumps(donnees, ensure_ascii=False, indent=2, default=str).encode()


def en_classeur(donnees: Donnees) -> bytes:
    """Une feuille par sorte de données ; une formule saisie dans un texte reste un texte."""
    classeur = Workbook()
    premiere = classeur.active
    if not isinstance(premiere, Worksheet):
        raise TypeError("Un classeur neuf s'ouvre sur une feuille.")
    premiere.title = "Identité"
    _remplir(premiere, ["Donnée", "Valeur"], list(_identite(donnees)))
    for cle, titre in FEUILLES.items():
        if lignes := donnees.get(cle):
            entetes = [str(nom).replace("_", " ").capitalize() for nom in lignes[0]]
            _remplir(classeur.create_sheet(titre), entetes, [[_texte(v) for v in ligne.values()] for ligne in lignes])
    sortie = BytesIO()
    classeur.save(sortie)
    return sortie.getvalue()


def _entete(personne: str) -> Donnees:
    return {"format": FORMAT, "personne": personne, "produit_le": timezone.localtime().isoformat(timespec="seconds")}


def _compte(utilisateur: Utilisateur) -> Donnees:
    """Ni mot de passe, ni secret : ce qui existe, et depuis quand."""
    return {
        "identifiant": utilisateur.get_username(),
        "nom": utilisateur.get_full_name(),
        "adresse": utilisateur.email,
        "cree_le": _jour(utilisateur.date_joined),
        "derniere_connexion": _jour(utilisateur.last_login),
        "second_facteur": [str(facteur.type) for facteur in facteurs_de(utilisateur)],
        "sessions_ouvertes": [f"{une.appareil}, {_jour(une.ouverte_le)}" for une in sessions_de(utilisateur)],
    }


def _suivi(lecteur: Utilisateur, apprenant: Apprenant) -> Donnees:
    inscriptions = Inscription.objects.visibles_par(lecteur).filter(apprenant=apprenant).order_by("debut", "pk")
    parcours = parcours_de(lecteur, apprenant)
    numeros = dict(NumeroCandidat.objects.filter(inscription__in=inscriptions).values_list("inscription", "numero"))
    gele = Gel.objects.filter(apprenant=apprenant, leve_le=None).exists()
    return {
        "identite": {"nom": apprenant.nom, "prenom": apprenant.prenom, "ine": apprenant.ine},
        "conservation": "suspendue par un gel en cours" if gele else "jusqu'au terme du délai fixé par le centre",
        "inscriptions": [
            {
                "centre": str(une.classe.centre),
                "classe": str(une.classe),
                "option": une.option.code if une.option else "",
                "statut": une.get_statut_display(),
                "numero_de_candidat": numeros.get(une.pk, ""),
                "debut": une.debut,
                "fin": une.fin,
            }
            for une in inscriptions.select_related("classe__centre", "option")
        ],
        "niveaux_retenus": [
            {"competence": detaillee.code, "intitule": detaillee.intitule, "niveau": detaillee.retenu.niveau}
            for competence in parcours.competences
            for detaillee in competence.detaillees
            if detaillee.retenu
        ],
        "positionnements": _positionnements(lecteur, apprenant),
        "periodes_en_entreprise": periodes_en_entreprise(lecteur, apprenant),
        "bilans": bilans_de(lecteur, apprenant),
        "auto_evaluations": auto_evaluations_de(lecteur, apprenant),
        "portfolio": portfolio_de(lecteur, apprenant),
    }


def _positionnements(lecteur: Utilisateur, apprenant: Apprenant) -> list[Donnees]:
    lus = (
        Positionnement.objects.visibles_par(lecteur)
        .filter(inscription__apprenant=apprenant)
        .exclude(niveau__isnull=True, etat="")
        .select_related("situation", "detaillee", "auteur")
        .order_by("situation__debut", "situation__code", "detaillee__competence__ordre", "detaillee__ordre")
    )
    return [
        {
            "situation": str(un.situation),
            "date": un.situation.debut,
            "nature": un.situation.get_nature_display(),
            "competence": un.detaillee.code,
            "intitule": un.detaillee.intitule,
            "niveau_ou_etat": un.valeur,
            "par": str(un.auteur),
            "enregistre_le": _jour(un.modifie_le),
        }
        for un in lus
    ]


def _observations(lecteur: Utilisateur, apprenant: Apprenant) -> list[Donnees]:
    cases = Positionnement.objects.visibles_par(lecteur).filter(inscription__apprenant=apprenant)
    visibles = Inscription.objects.visibles_par(lecteur).filter(apprenant=apprenant)
    generales = ObservationApprenant.objects.filter(inscription__in=visibles).exclude(texte="")
    textes: list[tuple[Situation, str, str, Positionnement | ObservationApprenant]] = [
        (une.situation, une.detaillee.code, une.observation, une)
        for une in cases.exclude(observation="").select_related("situation", "detaillee", "auteur").order_by("pk")
    ]
    textes += [(une.situation, "", une.texte, une) for une in generales.select_related("situation", "auteur")]
    return [
        {
            "situation": str(situation),
            "date": situation.debut,
            "competence": code,
            "texte": texte,
            "par": str(ligne.auteur),
            "enregistre_le": _jour(ligne.modifie_le),
        }
        for situation, code, texte, ligne in sorted(textes, key=lambda t: (t[0].debut, t[0].code, t[1]))
    ]


def _identite(donnees: Donnees) -> Sequence[Sequence[str]]:
    lignes = [["Personne", donnees["personne"]], ["Produit le", donnees["produit_le"]]]
    for cle in ("identite", "compte"):
        bloc: Mapping[str, Any] = donnees.get(cle) or {}
        lignes += [[f"{cle} : {nom.replace('_', ' ')}".capitalize(), _texte(valeur)] for nom, valeur in bloc.items()]
    if "conservation" in donnees:
        lignes.append(["Conservation", donnees["conservation"]])
    return lignes


def _remplir(feuille: Worksheet, entetes: Sequence[str], lignes: Sequence[Sequence[str]]) -> None:
    for rang, ligne in enumerate([entetes, *lignes], start=1):
        for colonne, texte in enumerate(ligne, start=1):
            cellule = feuille.cell(rang, colonne)
            ecrire_texte(cellule, texte)
            cellule.alignment = Alignment(wrap_text=True, vertical="top")
            if rang == 1:
                cellule.font = Font(bold=True)
            largeur = feuille.column_dimensions[cellule.column_letter]
            largeur.width = min(LARGEUR_MAX, max(largeur.width, len(texte) + 2))
    feuille.freeze_panes = "A2"


def _texte(valeur: Any) -> str:
    if isinstance(valeur, list):
        return " ; ".join(map(str, valeur))
    return "" if valeur is None else f"{valeur:%d/%m/%Y}" if hasattr(valeur, "strftime") else str(valeur)


def _jour(instant: Any) -> str:
    return f"{timezone.localtime(instant):%d/%m/%Y %H:%M}" if instant else ""
