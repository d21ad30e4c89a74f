"""Le dossier et le récapitulatif relus comme le fera l'archive : structure, pages, textes, fidélité au calcul."""

import re
import subprocess
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest
from django.test import Client
from django.urls import reverse

from centres.enums import Role
from centres.models import Centre, Classe, Inscription, Utilisateur
from certification.documents.commission import (
    contexte_dossier,
    contexte_recapitulatif,
    html_dossier,
    html_recapitulatif,
    pdf_dossier,
    pdf_recapitulatif,
)
from certification.models import Candidat, Grille
from certification.queries.candidats import synthese_du_candidat
from evaluations.models import Positionnement, Situation
from referentiel.models import DegreEchelle, Option, VersionReferentiel
from referentiel.templatetags.niveaux import BARRES
from tests.certification.preuves import fabriquer_situation, positionner, tout_positionner
from tests.client_strict import sans_variable_indefinie
from tests.fabriques import fabriquer_classe, fabriquer_inscription, fabriquer_personne
from trpm.socle.pdf import FEUILLES, PieceJointe, RessourceInterdite, pdf

PARTIES = (
    "1. Descriptif des situations et des activités menées",
    "2. Inventaire des documents, matériels, outils et moyens numériques",
    "3. Fiches d'évaluation par situation",
    "4. Synthèse des compétences démontrées",
    "Grille de notation et proposition au jury",
)


@pytest.fixture
def candidate(situations: dict[str, Situation], ines: Inscription, enseignante: Utilisateur) -> Candidat:
    """Inès, 13,33 en E2 et rien ailleurs."""
    tout_positionner(situations["S1"], ines, enseignante, 3)
    return Candidat.objects.get(pk=ines.pk)


def pages(contenu: bytes, dossier: Path) -> list[str]:
    """Le texte de chaque page, lu par un autre programme que celui qui l'a écrit."""
    (dossier / "d.pdf").write_bytes(contenu)
    texte = subprocess.run(
        ["pdftotext", "-layout", dossier / "d.pdf", "-"], capture_output=True, check=True, text=True
    ).stdout
    return texte.split("\f")[:-1]


def d_un_trait(texte: str) -> str:
    return re.sub(r"\s+", " ", texte)


def test_le_dossier_est_un_pdf_a_3_balise_en_francais(candidate: Candidat) -> None:
    with pikepdf.open(BytesIO(pdf_dossier(candidate, "E2"))) as document:
        metadonnees = document.open_metadata()
        assert (metadonnees["pdfaid:part"], metadonnees["pdfaid:conformance"]) == ("3", "A")
        assert metadonnees["dc:title"] == "Dossier E2 – Bernard Inès – session 2026"
        assert str(document.Root.Lang) == "fr"
        assert document.Root.MarkInfo.Marked
        assert "/StructTreeRoot" in document.Root
        assert len(document.pages) >= 4


def figures_sans_texte(noeud: pikepdf.Object) -> int:
    """Dans l'arbre des balises, les images qu'un lecteur d'écran ne saurait pas dire."""
    if not isinstance(noeud, pikepdf.Dictionary):
        return 0
    muette = str(noeud.get("/S")) == "/Figure" and "/Alt" not in noeud
    enfants = noeud.get("/K", pikepdf.Array())
    if not isinstance(enfants, pikepdf.Array):
        enfants = [enfants]
    return muette + sum(figures_sans_texte(enfant) for enfant in enfants)


def test_aucune_image_du_dossier_n_est_muette(candidate: Candidat) -> None:
    with pikepdf.open(BytesIO(pdf_dossier(candidate, "E2"))) as document:
        assert figures_sans_texte(document.Root.StructTreeRoot) == 0


def test_les_barres_du_pdf_sont_celles_de_l_ecran() -> None:
    feuille = (FEUILLES / "pdf.css").read_text()
    for niveau, trace in BARRES.items():
        regle = feuille.split(f".niveau-{niveau} .niveau-signe::after {{")[1].split("}")[0]
        assert f"<path d='{trace}'/>" in regle


def test_chaque_page_porte_le_candidat_la_session_et_la_proposition_au_jury(
    candidate: Candidat, tmp_path: Path
) -> None:
    lues = pages(pdf_dossier(candidate, "E2"), tmp_path)
    for rang, page in enumerate(lues, start=1):
        assert f"Proposition au jury — page {rang}/{len(lues)}" in page
        assert "Bernard Inès · E2" in page
        assert "Session 2026 · Lycée A" in page


def test_les_quatre_parties_puis_la_grille_viennent_dans_l_ordre(candidate: Candidat, tmp_path: Path) -> None:
    texte = d_un_trait(" ".join(pages(pdf_dossier(candidate, "E2"), tmp_path)[1:]))
    rangs = [texte.index(partie) for partie in PARTIES]
    assert rangs == sorted(rangs)
    assert "Tour à commande numérique 2 axes" in texte
    for mot in ("note finale", "note obtenue", "validé"):
        assert mot not in texte.lower()


def test_le_dossier_imprime_les_memes_lignes_que_le_calcul(candidate: Candidat, tmp_path: Path) -> None:
    synthese = synthese_du_candidat(candidate).syntheses["E2"]
    texte = d_un_trait(" ".join(pages(pdf_dossier(candidate, "E2"), tmp_path)))
    sans_coupure = texte.replace("- ", "")
    for etape in synthese.etapes:
        assert d_un_trait(etape).replace("- ", "") in sans_coupure
    assert "13,33 / 20" in texte
    assert "13,5 / 20" in texte
    assert "son absence n'invalide pas la commission" in sans_coupure


def test_le_dossier_nomme_les_niveaux_comme_sa_version(candidate: Candidat) -> None:
    degres = candidate.classe.version.degres.filter(echelle=DegreEchelle.Echelle.MAITRISE)
    degres.filter(niveau=4).update(intitule="pleinement acquise")
    degres.filter(niveau=3).update(intitule="acquise")
    html = html_dossier(contexte_dossier(synthese_du_candidat(candidate), "E2"))
    assert "2 insuffisamment maîtrisée · 3 acquise · 4 pleinement acquise. NE" in html
    assert "bien maîtrisée" not in html
    assert '<span class="visually-hidden">, </span>acquise' in html


def test_la_signature_suit_son_titre_sur_la_meme_page(candidate: Candidat, tmp_path: Path) -> None:
    (page,) = [page for page in pages(pdf_dossier(candidate, "E2"), tmp_path) if "Membres de la commission" in page]
    assert "Représentant du monde" in page
    assert "Note proposée par la commission" in page


def test_un_dossier_bloque_dit_ses_raisons_et_ne_montre_aucune_note(
    situations: dict[str, Situation], ines: Inscription, enseignante: Utilisateur, tmp_path: Path
) -> None:
    tout_positionner(situations["S1"], ines, enseignante, 3, sauf=["C4.1", "C4.2", "C4.3", "C4.4", "C4.5", "C4.6"])
    positionner(situations["S1"], ines, enseignante, {"C4.1": "ABN"})
    texte = d_un_trait(" ".join(pages(pdf_dossier(Candidat.objects.get(pk=ines.pk), "E2"), tmp_path)))
    assert "Aucune note n'est proposée en l'état" in texte
    assert "(seulement ABN)" in texte
    assert "Note calculée :" not in texte
    assert not re.search(r"\d,\d+ / 20", texte)


def test_un_dossier_sans_situation_reste_un_dossier(grilles: list[Grille], ines: Inscription, tmp_path: Path) -> None:
    texte = d_un_trait(" ".join(pages(pdf_dossier(Candidat.objects.get(pk=ines.pk), "E31"), tmp_path)[1:]))
    assert "Aucune situation certificative n'est enregistrée" in texte
    rangs = [texte.index(partie) for partie in PARTIES]
    assert rangs == sorted(rangs)


def test_un_texte_tres_long_et_des_caracteres_speciaux_passent(
    situations: dict[str, Situation], candidate: Candidat, tmp_path: Path
) -> None:
    situation = situations["S1"]
    situation.description = "Début. " + "Réglage <b>&amp;</b> contrôle du Ø 20 H7 ±0,02 µm « œuvre » — " * 300 + "FIN."
    situation.titre = "Étau <script>alert(1)</script> & mors"
    situation.save()
    Positionnement.objects.filter(detaillee__code="C1.1").update(observation="Mot" * 400 + "\n\nŒil d'expert. " * 120)
    texte = d_un_trait(" ".join(pages(pdf_dossier(candidate, "E2"), tmp_path)))
    assert "<script>alert(1)</script>" in texte
    assert "<b>&amp;</b>" in texte
    assert "FIN." in texte
    assert texte.count("Œil d'expert.") == 120


def test_le_dossier_d_un_candidat_rmo_porte_les_libelles_rmo(
    situations: dict[str, Situation], aicha: Inscription, enseignante: Utilisateur, tmp_path: Path
) -> None:
    tout_positionner(situations["S3"], aicha, enseignante, 3)
    texte = d_un_trait(" ".join(pages(pdf_dossier(Candidat.objects.get(pk=aicha.pk), "E31"), tmp_path)))
    assert "C9.4 Effectuer les corrections" in texte
    assert "Effectuer les retouches" in texte
    assert "conformité aux spécifications" not in texte


def test_en_ponctuel_le_dossier_suit_les_acquis_sans_note(
    centre_hors_contrat: Centre,
    referentiel: VersionReferentiel,
    option_rsp: Option,
    grilles: list[Grille],
    tmp_path: Path,
) -> None:
    professeur = fabriquer_personne("prof", Role.ENSEIGNANT, centre_hors_contrat)
    classe = fabriquer_classe(centre_hors_contrat, referentiel)
    inscription = fabriquer_inscription(classe, option_rsp)
    tout_positionner(fabriquer_situation(classe, professeur, "S1", "E2"), inscription, professeur, 3)
    texte = d_un_trait(" ".join(pages(pdf_dossier(Candidat.objects.get(pk=inscription.pk), "E2"), tmp_path)))
    assert "épreuves ponctuelles" in texte
    assert not re.search(r"\d,\d+ / 20", texte)


def test_le_html_du_dossier_n_a_aucune_variable_indefinie(candidate: Candidat, classe: Classe) -> None:
    with sans_variable_indefinie():
        for epreuve in ("E2", "E31", "E32"):
            html_dossier(contexte_dossier(synthese_du_candidat(candidate), epreuve))
        html_recapitulatif(contexte_recapitulatif(classe))


def test_le_recapitulatif_liste_la_classe_en_paysage(
    candidate: Candidat, classe: Classe, inscriptions: list[Inscription], tmp_path: Path
) -> None:
    contenu = pdf_recapitulatif(classe)
    with pikepdf.open(BytesIO(contenu)) as document:
        _, _, largeur, hauteur = (float(cote) for cote in document.pages[0].mediabox)
        assert largeur > hauteur
    lues = pages(contenu, tmp_path)
    assert all(f"Proposition au jury — page {rang}/{len(lues)}" in page for rang, page in enumerate(lues, start=1))
    texte = " ".join(lues)
    assert texte.index("Bernard Inès") < texte.index("Çelik Aïcha") < texte.index("Durand Lucas")
    assert "13,33" in texte
    assert "8 notes manquantes" in texte


def test_une_classe_sans_candidat_a_un_recapitulatif_qui_le_dit(classe: Classe, tmp_path: Path) -> None:
    assert "n'a pas de candidat" in d_un_trait(" ".join(pages(pdf_recapitulatif(classe), tmp_path)))


def test_la_reponse_porte_un_nom_lisible_partout_et_ne_se_garde_pas(
    client_de: Callable[[Utilisateur], Client], enseignante: Utilisateur, candidate: Candidat
) -> None:
    reponse = client_de(enseignante).get(reverse("certification:dossier", args=[candidate.pk, "E2"]))
    assert reponse["Content-Type"] == "application/pdf"
    assert reponse["Cache-Control"] == "private, no-store"
    assert reponse["Content-Disposition"] == (
        'attachment; filename="bernard-ines-dossier-e2-session-2026.pdf"; '
        "filename*=UTF-8''Bernard%20In%C3%A8s%20%E2%80%93%20dossier%20E2%20%E2%80%93%20session%202026.pdf"
    )


@pytest.mark.parametrize("adresse", ["http://exemple.fr/a.png", "file:///etc/passwd", "a.png"])
def test_un_pdf_ne_lit_rien_hors_de_lui_meme(adresse: str) -> None:
    with pytest.raises(RessourceInterdite):
        pdf(f'<html lang="fr"><body><img alt="" src="{adresse}"></body></html>', titre="Essai")


def test_une_piece_jointe_dit_ce_qu_elle_est() -> None:
    piece = PieceJointe("dossier.json", b'{"a": 1}', "Données du dossier")
    contenu = pdf(
        '<html lang="fr"><head><title>x</title></head><body><p>x</p></body></html>', titre="L'essai", pieces=[piece]
    )
    with pikepdf.open(BytesIO(contenu)) as document:
        assert document.attachments["dossier.json"].get_file().read_bytes() == b'{"a": 1}'
        assert str(document.Root.AF[0].AFRelationship) == "/Data"
