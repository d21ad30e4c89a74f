"""Le monde de la matrice : deux centres, des objets dans chaque état, et toutes les sortes de personnes.

Chaque cible dit son centre (A, B, ou aucun quand l'objet n'existe pas) et son état ; la table en déduit le verdict.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.core.files.base import ContentFile
from django.utils import timezone

from centres.enums import Role, StatutApprenant
from centres.imports.lecture import Tableau
from centres.models import (
    Apprenant,
    Centre,
    Classe,
    Entreprise,
    Gel,
    ImportListe,
    Inscription,
    Tuteur,
    Utilisateur,
)
from centres.services.comptes import inviter
from centres.services.imports import televerser_liste
from certification.models import BeneficeNote, Candidat, Travail
from certification.queries.candidats import synthese_du_candidat
from certification.services.grilles import publier_grilles_par_defaut
from evaluations.models import ObservationApprenant, Situation
from evaluations.services.liens_tuteur import LienRemis
from referentiel.models import VersionReferentiel
from tests.certification.preuves import detaillees_de, fabriquer_inventaire, fabriquer_situation, tout_positionner
from tests.fabriques import (
    affecter_a,
    fabriquer_centre,
    fabriquer_classe,
    fabriquer_inscription,
    fabriquer_personne,
    fabriquer_utilisateur,
)
from tests.permissions.monde_archives import arguments_archives, contenu_archives
from tests.permissions.monde_bilans import arguments_bilans, contenu_bilans
from tests.permissions.monde_conformite import arguments_conformite, contenu_conformite
from tests.permissions.monde_livret import arguments_livret, contenu_livret
from tests.permissions.monde_officiels import arguments_officiels
from tests.permissions.monde_pfmp import arguments_pfmp, contenu_pfmp
from tests.permissions.monde_progression import arguments_progression, contenu_progression

ABSENT = 999_999


@dataclass(frozen=True)
class Cible:
    """Ce qu'une adresse désigne : ses arguments, le centre dont il relève, son état, l'apprenant dont il s'agit."""

    nom: str
    args: tuple[Any, ...]
    centre: str | None
    etat: str = ""
    soi: str = ""
    existe: bool = True
    # Les rôles de la personne désignée : un chef n'agit que sur ceux dont il répond.
    roles: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Personnage:
    """Une sorte de personne : son compte, et ses rôles par centre ; « * » vaut partout."""

    nom: str
    compte: Utilisateur | None
    roles: Mapping[str, frozenset[str]] = field(default_factory=dict)
    est_ouvert: bool = True
    # Sans compte : le lien qu'il a ouvert.
    lien: LienRemis | None = None


@dataclass
class Monde:
    personnages: list[Personnage]
    cibles: dict[str, list[Cible]]
    notes: tuple[str, ...]
    corps: dict[str, dict[str, Any]]


def fabriquer_monde(version: VersionReferentiel) -> Monde:
    publier_grilles_par_defaut(version)
    centre_a, centre_b = fabriquer_centre("Lycée A"), fabriquer_centre("Lycée B", commune="Roanne")
    personnages = list(_personnages(centre_a, centre_b))
    comptes = {un.nom: un.compte for un in personnages}
    a = _contenu(centre_a, version, comptes["enseignant"], "A")
    b = _contenu(centre_b, version, comptes["etranger"], "B")
    for nom, inscription in (("apprenant", a["ines"]), ("autre_apprenant", a["lucas"])):
        Apprenant.objects.filter(pk=inscription.apprenant_id).update(utilisateur=comptes[nom])
    personnages.append(Personnage("tuteur", None, lien=a["lien_remis"]))
    cibles = _cibles(a, b, version, comptes, centre_a, centre_b)
    return Monde(personnages, cibles, tuple(_notes(a)), {"A": _corps(a), "B": _corps(b)})


def _personnages(a: Centre, b: Centre) -> Iterator[Personnage]:
    yield Personnage("anonyme", None)
    yield Personnage("apprenant", fabriquer_utilisateur("m_apprenant", "Inès", "Bernard"))
    yield Personnage("autre_apprenant", fabriquer_utilisateur("m_lucas", "Lucas", "Durand"))
    for role in Role:
        if role == Role.ADMINISTRATEUR:
            compte = fabriquer_utilisateur("m_admin")
            affecter_a(compte, role, None)
            yield Personnage("administrateur", compte, {"*": frozenset({"administrateur"})})
        elif role == Role.INSPECTEUR:
            compte = fabriquer_personne("m_inspecteur", role, a, b)
            yield Personnage("inspecteur", compte, {"A": frozenset({"inspecteur"}), "B": frozenset({"inspecteur"})})
        else:
            compte = fabriquer_personne(f"m_{role.value}", role, a)
            yield Personnage(role.value, compte, {"A": frozenset({role.value})})
    etranger = fabriquer_personne("m_etranger", Role.ENSEIGNANT, b)
    yield Personnage("etranger", etranger, {"B": frozenset({"enseignant"})})
    yield Personnage("chef_b", fabriquer_personne("m_chef_b", Role.CHEF, b), {"B": frozenset({"chef"})})
    yield Personnage(
        "commission_b", fabriquer_personne("m_commission_b", Role.COMMISSION, b), {"B": frozenset({"commission"})}
    )
    double = fabriquer_personne("m_double", Role.ENSEIGNANT, a)
    affecter_a(double, Role.DDFPT, b)
    yield Personnage("double", double, {"A": frozenset({"enseignant"}), "B": frozenset({"ddfpt"})})
    ancien = fabriquer_utilisateur("m_ancien")
    affecter_a(ancien, Role.CHEF, a, fin=timezone.localdate() - timedelta(days=1))
    yield Personnage("ancien", ancien)
    futur = fabriquer_utilisateur("m_futur")
    affecter_a(futur, Role.CHEF, a, debut=timezone.localdate() + timedelta(days=1))
    yield Personnage("futur", futur)
    yield Personnage("sans_role", fabriquer_utilisateur("m_sans_role"))
    maitre = fabriquer_utilisateur("m_maitre")
    Utilisateur.objects.filter(pk=maitre.pk).update(is_superuser=True, is_staff=True)
    yield Personnage("superutilisateur", Utilisateur.objects.get(pk=maitre.pk))


def _contenu(centre: Centre, version: VersionReferentiel, auteur: Utilisateur, lettre: str) -> dict[str, Any]:
    """Une terminale pleine, une classe vide, une situation ouverte et une verrouillée, une entreprise, des travaux."""
    rsp, rmo = version.options.get(code="RSP"), version.options.get(code="RMO")
    classe = fabriquer_classe(centre, version, nom=f"T{lettre}")
    vide = fabriquer_classe(centre, version, nom=f"P{lettre}", annee_cycle=2, session=2027)
    ines = fabriquer_inscription(classe, rsp, f"Bernard{lettre}", "Inès")
    lucas = fabriquer_inscription(classe, rmo, f"Durand{lettre}", "Lucas", StatutApprenant.APPRENTI)
    situations = [
        fabriquer_situation(classe, auteur, f"S{rang}{lettre}", epreuve, debut=date(2026, 1, 10 + rang))
        for rang, epreuve in enumerate(("E2", "E31", "E32"), start=1)
    ]
    for rang, situation in enumerate(situations):
        fabriquer_inventaire(situation)
        tout_positionner(situation, ines, auteur, (2, 3, 4)[rang])
    _varier(situations[0], ines, auteur)
    ObservationApprenant.objects.create(
        situation=situations[0], inscription=ines, texte="Sûre d'elle", auteur=auteur, modifie_le=timezone.now()
    )
    Situation.objects.filter(pk=situations[2].pk).update(verrouillee_le=timezone.now())
    epreuve = version.epreuves.get(code="E32")
    benefice = BeneficeNote.objects.create(
        apprenant=lucas.apprenant, epreuve=epreuve, session_obtention=2024, note=Decimal("17.25")
    )
    entreprise = Entreprise.objects.create(centre=centre, nom=f"MécaLoire {lettre}")
    tuteur = Tuteur.objects.create(entreprise=entreprise, nom="Petit", prenom="Jean")
    archives = contenu_archives(auteur, centre, version, lettre)
    return {
        **contenu_pfmp(auteur, ines, tuteur),
        **contenu_progression(auteur, classe),
        **contenu_bilans(auteur, classe, ines),
        **contenu_livret(auteur, ines),
        **archives,
        **contenu_conformite(auteur, ines, archives["figee"], lettre),
        "centre": centre,
        "classe": classe,
        "vide": vide,
        "ines": ines,
        "lucas": lucas,
        "ouverte": situations[0],
        "verrouillee": situations[2],
        "benefice": benefice,
        "entreprise": entreprise,
        "tuteur": tuteur,
        "gel": Gel.objects.create(apprenant=lucas.apprenant, motif="Recours", pose_par=auteur, pose_le=timezone.now()),
        "fini": _travail(classe, "E2", auteur, "fini"),
        "en_cours": _travail(classe, "E31", auteur, "en_cours"),
        "detaillee": next(iter(detaillees_de(classe, rsp, "E2").values())),
        "vierge": fabriquer_inscription(vide, rsp, f"Zed{lettre}", "Noé"),
    }


def _varier(situation: Situation, inscription: Inscription, auteur: Utilisateur) -> None:
    """Des niveaux mêlés : une note à virgule, que rien d'autre ne porte par hasard."""
    for rang, ligne in enumerate(situation.positionnements.filter(inscription=inscription).order_by("detaillee")):
        type(ligne).objects.filter(pk=ligne.pk).update(niveau=1 + rang % 4)


def _invitation(compte: Utilisateur) -> Cible:
    invitation = inviter(auteur=None, utilisateur=compte, motif="matrice").invitation
    return Cible(f"invitation de {compte}", (compte.pk, invitation.pk), "A")


def _travail(classe: Classe, code: str, auteur: Utilisateur, etat: str) -> Travail:
    maintenant = timezone.now()
    travail = Travail(
        classe=classe,
        epreuve=classe.version.epreuves.get(code=code),
        auteur=auteur,
        etat=etat,
        total=2,
        demande_le=maintenant,
        avance_le=maintenant,
    )
    if etat == "fini":
        travail.fichier.save(f"matrice-{classe.pk}.pdf", ContentFile(b"%PDF note 14,48"), save=False)
    travail.save()
    return travail


def _liste(contenu: Mapping[str, Any], auteur: Utilisateur) -> ImportListe:
    tableau = Tableau(["Nom", "Commune"], [["MécaLoire", "Roanne"]], [2], interdites=[], avertissements=[])
    return televerser_liste(
        auteur=auteur,
        centre=contenu["centre"],
        genre=ImportListe.Genre.ENTREPRISES,
        nom_fichier="entreprises.csv",
        tableau=tableau,
    )


def _notes(a: Mapping[str, Any]) -> Iterator[str]:
    """Les notes telles que l'application les écrit, en français et en calcul : ce qui ne doit pas fuir."""
    yield from ("17,25", "17.25", "17,3")
    lu = synthese_du_candidat(Candidat.objects.get(pk=a["ines"].pk))
    for synthese in lu.syntheses.values():
        resultat = synthese.resultat
        if resultat and resultat.note_calculee is not None:
            yield from (str(resultat.note_calculee), str(resultat.note_calculee).replace(".", ","))


def _corps(contenu: Mapping[str, Any]) -> dict[str, Any]:
    """Les envois qu'une adresse ne lit que complets ; ailleurs, un envoi vide suffit à éprouver le droit."""
    inscription, detaillee = contenu["ines"].pk, contenu["detaillee"].pk
    return {
        "evaluations:cellule": {"inscription": inscription, "detaillee": detaillee, "valeur": 3, "version": 1},
        "evaluations:grille_apprenant": {"detaillee": detaillee, "valeur": "3", "version": "1"},
        "evaluations:observation": {"inscription": inscription, "texte": "Précise", "version": 1},
        "evaluations:historique": {"inscription": inscription, "detaillee": detaillee},
        "evaluations:echelle_case": {"cle": f"d{detaillee}", "rang": 1, "niveau": "2", "version": 0},
    }


def _paires(nom: str, a: Any, b: Any, soi: str = "") -> list[Cible]:
    return [Cible(f"{nom} A", (a.pk,), "A", soi=soi), Cible(f"{nom} B", (b.pk,), "B"), absente(nom)]


def absente(nom: str, *suite: Any) -> Cible:
    return Cible(f"{nom} absent", (ABSENT, *suite), None, existe=False)


def _cibles(
    a: dict[str, Any],
    b: dict[str, Any],
    version: VersionReferentiel,
    comptes: Mapping[str, Utilisateur],
    centre_a: Centre,
    centre_b: Centre,
) -> dict[str, list[Cible]]:
    return {
        **_cibles_du_referentiel(version),
        **{
            sorte: [Cible(*lu, existe=lu[2] is not None) for lu in lus]
            for sorte, lus in arguments_officiels(a, b, comptes, ABSENT).items()
        },
        **_cibles_des_classes(a, b),
        **_cibles_des_situations(a, b),
        **{
            sorte: [Cible(*lu, existe=lu[2] is not None) for lu in lus]
            for arguments in (arguments_bilans, arguments_livret, arguments_conformite)
            for sorte, lus in arguments(a, b, ABSENT).items()
        },
        **_cibles_de_l_organisation(a, b, comptes, centre_a, centre_b),
    }


def _cibles_du_referentiel(version: VersionReferentiel) -> dict[str, list[Cible]]:
    code = version.diplome.code
    return {
        "version": [
            Cible("version", (code, version.numero), "*"),
            Cible("version absente", (code, 99), None, existe=False),
        ],
        "version_pk": [Cible("version", (version.pk,), "*"), absente("version")],
        "competence": [
            Cible("compétence", (code, version.numero, "C1"), "*"),
            Cible("compétence absente", (code, version.numero, "C99"), None, existe=False),
        ],
        "fournisseur": [Cible("fournisseur absent", ("etablissement",), None, existe=False)],
        "cle": [absente("clé")],
    }


def _cibles_des_classes(a: dict[str, Any], b: dict[str, Any]) -> dict[str, list[Cible]]:
    return {
        "classe": [
            *_paires("classe", a["classe"], b["classe"]),
            Cible("classe sans certification", (a["vide"].pk,), "A"),
        ],
        "classe_epreuve": [
            Cible("classe A", (a["classe"].pk, "E2"), "A"),
            Cible("classe B", (b["classe"].pk, "E2"), "B"),
            Cible("épreuve absente", (a["classe"].pk, "E9"), None, existe=False),
            absente("classe", "E2"),
        ],
        "apprenant": [
            *_paires("apprenant", a["ines"].apprenant, b["ines"].apprenant, soi="apprenant"),
            Cible("autre apprenant A", (a["lucas"].apprenant_id,), "A", soi="autre_apprenant"),
            Cible("apprenant sans preuve", (a["vierge"].apprenant_id,), "A"),
        ],
        "inscription": [
            *_paires("inscription", a["ines"], b["ines"]),
            Cible("inscription sans preuve", (a["vierge"].pk,), "A"),
        ],
        "candidat": [
            Cible("candidat A", (a["ines"].pk, "E2"), "A"),
            Cible("candidat A incomplet", (a["lucas"].pk, "E31"), "A"),
            Cible("candidat A qui garde une note", (a["lucas"].pk, "E32"), "A"),
            Cible("candidat B", (b["ines"].pk, "E2"), "B"),
            Cible("inscrit hors dernière année", (a["vierge"].pk, "E2"), None, existe=False),
            Cible("épreuve absente", (a["ines"].pk, "E9"), None, existe=False),
            absente("candidat", "E2"),
        ],
    }


def _cibles_des_situations(a: dict[str, Any], b: dict[str, Any]) -> dict[str, list[Cible]]:
    return {
        "situation": [
            Cible("situation A ouverte", (a["ouverte"].pk,), "A", "ouverte"),
            Cible("situation A verrouillée", (a["verrouillee"].pk,), "A", "verrouillee"),
            Cible("situation B ouverte", (b["ouverte"].pk,), "B", "ouverte"),
            Cible("situation B verrouillée", (b["verrouillee"].pk,), "B", "verrouillee"),
            absente("situation"),
        ],
        "ligne": [
            Cible("ligne A", (a["ouverte"].pk, a["ines"].pk), "A"),
            Cible("ligne B", (b["ouverte"].pk, b["ines"].pk), "B"),
            Cible("ligne croisée", (a["ouverte"].pk, b["ines"].pk), None, existe=False),
            absente("ligne", a["ines"].pk),
        ],
        "travail": [
            Cible("travail A fini", (a["fini"].pk,), "A", "fini"),
            Cible("travail A en cours", (a["en_cours"].pk,), "A", "en_cours"),
            Cible("travail B fini", (b["fini"].pk,), "B", "fini"),
            absente("travail"),
        ],
    }


def _cibles_de_l_organisation(
    a: dict[str, Any], b: dict[str, Any], comptes: Mapping[str, Utilisateur], centre_a: Centre, centre_b: Centre
) -> dict[str, list[Cible]]:
    return {
        "compte": [
            Cible("compte du référent A", (comptes["referent"].pk,), "A"),
            Cible("compte de la commission B", (comptes["commission_b"].pk,), "B"),
            absente("compte"),
        ],
        "invitation": [_invitation(comptes["referent"]), absente("invitation", ABSENT)],
        "liste": [Cible("liste du DDFPT", (_liste(a, comptes["ddfpt"]).pk,), "A", soi="ddfpt"), absente("liste")],
        "forme": [
            *(Cible(forme, (forme,), "*") for forme in ("json", "xlsx")),
            Cible("forme inconnue", ("exe",), None, existe=False),
        ],
        **{
            sorte: [
                Cible(nom, args, centre, soi="tuteur" if nom == "lien_tuteur A" else "", existe=centre is not None)
                for nom, args, centre in lus
            ]
            for arguments in (arguments_pfmp, arguments_progression, arguments_archives)
            for sorte, lus in arguments(a, b, ABSENT).items()
        },
        "gel": _paires("gel", a["gel"], b["gel"]),
        "session": [Cible("session", (a["classe"].session_id,), "*"), absente("session")],
        "benefice": _paires("note conservée", a["benefice"], b["benefice"]),
        "entreprise": _paires("entreprise", a["entreprise"], b["entreprise"]),
        "tuteur": _paires("tuteur", a["tuteur"], b["tuteur"]),
        "centre": _paires("centre", centre_a, centre_b),
        "personne": [
            Cible("référent A", (comptes["referent"].pk,), "A"),
            Cible("chef B", (comptes["chef_b"].pk,), "B"),
            absente("personne"),
        ],
        "affectation": [
            Cible("affectation A", (comptes["referent"].affectations.get().pk,), "A"),
            Cible("affectation B", (comptes["chef_b"].affectations.get().pk,), "B"),
            Cible("affectation de l'administrateur", (comptes["administrateur"].affectations.get().pk,), "*admin"),
            absente("affectation"),
        ],
    }
