"""Les pages de PFMP : qui y entre, ce qu'elles montrent, ce qu'elles enregistrent."""

import html
from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from centres.models import Centre, Classe, Entreprise, Inscription, Tuteur, Utilisateur
from evaluations.models import (
    AbsencePfmp,
    LienTuteur,
    PeriodePfmp,
    Placement,
    ReglagePfmp,
    Visite,
)
from evaluations.queries.pfmp import tableau_de
from evaluations.services.suivi_pfmp import prevoir_visite
from tests.client_strict import ClientStrict
from tests.evaluations.fabrique_pfmp import placer, repondre, une_entreprise, une_periode
from tests.fabriques import fabriquer_inscription

ClientDe = Callable[[Utilisateur], ClientStrict]
HORS_DE_L_EQUIPE = ["etranger", "administrateur", "compte_apprenant", "ancien", "sans_affectation"]
LECTEURS = ["membre_commission", "inspecteur"]
CONFLIT = "Modifiée entre-temps"


@pytest.fixture
def periode(enseignante: Utilisateur, classe: Classe) -> PeriodePfmp:
    return une_periode(enseignante, classe)


@pytest.fixture
def tuteur(classe: Classe) -> Tuteur:
    return une_entreprise(classe)[1]


@pytest.fixture
def placement(enseignante: Utilisateur, periode: PeriodePfmp, ines: Inscription, tuteur: Tuteur) -> Placement:
    pose = placer(enseignante, periode, ines, tuteur)
    repondre(pose, {"C6.1": "A", "C7.1": "NA"})
    return pose


def ligne(tableau_pk: int, **valeurs: Any) -> dict[str, Any]:
    defaut = {
        "version": 0,
        "entreprise": "",
        "tuteur": "",
        "enseignant": "",
        "debut": "2026-01-05",
        "fin": "2026-01-30",
    }
    return {f"p{tableau_pk}-{champ}": valeur for champ, valeur in {**defaut, **valeurs}.items()}


@pytest.mark.parametrize("role", HORS_DE_L_EQUIPE)
def test_hors_de_l_equipe_les_pages_n_existent_pas(
    role: str, placement: Placement, client_de: ClientDe, request: pytest.FixtureRequest
) -> None:
    client = client_de(request.getfixturevalue(role))
    for nom, adresse in _lisibles(placement):
        assert client.get(adresse).status_code == 404, nom
    for nom, adresse in _ecrites(placement):
        assert client.post(adresse).status_code == 404, nom


@pytest.mark.parametrize("role", LECTEURS)
def test_qui_lit_seulement_ne_change_rien(
    role: str, placement: Placement, client_de: ClientDe, request: pytest.FixtureRequest
) -> None:
    client = client_de(request.getfixturevalue(role))
    for nom, adresse in _lisibles(placement):
        assert client.get(adresse).status_code == 200, nom
    for nom, adresse in _ecrites(placement):
        assert client.post(adresse).status_code == 404, nom
    page = client.get(reverse("evaluations:pfmp_periode", args=[placement.periode_id])).content.decode()
    assert "Enregistrer le tableau" not in page


def _lisibles(placement: Placement) -> list[tuple[str, str]]:
    classe, periode, pk = placement.periode.classe_id, placement.periode_id, placement.pk
    couples = [(nom, classe) for nom in ("pfmp_classe", "pfmp_synthese", "pfmp_synthese_pdf", "pfmp_synthese_xlsx")]
    couples += [(nom, periode) for nom in ("pfmp_periode", "pfmp_listes", "pfmp_suivi")]
    couples += [(nom, pk) for nom in ("pfmp_placement", "pfmp_bilan", "pfmp_bilan_pdf", "pfmp_attestation")]
    return [(nom, reverse(f"evaluations:{nom}", args=[cle])) for nom, cle in couples]


def _ecrites(placement: Placement) -> list[tuple[str, str]]:
    classe, periode, pk = placement.periode.classe_id, placement.periode_id, placement.pk
    couples = [("pfmp_creer", classe)]
    couples += [(nom, periode) for nom in ("pfmp_periode", "pfmp_modifier", "pfmp_supprimer", "pfmp_preparer_classe")]
    couples += [
        (nom, pk)
        for nom in (
            "pfmp_preparer",
            "pfmp_tuteur",
            "pfmp_visite_prevoir",
            "pfmp_absence_noter",
            "pfmp_attestation_recevoir",
            "pfmp_bilan",
            "pfmp_bilan_rouvrir",
        )
    ]
    couples += [("pfmp_reglages", placement.periode.classe.centre_id)]
    return [(nom, reverse(f"evaluations:{nom}", args=[cle])) for nom, cle in couples]


@pytest.mark.parametrize("role", ["enseignante", "referent", "ddfpt", "chef"])
def test_l_equipe_ouvre_chaque_page(
    role: str, placement: Placement, client_de: ClientDe, request: pytest.FixtureRequest
) -> None:
    client = client_de(request.getfixturevalue(role))
    for nom, adresse in [*_lisibles(placement), ("pfmp", reverse("evaluations:pfmp"))]:
        assert client.get(adresse).status_code == 200, nom
    for nom in ("pfmp_preparer", "pfmp_tuteur"):
        assert client.get(reverse(f"evaluations:{nom}", args=[placement.pk])).status_code == 200, nom


def test_ouvrir_une_periode_depuis_la_classe(enseignante: Utilisateur, classe: Classe, client_de: ClientDe) -> None:
    client = client_de(enseignante)
    adresse = reverse("evaluations:pfmp_creer", args=[classe.pk])
    refusee = client.post(adresse, {"code": "PFMP5", "debut": "2026-02-01", "fin": "2026-01-01", "semaines": 4})
    assert refusee.status_code == 422
    assert "Le dernier jour précède le premier." in refusee.content.decode()
    assert not PeriodePfmp.objects.exists()
    faite = client.post(adresse, {"code": "PFMP5", "debut": "2026-01-05", "fin": "2026-01-30", "semaines": 4})
    periode = PeriodePfmp.objects.get()
    assert faite["Location"] == reverse("evaluations:pfmp_periode", args=[periode.pk])
    double = client.post(adresse, {"code": "PFMP5", "debut": "2026-01-05", "fin": "2026-01-30", "semaines": 4})
    assert double.status_code == 422


def test_modifier_puis_supprimer_une_periode_vide(
    ddfpt: Utilisateur, periode: PeriodePfmp, client_de: ClientDe
) -> None:
    client = client_de(ddfpt)
    adresse = reverse("evaluations:pfmp_modifier", args=[periode.pk])
    envoi = {"code": "PFMP6", "debut": "2026-01-12", "fin": "2026-02-06", "semaines": 4}
    assert client.post(adresse, {**envoi, "empreinte": "perimee"}).status_code == 422
    empreinte = _champ(client.get(adresse).content.decode(), "empreinte")
    assert client.post(adresse, {**envoi, "empreinte": empreinte}).status_code == 302
    periode.refresh_from_db()
    assert (periode.code, str(periode.debut)) == ("PFMP6", "2026-01-12")
    client.post(reverse("evaluations:pfmp_supprimer", args=[periode.pk]))
    assert not PeriodePfmp.objects.exists()


def _champ(page: str, nom: str) -> str:
    return page.partition(f'name="{nom}" value="')[2].partition('"')[0]


def test_le_tableau_enregistre_toutes_les_lignes_et_garde_celles_qu_il_refuse(
    enseignante: Utilisateur, periode: PeriodePfmp, tuteur: Tuteur, inscriptions: list[Inscription], client_de: ClientDe
) -> None:
    client = client_de(enseignante)
    adresse = reverse("evaluations:pfmp_periode", args=[periode.pk])
    ines, aicha, lucas = inscriptions
    envoi = {
        **ligne(ines.pk, entreprise="mecaloire", tuteur="jean petit", enseignant=enseignante.pk),
        **ligne(aicha.pk, entreprise="Atelier Vercors, Romans"),
        **ligne(lucas.pk),
    }
    reponse = client.post(adresse, envoi)
    page = reponse.content.decode()
    assert reponse.status_code == 422
    assert "Inconnu du centre : Atelier Vercors, Romans." in page
    assert 'value="Atelier Vercors, Romans"' in page
    placement = Placement.objects.get()
    assert (placement.inscription, placement.tuteur, placement.enseignant) == (ines, tuteur, enseignante)
    # Le même envoi, par le bouton qui crée : la ligne déjà enregistrée ne change pas de version.
    envoi |= ligne(ines.pk, version=1, entreprise="MécaLoire, Feurs", tuteur="Jean Petit", enseignant=enseignante.pk)
    assert client.post(adresse, {**envoi, "creer": aicha.pk}).status_code == 302
    assert Placement.objects.get(inscription=aicha).entreprise == Entreprise.objects.get(nom="Atelier Vercors")
    placement.refresh_from_db()
    assert placement.version == 1
    assert Placement.objects.count() == 2


def test_une_ligne_seule_s_enregistre_et_vide_le_tuteur_de_l_entreprise_quittee(
    enseignante: Utilisateur, placement: Placement, client_de: ClientDe
) -> None:
    Entreprise.objects.create(centre=placement.periode.classe.centre, nom="Usinage du Forez")
    adresse = reverse("evaluations:pfmp_periode", args=[placement.periode_id])
    saisie = ligne(placement.inscription_id, version=2, entreprise="Usinage du Forez", tuteur="Jean Petit")
    reponse = client_de(enseignante).post(adresse, saisie, headers={"HX-Request": "true"})
    fragment = reponse.content.decode()
    assert "enregistré à" in fragment
    assert "Jean Petit avait déjà répondu : ses réponses restent dans le bilan" in fragment
    assert f'name="p{placement.inscription_id}-version" form="placements" value="3"' in " ".join(fragment.split())
    assert 'hx-swap-oob="true"' in fragment
    placement.refresh_from_db()
    assert (str(placement.entreprise), placement.tuteur) == ("Usinage du Forez", None)


def test_une_ligne_modifiee_par_un_collegue_montre_les_deux_valeurs(
    enseignante: Utilisateur, placement: Placement, client_de: ClientDe
) -> None:
    adresse = reverse("evaluations:pfmp_periode", args=[placement.periode_id])
    saisie = ligne(placement.inscription_id, version=1, debut="2026-01-12")
    reponse = client_de(enseignante).post(adresse, saisie)
    page = reponse.content.decode()
    assert reponse.status_code == 422
    assert CONFLIT in page
    assert "MécaLoire, Feurs, Jean Petit" in page
    assert 'value="2026-01-12"' in page
    placement.refresh_from_db()
    assert str(placement.debut) == "2026-01-05"
    # La page rapporte la version actuelle : enregistrer de nouveau garde sa saisie.
    assert client_de(enseignante).post(adresse, {**saisie, f"p{placement.inscription_id}-version": 2})
    placement.refresh_from_db()
    assert str(placement.debut) == "2026-01-12"


@pytest.mark.parametrize("nombre", [1, 3, 30])
def test_le_tableau_coute_autant_pour_trente_apprenants(
    nombre: int,
    enseignante: Utilisateur,
    periode: PeriodePfmp,
    tuteur: Tuteur,
    option_rsp: Any,
    client_de: ClientDe,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for rang in range(nombre):
        placer(enseignante, periode, fabriquer_inscription(periode.classe, option_rsp, f"Nom{rang:02}"), tuteur)
    with django_assert_num_queries(5):
        assert len(tableau_de(periode).lignes) == nombre
    client = client_de(enseignante)
    for nom, attendues in (("pfmp_periode", 9), ("pfmp_suivi", 6), ("pfmp_listes", 5)):
        with django_assert_num_queries(attendues):
            client.get(reverse(f"evaluations:{nom}", args=[periode.pk]))
    for nom, attendues in (("pfmp_classe", 9), ("pfmp_synthese", 9)):
        with django_assert_num_queries(attendues):
            client.get(reverse(f"evaluations:{nom}", args=[periode.classe_id]))


def test_preparer_un_placement_puis_toute_la_classe(
    enseignante: Utilisateur, placement: Placement, aicha: Inscription, client_de: ClientDe
) -> None:
    client = client_de(enseignante)
    adresse = reverse("evaluations:pfmp_preparer", args=[placement.pk])
    assert client.post(adresse, {"codes": ["C9.4"], "version": 2}).status_code == 422
    assert client.post(adresse, {"codes": ["C6.2"], "version": 1}).status_code == 422
    reponse = client.post(adresse, {"codes": ["C6.2"], "activites_prevues": "Fraisage", "version": 2})
    assert reponse.status_code == 302
    assert list(placement.detaillees.values_list("code", flat=True)) == ["C6.2"]
    autre = placer(enseignante, placement.periode, aicha, placement.tuteur, codes=())
    Placement.objects.filter(pk=autre.pk).update(activites_prevues="")
    commune = reverse("evaluations:pfmp_preparer_classe", args=[placement.periode_id])
    assert client.post(commune, {"codes": ["C7.3", "C9.4"], "version": 0}).status_code == 302
    assert sorted(autre.detaillees.values_list("code", flat=True)) == ["C7.3", "C9.4"]
    assert list(placement.detaillees.values_list("code", flat=True)) == ["C6.2"]


def test_visites_absences_et_attestation(enseignante: Utilisateur, placement: Placement, client_de: ClientDe) -> None:
    client = client_de(enseignante)
    fiche = reverse("evaluations:pfmp_placement", args=[placement.pk])
    client.post(reverse("evaluations:pfmp_visite_prevoir", args=[placement.pk]), {"visite-prevue_le": "2026-01-14"})
    visite = Visite.objects.get()
    for loin in ("2025-11-05", "2027-01-14"):
        refus = client.post(reverse("evaluations:pfmp_visite_prevoir", args=[placement.pk]), {"visite-prevue_le": loin})
        assert refus.status_code == 422
        assert "La période va du 05/01/2026 au 30/01/2026" in refus.content.decode()
    rapport = reverse("evaluations:pfmp_visite", args=[placement.pk, visite.pk])
    sans_jour = client.post(rapport, {"prevue_le": "2026-01-14", "compte_rendu": "Tout va bien"})
    assert sans_jour.status_code == 422
    client.post(rapport, {"prevue_le": "2026-01-14", "faite_le": "2026-01-15", "compte_rendu": "Tout va bien"})
    hors = client.post(
        reverse("evaluations:pfmp_absence_noter", args=[placement.pk]),
        {"absence-jour": "2026-03-01", "absence-demi_journees": 2},
    )
    assert hors.status_code == 422
    assert "pas dans la période" in hors.content.decode()
    client.post(
        reverse("evaluations:pfmp_absence_noter", args=[placement.pk]),
        {"absence-jour": "2026-01-20", "absence-demi_journees": 1},
    )
    client.post(
        reverse("evaluations:pfmp_attestation_recevoir", args=[placement.pk]), {"attestation-recue_le": "2026-02-02"}
    )
    page = client.get(fiche).content.decode()
    assert "faite le 15/01/2026" in page
    assert "une demi-journée, non justifiée" in page
    absence = AbsencePfmp.objects.get()
    client.post(reverse("evaluations:pfmp_absence_retirer", args=[placement.pk, absence.pk]))
    assert not AbsencePfmp.objects.exists()
    client.post(reverse("evaluations:pfmp_visite_retirer", args=[placement.pk, visite.pk]))
    assert Visite.objects.exists(), "une visite faite reste"


def test_la_visite_d_un_autre_placement_n_existe_pas(
    enseignante: Utilisateur, placement: Placement, lucas: Inscription, client_de: ClientDe
) -> None:
    autre = placer(enseignante, placement.periode, lucas, placement.tuteur)
    visite = prevoir_visite(utilisateur=enseignante, placement=autre, prevue_le=autre.debut)
    adresse = reverse("evaluations:pfmp_visite", args=[placement.pk, visite.pk])
    assert client_de(enseignante).get(adresse).status_code == 404


def test_corriger_l_adresse_du_tuteur(enseignante: Utilisateur, placement: Placement, client_de: ClientDe) -> None:
    client = client_de(enseignante)
    adresse = reverse("evaluations:pfmp_tuteur", args=[placement.pk])
    empreinte = _champ(client.get(adresse).content.decode(), "empreinte")
    envoi = {"prenom": "Jean", "nom": "Petit", "fonction": "Chef d'atelier", "empreinte": empreinte}
    assert client.post(adresse, {**envoi, "email": "pas une adresse"}).status_code == 422
    assert client.post(adresse, {**envoi, "email": "petit@exemple.fr"}).status_code == 302
    assert Tuteur.objects.get().email == "petit@exemple.fr"


def test_les_reglages_du_centre(ddfpt: Utilisateur, centre_a: Centre, client_de: ClientDe) -> None:
    client = client_de(ddfpt)
    adresse = reverse("evaluations:pfmp_reglages", args=[centre_a.pk])
    empreinte = _champ(client.get(adresse).content.decode(), "empreinte")
    envoi = {
        "semaines_scolaire": 22,
        "niveau_non_acquis": 1,
        "niveau_en_cours": 2,
        "niveau_acquis": 3,
        "validite_lien_jours": 21,
        "empreinte": empreinte,
    }
    assert client.post(adresse, {**envoi, "niveau_acquis": 4}).status_code == 422
    assert client.post(adresse, {**envoi, "niveau_non_acquis": 3}).status_code == 422
    assert client.post(adresse, envoi).status_code == 302
    assert ReglagePfmp.objects.get().semaines_scolaire == 22


def test_l_accueil_dit_combien_de_bilans_attendent(
    enseignante: Utilisateur, placement: Placement, client_de: ClientDe
) -> None:
    assert "Confirmer 1 bilan de PFMP" in client_de(enseignante).get(reverse("accueil")).content.decode()


def test_envoyer_a_toute_la_classe_puis_relancer_d_un_geste(
    enseignante: Utilisateur, periode: PeriodePfmp, inscriptions: list[Inscription], tuteur: Tuteur, client_de: ClientDe
) -> None:
    ines, _, lucas = inscriptions
    sans_adresse = Tuteur.objects.create(entreprise=tuteur.entreprise, nom="Roy")
    placer(enseignante, periode, ines, tuteur)
    placer(enseignante, periode, lucas, sans_adresse)
    client = client_de(enseignante)
    suivi = reverse("evaluations:pfmp_suivi", args=[periode.pk])
    envois = reverse("evaluations:pfmp_envois", args=[periode.pk])
    assert "Envoyer 1 lien" in client.get(suivi).content.decode()
    assert client.post(envois, {"acte": "envoyer"}).status_code == 302
    page = client.get(suivi).content.decode()
    assert "lien remis, sans réponse" in page
    assert "Relancer 1 tuteur" in page
    assert "1 sans adresse : fiche papier" in page
    client.post(envois, {"acte": "relancer"})
    page = client.get(suivi).content.decode()
    assert "Relancer 1 tuteur" not in page
    assert "1 relancé aujourd'hui" in page
    encore = client.post(envois, {"acte": "relancer"}, follow=True).content.decode()
    assert "Rien n'est parti" in html.unescape(encore).replace("’", "'")
    assert [courriel.to for courriel in mail.outbox] == [["jean@exemple.fr"]] * 2
    assert list(LienTuteur.objects.order_by("pk").values_list("est_relance", flat=True)) == [False, True]
