"""Les alertes de l'accueil : ce qu'il y a à faire cette semaine, pourquoi, et où le faire."""

from collections.abc import Callable
from datetime import date

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from centres.models import Classe, Inscription, Utilisateur
from evaluations.enums import EtatBilan, NatureBilan
from evaluations.models import Positionnement
from referentiel.models import CompetenceDetaillee
from tests.client_strict import ClientStrict
from tests.evaluations.fabrique_grille import fabriquer_situation
from tests.evaluations.fabrique_progression import fabriquer_bilan, fabriquer_campagne, fabriquer_echelle
from trpm.accueil import accueil_de
from trpm.alertes import Alerte

ClientDe = Callable[[Utilisateur], ClientStrict]


@pytest.fixture(autouse=True)
def en_mars() -> None:
    """Six semaines avant la fin du CCF de la session 2026 (le 7 mai)."""
    with time_machine.travel(date(2026, 3, 23), tick=False):
        yield


def alertes(personne: Utilisateur) -> dict[str, Alerte]:
    return {une.acte: une for une in accueil_de(personne).alertes}


def tout_observer(inscription: Inscription, auteur: Utilisateur, sauf: tuple[str, ...] = ()) -> None:
    situation = fabriquer_situation(inscription.classe, auteur, code=f"S{inscription.pk}")
    detaillees = CompetenceDetaillee.objects.filter(competence__version=inscription.classe.version)
    Positionnement.objects.bulk_create(
        Positionnement(
            situation=situation,
            inscription=inscription,
            detaillee=une,
            niveau=3,
            auteur=auteur,
            modifie_le=timezone.now(),
        )
        for une in detaillees.exclude(competence__code__in=sauf)
    )


def test_une_epreuve_sans_assez_de_situations_se_prevoit_avant_la_fin_du_ccf(
    enseignante: Utilisateur, ddfpt: Utilisateur, chef: Utilisateur, classe: Classe, ines: Inscription
) -> None:
    fabriquer_situation(classe, enseignante, ["C6.1"])
    vues = alertes(enseignante)
    assert "Prévoir 2 situations certificatives pour E2, TTRPM" in vues
    une = vues["Prévoir 1 situation certificative pour E31, TTRPM"]
    assert une.pourquoi == "Il en faut au moins 2, et le CCF finit le 07/05/2026, dans 6 semaines."
    assert une.adresse == reverse("evaluations:situation_creer", args=[classe.pk])
    assert une.acte in alertes(ddfpt)
    assert une.acte not in alertes(chef)


def test_une_competence_jamais_observee_dit_combien_et_pourquoi(
    enseignante: Utilisateur, classe: Classe, ines: Inscription, lucas: Inscription
) -> None:
    tout_observer(ines, enseignante, sauf=("C8",))
    tout_observer(lucas, enseignante, sauf=("C8", "C11"))
    une = alertes(enseignante)["Évaluer 2 compétences, jamais observées, TTRPM"]
    assert une.pourquoi == "Apprenants concernés : C8 (2), C11 (1) ; c'est l'année de la certification."
    assert une.adresse.endswith("/competences/?montrer=vide")
    fabriquer_echelle(classe, enseignante, {("C11.1", 3): 2})
    assert "Évaluer C11, jamais observée, TTRPM" in alertes(enseignante)


def test_un_entretien_a_tenir_et_un_bilan_a_formaliser_sont_deux_actes(
    enseignante: Utilisateur, chef: Utilisateur, classe: Classe, inscriptions: list[Inscription]
) -> None:
    campagne = fabriquer_campagne(classe, enseignante, date(2026, 1, 30))
    fabriquer_bilan(campagne, inscriptions[0], etat=EtatBilan.FORMALISE)
    fabriquer_bilan(campagne, inscriptions[1], entretien_le=date(2026, 2, 3))
    fabriquer_bilan(campagne, inscriptions[2])
    individuelle = fabriquer_campagne(classe, enseignante, date(2026, 3, 20), nature=NatureBilan.INDIVIDUEL)
    for inscription in inscriptions:
        fabriquer_bilan(individuelle, inscription)
    vues = alertes(chef)
    adresse = reverse("evaluations:campagne", args=[campagne.pk])
    assert vues["Tenir 1 entretien de bilan"].adresse == adresse
    assert vues["Formaliser 1 bilan"].adresse == adresse
    assert "1 sur 3 le sont" in vues["Formaliser 1 bilan"].pourquoi
    assert vues["Formaliser 3 bilans"].adresse == reverse("evaluations:campagne", args=[individuelle.pk])


def test_une_echelle_non_publiee_s_annonce_a_qui_peut_la_publier(
    client_de: ClientDe,
    enseignante: Utilisateur,
    inspecteur: Utilisateur,
    membre_commission: Utilisateur,
    compte_apprenant: Utilisateur,
    etranger: Utilisateur,
    classe: Classe,
    ines: Inscription,
) -> None:
    acte = "Publier l'échelle de compétences, TTRPM"
    fabriquer_echelle(classe, enseignante, publiee_le=None)
    assert alertes(enseignante)[acte].adresse == reverse("evaluations:echelle_classe", args=[classe.pk])
    page = client_de(enseignante).get(reverse("accueil")).content.decode()
    assert "Cette semaine" in page
    assert "rien ne dit ce qui est attendu" in page
    for personne in (inspecteur, membre_commission, compte_apprenant, etranger):
        assert alertes(personne) == {}
    fabriquer_echelle(classe, enseignante, {("C1.1", 6): 3}, numero=2)
    assert acte not in alertes(enseignante)
