"""La commission : qui la convoque et l'ouvre, qui y écrit, ce qu'elle garde, ce que close elle refuse."""

import random
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, transaction
from django.utils import timezone

from centres.journal import verifier_journal
from centres.models import Classe, Inscription, Utilisateur
from certification.enums import EtatProposition
from certification.models import Archive, Commission, MembreCommission, PieceArchive, PositionCommission, Proposition
from certification.queries.candidats import synthese_de_la_classe
from certification.services.benefices import conserver_note
from certification.services.commissions import (
    modifier_convocation,
    noter_presence,
    ouvrir,
)
from certification.services.effacement import effacer
from certification.services.propositions import (
    ConflitDeVersion,
    positionner_competence,
)
from evaluations.models import Positionnement, Situation
from referentiel.models import Competence, Epreuve
from tests.certification.fabrique_seance import clore, convocation, evenements

pytestmark = pytest.mark.django_db
ROLES = ("chef", "collegue", "referent", "ddfpt", "inspecteur", "administrateur", "etranger", "ancien")
# Tout ce que le centre A compte, et la présidente et le membre eux-mêmes.
TOUS = (*ROLES, "enseignante", "membre_commission")


def etat() -> dict[str, dict[int, Any]]:
    modeles = (Commission, MembreCommission, PositionCommission, Proposition)
    return {m._meta.label_lower: {ligne["id"]: ligne for ligne in m.objects.order_by("pk").values()} for m in modeles}


def changees(avant: dict[str, dict[int, Any]]) -> list[str]:
    apres = etat()
    return sorted(f"{nom}:{pk}" for nom, lues in apres.items() for pk, une in lues.items() if avant[nom].get(pk) != une)


def test_sans_le_professionnel_la_commission_propose_tout_de_meme(
    seance: Commission, enseignante: Utilisateur, ecrire: dict[str, Any]
) -> None:
    absente = seance.membres.get(est_professionnel=True)
    noter_presence(utilisateur=enseignante, commission=seance, presences={absente.pk: False})
    assert ecrire["proposer"]().note_proposee == Decimal("13.5")
    seance.membres.filter(est_professionnel=True).delete()
    assert ecrire["proposer"](version=2, commentaire="Régulière").version == 3


def test_une_position_change_la_note_partout_et_laisse_un_evenement(
    seance: Commission, ecrire: dict[str, Any], classe: Classe, ines: Inscription, aicha: Inscription
) -> None:
    def note(inscription: Inscription) -> Decimal | None:
        lus = {lu.candidat.pk: lu.syntheses["E2"] for lu in synthese_de_la_classe(classe).candidats}
        return lus[inscription.pk].note_calculee

    avant, autre = note(ines), note(aicha)
    position = ecrire["positionner"]()
    assert (note(ines), note(aicha)) == (Decimal("15.24"), autre)
    assert avant == Decimal("13.33")
    with pytest.raises(ConflitDeVersion) as conflit:
        ecrire["positionner"](niveau=1)
    assert conflit.value.actuel == position
    with pytest.raises(ValidationError, match="pourquoi"):
        ecrire["positionner"](motif="  ", version=1)
    with pytest.raises(ValidationError, match="de 1 à 4"):
        ecrire["positionner"](niveau=5, version=1)
    assert ecrire["positionner"](version=1).version == 1
    retiree = ecrire["retirer"](version=1, motif="Erreur de candidat")
    assert (retiree.niveau, retiree.version, note(ines)) == (None, 2, avant)
    ecrites = [(e.acte, e.objet, e.motif) for e in evenements(seance) if e.acte.startswith("position.")]
    objet = f"certification.positioncommission:{position.pk}"
    assert ecrites == [
        ("position.prise", objet, "Vu au démontage"),
        ("position.retiree", objet, "Erreur de candidat"),
    ]
    assert verifier_journal().est_intacte


def test_une_note_se_propose_avec_ses_raisons(
    ecrire: dict[str, Any], classe: Classe, enseignante: Utilisateur, lucas: Inscription
) -> None:
    for refusee, champ in (
        ({"note": Decimal(15)}, "motif_ecart"),
        ({"note": Decimal(9), "motif_ecart": "Fragile"}, "commentaire"),
        ({"note": Decimal(21)}, "note"),
        ({"note": Decimal("12.125"), "motif_ecart": "Fragile"}, "note"),
        ({"bonus": Decimal(1)}, "bonus"),
    ):
        with pytest.raises(ValidationError) as refus:
            ecrire["proposer"](**refusee)
        assert champ in refus.value.message_dict
    with pytest.raises(ConflitDeVersion) as conflit:
        ecrire["proposer"](version=0)
    assert conflit.value.actuel.version == 1
    Positionnement.objects.filter(inscription=lucas, detaillee__code__startswith="C4.").delete()
    with pytest.raises(ValidationError, match="aucune observation certificative évaluée"):
        ecrire["proposer"](inscription=lucas)
    ecartee = ecrire["proposer"](note=Decimal(15), motif_ecart="Autonome en entreprise")
    assert (ecartee.note_arrondie, ecartee.note_proposee, ecartee.etat) == (Decimal("13.5"), Decimal(15), "proposee")
    lu = next(lu for lu in synthese_de_la_classe(classe).candidats if lu.candidat.pk == ecartee.inscription_id)
    assert (lu.syntheses["E2"].note_proposee, lu.syntheses["E2"].est_perimee) == (Decimal(15), False)
    ecrire["positionner"]()
    synthese = synthese_de_la_classe(classe)
    perimees = [
        (c.candidat.pk, code) for c in synthese.candidats for code in c.epreuves if c.syntheses[code].est_perimee
    ]
    assert perimees == [(lu.candidat.pk, "E2")]


def test_un_etat_efface_la_note_et_un_benefice_se_reprend(
    ecrire: dict[str, Any], classe: Classe, chef: Utilisateur, ines: Inscription, epreuve: Epreuve
) -> None:
    ecrire["proposer"]()
    with pytest.raises(ValidationError, match="repose"):
        ecrire["etat"](etat="dispense", version=2)
    with pytest.raises(ValidationError, match="ne se choisit pas"):
        ecrire["etat"](etat="proposee", version=2)
    with pytest.raises(ValidationError, match="Aucune note conservée"):
        ecrire["etat"](etat="benefice", version=2)
    absente = ecrire["etat"](version=2)
    assert (absente.note_proposee, absente.note_arrondie, absente.version) == (None, Decimal("13.5"), 3)
    with pytest.raises(ValidationError, match="absent"):
        ecrire["positionner"]()
    synthese = synthese_de_la_classe(classe).candidats[0].syntheses["E2"]
    assert (synthese.a_note, synthese.est_reglee, "Absent" in synthese.motifs[0]) == (False, True, True)
    assert ecrire["proposer"](version=3).etat == EtatProposition.PROPOSEE
    conserver_note(
        utilisateur=chef, apprenant=ines.apprenant, epreuve=epreuve, session_obtention=2025, note=Decimal(12)
    )
    garde = ecrire["etat"](etat="benefice", version=4)
    assert (garde.note_conservee, garde.session_conservee, garde.note_proposee) == (Decimal(12), 2025, None)
    assert ecrire["synthese"](version=5, texte=" Sérieuse\r\n").appreciation == "Sérieuse"


@pytest.mark.parametrize("role", ROLES)
def test_qui_n_est_pas_membre_n_ecrit_rien(role: str, ecrire: dict[str, Any], request: pytest.FixtureRequest) -> None:
    personne, avant = request.getfixturevalue(role), etat()
    for acte in ecrire.values():
        with pytest.raises(PermissionDenied):
            acte(utilisateur=personne)
    assert changees(avant) == []


def test_avant_l_ouverture_rien_ne_s_ecrit(
    commission: Commission, ines: Inscription, c4: Competence, enseignante: Utilisateur, collegue: Utilisateur
) -> None:
    with pytest.raises(ValidationError, match="pas ouverte"):
        positionner_competence(
            utilisateur=enseignante,
            commission=commission,
            inscription=ines,
            competence=c4,
            niveau=3,
            motif="x",
            version=0,
        )
    with pytest.raises(PermissionDenied):
        ouvrir(utilisateur=collegue, commission=commission)
    with pytest.raises(ValidationError, match="pendant la séance"):
        noter_presence(utilisateur=enseignante, commission=commission, presences={})


def test_close_plus_aucun_role_n_y_ecrit_et_la_base_non_plus(
    seance: Commission, ecrire: dict[str, Any], request: pytest.FixtureRequest, enseignante: Utilisateur
) -> None:
    position, proposition = ecrire["positionner"](), ecrire["proposer"]()
    membre = seance.membres.first()
    clore(seance)
    avant, donnees = etat(), convocation(enseignante)
    presence = {membre.pk: False}
    for role in TOUS:
        personne = request.getfixturevalue(role)
        actes = [
            *(lambda acte=acte, p=personne: acte(utilisateur=p, version=1) for acte in ecrire.values()),
            lambda p=personne: modifier_convocation(utilisateur=p, commission=seance, donnees=donnees, version=1),
            lambda p=personne: noter_presence(utilisateur=p, commission=seance, presences=presence),
            lambda p=personne: ouvrir(utilisateur=p, commission=seance),
        ]
        for acte in actes:
            with pytest.raises((PermissionDenied, ValidationError)):
                acte()
    directs: list[Callable[[], object]] = [
        lambda: PositionCommission.objects.filter(pk=position.pk).update(niveau=1),
        lambda: PositionCommission.objects.filter(pk=position.pk).update(motif="Autre"),
        lambda: Proposition.objects.filter(pk=proposition.pk).update(note_proposee=20, motif_ecart="x"),
        lambda: Proposition.objects.filter(pk=proposition.pk).update(entrees={}),
        lambda: Proposition.objects.filter(pk=proposition.pk).update(commentaire="Réécrit"),
        lambda: Proposition.objects.filter(pk=proposition.pk).delete(),
        lambda: MembreCommission.objects.filter(pk=membre.pk).update(est_present=True),
        lambda: MembreCommission.objects.create(commission=seance, nom="X", qualite="Y"),
        lambda: Commission.objects.filter(pk=seance.pk).update(lieu="Ailleurs"),
        lambda: Commission.objects.filter(pk=seance.pk).update(etat="ouverte"),
    ]
    for direct in directs:
        with pytest.raises(DatabaseError), transaction.atomic():
            direct()
    assert changees(avant) == []
    # La réouverture, elle, passe : une nouvelle version.
    Commission.objects.filter(pk=seance.pk).update(etat="ouverte", numero_version=2, close_le=None)
    assert ecrire["retirer"](version=1).niveau is None


def test_close_la_synthese_relit_ce_qui_est_fige(
    seance: Commission, ecrire: dict[str, Any], classe: Classe, situations: dict[str, Situation], ines: Inscription
) -> None:
    ecrire["positionner"]()
    proposition = ecrire["proposer"]()
    vivante = synthese_de_la_classe(classe).candidats[0].syntheses["E2"]
    clore(seance)
    figee = synthese_de_la_classe(classe).candidats[0].syntheses["E2"]
    assert figee.decision.fige is not None
    assert (figee.etapes, figee.lignes, figee.note_exacte) == (vivante.etapes, vivante.lignes, vivante.note_exacte)
    # Une preuve récrite à côté de l'application ne change plus rien de ce qui a été décidé.
    Positionnement.objects.filter(inscription=ines).update(niveau=1)
    relue = synthese_de_la_classe(classe).candidats[0].syntheses["E2"]
    assert (relue.note_calculee, relue.note_proposee) == (vivante.note_calculee, proposition.note_proposee)
    assert {retenu.cle for ligne in relue.lignes for retenu in ligne.retenus.values()} == {situations["S1"].pk}


def test_ce_qui_change_est_ce_qui_est_journalise(
    seance: Commission, ecrire: dict[str, Any], enseignante: Utilisateur, membre_commission: Utilisateur
) -> None:
    """Des actes au hasard, bons et mauvais : une ligne changée, un événement ; un refus, ni l'une ni l'autre."""
    sort = random.Random(6)  # noqa: S311 - pour rejouer la même suite
    ecrits = 0
    for _ in range(60):
        avant, nombre = etat(), len(evenements(seance))
        acte = sort.choice(list(ecrire))
        arguments: dict[str, Any] = {
            "utilisateur": sort.choice([enseignante, membre_commission]),
            "version": sort.randint(0, 3) if sort.random() < 0.3 else None,
        }
        ligne = PositionCommission if acte in ("positionner", "retirer") else Proposition
        actuelle = ligne.objects.filter(inscription__apprenant__nom="Bernard").order_by("pk").first()
        if arguments["version"] is None:
            arguments["version"] = actuelle.version if actuelle else 0
        if acte == "positionner":
            arguments["niveau"] = sort.randint(1, 4)
        if acte == "etat":
            arguments["etat"] = sort.choice(["absent", "a_etudier", "dispense"])
        if acte == "proposer" and sort.random() < 0.5:
            arguments |= {"note": Decimal(sort.randint(0, 40)) / 2, "motif_ecart": "Vu", "commentaire": "Dit"}
        try:
            ecrire[acte](**arguments)
        except ValidationError:
            assert (changees(avant), len(evenements(seance))) == ([], nombre)
            continue
        nouveaux = evenements(seance)[nombre:]
        assert changees(avant) == [evenement.objet for evenement in nouveaux]
        ecrits += len(nouveaux)
    assert ecrits > 15
    assert verifier_journal().est_intacte


def test_au_terme_du_delai_les_textes_partent_les_empreintes_restent(
    seance: Commission, ecrire: dict[str, Any], chef: Utilisateur, ines: Inscription, aicha: Inscription
) -> None:
    ecrire["positionner"]()
    ecrire["proposer"](note=Decimal(9), motif_ecart="Fragile", commentaire="À suivre")
    clore(seance)
    maintenant = timezone.now()
    archive = Archive.objects.create(
        commission=seance,
        centre=seance.classe.centre,
        numero=1,
        version_commission=1,
        manifeste="{}",
        empreinte="a" * 64,
        cree_le=maintenant,
        auteur=chef,
    )
    for ordre, qui in enumerate((None, ines, aicha), start=1):
        PieceArchive.objects.create(
            archive=archive, ordre=ordre, nature="dossier", nom=f"{ordre}.pdf", fichier=f"archives/{ordre}.pdf",
            sha256="b" * 64, octets=1, inscription=qui,
        )  # fmt: skip
    for direct in (
        lambda: Archive.objects.filter(pk=archive.pk).update(empreinte="c" * 64),
        lambda: PieceArchive.objects.filter(archive=archive).update(sha256="c" * 64),
        lambda: Archive.objects.filter(pk=archive.pk).delete(),
        lambda: PieceArchive.objects.filter(ordre=2).delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            direct()
    partis = effacer(apprenants=[ines.apprenant_id], maintenant=maintenant)
    assert [nom for _, nom in partis] == ["archives/2.pdf"]
    proposition = Proposition.objects.get(inscription=ines, epreuve__code="E2")
    assert (proposition.motif_ecart, proposition.commentaire) == ("[effacé]", "[effacé]")
    assert (proposition.note_proposee, proposition.entrees is None) == (Decimal(9), False)
    assert PositionCommission.objects.get().motif == "[effacé]"
    archive.refresh_from_db()
    assert (archive.manifeste, archive.efface_le) == ("{}", None)
    # Le dernier candidat emporte le procès-verbal et le manifeste.
    partis = effacer(apprenants=[aicha.apprenant_id], maintenant=maintenant)
    assert [nom for _, nom in partis] == ["archives/3.pdf", "archives/1.pdf"]
    archive.refresh_from_db()
    assert (archive.manifeste, archive.empreinte, archive.efface_le) == ("", "a" * 64, maintenant)
