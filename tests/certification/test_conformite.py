"""La conformité : les cas lisibles de `cas/conformite/`, puis la page d'un candidat, celle d'une classe, leur coût."""

import tomllib
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from centres.models import Classe, Inscription, Utilisateur
from certification.conformite import REGLES, CompetenceAttendue, DossierVu, Ou, SituationVue, verifier
from certification.models import AvisInspection, Candidat
from certification.queries.avis import avis_a_revoir
from certification.queries.candidats import synthese_de_la_classe
from certification.queries.conformite import conformites_de_la_classe, regrouper
from certification.services.avis import donner_avis
from certification.services.effacement import effacer
from evaluations.models import Positionnement, Situation
from evaluations.services.donnees import donnees_de
from evaluations.services.scelles import CLASSE_SCELLEE, sceller_situations
from evaluations.services.situations import creer_situation, modifier_situation
from referentiel.models import Option
from tests.certification.preuves import detaillees_de, fabriquer_situation, tout_positionner
from tests.fabriques import fabriquer_inscription

Connexion = Callable[[Utilisateur], Client]
CAS = sorted((Path(__file__).parent / "cas/conformite").glob("*.toml"))


def dossier_du_cas(cas: dict) -> DossierVu:
    """Deux compétences, C1 (C1.1, C1.2) et C2 (C2.1) ; ce que le cas ne dit pas est en règle."""
    dossier = {"annee": 2026, "fin_ccf": date(2026, 5, 7), "minimum": 2, "maximum": 3, **cas.get("dossier", {})}
    dossier["fin_ccf"] = dossier["fin_ccf"] or None
    competences = (
        CompetenceAttendue("C1", "Analyser", ("C1.1", "C1.2")),
        CompetenceAttendue("C2", "Usiner", ("C2.1",)),
    )
    situations = []
    for rang, ecrite in enumerate(cas.get("situations", []), start=1):
        toutes = ["C1.1", "C1.2", "C2.1"]
        lue = {"debut": date(2026, 2, rang), "annoncees": toutes, "evaluees": toutes, "taches": ["T1"], **ecrite}
        lue.setdefault("fin", lue["debut"])
        lue.setdefault("dites", lue["evaluees"])
        for cle in ("annoncees", "evaluees", "dites", "taches"):
            lue[cle] = frozenset(lue[cle])
        situations.append(SituationVue(cle=rang, code=f"S{rang}", inscription=9, **lue))
    for cle in ("pieces", "positionnees"):
        dossier[cle] = frozenset(dossier.get(cle, ()))
    return DossierVu(
        competences=competences,
        taches=("T1",),
        situations=tuple(situations),
        cases={"C1.1": 11, "C1.2": 12, "C2.1": 21},
        **dossier,
    )


@pytest.mark.parametrize("chemin", CAS, ids=lambda chemin: chemin.stem)
def test_cas_de_conformite(chemin: Path) -> None:
    cas = tomllib.loads(chemin.read_text())
    lue, attendu = verifier(dossier_du_cas(cas)), cas["attendu"]
    assert lue.etat == attendu["etat"]
    trouves = {constat.texte: constat for constat in lue.constats}
    assert len(trouves) == len(attendu.get("constats", []))
    for prevu in attendu.get("constats", []):
        constat = next(un for texte, un in trouves.items() if prevu["texte"] in texte)
        repere = constat.repere
        vers = [str(repere.ou), repere.situation, repere.case]
        assert (str(constat.gravite), vers) == (prevu["gravite"], prevu["vers"])
    if lue.parties:
        assert [partie.numero for partie in lue.parties if partie.est_complete] == attendu["parties_completes"]
    assert {regle.source for regle in REGLES}
    assert all(regle.titre for regle in REGLES)


def requetes(client: Client, adresse: str) -> int:
    with CaptureQueriesContext(connection) as lues:
        assert client.get(adresse).status_code == 200
    return len(lues)


def test_la_synthese_montre_ce_qui_manque_et_mene_a_la_case(
    client_de: Connexion, enseignante: Utilisateur, situations: dict[str, Situation], ines: Inscription
) -> None:
    tout_positionner(situations["S1"], ines, enseignante, 3, sauf=["C4.1", "C4.2", "C4.3", "C4.4", "C4.5", "C4.6"])
    page = client_de(enseignante).get(reverse("certification:synthese", args=[ines.pk, "E2"])).content.decode()
    case = detaillees_de(ines.classe, ines.option, "E2")["C4.1"].pk
    adresse = reverse("evaluations:grille_apprenant", args=[situations["S1"].pk, ines.pk])
    assert f"{adresse}#d{case}" in page
    assert "Évalué dans 1 situation certificative sur 2" in page
    # Le lien d'un blocage mène à sa case, plus à la liste des situations.
    assert reverse("evaluations:situations", args=[ines.classe_id]) not in page
    assert "1. Descriptif des situations et des activités" in page


def test_la_page_de_la_classe_filtre_regroupe_et_coute_pareil(
    client_de: Connexion,
    enseignante: Utilisateur,
    option_rsp: Option,
    situations: dict[str, Situation],
    inscriptions: list[Inscription],
) -> None:
    ines = inscriptions[0]
    Situation.objects.filter(pk=situations["S1"].pk).update(description="")
    client, adresse = client_de(enseignante), reverse("certification:conformite", args=[ines.classe_id])
    page = client.get(adresse).content.decode()
    assert page.count("S1 n&#x27;est pas décrite") >= 1
    assert "Bernard Inès, Çelik Aïcha, Durand Lucas" in page
    assert "Aucun dossier ne correspond" in client.get(adresse, {"etat": "conforme"}).content.decode()
    assert "E31 " not in client.get(adresse, {"epreuve": "E2"}).content.decode().split('id="candidats"')[1]
    avant = requetes(client, adresse)
    for rang in range(3):
        nouvelle = fabriquer_inscription(ines.classe, option_rsp, f"Roux{rang}", "Zoé")
        fabriquer_situation(ines.classe, enseignante, f"T{rang}", "E2")
        tout_positionner(situations["S1"], nouvelle, enseignante, 2)
    assert requetes(client, adresse) == avant
    comptes = client.get(reverse("certification:classe", args=[ines.classe_id])).content.decode()
    assert "18 à régler" in comptes


def test_un_avis_atteint_l_equipe_et_le_dernier_compte(
    client_de: Connexion,
    enseignante: Utilisateur,
    inspecteur: Utilisateur,
    situations: dict[str, Situation],
    ines: Inscription,
) -> None:
    adresse = reverse("certification:avis", args=[situations["S1"].pk])
    client = client_de(inspecteur)
    refus = client.post(adresse, {"avis": "a_revoir", "remarque": " "})
    assert (refus.status_code, "Dites à l&#x27;équipe" in refus.content.decode()) == (422, True)
    assert not AvisInspection.objects.exists()
    assert client.post(adresse, {"avis": "a_revoir", "remarque": "Le sujet ne couvre pas T1.2"}).status_code == 302
    equipe = client_de(enseignante)
    assert equipe.get(adresse).status_code == 404
    situation = equipe.get(reverse("evaluations:situation", args=[situations["S1"].pk])).content.decode()
    assert "À revoir selon l'inspection" in situation
    assert "Le sujet ne couvre pas T1.2" in situation
    synthese = equipe.get(reverse("certification:synthese", args=[ines.pk, "E2"])).content.decode()
    assert "S1 est à revoir selon l&#x27;inspection" in synthese
    assert [un.situation_id for un in avis_a_revoir([ines.classe_id])] == [situations["S1"].pk]
    donner_avis(utilisateur=inspecteur, situation=situations["S1"], avis="conforme")
    assert not avis_a_revoir([ines.classe_id]).exists()
    assert AvisInspection.objects.count() == 2
    journal = equipe.get(reverse("certification:journal_classe", args=[ines.classe_id])).content.decode()
    assert "a donné un avis sur une situation" in journal
    effacer(apprenants=[ines.apprenant_id], maintenant=timezone.now())
    assert set(AvisInspection.objects.values_list("remarque", flat=True)) == {"", "[effacé]"}


def test_une_formative_ne_recoit_pas_d_avis(
    client_de: Connexion, inspecteur: Utilisateur, enseignante: Utilisateur, situations: dict[str, Situation]
) -> None:
    Situation.objects.filter(pk=situations["S1"].pk).update(nature="formative")
    assert client_de(inspecteur).get(reverse("certification:avis", args=[situations["S1"].pk])).status_code == 404
    with pytest.raises(ValidationError):
        donner_avis(utilisateur=inspecteur, situation=situations["S1"], avis="conforme")


def test_une_classe_scellee_n_a_plus_de_certificative(
    enseignante: Utilisateur, classe: Classe, situations: dict[str, Situation]
) -> None:
    formative = fabriquer_situation(classe, enseignante, "F1", "E2", nature="formative")
    certificative, donnees = donnees_de(situations["S1"]), donnees_de(formative)
    assert len(sceller_situations(classe=classe, maintenant=timezone.now())) == 6
    nouvelle = type(certificative)(**{**vars(certificative), "code": "S9"})
    with pytest.raises(ValidationError) as refus:
        creer_situation(utilisateur=enseignante, classe=classe, donnees=nouvelle)
    assert refus.value.message_dict == {"nature": [CLASSE_SCELLEE]}
    promue = type(donnees)(**{**vars(donnees), "nature": "certificative"})
    with pytest.raises(ValidationError):
        modifier_situation(utilisateur=enseignante, situation=formative, donnees=promue)
    retitree = type(donnees)(**{**vars(donnees), "titre": "Reprise"})
    assert modifier_situation(utilisateur=enseignante, situation=formative, donnees=retitree).titre == "Reprise"


def test_chaque_dossier_lu_seul_dit_comme_la_classe(
    enseignante: Utilisateur, classe: Classe, situations: dict[str, Situation], inscriptions: list[Inscription]
) -> None:
    for inscription in inscriptions:
        tout_positionner(situations["S3"], inscription, enseignante, 3)
    Positionnement.objects.filter(inscription=inscriptions[0]).update(niveau=None, etat="ABJ")
    synthese = synthese_de_la_classe(classe)
    ensemble = conformites_de_la_classe(synthese)
    assert {cle[0] for cle in ensemble} == set(Candidat.objects.de_la_classe(classe).values_list("pk", flat=True))
    absent = ensemble[inscriptions[0].pk, "E31"]
    page = next(constat for constat in absent.bloquants if constat.texte.startswith("Évalué dans 0"))
    assert (page.repere.ou, page.repere.situation) == (Ou.CASE, situations["S3"].pk)
    # Partagé, le lien mène à la grille de la classe ; seul, à la page du candidat.
    groupes = regrouper(synthese.candidats, ensemble)
    assert all(groupe.constat.repere.inscription == 0 for groupe in groupes if len(groupe.candidats) > 1)
