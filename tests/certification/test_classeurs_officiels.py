"""Grilles officielles : déposer, placer, publier, remplir un candidat ou la classe ; qui n'y peut rien."""

import json
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any
from urllib.parse import quote

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from centres.models import Classe, Consultation, Evenement, Inscription, Utilisateur
from certification.documents.classeurs import produire_classeurs
from certification.enums import EtatCommission, EtatProposition, EtatTravail
from certification.models import ClasseurOfficiel, Commission, MembreCommission, Proposition, Travail
from certification.services.classeurs import deposer_classeur, placer_valeurs
from evaluations.models import Situation
from referentiel.models import Epreuve, Option
from tests.certification.fabrique_officiels import (
    GARDE,
    GRILLE,
    NOTATION,
    correspondance_a_croix,
    criteres_de,
    deposer,
    publier,
)
from tests.certification.preuves import tout_positionner
from tests.classeurs import ouvrir
from tests.classeurs_officiels import PREMIERE, imprime_a_croix
from tests.fabriques import fabriquer_inscription

Connexion = Callable[[Utilisateur], Client]


@pytest.fixture
def e31(classe: Classe) -> Epreuve:
    return classe.version.epreuves.get(code="E31")


def codes_de(option: Option, epreuve: Epreuve) -> list[str]:
    return [code for siens in criteres_de(option, epreuve).values() for code in siens]


def url(nom: str, *args: Any) -> str:
    return reverse(f"certification:{nom}", args=args)


def saisie(page: str, **valeurs: str) -> dict[str, str]:
    empreinte = page.partition('name="empreinte" value="')[2].partition('"')[0]
    return {"style": "croix", "marque": "X", "premier": "1", "empreinte": empreinte, **valeurs}


COLONNES = {f"colonne_{rang}": f"Grille E31!{lettre}11" for rang, lettre in enumerate("DEFG", start=1)}


def test_deposer_puis_placer_dit_tout_ce_qui_cloche(
    client_de: Connexion, ddfpt: Utilisateur, classe: Classe, e31: Epreuve, option_rsp: Option
) -> None:
    client = client_de(ddfpt)
    envoi = {
        "cible": f"{option_rsp.pk}-{e31.pk}",
        "session": classe.session_id,
        "fichier": SimpleUploadedFile("Grille E31.xlsx", imprime_a_croix(criteres_de(option_rsp, e31))),
    }
    assert client.get(url("officiel_deposer")).status_code == 200
    reponse = client.post(url("officiel_deposer"), envoi)
    classeur = ClasseurOfficiel.objects.get()
    adresse = url("officiel", classeur.pk)
    assert reponse["Location"] == adresse
    page = client.get(adresse).content.decode()
    assert 'data-adresse="Grille E31!B5"' in page
    assert 'data-adresse="Grille E31!H12"' not in page
    assert "feuille protégée" in page

    assert "Placez au moins" in client.post(url("officiel_publier", classeur.pk)).content.decode()
    refusee = client.post(adresse, saisie(page, nom="H12", prenom="C12", **COLONNES))
    assert refusee.status_code == 422
    assert "Nom : La case H12 contient une formule" in refusee.content.decode()
    assert "Prénom : La case C12 fait partie d&#x27;une case fusionnée : choisissez B12." in refusee.content.decode()
    double = client.post(adresse, saisie(page, nom="B5", prenom="b5"))
    assert "La case Grille E31!B5 sert déjà à « Nom »." in double.content.decode()
    assert client.post(adresse, saisie(page, nom_prenom="B5")).status_code == 302
    # Une page ouverte avant ne recouvre pas ce travail.
    perimee = client.post(adresse, saisie(page, nom_prenom="B6"))
    assert "Quelqu&#x27;un a placé des valeurs entre-temps" in perimee.content.decode()
    actes = list(Evenement.objects.filter(acte__endswith="_classeur").order_by("rang").values_list("acte", flat=True))
    assert actes == ["deposer_classeur", "placer_classeur"]


def test_placee_elle_se_relit_se_publie_et_ne_change_plus(
    client_de: Connexion, ddfpt: Utilisateur, classe: Classe, e31: Epreuve, option_rsp: Option
) -> None:
    client, classeur = client_de(ddfpt), deposer(ddfpt, option_rsp, e31, classe.session)
    adresse, publication = url("officiel", classeur.pk), url("officiel_publier", classeur.pk)
    page = client.get(adresse).content.decode()
    placees = {code: f"Grille E31!B{rang}" for rang, code in enumerate(codes_de(option_rsp, e31), start=PREMIERE)}
    assert client.post(adresse, saisie(page, nom_prenom="B5", **COLONNES, **placees)).status_code == 302
    assert 'data-quoi="C6.1 · 1"' in client.get(adresse).content.decode()

    essai = ouvrir(client.get(url("officiel_essai", classeur.pk)).content)
    assert essai[GRILLE]["B5"].value == "[Nom et prénom]"
    lues = json.loads(client.get(url("officiel_correspondance", classeur.pk)).content)
    assert (lues["niveaux"]["colonnes"], len(lues["niveaux"]["cases"])) == (["D", "E", "F", "G"], len(placees))
    with classeur.fichier.open() as fichier:
        assert client.get(url("officiel_original", classeur.pk)).content == fichier.read()

    assert client.get(publication).status_code == 200
    assert client.post(publication).status_code == 302
    assert client.post(adresse, saisie(page)).status_code == 404
    assert "data-placement" not in client.get(adresse).content.decode()
    with pytest.raises(DatabaseError, match="ne change plus"), transaction.atomic():
        ClasseurOfficiel.objects.update(correspondance={})


def test_une_correspondance_se_reprend_et_une_nouvelle_version_garde_ses_cases(
    client_de: Connexion, chef: Utilisateur, classe: Classe, e31: Epreuve, option_rsp: Option
) -> None:
    client = client_de(chef)
    classeur = deposer(chef, option_rsp, e31, classe.session)
    adresse = url("officiel_importer", classeur.pk)
    valeur = correspondance_a_croix(criteres_de(option_rsp, e31))
    mauvaises = {
        "pas du JSON": b"\xff\xfe",
        "objet attendu": b"[]",
        "n'a pas de feuille": json.dumps(valeur).replace("Grille E31", "Autre").encode(),
        "clé inconnue": json.dumps(valeur).replace("nom_prenom", "adresse").encode(),
    }
    for contenu in mauvaises.values():
        reponse = client.post(adresse, {"correspondance": SimpleUploadedFile("c.json", contenu)})
        assert reponse.status_code == 422
        assert "invalid-feedback" in reponse.content.decode()
    assert client.post(adresse, {}).status_code == 422
    assert ClasseurOfficiel.objects.get().correspondance == {}
    bonne = SimpleUploadedFile("c.json", json.dumps(valeur).encode())
    assert client.post(adresse, {"correspondance": bonne}).status_code == 302

    suivante = deposer(chef, option_rsp, e31, classe.session)
    assert (suivante.numero, suivante.correspondance) == (2, valeur)
    # Un fichier bâti autrement ne reçoit pas des cases qui n'y sont pas.
    assert deposer(chef, option_rsp, e31, classe.session, croix=False).correspondance == {}
    fichier, stockage = suivante.fichier.name, suivante.fichier.storage
    assert client.get(url("officiel_abandonner", suivante.pk)).status_code == 200
    assert client.post(url("officiel_abandonner", suivante.pk)).status_code == 302
    assert not ClasseurOfficiel.objects.filter(pk=suivante.pk).exists()
    assert fichier is not None
    assert stockage.exists(classeur.fichier.name)


def test_un_candidat_recoit_ses_niveaux_et_la_note_du_calcul(
    client_de: Connexion,
    chef: Utilisateur,
    enseignante: Utilisateur,
    situations: dict[str, Situation],
    ines: Inscription,
    e31: Epreuve,
    option_rsp: Option,
) -> None:
    publier(chef, option_rsp, e31, ines.classe.session)
    tout_positionner(situations["S3"], ines, enseignante, 3)
    client = client_de(chef)
    assert "Remplir E31" in client.get(url("classeurs_classe", ines.classe_id)).content.decode()
    reponse = client.get(url("classeur_candidat", ines.pk, "E31"))
    nom = f"{ines.apprenant.nom.upper()} {ines.apprenant.prenom} – E31 – RSP.xlsx"
    assert reponse["Content-Disposition"].endswith(f"filename*=UTF-8''{quote(nom)}")
    feuille = ouvrir(reponse.content)[GRILLE]
    assert feuille["B5"].value == f"{ines.apprenant.nom.upper()} {ines.apprenant.prenom}"
    codes = codes_de(option_rsp, e31)
    fin = PREMIERE + len(codes)
    for rang in range(PREMIERE, fin):
        assert [feuille[f"{colonne}{rang}"].value for colonne in "DEFG"] == [None, None, "X", None]
        assert feuille[f"H{rang}"].value.startswith("=IF(")
    assert feuille[f"B{fin + 7}"].value == 13.5
    assert feuille.protection.sheet
    assert Consultation.objects.get(auteur=chef).page == "grille officielle E31"
    assert client.get(url("classeur_candidat", ines.pk, "E2")).status_code == 404


def test_devant_la_commission_la_proposition_figee_l_emporte(
    client_de: Connexion,
    chef: Utilisateur,
    enseignante: Utilisateur,
    situations: dict[str, Situation],
    ines: Inscription,
    e31: Epreuve,
    option_rsp: Option,
) -> None:
    publier(chef, option_rsp, e31, ines.classe.session)
    tout_positionner(situations["S3"], ines, enseignante, 4)
    jour = datetime(2026, 5, 12, 14, tzinfo=UTC)
    ouverte: dict[str, Any] = {"etat": EtatCommission.OUVERTE, "ouverte_le": jour, "convoquee_par": chef}
    commission = Commission.objects.create(classe=ines.classe, date=jour, lieu="Salle 12", **ouverte)
    MembreCommission.objects.create(
        commission=commission, utilisateur=chef, qualite="Chef de centre", est_president=True
    )
    MembreCommission.objects.create(commission=commission, nom="Jean Petit", qualite="Professionnel", est_present=False)
    codes = codes_de(option_rsp, e31)
    retenus = {codes[0]: {"niveau": 2, "situation": "S3"}}
    note: dict[str, Any] = {
        "etat": EtatProposition.PROPOSEE,
        "note_calculee": Decimal("9.87"),
        "note_arrondie": Decimal(10),
        "note_proposee": Decimal(10),
        "commentaire": "- à encourager",
    }
    proposition = Proposition.objects.create(
        commission=commission,
        inscription=ines,
        epreuve=e31,
        auteur=chef,
        modifie_le=jour,
        entrees={"grille": {"points": {"1": "0", "2": "1", "3": "2", "4": "3"}}, "positions_commission": {}},
        resultat={"competences": [{"code": "C6", "points": "1", "retenus": retenus}]},
        **note,
    )
    client, fin = client_de(chef), PREMIERE + len(codes)
    feuille = ouvrir(client.get(url("classeur_candidat", ines.pk, "E31")).content)[GRILLE]
    assert [feuille[f"{colonne}{PREMIERE}"].value for colonne in "DEFG"] == [None, "X", None, None]
    assert [feuille[f"{colonne}{PREMIERE + 1}"].value for colonne in "DEFG"] == [None] * 4
    assert (feuille["B8"].value, feuille[f"B{fin + 7}"].value) == ("12/05/2026", 10)
    assert feuille[f"B{fin + 2}"].value == "• à encourager"
    # L'absent n'y figure pas.
    assert feuille[f"B{fin + 8}"].value == f"{chef}, Chef de centre"
    Proposition.objects.filter(pk=proposition.pk).update(etat=EtatProposition.ABSENT, note_proposee=None)
    feuille = ouvrir(client.get(url("classeur_candidat", ines.pk, "E31")).content)[GRILLE]
    assert feuille[f"B{fin + 7}"].value == "AB"


def test_la_classe_recoit_un_zip_aux_noms_clairs(
    client_de: Connexion,
    chef: Utilisateur,
    enseignante: Utilisateur,
    situations: dict[str, Situation],
    candidats: list[Inscription],
    classe: Classe,
    e31: Epreuve,
    option_rsp: Option,
) -> None:
    publier(chef, option_rsp, e31, classe.session, croix=False)
    premier = next(une for une in candidats if une.option_id == option_rsp.pk)
    tout_positionner(situations["S3"], premier, enseignante, 2)
    fabriquer_inscription(classe, option_rsp, premier.apprenant.nom, premier.apprenant.prenom)
    client = client_de(chef)
    assert client.post(url("classeurs_demander", classe.pk, "E2")).status_code == 404
    reponse = client.post(url("classeurs_demander", classe.pk, "E31"))
    travail = Travail.objects.get()
    assert reponse["Location"] == url("classeurs_travail", travail.pk)
    # Les pages des dossiers ne la confondent pas avec les leurs.
    assert client.get(url("travail", travail.pk)).status_code == 404
    if travail.etat != EtatTravail.FINI:
        assert client.get(url("classeurs_archive", travail.pk)).status_code == 404
        produire_classeurs.func(travail.pk)
    assert "Les grilles sont remplies" in client.get(url("classeurs_travail", travail.pk)).content.decode()
    reponse = client.get(url("classeurs_archive", travail.pk))
    assert reponse["Content-Type"] == "application/zip"
    with zipfile.ZipFile(BytesIO(reponse.content)) as archive:
        noms = archive.namelist()
        attendu = f"{premier.apprenant.nom.upper()} {premier.apprenant.prenom} – E31 – RSP"
        assert {f"{attendu}.xlsx", f"{attendu} (2).xlsx", "LISEZ-MOI.txt"} <= set(noms)
        oublies = archive.read("LISEZ-MOI.txt").decode("utf-8-sig")
        livres = [ouvrir(archive.read(f"{attendu}{fin}.xlsx")) for fin in ("", " (2)")]
    assert all(str(une.apprenant) in oublies for une in candidats if une.option_id != option_rsp.pk)
    assert {livre[NOTATION]["B4"].value for livre in livres} == {2, None}
    assert {livre[GARDE]["D4"].value for livre in livres} == {attendu.partition(" – ")[0]}
    assert Evenement.objects.get(acte="demander_classeurs").apres["epreuve"] == "E31"


def test_le_cout_ne_suit_pas_la_classe(
    client_de: Connexion,
    chef: Utilisateur,
    situations: dict[str, Situation],
    ines: Inscription,
    e31: Epreuve,
    option_rsp: Option,
) -> None:
    publier(chef, option_rsp, e31, ines.classe.session)
    client = client_de(chef)
    adresses = [url("classeurs_classe", ines.classe_id), url("officiels")]

    def couts() -> list[int]:
        lus = []
        for adresse in adresses:
            with CaptureQueriesContext(connection) as requetes:
                assert client.get(adresse).status_code == 200
            lus.append(len(requetes))
        return lus

    couts()
    avant = couts()
    for nom in ("Un", "Deux"):
        fabriquer_inscription(ines.classe, option_rsp, nom, "Ana")
        publier(chef, option_rsp, e31, ines.classe.session)
    assert couts() == avant


def test_qui_enseigne_lit_et_remplit_mais_ne_place_pas(
    client_de: Connexion, enseignante: Utilisateur, chef: Utilisateur, classe: Classe, e31: Epreuve, option_rsp: Option
) -> None:
    classeur = deposer(chef, option_rsp, e31, classe.session)
    client = client_de(enseignante)
    assert client.get(url("officiels")).status_code == 200
    page = client.get(url("officiel", classeur.pk)).content.decode()
    assert "data-placement" not in page
    assert client.get(url("officiel_deposer")).status_code == 404
    for nom in ("officiel", "officiel_publier", "officiel_abandonner", "officiel_importer"):
        assert client.post(url(nom, classeur.pk)).status_code == 404
    with pytest.raises(PermissionDenied):
        placer_valeurs(utilisateur=enseignante, classeur=classeur, valeur={})
    portee: dict[str, Any] = {"option": Option(version_id=0), "epreuve": e31, "session": classe.session}
    with pytest.raises(ValidationError, match="pas celles du même diplôme"):
        deposer_classeur(utilisateur=chef, nom="x.xlsx", contenu=b"", **portee)
