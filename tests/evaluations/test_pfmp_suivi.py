"""Le suivi d'une période : qui a répondu, en combien de jours, qui relancer."""

from datetime import UTC, datetime
from decimal import Decimal

from centres.models import Classe, Inscription, Utilisateur
from evaluations.models import LienTuteur, ReponseTuteur
from evaluations.queries.suivi_pfmp import suivi_de
from tests.evaluations.fabrique_pfmp import placer, repondre, une_entreprise, une_periode


def test_le_suivi_dit_qui_a_repondu_en_combien_de_jours(
    enseignante: Utilisateur, classe: Classe, ines: Inscription, lucas: Inscription
) -> None:
    tuteur = une_entreprise(classe)[1]
    placement = placer(enseignante, une_periode(enseignante, classe), ines, tuteur)
    repondre(placement, {"C6.1": "A", "C7.1": "NA", "C8.1": "NE"})
    ReponseTuteur.objects.filter(question__detaillee__code="C8.1").delete()
    placer(enseignante, placement.periode, lucas, tuteur)
    LienTuteur.objects.create(
        placement=placement,
        empreinte="b" * 64,
        cree_par=enseignante,
        expire_le=datetime(2026, 3, 1, tzinfo=UTC),
        envoye_le=datetime(2026, 1, 26, 8, tzinfo=UTC),
    )
    fiche = placement.fiche
    fiche.termine_le = datetime(2026, 1, 29, 9, tzinfo=UTC)
    fiche.save()
    suivi = suivi_de(placement.periode)
    assert [(ligne.etat, ligne.reponses, ligne.questions) for ligne in suivi.lignes] == [
        ("termine", 2, 3),
        ("pas_envoye", 0, 0),
    ]
    assert (suivi.repondus, suivi.delai_moyen) == (1, Decimal(3))
    ReponseTuteur.objects.filter(question__detaillee__code="C7.1").delete()
    presque_vide = suivi_de(placement.periode)
    assert presque_vide.lignes[0].libelle == "incomplet (1/3)"
    assert (presque_vide.repondus, len(presque_vide.a_relancer)) == (0, 1)
