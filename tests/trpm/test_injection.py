"""Aucun fichier que l'on emporte ne fait calculer au tableur ce que quelqu'un a saisi : champs × amorces × exports."""

import ast
import csv
import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO, StringIO
from typing import Any

import pytest
from django.apps import apps
from django.db import models, transaction
from django.db.models import Value
from django.db.models.functions import Cast, Concat, Left
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from centres.imports.lecture import Tableau
from centres.journal import journaliser
from centres.models import Classe, Consultation, ImportListe, Utilisateur
from centres.services.imports import choisir_colonnes, televerser_liste
from certification.enums import Avis, EtatCommission
from certification.models import AvisInspection, Commission, PositionCommission, Proposition
from evaluations.enums import Lieu, Nature
from evaluations.models import (
    BilanPfmp,
    FicheTuteur,
    Formulation,
    LigneBilan,
    Placement,
    Positionnement,
    QuestionPfmp,
    Situation,
)
from tests.architecture.sources import PYTHON, arbre, nom
from tests.client_strict import ClientStrict
from tests.evaluations.fabrique_progression import (
    fabriquer_auto_evaluation,
    fabriquer_piece,
    fabriquer_sequence,
)
from tests.permissions.monde import Monde, fabriquer_monde
from trpm.socle.classeur import SANS_LARGEUR
from trpm.socle.tableau import en_csv, en_xlsx, neutraliser

PIEGES = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "  =1",
    "\ufeff=1",
    " \u200b =1",
    "\u00a0=1",
    "＝1",
    '=HYPERLINK("http://x")',
]
# Le texte qui commence une case, une fois retiré ce qu'un tableur laisse tomber : rien de tout cela.
AMORCE = re.compile(r"^[\s\ufeff\u200b-\u200d\u2060\u00ad]*[=+\-@＝＋－＠]|^[\t\r\n]")
# Chaque texte que quelqu'un saisit et que la base garde ; ce qui n'y est pas est ci-dessous, avec sa raison.
SAISIS = {
    "centres.Utilisateur": ["first_name", "last_name", "email"],
    "centres.Centre": ["nom", "commune"],
    "centres.Classe": ["nom"],
    "centres.Apprenant": ["nom", "prenom", "ine"],
    "centres.Gel": ["motif"],
    "centres.Entreprise": ["nom", "commune"],
    "centres.Tuteur": ["nom", "prenom", "email", "fonction"],
    "centres.ImportListe": ["nom_fichier"],
    "evaluations.Situation": ["code", "titre", "entreprise", "description"],
    "evaluations.Ressource": ["designation"],
    "evaluations.PeriodePfmp": ["code", "intitule"],
    "evaluations.Placement": ["activites_prevues"],
    "evaluations.Visite": ["compte_rendu"],
    "evaluations.BilanPeriode": ["remarques_equipe", "objectifs", "remarques_apprenant"],
    "evaluations.AutoEvaluation": ["commentaire"],
    "evaluations.BilanPfmp": ["synthese"],
    "evaluations.CampagneBilans": ["intitule"],
    "evaluations.Echelle": ["intitule"],
    "evaluations.LigneBilan": ["motif"],
    "evaluations.NiveauAttendu": ["descripteur"],
    "evaluations.PiecePortfolio": ["titre", "legende"],
    "evaluations.Positionnement": ["observation"],
    "evaluations.Sequence": ["intitule", "problematique", "objectifs", "deroulement", "ressources"],
    "evaluations.ObservationApprenant": ["texte"],
    "evaluations.Formulation": ["texte"],
    "evaluations.QuestionPfmp": ["texte"],
    "evaluations.FicheTuteur": ["activites_realisees", "remarque"],
    "certification.Commission": ["lieu"],
    "certification.MembreCommission": ["nom", "qualite"],
    "certification.PositionCommission": ["motif"],
    "certification.Proposition": ["motif_ecart", "commentaire", "appreciation"],
    "certification.PieceDossier": ["titre"],
    "certification.AvisInspection": ["remarque"],
}
# Empreintes, clés et noms écrits par l'application ; SIRET, UAI et numéro de candidat n'ont que des chiffres et
# des lettres ; le journal ne se modifie pas : ses textes passent par `journaliser`.
ECRITS_PAR_LE_CODE = {
    "centres.Utilisateur": {"password", "username"},
    "centres.Centre": {"uai"},
    "centres.Entreprise": {"siret"},
    "centres.Invitation": {"empreinte"},
    "centres.Partage": {"empreinte"},
    "centres.Consultation": {"objet", "page", "sceau"},
    "centres.EssaiConnexion": {"cle"},
    "centres.SessionOuverte": {"cle", "appareil"},
    "centres.Chaine": {"nom", "empreinte", "sceau"},
    "centres.Registre": {"sceau"},
    "centres.Evenement": {"acte", "objet", "motif", "sel", "empreinte_contenu", "empreinte_precedente", "empreinte"},
    "evaluations.LienTuteur": {"empreinte", "envoye_a"},
    "evaluations.PiecePortfolio": {"type_mime", "sha256"},
    # Publié il ne change plus, et le nom du fichier reçu ne va dans aucun autre ; ce qui y est écrit s'éprouve dans
    # tests/certification/test_classeurs_injection.py, où ses propres formules restent permises.
    "certification.ClasseurOfficiel": {"nom", "sha256"},
    # Une archive ne se modifie pas : son motif est celui du journal.
    "certification.Archive": {"manifeste", "empreinte", "precedente", "motif"},
    "certification.PieceArchive": {"nom", "sha256"},
    "certification.NumeroCandidat": {"numero"},
    "certification.PieceDossier": {"sha256"},
}
# Les seuls modules qui écrivent un tableur : un nouveau doit entrer dans EXPORTS.
ECRIVAINS = {"centres/imports/rapport.py", "evaluations/exports.py", "trpm/donnees/export.py", "trpm/socle/tableau.py"}


@dataclass(frozen=True)
class Export:
    """Une adresse qui remet un fichier : à qui on la demande, et ce qu'on lui dit."""

    adresse: str
    objet: str
    lecteur: str
    forme: str
    question: dict[str, str]
    envoi: bool = False


JOURNAUX = {
    "centres:journal_classe": ("classe", "chef"),
    "centres:journal_apprenant": ("apprenant", "chef"),
    "centres:journal_personne": ("personne", "chef"),
    "centres:journal_consultations": ("", "chef"),
    "evaluations:journal_situation": ("situation", "chef"),
    "evaluations:journal_placement": ("placement", "chef"),
    "evaluations:journal_positionnements": ("apprenant", "chef"),
    "evaluations:journal_bilans": ("classe", "chef"),
    "certification:journal_classe": ("classe", "chef"),
    "certification:journal_grilles": ("version_pk", "administrateur"),
}
EXPORTS = [
    Export("evaluations:classeur", "situation", "enseignant", "xlsx", {}),
    Export("evaluations:lsl_xlsx", "classe", "enseignant", "xlsx", {}),
    Export("evaluations:pfmp_synthese_xlsx", "classe", "enseignant", "xlsx", {}),
    Export("centres:import_rapport", "liste", "ddfpt", "xlsx", {}),
    Export("centres:import_rapport_csv", "liste", "ddfpt", "csv", {}),
    *(Export("mes_donnees_fichier", forme, "apprenant", forme, {}) for forme in ("xlsx", "json")),
    *(
        Export("organisation_donnees", "apprenant", "ddfpt", forme, {"forme": forme, "motif": "demande"}, envoi=True)
        for forme in ("xlsx", "json")
    ),
    *(
        Export(adresse, objet, lecteur, forme, {"format": forme})
        for adresse, (objet, lecteur) in JOURNAUX.items()
        for forme in ("csv", "xlsx")
    ),
]


def test_chaque_texte_de_la_base_est_saisi_ici_ou_ecarte_avec_une_raison() -> None:
    for application in ("centres", "evaluations", "certification"):
        for modele in apps.get_app_config(application).get_models():
            textes = {
                champ.name
                for champ in modele._meta.concrete_fields
                if isinstance(champ, models.CharField | models.TextField) and not champ.choices
            }
            etiquette = modele._meta.label
            assert textes == {*SAISIS.get(etiquette, []), *ECRITS_PAR_LE_CODE.get(etiquette, set())}, etiquette


def test_seuls_les_exports_eprouves_ecrivent_un_tableur() -> None:
    trouves = {
        nom(fichier)
        for fichier in PYTHON
        for noeud in ast.walk(arbre(fichier))
        if isinstance(noeud, ast.Call) and ast.unparse(noeud.func) in {"Workbook", "csv.writer", "csv.DictWriter"}
    }
    assert trouves == ECRIVAINS


@pytest.mark.parametrize("piege", PIEGES)
def test_un_texte_neutralise_ne_s_amorce_plus_et_se_lit_encore(piege: str) -> None:
    assert not AMORCE.match(neutraliser(piege))
    assert neutraliser(piege) == f"'{piege}"


@pytest.mark.parametrize("texte", ["", "3", "C1.1", "l'étau = serré", "a-b", "Noé"])
def test_un_texte_ordinaire_reste_tel_quel(texte: str) -> None:
    assert neutraliser(texte) == texte
    assert list(_cases_csv(en_csv(["a"], [[texte]])))[1:] == [texte]


def test_une_colonne_au_dela_de_la_vingt_sixieme_s_ecrit() -> None:
    assert load_workbook(BytesIO(en_xlsx("Large", ["x"] * 30, []))).active.max_column == 30


@pytest.mark.postgresql
def test_aucun_export_ne_porte_de_formule_et_le_texte_y_reste_lisible(referentiel) -> None:
    monde = fabriquer_monde(referentiel)
    _completer()
    clients = {un.nom: ClientStrict() for un in monde.personnages}
    for un in monde.personnages:
        if un.compte:
            clients[un.nom].force_login(un.compte)
    for piege in PIEGES:
        _pieger(monde, piege)
        lus = [(export, _demander(monde, clients, export)) for export in EXPORTS]
        for export, reponse in lus:
            _verifier(export, reponse, piege)


def _completer() -> None:
    """Ce que le monde de la matrice n'a pas : un bilan, une fiche de tuteur, une pièce, une lecture de notes."""
    inspecteur = Utilisateur.objects.get(username="m_inspecteur")
    for classe in Classe.objects.all():
        Consultation.objects.create(
            le=timezone.now(), auteur=inspecteur, centre=classe.centre, objet=f"centres.classe:{classe.pk}", page="x"
        )
    for placement in Placement.objects.all():
        positionnement = Positionnement.objects.filter(inscription=placement.inscription).first()
        detaillee = positionnement.detaillee
        bilan = BilanPfmp.objects.create(placement=placement)
        LigneBilan.objects.create(bilan=bilan, detaillee=detaillee)
        Formulation.objects.create(centre=placement.periode.classe.centre, detaillee=detaillee, texte="x")
        QuestionPfmp.objects.get_or_create(
            placement=placement, detaillee=detaillee, defaults={"texte": "x", "ordre": 99}
        )
        FicheTuteur.objects.get_or_create(placement=placement)
        enseignant = Utilisateur.objects.get(username="m_enseignant")
        fabriquer_sequence(placement.inscription.classe, enseignant)
        fabriquer_piece(placement.inscription, enseignant, b"G01 X12")
        fabriquer_auto_evaluation(placement.inscription, "C1", 3)

    _tenir_les_commissions(inspecteur)


def _tenir_les_commissions(auteur: Utilisateur) -> None:
    """Ce que l'on écrit en séance, un membre sans compte, un avis de l'inspection."""
    for commission in _modifiables(Commission):
        fait = {
            "commission": commission,
            "inscription": commission.classe.inscriptions.first(),
            "auteur": auteur,
            "modifie_le": timezone.now(),
        }
        epreuve = commission.classe.version.epreuves.get(code="E2")
        PositionCommission.objects.create(**fait, competence=epreuve.bloc.competences.first(), niveau=3, motif="x")
        Proposition.objects.create(**fait, epreuve=epreuve)
        commission.membres.create(nom="x", qualite="x")
    for situation in Situation.objects.all():
        AvisInspection.objects.create(
            situation=situation, inspecteur=auteur, avis=Avis.A_REVOIR, remarque="x", le=timezone.now()
        )


def _modifiables(modele: type[models.Model]) -> models.QuerySet[Any]:
    """Une commission close et tout ce qu'elle porte sont figés par la base."""
    close = {"certification.Commission": "etat"} | dict.fromkeys(
        ("certification.MembreCommission", "certification.PositionCommission", "certification.Proposition"),
        "commission__etat",
    )
    lignes = modele._default_manager.all()
    champ = close.get(modele._meta.label)
    return lignes.exclude(**{champ: EtatCommission.CLOSE}) if champ else lignes


def _pieger(monde: Monde, piege: str) -> None:
    # L'entreprise d'une situation ne s'écrit que hors du centre, donc en formation.
    Situation.objects.update(nature=Nature.FORMATIVE, lieu=Lieu.ENTREPRISE)
    for etiquette, champs in SAISIS.items():
        modele = apps.get_model(etiquette)
        for champ in champs:
            place = (modele._meta.get_field(champ).max_length or 400) - 4
            valeur = Left(Concat(Value(piege[:place]), Cast("pk", models.CharField())), place + 4)
            assert _modifiables(modele).exists(), f"aucune ligne de {etiquette} dans le monde"
            _modifiables(modele).update(**{champ: valeur})
    lecteurs = {un.nom: un.compte for un in monde.personnages}
    with transaction.atomic():
        for chaine, acte, objet in _histoires(monde):
            fait: dict[str, Any] = {"avant": {"nom": "x"}, "apres": {"nom": piege}, "motif": piege}
            journaliser(chaine=chaine, acte=acte, auteur=lecteurs["chef"], objet=objet, **fait)
    _pieger_la_liste(monde, lecteurs["ddfpt"], piege)


def _histoires(monde: Monde) -> Iterator[tuple[str, str, str]]:
    """Un événement par page d'histoire : sa chaîne, son acte, son objet."""
    cles = {objet: monde.cibles[objet][0].args[0] for objet in ("classe", "apprenant", "personne", "version_pk")}
    yield f"classe:{cles['classe']}", "classe.modifiee", f"centres.classe:{cles['classe']}"
    yield f"apprenant:{cles['apprenant']}", "apprenant.modifie", f"centres.apprenant:{cles['apprenant']}"
    yield f"utilisateur:{cles['personne']}", "utilisateur.modifie", f"centres.utilisateur:{cles['personne']}"
    yield f"grilles:{cles['version_pk']}", "publier_grille", f"referentiel.versionreferentiel:{cles['version_pk']}"
    case = Positionnement.objects.filter(inscription__apprenant=cles["apprenant"]).order_by("pk").first()
    situation = monde.cibles["situation"][0].args[0]
    yield f"situation:{situation}", "positionnement.modifie", f"evaluations.positionnement:{case.pk}"
    campagne = monde.cibles["campagne"][0].args[0]
    yield f"bilans:{cles['classe']}", "campagne_bilans.preparee", f"evaluations.campagnebilans:{campagne}"
    yield f"certification:classe:{cles['classe']}", "recapitulatif.arrete", f"centres.classe:{cles['classe']}"


def _pieger_la_liste(monde: Monde, auteur: Any, piege: str) -> None:
    """Une liste envoyée avec l'amorce dans chaque colonne : son rapport reprend ce qu'elle dit."""
    tableau = Tableau(["Nom", "Commune"], [[piege, piege]], [2], interdites=[], avertissements=[])
    centre = Classe.objects.get(pk=monde.cibles["classe"][0].args[0]).centre
    liste = televerser_liste(
        auteur=auteur,
        centre=centre,
        genre=ImportListe.Genre.ENTREPRISES,
        nom_fichier=f"{piege}.csv",
        tableau=tableau,
    )
    choisir_colonnes(auteur=auteur, liste=liste, colonnes={"entreprise": 0, "commune": 1}, reglages={})
    monde.corps["liste"] = {"pk": liste.pk}


def _demander(monde: Monde, clients: dict[str, ClientStrict], export: Export) -> HttpResponse:
    args: tuple[Any, ...] = ()
    if export.objet == "liste":
        args = (monde.corps["liste"]["pk"],)
    elif export.objet in {"xlsx", "json"}:
        args = (export.objet,)
    elif export.objet:
        args = monde.cibles[export.objet][0].args
    client, adresse = clients[export.lecteur], reverse(export.adresse, args=args)
    reponse = client.post(adresse, export.question) if export.envoi else client.get(adresse, export.question)
    assert reponse.status_code == 200, adresse
    assert "attachment" in reponse["Content-Disposition"], adresse
    assert reponse["X-Content-Type-Options"] == "nosniff"
    return reponse


def _verifier(export: Export, reponse: HttpResponse, piege: str) -> None:
    if export.forme == "json":
        textes = list(_textes_json(json.loads(reponse.content)))
    elif export.forme == "csv":
        textes = list(_cases_csv(reponse.content))
        assert [texte for texte in textes if AMORCE.match(texte)] == [], (export.adresse, piege)
    else:
        textes = list(_cases_xlsx(reponse.content))
    assert _visible(piege) in _visible(" ".join(textes)), (export.adresse, piege)


def _visible(texte: str) -> str:
    """Sans les blancs ni les signes sans largeur, qu'un import retire."""
    return "".join(texte.translate({ord(signe): None for signe in SANS_LARGEUR}).split())


def _cases_csv(contenu: bytes) -> Iterator[str]:
    for ligne in csv.reader(StringIO(contenu.decode("utf-8-sig"), newline=""), delimiter=";"):
        yield from ligne


def _cases_xlsx(contenu: bytes) -> Iterator[str]:
    """Les textes d'un classeur, qui n'a ni formule ni lien, et garde texte ce qui ressemble à une formule."""
    with zipfile.ZipFile(BytesIO(contenu)) as archive:
        for entree in archive.namelist():
            assert "externalLink" not in entree
            if entree.startswith("xl/worksheets/sheet"):
                assert not re.search(rb"<f[ >/]|<hyperlink", archive.read(entree)), entree
    for feuille in load_workbook(BytesIO(contenu)).worksheets:
        for case in (case for ligne in feuille.iter_rows() for case in ligne if case.value is not None):
            assert case.data_type in {"s", "n"}, case
            if isinstance(case.value, str):
                assert case.quotePrefix or not AMORCE.match(case.value), case.value
                yield case.value


def _textes_json(valeur: Any) -> Iterator[str]:
    if isinstance(valeur, dict):
        valeur = list(valeur.values())
    if isinstance(valeur, list):
        for une in valeur:
            yield from _textes_json(une)
    elif isinstance(valeur, str):
        yield valeur
